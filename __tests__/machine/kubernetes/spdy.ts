// The server's side of SPDY/3.1 as far as kubectl up to 1.30 needs it for `exec`: it opens its streams in a known order
// (client-go, remotecommand v4: error, stdin, stdout, stderr), so what their headers say need not be read.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';

export type StreamName = 'error' | 'stdin' | 'stdout' | 'stderr';
export type SpdyConnection = {
  /** Data for a stream, and its end. Before the client has opened it, it waits. */
  readonly send: (stream: StreamName, data: Buffer) => void;
  readonly end: (stream: StreamName) => void;
  readonly close: () => void;
};

const types = { synStream: 1, synReply: 2, ping: 6, goAway: 7 } as const;
const fin = 1;

export function acceptSpdy(
  request: IncomingMessage,
  socket: Duplex,
  events: { readonly onStdin: (data: Buffer | undefined) => void; readonly onClose: () => void },
): SpdyConnection {
  const { searchParams } = new URL(request.url ?? '/', 'http://cluster');
  const order = (['error', 'stdin', 'stdout', 'stderr'] as const).filter(
    (name) => name === 'error' || searchParams.get(name) === 'true',
  );
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      'X-Stream-Protocol-Version: v4.channel.k8s.io',
      '\r\n',
    ].join('\r\n'),
  );
  const ids = new Map<StreamName, number>();
  const waiting = new Map<StreamName, Buffer[]>();
  const send = (name: StreamName, frame: (id: number) => Buffer) => {
    const id = ids.get(name);
    if (id !== undefined) socket.write(frame(id));
    // Its number is filled in when it is known.
    else waiting.set(name, [...(waiting.get(name) ?? []), frame(0)]);
  };

  // Headers of all replies are one compressed stream.
  const deflate = createDeflate();
  let replying = Promise.resolve();
  const reply = (id: number) => {
    replying = replying.then(async () => {
      const block = await new Promise<Buffer>((resolve) => {
        const chunks: Buffer[] = [];
        const take = (chunk: Buffer) => chunks.push(chunk);
        deflate.on('data', take);
        deflate.write(Buffer.alloc(4));
        deflate.flush(constants.Z_SYNC_FLUSH, () => {
          setImmediate(() => {
            deflate.off('data', take);
            resolve(Buffer.concat(chunks));
          });
        });
      });
      const name = order[ids.size];
      socket.write(control(types.synReply, 0, Buffer.concat([number32(id), block])));
      if (name === undefined) return;
      ids.set(name, id);
      for (const frame of waiting.get(name) ?? []) {
        frame.writeUInt32BE(id, 0);
        socket.write(frame);
      }
      waiting.delete(name);
    });
  };

  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const length = pending.readUInt32BE(4) & 0xffffff;
      if (pending.length < 8 + length) return;
      const head = pending.readUInt32BE(0);
      const flags = pending[4] ?? 0;
      const payload = Buffer.from(pending.subarray(8, 8 + length));
      pending = pending.subarray(8 + length);
      if (head < 0x80000000) {
        // Only standard input comes from there.
        if (payload.length > 0) events.onStdin(payload);
        if ((flags & fin) !== 0 && head === ids.get('stdin')) events.onStdin(undefined);
      } else if ((head & 0xffff) === types.synStream) reply(payload.readUInt32BE(0) & 0x7fffffff);
      else if ((head & 0xffff) === types.ping) socket.write(control(types.ping, 0, payload));
      else if ((head & 0xffff) === types.goAway) socket.end();
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', events.onClose);
  return {
    send(name, bytes) {
      send(name, (id) => data(id, 0, bytes));
    },
    end(name) {
      send(name, (id) => data(id, fin, Buffer.alloc(0)));
    },
    close: () => socket.end(),
  };
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function control(type: number, flags: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80, 3, 0, type]), number32(flags * 0x1000000 + payload.length), payload]);
}

function data(id: number, flags: number, payload: Buffer): Buffer {
  return Buffer.concat([number32(id), number32(flags * 0x1000000 + payload.length), payload]);
}
