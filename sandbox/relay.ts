/**
 * A relay in front of any registry, so that a test can make something happen between two given requests of a run,
 * change an answer, or let the way there fail, on a real registry as on the sandbox's own.
 */
import { Agent, createServer, request as sendPlainly, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as SecureAgent, request as sendSecurely } from 'node:https';
import type { AddressInfo } from 'node:net';
import { doFault, passOn, tokenOf, type Fault } from './faults.ts';
import { applies, Hooks, type Hook } from './registry/hooks.ts';
import type { Answer, AnswerOverride, RecordedRequest, RequestMatch } from './registry/options.ts';
import { headersOf, readBody, write } from './registry/wire.ts';

/** A fault that was done to a request. */
export type DoneFault = { readonly fault: Fault; readonly request: RecordedRequest };

export type Relay = {
  /** Where the run under test is sent; what the test itself pushes goes to the registry directly. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  forgetRequests(): void;
  /** Runs the action once, to its end, right before the first (or `nth`) matching request is passed on. */
  before(match: RequestMatch, action: () => Promise<void> | void): void;
  /** Overrides matching answers, until the returned function is called. */
  answer(match: RequestMatch, answer: AnswerOverride): () => void;
  /**
   * Does this to every (or the `nth`) matching request, until the returned function is called; a function is asked for
   * each of them, and answers `undefined` to let it pass. The last one set goes first, and only one is done.
   */
  fault(match: RequestMatch, fault: Fault | (() => Fault | undefined)): () => void;
  /** What was done, in the order in which it began. */
  readonly faults: readonly DoneFault[];
  /** Resolves once no client is connected and all that was passed on is answered: after the end of a process, say. */
  quiet(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Passes on to `target`, the URL of a registry, and listens on 127.0.0.1 until `close`. Whatever the registry says of
 * itself (the realm of its tokens, `Location`) leads back through the relay where it names the target's origin.
 * `ca`: the certificate that a target of https is trusted by.
 */
export async function startRelay(target: string, { ca }: { readonly ca?: string } = {}): Promise<Relay> {
  const hooks = new Hooks();
  const faulty = new Set<Hook<Due>>();
  const expired = new Set<string>();
  const requests: RecordedRequest[] = [];
  const faults: DoneFault[] = [];
  const upstream = openUpstream(new URL(target), ca);
  let own = '';

  const pass = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = from;
    const headers = headersOf(from);
    const recorded: { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] } = {
      method,
      path,
      headers,
      server: 'registry',
    };
    requests.push(recorded);
    const body = await readBody(from);
    await hooks.runBefore(recorded);
    const ask = (): Promise<Answer> =>
      hooks.answerTo(recorded, async () => {
        const { authorization, ...others } = headers;
        const withheld = authorization === undefined || expired.has(tokenOf(authorization) ?? '');
        // The Host header is the relay's, so that the registry's Location headers lead back through it.
        const sent = { ...others, ...(withheld ? {} : { authorization }), host: new URL(own).host };
        return throughUs(await upstream.send({ method, path, headers: sent, body }), upstream.origin, own);
      });
    const due = [...faulty].filter((hook) => applies(hook, recorded)).reverse();
    const fault = firstOf(
      due.map(({ what }) => what),
      headers,
    );
    if (fault !== undefined) faults.push({ fault, request: recorded });
    const { authorization } = headers;
    const expire = (token: string): unknown => expired.add(token);
    const status =
      fault === undefined
        ? await passOn(await ask(), method, to)
        : await doFault(fault, { method, path, authorization, ask, expire, to });
    if (status !== undefined) recorded.status = status;
  };
  const underWay = new Set<Promise<unknown>>();
  const during = (work: Promise<unknown>): void => {
    const all = work.finally(() => underWay.delete(all));
    underWay.add(all);
  };
  const server = createServer((from, to) => {
    const passed = pass(from, to).catch((error: unknown) =>
      write({ status: 502, body: `The relay failed: ${String(error)}` }, from.method, to),
    );
    during(passed);
  });
  // What a client has sent before its end is read before its connection counts as closed.
  server.on('connection', (socket) => {
    // node closes one that can't be reset, since its other end is gone, with this error and without a word of the closing.
    during(new Promise((resolve) => socket.once('close', resolve).once('error', resolve)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  own = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url: `${own}${upstream.prefix}`,
    requests,
    forgetRequests: () => {
      requests.length = 0;
    },
    before: (match, action) => {
      hooks.before(match, action);
    },
    answer: (match, answer) => hooks.answer(match, answer),
    fault: (match, what) => {
      const hook = { match, what, seen: 0 };
      faulty.add(hook);
      return () => {
        faulty.delete(hook);
      };
    },
    faults,
    quiet: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      upstream.close();
    },
  };
}

type Due = Fault | (() => Fault | undefined);

function firstOf(due: readonly Due[], headers: RecordedRequest['headers']): Fault | undefined {
  for (const what of due) {
    const fault = typeof what === 'function' ? what() : what;
    const isIdle = fault?.kind === 'expire' && tokenOf(headers.authorization) === undefined;
    if (fault !== undefined && !isIdle) return fault;
  }
  return undefined;
}

/** The registry's own origin in what it says of itself becomes the relay's. */
function throughUs(answer: Answer, target: string, own: string): Answer {
  const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => {
    if (!['www-authenticate', 'location', 'link'].includes(name)) return [name, value] as const;
    const text = typeof value === 'string' ? value.replaceAll(target, own) : value;
    return [name, text] as const;
  });
  return { ...answer, headers: Object.fromEntries(headers) };
}

type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

function openUpstream(target: URL, ca: string | undefined) {
  const secure = target.protocol === 'https:';
  const agent = secure
    ? new SecureAgent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
    : new Agent({ keepAlive: true });
  const send = ({ method, path, headers, body }: Sent): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = (secure ? sendSecurely : sendPlainly)(
        `${target.origin}${path}`,
        { method, headers, agent },
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
  return {
    origin: target.origin,
    prefix: target.pathname.replace(/\/$/, ''),
    send,
    close: () => {
      agent.destroy();
    },
  };
}
