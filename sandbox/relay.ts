/**
 * A relay in front of any registry, so that a test can make something happen between two given requests of a run, or
 * change an answer, on a real registry as on the sandbox's own.
 */
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hooks } from './registry/hooks.ts';
import type { Answer, AnswerOverride, RecordedRequest, RequestMatch } from './registry/options.ts';
import { headersOf, readBody, write } from './registry/wire.ts';

export type Relay = {
  /** Where the run under test is sent; what the test itself pushes goes to the registry directly. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  forgetRequests(): void;
  /** Runs the action once, to its end, right before the first (or `nth`) matching request is passed on. */
  before(match: RequestMatch, action: () => Promise<void> | void): void;
  /** Overrides matching answers, until the returned function is called. */
  answer(match: RequestMatch, answer: AnswerOverride): () => void;
  close(): Promise<void>;
};

/** Passes on to `target`, an http origin without a path. Listens on 127.0.0.1 until `close`. */
export async function startRelay(target: string): Promise<Relay> {
  const hooks = new Hooks();
  const requests: RecordedRequest[] = [];
  let url = '';
  const server = createServer((from, to) => {
    const pass = async (): Promise<void> => {
      const { method = 'GET', url: path = '/' } = from;
      const recorded: { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] } = {
        method,
        path,
        headers: headersOf(from),
        server: 'registry',
      };
      requests.push(recorded);
      const body = await readBody(from);
      await hooks.runBefore(recorded);
      const answer = await hooks.answerTo(recorded, () => forward(target, url, recorded, body));
      if (await write(answer, method, to)) recorded.status = answer.status;
    };
    pass().catch((error: unknown) => {
      void write({ status: 502, body: `The relay failed: ${String(error)}` }, from.method, to);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    requests,
    forgetRequests: () => {
      requests.length = 0;
    },
    before: (match, action) => {
      hooks.before(match, action);
    },
    answer: (match, answer) => hooks.answer(match, answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function forward(
  target: string,
  own: string,
  { method, path, headers }: RecordedRequest,
  body: Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The Host header is the relay's, so that the registry's Location headers lead back through it.
    const request = sendRequest(
      `${target}${path}`,
      { method, headers: { ...headers, host: new URL(own).host } },
      (answer) => {
        readBody(answer).then((bytes) => {
          const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
            value === undefined || ['connection', 'keep-alive', 'transfer-encoding'].includes(name)
              ? []
              : [[name, value] as const],
          );
          resolve({ status: answer.statusCode ?? 502, headers: Object.fromEntries(kept), body: bytes });
        }, reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
