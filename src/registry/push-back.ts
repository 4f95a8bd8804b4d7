/**
 * What an answer says about the pace, for all requests to its origin and not for the one alone:
 *
 * - `Retry-After` with 429 or 503: nobody goes until then. Beyond the patience that there is, nobody goes at all: who
 *   would be next is given the same answer, and the registry isn't asked what it has answered already.
 * - A limit that is counted down (rate-limit.ts): never more under way than are left, at least one. None left, and it is
 *   known when there will be more: nobody goes until then. Not known: one at a time, since some requests aren't counted
 *   (HEAD, on Docker Hub) and the next 429 will tell.
 */
import type { Pool } from './limiter.ts';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';
import { parseRetryAfterMs } from './retry.ts';
import { clean } from './text.ts';
import type { Answer } from './transport.ts';

export type PushBack = {
  heed(url: URL, answer: Answer): void;
  /** The answer that stands for every request to this origin at this moment. */
  standing(url: URL): Answer | undefined;
};

export type PushBackOptions = {
  readonly pool: Pool;
  readonly concurrency: number;
  readonly now: () => Date;
  readonly longestWaitMs: number;
  readonly onNotice?: ((line: string) => void) | undefined;
};

// A limit that says neither when it ends nor over which time it counts: most count by the minute. Without an end, one
// that was said of a single path would bind the rest of the run.
const usualWindowMs = 60_000;

export function makePushBack({ pool, concurrency, now, longestWaitMs, onNotice }: PushBackOptions): PushBack {
  const closed = new Map<string, { readonly untilMs: number; readonly answer: Answer }>();
  const said = new Set<string>();

  // The first time is news; the bound moves many times in a run.
  const say = (url: URL, about: 'pause' | 'limit', what: string): void => {
    const key = `${about} ${url.origin}`;
    if (said.has(key)) return;
    said.add(key);
    onNotice?.(`${clean(url.host)} ${what}`);
  };

  const pause = (url: URL, answer: Answer, askedMs: number): void => {
    const untilMs = now().getTime() + askedMs;
    if (askedMs > longestWaitMs) {
      closed.set(url.origin, { untilMs, answer });
      return;
    }
    pool.line(url.origin).hold(untilMs);
    if (askedMs > 0) say(url, 'pause', `asks for a pause of ${seconds(askedMs)}; all requests to it wait`);
  };

  const count = (url: URL, { remaining, resetMs, windowMs }: RateLimit): void => {
    const line = pool.line(url.origin);
    const nowMs = now().getTime();
    const waits = remaining === 0 && resetMs !== undefined && resetMs <= longestWaitMs;
    line.allow(remaining, nowMs + (resetMs ?? windowMs ?? usualWindowMs));
    if (waits) line.hold(nowMs + resetMs);
    if (remaining >= concurrency) return;
    const left = remaining === 0 ? 'no more requests' : `${remaining} more ${remaining === 1 ? 'request' : 'requests'}`;
    if (waits) say(url, 'limit', `allows ${left} for ${seconds(resetMs)}; all wait until then`);
    else
      say(url, 'limit', `allows ${left} for now; ${remaining < 2 ? 'one at a time goes on' : 'fewer are under way'}`);
  };

  return {
    heed(url, answer) {
      if (answer.status === 429 || answer.status === 503) {
        const askedMs = parseRetryAfterMs(answer.header('retry-after'), now());
        if (askedMs !== undefined) pause(url, answer, askedMs);
      }
      const limit = parseRateLimit((name) => answer.headers(name), now());
      if (limit !== undefined) count(url, limit);
    },
    standing({ origin }) {
      const found = closed.get(origin);
      return found !== undefined && now().getTime() < found.untilMs ? found.answer : undefined;
    },
  };
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
