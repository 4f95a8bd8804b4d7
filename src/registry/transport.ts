/**
 * One request, one answer: connections, proxies, timeouts, sizes, the bound of requests under way. It knows nothing of
 * retries and of credentials, and sends what it is given to where it is told.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Digest } from '../model/index.ts';
import { openConnectors } from './connectors.ts';
import type { DigestAlgorithm } from './digest.ts';
import { explainFailure, explainTooLong, type Failure } from './connection-errors.ts';
import { makePool } from './limiter.ts';
import { kindOf } from './pressure.ts';
import { makePushBack } from './push-back.ts';
import { Receiver } from './receive.ts';
import type { RegistryOptions } from './registry.ts';
import { isRead, retryPolicy } from './retry.ts';
import { endsOf, sleepUnlessAborted, type Ends } from './sleep.ts';
import { showPath, showUrl } from './text.ts';

export type Method = 'GET' | 'HEAD' | 'DELETE' | 'PUT' | 'POST';

export type Request = {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
  /** The longest body that is read of a good answer; of an error's, 64 KiB. */
  readonly maxBytes: number;
  /** A good answer's body is counted and hashed, and not kept. */
  readonly hashBody?: DigestAlgorithm | undefined;
  /** Until the headers come. */
  readonly timeoutMs: number;
  /** Which requests it stands in line with: those for the same repository. Absent: with all that name none. */
  readonly lane?: string;
  /**
   * Waits for no turn. `in-place`: it goes in the place of a request that has one and waits for it. `at-once`: it
   * doesn't wait for a pause either, and nothing comes of its answer.
   */
  readonly outOfTurn?: 'in-place' | 'at-once';
  /** Goes on when the run is interrupted, as what goes out of turn does. */
  readonly finishes?: true;
};

export type Answer = {
  readonly kind: 'answer';
  readonly status: number;
  /** The first value, where a header came several times. */
  header(name: string): string | undefined;
  headers(name: string): readonly string[];
  /** Of an error, at most its first 64 KiB; none of a body that was hashed. */
  readonly bytes: Uint8Array;
  readonly hashed?: { readonly size: number; readonly digest: Digest };
};

export type Exchange = Answer | Failure;

export type Transport = {
  /**
   * Throws the reason of an aborted signal, and what `headersNow` throws: more headers, asked for when the request's
   * turn has come, after a wait of any length. What it sends itself goes `in-place`.
   */
  exchange(request: Request, headersNow?: () => Promise<Request['headers']>): Promise<Exchange>;
  /** How many requests to an origin may be under way at this moment, as its answers have it. */
  boundOf(origin: string): number;
  close(): Promise<void>;
};

// An error's text is for a sentence, not for a page; its codes stand at its beginning.
const errorBytes = 64 * 1024;
// Between two pieces of a body. A registry that computes long does so before its headers.
const bodyTimeoutMs = 60_000;

export function openTransport(options: RegistryOptions, ends: Ends = endsOf(options)): Transport {
  const connectors = openConnectors(options);
  const reached = new Set<string>();
  const { stop, halt } = ends;
  const receivers = { stop: new Receiver(stop), halt: new Receiver(halt) };
  const own = new URL(options.origin).origin;
  const { concurrency, now, onNotice, random } = options;
  const nowMs = (): number => now().getTime();
  // After an interruption nobody is held: there is little left to do, and no time to wait.
  const sleep = (ms: number): Promise<void> =>
    sleepUnlessAborted(ms, { sleep: options.sleep, signal: halt }).catch(() => {
      stop.throwIfAborted();
    });
  const pool = makePool(concurrency, { now: nowMs, sleep, random });
  const { longestWaitMs } = retryPolicy;
  const patienceMs = options.patienceMs ?? Infinity;
  const pushBack = makePushBack({ pool, concurrency, now, longestWaitMs, onNotice });

  const ask = async (request: Request): Promise<Exchange> => {
    const { url, method } = request;
    const found = connectors.find(url);
    if ('failure' in found) return found.failure;
    const context = { method, url, proxy: found.proxy };
    const end = isRead(request) && !finishes(request) ? 'halt' : 'stop';
    let answered = false;
    try {
      const { status, headers, bytes, whole, hashed } = await receivers[end].receive(
        found.dispatcher,
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method,
          headers: { ...request.headers },
          body: request.body ?? null,
          headersTimeout: Math.min(request.timeoutMs, patienceMs),
          bodyTimeout: Math.min(bodyTimeoutMs, patienceMs),
          // undici would close the connection after each HEAD, for servers that send a body to it: what follows then is
          // no answer, and asked again. A new connection for every tag would cost more than all else.
          reset: false,
        },
        {
          limit: (code) => (code < 400 ? request.maxBytes : errorBytes),
          hash: request.hashBody,
          onHeaders: () => {
            answered = true;
            reached.add(url.origin);
          },
        },
      );
      if (!whole && status < 400) return explainTooLong(context, request.maxBytes);
      return { ...makeAnswer(status, headers, bytes), ...(hashed === undefined ? {} : { hashed }) };
    } catch (error) {
      ends[end].throwIfAborted();
      return explainFailure(error, { ...context, answered, reached: reached.has(url.origin) });
    }
  };

  const askAndTell = async (request: Request): Promise<Exchange> => {
    const { method, url } = request;
    const begun = nowMs();
    let exchange: Exchange | undefined;
    try {
      // The signal may have come while the request waited for its turn.
      (finishes(request) ? stop : halt).throwIfAborted();
      exchange = await ask(request);
      return exchange;
    } finally {
      options.onRequest?.({
        method,
        path: url.origin === own ? showPath(url) : showUrl(url),
        status: exchange?.kind === 'answer' ? exchange.status : undefined,
        durationMs: nowMs() - begun,
      });
    }
  };

  const inPlace = async (request: Request): Promise<Exchange> => {
    const { url } = request;
    await pool.line(url.origin).pass();
    const standing = pushBack.standing(url);
    if (standing !== undefined) return standing;
    const exchange = await askAndTell(request);
    if (exchange.kind === 'answer') pushBack.heed(url, exchange);
    return exchange;
  };

  return {
    async exchange(request, headersNow) {
      const { method, url, lane, outOfTurn } = request;
      if (outOfTurn !== undefined) return outOfTurn === 'in-place' ? inPlace(request) : askAndTell(request);
      const line = pool.line(url.origin);
      const turn = await line.take(lane);
      let went: Parameters<typeof line.give>[1] = 'unsent';
      let measured: Parameters<typeof line.give>[2];
      try {
        const standing = pushBack.standing(url);
        if (standing !== undefined) return standing;
        const headers = headersNow === undefined ? request.headers : { ...request.headers, ...(await headersNow()) };
        const begunMs = nowMs();
        const exchange = await askAndTell({ ...request, headers });
        went = 'well';
        if (exchange.kind === 'failure') return exchange;
        pushBack.heed(url, exchange);
        const { status } = exchange;
        if (status === 429 || status === 503) went = 'pushed-back';
        const kind = status >= 200 && status <= 299 ? kindOf(method, url) : undefined;
        if (kind !== undefined) measured = { kind, durationMs: Math.max(0, nowMs() - begunMs) };
        return exchange;
      } finally {
        line.give(turn, went, measured);
      }
    },
    boundOf: (origin) => pool.line(origin).bound,
    close: () => connectors.close(),
  };
}

function finishes(request: Request): boolean {
  return request.finishes === true || request.outOfTurn !== undefined;
}

function makeAnswer(status: number, headers: IncomingHttpHeaders, bytes: Uint8Array): Answer {
  const values = (name: string): readonly string[] => {
    const value = headers[name.toLowerCase()];
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  };
  return { kind: 'answer', status, bytes, headers: values, header: (name) => values(name)[0] };
}

/** Throws what a failure says. */
export function answerOf(exchange: Exchange): Answer {
  if (exchange.kind === 'failure') throw exchange.error;
  return exchange;
}
