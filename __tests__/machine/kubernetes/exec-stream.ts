// `pods/exec` as the two generations of kubectl ask for it: over a WebSocket (v5.channel.k8s.io, from 1.31 on), whose
// messages begin with their channel, or over SPDY, with a stream for each.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { acceptSpdy } from './spdy.ts';
import { acceptWebSocket } from './websocket.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const;

export function streamExec(request: IncomingMessage, socket: Duplex, child: ChildProcessWithoutNullStreams): void {
  child.stdin.on('error', () => undefined);
  if (new URL(request.url ?? '/', 'http://cluster').searchParams.get('stdin') !== 'true') child.stdin.end();
  if (request.headers.upgrade?.toLowerCase() === 'websocket') overWebSocket(request, socket, child);
  else overSpdy(request, socket, child);
}

function overWebSocket(request: IncomingMessage, socket: Duplex, child: ChildProcessWithoutNullStreams): void {
  const stream = acceptWebSocket(request, socket, {
    onMessage(message) {
      const [channel, closed] = message;
      if (channel === channels.stdin) child.stdin.write(message.subarray(1));
      else if (channel === channels.close && closed === channels.stdin) child.stdin.end();
    },
    // A container's process outlives its caller: only its input ends.
    onClose: () => child.stdin.end(),
  });
  const send = (channel: number, data: Buffer) => {
    stream.send(Buffer.concat([Buffer.from([channel]), data]));
  };
  child.stdout.on('data', (data: Buffer) => {
    send(channels.stdout, data);
  });
  child.stderr.on('data', (data: Buffer) => {
    send(channels.stderr, data);
  });
  child.on('close', (code) => {
    send(channels.error, endOf(code));
    stream.close();
  });
}

function overSpdy(request: IncomingMessage, socket: Duplex, child: ChildProcessWithoutNullStreams): void {
  const stream = acceptSpdy(request, socket, {
    onStdin(data) {
      if (data === undefined) child.stdin.end();
      else child.stdin.write(data);
    },
    onClose: () => child.stdin.end(),
  });
  child.stdout.on('data', (data: Buffer) => {
    stream.send('stdout', data);
  });
  child.stderr.on('data', (data: Buffer) => {
    stream.send('stderr', data);
  });
  child.on('close', (code) => {
    stream.end('stdout');
    stream.end('stderr');
    stream.send('error', endOf(code));
    stream.end('error');
  });
}

/** What ends a stream: `Success`, or the command's exit code. */
function endOf(code: number | null): Buffer {
  const status = code ?? 137;
  const end =
    status === 0
      ? { metadata: {}, status: 'Success' }
      : {
          ...{ metadata: {}, status: 'Failure', reason: 'NonZeroExitCode' },
          message: `command terminated with non-zero exit code: exit status ${status}`,
          details: { causes: [{ reason: 'ExitCode', message: String(status) }] },
        };
  return Buffer.from(JSON.stringify(end));
}
