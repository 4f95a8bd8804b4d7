import { describe, expect, test } from '@jest/globals';
import { judgeAttempt, type Attempt } from '../../../src/liveness/github/retry.ts';

const now = new Date('2026-11-22T00:00:00Z');
const reset = (seconds: number): string => (now.getTime() / 1000 + seconds).toString();

function answer(status: number, headers: Readonly<Record<string, string>> = {}, message = ''): Attempt {
  return { kind: 'answer', status, header: (name) => headers[name], message };
}

/** In seconds, without jitter: `stands`, `again 60`, `limited 00:10`. */
function judged(attempt: Attempt, tryNumber = 1): string {
  const verdict = judgeAttempt(attempt, { tryNumber, random: 0, now });
  if (verdict.kind === 'again') return `again ${verdict.afterMs / 1000}`;
  return verdict.kind === 'stands' ? 'stands' : `limited until ${verdict.resetsAt.toISOString().slice(11, 19)}`;
}

const used = { 'x-ratelimit-remaining': '0' };

describe('an answer', () => {
  test.each<readonly [string, Attempt, string]>([
    ['success', answer(200), 'stands'],
    ['unchanged', answer(304), 'stands'],
    ['redirected', answer(301), 'stands'],
    ['wrong token', answer(401, {}, 'Bad credentials'), 'stands'],
    [
      'no permission',
      answer(403, { 'x-ratelimit-remaining': '900' }, 'Resource not accessible by integration'),
      'stands',
    ],
    ['not there', answer(404), 'stands'],
    ['never will', answer(501), 'stands'],
    ['server error', answer(500), 'again 0'],
    ['gateway', answer(502), 'again 0'],
    ['overloaded, with a time', answer(503, { 'retry-after': '20' }), 'again 20'],
    ['overloaded, for an hour', answer(503, { 'retry-after': '3600' }), 'stands'],
    ['used up for 40 seconds more', answer(403, { ...used, 'x-ratelimit-reset': reset(40) }), 'again 41'],
    ['used up, and over by now', answer(429, { ...used, 'x-ratelimit-reset': reset(-9) }), 'again 1'],
    ['used up for 10 minutes', answer(403, { ...used, 'x-ratelimit-reset': reset(599) }), 'limited until 00:10:00'],
    ['used up, no time', answer(403, used, 'API rate limit exceeded'), 'again 60'],
    ['used up, nonsense for a time', answer(429, { ...used, 'x-ratelimit-reset': 'soon' }), 'again 60'],
    [
      'secondary, with a time',
      answer(403, { 'retry-after': '30' }, 'You have exceeded a secondary rate limit.'),
      'again 30',
    ],
    ['secondary, without', answer(403, {}, 'You have exceeded a secondary rate limit.'), 'again 60'],
    ['secondary, old words', answer(403, {}, 'You have triggered an abuse detection mechanism.'), 'again 60'],
    ['too many', answer(429), 'again 60'],
    ['too many, for an hour', answer(429, { 'retry-after': '3600' }), 'limited until 01:00:00'],
    ['broken off', { kind: 'failure', lasting: false }, 'again 0'],
    ['certificate', { kind: 'failure', lasting: true }, 'stands'],
  ])('%s', (_, attempt, expected) => {
    expect(judged(attempt)).toBe(expected);
  });

  test('of the fifth try is the last', () => {
    expect(judged({ kind: 'failure', lasting: false }, 4)).toBe('again 0');
    expect(judged({ kind: 'failure', lasting: false }, 5)).toBe('stands');
    expect(judged(answer(502), 5)).toBe('stands');
    expect(judged(answer(429, { 'retry-after': '1' }), 5)).toBe('limited until 00:00:01');
  });

  test('that names no time is waited for longer each time', () => {
    expect([1, 2, 3, 4].map((tryNumber) => judged(answer(429), tryNumber))).toEqual([
      'again 60',
      'again 120',
      'again 240',
      'limited until 00:08:00',
    ]);
  });
});
