/** sandbox/registry/: node's requests and responses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './options.ts';

export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Header names in lower case, several values joined, as fetch shows them. */
export function headersOf(request: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

/** Writes the answer; answers whether a whole one was written. */
export async function write(answer: Answer, method: string | undefined, response: ServerResponse): Promise<boolean> {
  if (answer.delayMs !== undefined && answer.delayMs > 0) await sleep(answer.delayMs);
  if (answer.drop === 'connection' || response.destroyed) {
    response.destroy();
    return false;
  }
  const body = writeHead(answer, response);
  if (answer.drop === 'body') {
    await writePart(body.subarray(0, Math.floor(body.length / 2)), response);
    response.destroy();
    return false;
  }
  response.end(method === 'HEAD' ? undefined : body);
  return true;
}

/** Sets status and headers, the true length among them unless the answer's headers say another; the body is what is left. */
export function writeHead(answer: Answer, response: ServerResponse): Buffer {
  const body = Buffer.from(answer.body ?? '');
  response.statusCode = answer.status;
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', body.length);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  return body;
}

/** Resolves when headers and bytes have left: a connection that is closed earlier would take them along. */
export async function writePart(bytes: Uint8Array, response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.write(bytes, () => {
      resolve();
    });
  });
}
