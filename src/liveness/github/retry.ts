/** When GitHub is asked again, and after how long. Pure. */
import { fullJitterMs, parseRetryAfterMs, retryPolicy } from '../../registry/retry.ts';

/** What came of one request, as far as asking again goes. */
export type Attempt =
  /** No answer, or one that broke off. `lasting`: asking again won't help (a certificate). */
  | { readonly kind: 'failure'; readonly lasting: boolean }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly header: (name: string) => string | undefined;
      /** GitHub's own sentence; '' where there is none. */
      readonly message: string;
    };

export type Verdict =
  | { readonly kind: 'stands' }
  | { readonly kind: 'again'; readonly afterMs: number }
  /** GitHub wants more patience than we have, or said so on the last try. */
  | { readonly kind: 'rate-limited'; readonly resetsAt: Date };

// As many as the registry is given.
const tries = 5;

// "Wait for at least one minute", then exponentially longer: GitHub's advice for secondary limits that say no time.
const secondaryLimitMs = 60_000;

/** Whether the answer of this try (1 is the first) is the one to take. A refusal stands at once. */
export function judgeAttempt(
  attempt: Attempt,
  context: { readonly tryNumber: number; readonly random: number; readonly now: Date },
): Verdict {
  const { tryNumber, random, now } = context;
  const jitterMs = fullJitterMs(tryNumber, random);
  if (attempt.kind === 'failure')
    return attempt.lasting || tryNumber >= tries ? { kind: 'stands' } : { kind: 'again', afterMs: jitterMs };
  const limitMs = rateLimitMs(attempt, tryNumber, now);
  if (limitMs !== undefined) {
    // The jitter stays on top: everyone was told the same second.
    const afterMs = limitMs + jitterMs;
    return tryNumber < tries && limitMs <= retryPolicy.longestWaitMs
      ? { kind: 'again', afterMs }
      : { kind: 'rate-limited', resetsAt: new Date(now.getTime() + limitMs) };
  }
  // 501 says that it never will.
  const passing = attempt.status === 408 || (attempt.status >= 500 && attempt.status !== 501);
  if (!passing || tryNumber >= tries) return { kind: 'stands' };
  const askedMs = parseRetryAfterMs(attempt.header('retry-after'), now) ?? 0;
  return askedMs > retryPolicy.longestWaitMs ? { kind: 'stands' } : { kind: 'again', afterMs: askedMs + jitterMs };
}

/**
 * How long GitHub wants to be left alone, if that is what the answer says. Both limits may come as 403, which is also how
 * a missing permission comes: only the headers, or the sentence, tell them apart
 * (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
function rateLimitMs(
  answer: Extract<Attempt, { readonly kind: 'answer' }>,
  tryNumber: number,
  now: Date,
): number | undefined {
  const { status, header, message } = answer;
  if (status !== 403 && status !== 429) return undefined;
  const askedMs = parseRetryAfterMs(header('retry-after'), now);
  if (askedMs !== undefined) return askedMs;
  const resets = header('x-ratelimit-reset');
  // The reset is in whole seconds: one more, so that it is past.
  if (header('x-ratelimit-remaining') === '0' && resets !== undefined && /^\d{1,12}$/.test(resets))
    return Math.max(0, Number(resets) * 1000 - now.getTime()) + 1000;
  if (status === 429 || /rate limit|abuse detection/i.test(message)) return secondaryLimitMs * 2 ** (tryNumber - 1);
  return undefined;
}
