/** One account's conversation with one registry: addresses, credentials and retries put together. */
import { setTimeout } from 'node:timers/promises';
import type { Origin } from '../model/index.ts';
import { explainAnswer, isHtml, type Asked } from './answer-errors.ts';
import { makeAuthenticator } from './auth.ts';
import type { DigestAlgorithm } from './digest.ts';
import type { RegistryError } from './errors.ts';
import { laneOf } from './lanes.ts';
import type { RegistryOptions } from './registry.ts';
import { exchangeWithRetries, retryPolicy, type Retried, type RetryContext } from './retry.ts';
import { endsOf, sleepUnlessAborted } from './sleep.ts';
import { openTransport, type Answer, type Method, type Request } from './transport.ts';

export type Call = {
  readonly method: Method;
  /** Below the registry's origin and prefix (`/v2/…`), or a whole URL. Elsewhere it is asked without credentials. */
  readonly at: string | URL;
  /** The rights that it needs. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
  /** A good answer's body is counted and hashed, and not kept. */
  readonly hashBody?: DigestAlgorithm;
  readonly timeoutMs: number;
  /** Set once a redirect has left the registry: not even back there do they go again. */
  readonly withoutCredentials?: true;
  /** The repository that it is for, where its address doesn't say so. */
  readonly lane?: string;
  /** Goes on when the run is interrupted. */
  readonly finishes?: true;
};

/** What was asked last, and its answer. */
export type Reply = Asked & {
  /** An earlier try may have been carried out. */
  readonly uncertain: boolean;
  /** 401 or 403, in words; the account is known to the last one only if its kind is `denied`. */
  readonly denial?: RegistryError;
};

export type Session = {
  readonly origin: Origin;
  /** Whether a URL is the registry's, so that credentials may go there. */
  owns(url: URL): boolean;
  /** The answer, a denial included. Throws RegistryError where there is none, and for 429 after the retries. */
  ask(call: Call): Promise<Reply>;
  /** The same, and throws what a denial says. */
  demand(call: Call): Promise<Reply>;
  /** The same, for reading what may be somewhere else: up to 5 redirects, without credentials beyond the registry. */
  fetch(call: Call): Promise<Reply>;
  /** One request, once, without credentials: its answer, or `undefined` where none came in time. Never throws. */
  knock(at: string, timeoutMs: number): Promise<Answer | undefined>;
  close(): Promise<void>;
};

/** How long headers may take. */
export const timeouts = {
  readMs: 120_000,
  /** distribution 2.8 on S3 reads every tag's directory for one answer. */
  listMs: 600_000,
  /** A delete by digest reads every tag of the repository: 147 ms with 4,000 tags on a local disk, minutes on S3. */
  deleteMs: 900_000,
  writeMs: 300_000,
} as const;

/** What an answer's body may have, in bytes. */
export const sizes = {
  /** distribution refuses manifests above 4 MiB (manifests.go, maxManifestBodySize). */
  manifest: 4 * 1024 * 1024,
  config: 8 * 1024 * 1024,
  /** 100,000 tags of 128 characters are 13 MB, in the one page of 2.8. */
  list: 64 * 1024 * 1024,
  /** What is read only to be dropped. */
  other: 64 * 1024,
} as const;

const mostRedirects = 5;

export function openSession(options: RegistryOptions): Session {
  const own = new URL(options.origin).origin;
  const ends = endsOf(options);
  const transport = openTransport(options, ends);
  const retry: RetryContext = {
    policy: retryPolicy,
    sleep: (ms, { finishes }) =>
      sleepUnlessAborted(ms, { sleep: options.sleep, signal: finishes === true ? ends.stop : ends.halt }),
    random: options.random,
    now: options.now,
  };
  const { credentials, onSecret } = options;
  const auth = makeAuthenticator({ origin: own, credentials, transport, retry, onSecret });
  const owns = (url: URL): boolean => url.origin === own;

  const ask = async (call: Call): Promise<Reply> => {
    const url = typeof call.at === 'string' ? new URL(options.origin + call.at) : call.at;
    const request: Request = {
      method: call.method,
      url,
      // A body that was compressed on its way would not be the bytes of its digest.
      headers: { 'user-agent': options.userAgent, 'accept-encoding': 'identity', ...call.headers },
      body: call.body,
      maxBytes: call.maxBytes,
      hashBody: call.hashBody,
      timeoutMs: call.timeoutMs,
      lane: call.lane ?? laneOf(url),
      ...(call.finishes === true && { finishes: true }),
    };
    const replied: Retried & { readonly denial?: RegistryError } =
      owns(url) && call.withoutCredentials !== true
        ? await auth.ask(request, call.scopes)
        : await exchangeWithRetries(() => transport.exchange(request), retry, request);
    const { exchange, uncertain, denial } = replied;
    if (exchange.kind === 'failure') throw exchange.error;
    const asked = { method: call.method, url, answer: exchange };
    if (exchange.status === 429) throw explainAnswer(asked);
    return { ...asked, uncertain, ...(denial === undefined ? {} : { denial }) };
  };

  const demand = async (call: Call): Promise<Reply> => {
    const reply = await ask(call);
    if (reply.denial !== undefined) throw reply.denial;
    return reply;
  };

  return {
    origin: options.origin,
    owns,
    ask,
    demand,
    async fetch(call) {
      const first = await demand(call);
      let reply = first;
      let left = false;
      for (let redirects = 0; redirects < mostRedirects; redirects += 1) {
        const next = redirectOf(reply.url, reply.answer);
        if (next === undefined) return reply;
        if (reply.url.protocol === 'https:' && next.protocol === 'http:') return reply;
        left ||= !owns(next);
        const lane = call.lane ?? laneOf(first.url);
        reply = await demand({ ...call, at: next, lane, ...(left ? { withoutCredentials: true } : {}) });
      }
      return reply;
    },
    async knock(at, timeoutMs) {
      // At once: whether somebody answers now is not to be known after a pause.
      const url = new URL(options.origin + at);
      const headers = { 'user-agent': options.userAgent, 'accept-encoding': 'identity', connection: 'close' };
      const asked = transport
        .exchange({ method: 'GET', url, headers, maxBytes: sizes.other, timeoutMs, outOfTurn: 'at-once' })
        .catch(() => undefined);
      // `timeoutMs` counts from an open connection: a host that drops packets would keep us waiting for that alone.
      const exchange = await Promise.race([asked, setTimeout(timeoutMs, undefined, { ref: false })]);
      return exchange?.kind === 'answer' ? exchange : undefined;
    },
    close: () => transport.close(),
  };
}

/** Where a GET is sent on to; `undefined` if it isn't, or not to a web address. */
function redirectOf(url: URL, answer: Answer): URL | undefined {
  const to = answer.header('location');
  if (![301, 302, 303, 307, 308].includes(answer.status) || to === undefined) return undefined;
  const target = URL.canParse(to, url.href) ? new URL(to, url.href) : undefined;
  if (target === undefined || !['http:', 'https:'].includes(target.protocol)) return undefined;
  // A user and a password in it would become credentials of ours.
  target.username = '';
  target.password = '';
  target.hash = '';
  return target;
}

/** Whether the registry says that this isn't there, as the distribution spec has it, and not a proxy of something else. */
export function isAbsence(answer: Answer, codes: readonly string[], absentCodes: readonly string[]): boolean {
  return answer.status === 404 && !isHtml(answer) && codes.some((code) => absentCodes.includes(code));
}
