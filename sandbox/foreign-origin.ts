/** A server that is no registry, on an origin of its own: it records what it is sent, to show that it's no secret. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from './registry/answers.ts';
import type { Answer } from './registry/options.ts';
import { headersOf, readBody, write } from './registry/wire.ts';

export type ForeignRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As UTF-8. */
  readonly body: string;
};

export type ForeignOrigin = {
  readonly url: string;
  readonly requests: readonly ForeignRequest[];
  close(): Promise<void>;
};

/** Listens on 127.0.0.1 until `close`. Without `answer` there is nothing at all (404). */
export async function startForeignOrigin(answer?: (request: ForeignRequest) => Answer): Promise<ForeignOrigin> {
  const requests: ForeignRequest[] = [];
  const record = async (from: IncomingMessage): Promise<ForeignRequest> => {
    const { method = 'GET', url: path = '/' } = from;
    const body = new TextDecoder().decode(await readBody(from));
    const request = { method, path, headers: headersOf(from), body };
    requests.push(request);
    return request;
  };
  const server = createServer((from, to) => {
    record(from)
      .then((request) => write(answer?.(request) ?? text(404, 'not found'), request.method, to))
      .catch(() => to.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
