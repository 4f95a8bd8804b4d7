/** The server's side of a WebSocket (RFC 6455), as far as `kubectl exec` needs one: binary messages over a raw socket. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export type WebSocket = {
  readonly send: (message: Buffer) => void;
  readonly close: () => void;
};

const accepting = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const opcodes = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  events: { readonly onMessage: (message: Buffer) => void; readonly onClose: () => void },
): WebSocket {
  const key = request.headers['sec-websocket-key'] ?? '';
  const protocol = String(request.headers['sec-websocket-protocol']).split(',').at(0)?.trim() ?? '';
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${createHash('sha1')
        .update(key + accepting)
        .digest('base64')}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
      '\r\n',
    ].join('\r\n'),
  );
  let pending = Buffer.alloc(0);
  let parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const frame = readFrame(pending);
      if (frame === undefined) return;
      pending = pending.subarray(frame.size);
      if (frame.opcode === opcodes.ping) socket.write(renderFrame(opcodes.pong, frame.payload));
      else if (frame.opcode === opcodes.close) socket.end();
      else if (frame.opcode === opcodes.binary || frame.opcode === opcodes.continuation) {
        parts.push(frame.payload);
        if (!frame.last) continue;
        const message = Buffer.concat(parts);
        parts = [];
        events.onMessage(message);
      }
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', events.onClose);
  return {
    send: (message) => socket.write(renderFrame(opcodes.binary, message)),
    close() {
      // 1000: a normal end.
      socket.write(renderFrame(opcodes.close, Buffer.from([0x03, 0xe8])));
      socket.end();
    },
  };
}

type Frame = { readonly size: number; readonly opcode: number; readonly last: boolean; readonly payload: Buffer };

function readFrame(data: Buffer): Frame | undefined {
  if (data.length < 2) return undefined;
  const [first = 0, second = 0] = data;
  let at = 2;
  let length = second & 0x7f;
  if (length === 126) {
    if (data.length < 4) return undefined;
    length = data.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (data.length < 10) return undefined;
    length = Number(data.readBigUInt64BE(2));
    at = 10;
  }
  const masked = (second & 0x80) !== 0;
  const start = at + (masked ? 4 : 0);
  if (data.length < start + length) return undefined;
  const payload = Buffer.from(data.subarray(start, start + length));
  if (masked) for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (data[at + (i % 4)] ?? 0);
  return { size: start + length, opcode: first & 0x0f, last: (first & 0x80) !== 0, payload };
}

function renderFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127]), bigEndian(length)]);
  return Buffer.concat([head, payload]);
}

function bigEndian(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
