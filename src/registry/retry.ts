/** When to ask again: what is worth it, how long to wait, how often. Three values, and the loop that applies them. */
import type { Exchange, Request } from './transport.ts';

export type RetryPolicy = {
  /** Tries in all, the first one included. */
  readonly tries: (exchange: Exchange) => number;
  readonly backoffMs: (tryNumber: number, random: number) => number;
  /** A registry that asks for more patience than this is not waited for. */
  readonly longestWaitMs: number;
};

/**
 * How many tries an exchange that ended so is worth; 1: none but this. A refusal (4xx) never gets a second one.
 * 500 gets fewer than 502 to 504: distribution answers it for a manifest that it can't read (3.x: schema 1), and will
 * again. 501 says that it never will.
 */
export function triesFor(exchange: Exchange): number {
  if (exchange.kind === 'failure') return exchange.transient ? 5 : 1;
  switch (exchange.status) {
    case 408:
    case 429:
      return 5;
    case 500:
      return 3;
    case 501:
      return 1;
    default:
      return exchange.status > 501 ? 5 : 1;
  }
}

const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;

/** Exponential with full jitter: anywhere between nothing and 1 s, 2 s, 4 s, 8 s, … 30 s after the 1st, 2nd, 3rd try. */
export function fullJitterMs(tryNumber: number, random: number): number {
  return random * Math.min(longestBackoffMs, firstBackoffMs * 2 ** (tryNumber - 1));
}

export const retryPolicy: RetryPolicy = {
  tries: triesFor,
  backoffMs: fullJitterMs,
  // 5 minutes: within a job's patience, and beyond the minute that rate limits usually count in.
  longestWaitMs: 300_000,
};

/** `Retry-After`, seconds or an HTTP date (RFC 9110, section 10.2.3), in milliseconds from `now`; never negative. */
export function parseRetryAfterMs(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

export type RetryContext = {
  readonly policy: RetryPolicy;
  /** Rejects where the run ends meanwhile. */
  readonly sleep: (ms: number, request: Asking) => Promise<void>;
  readonly random: () => number;
  readonly now: () => Date;
};

/** What waiting for a request depends on. */
type Asking = Pick<Request, 'method' | 'finishes'>;

export type Retried = {
  readonly exchange: Exchange;
  /** An earlier try may have been carried out although its answer never came or was 5xx. */
  readonly uncertain: boolean;
};

/**
 * Asks until the answer stands, the tries are used up, or the registry wants to be left alone for too long. Where the run
 * ends meanwhile, the last answer to a write stands: it may have been carried out. A read is given up, as `sleep` rejects.
 */
export async function exchangeWithRetries(
  ask: () => Promise<Exchange>,
  context: RetryContext,
  request: Asking,
): Promise<Retried> {
  let uncertain = false;
  for (let tryNumber = 1; ; tryNumber += 1) {
    const exchange = await ask();
    if (tryNumber >= context.policy.tries(exchange)) return { exchange, uncertain };
    const backoffMs = context.policy.backoffMs(tryNumber, context.random());
    const askedMs =
      exchange.kind === 'answer' ? parseRetryAfterMs(exchange.header('retry-after'), context.now()) : undefined;
    if (askedMs !== undefined && askedMs > context.policy.longestWaitMs) return { exchange, uncertain };
    uncertain ||= exchange.kind === 'failure' ? exchange.mayBeDone : exchange.status >= 500;
    // The jitter stays on top of what was asked for: everyone was told the same second.
    try {
      await context.sleep((askedMs ?? 0) + backoffMs, request);
    } catch (error) {
      if (isRead(request)) throw error;
      return { exchange, uncertain };
    }
  }
}

export function isRead({ method }: Pick<Request, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}
