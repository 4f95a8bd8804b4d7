import { describe, expect, test } from '@jest/globals';
import { repository, type PullRequest } from '../../support/github/server.ts';
import { errorOf, pulls, repo, show, texts, withGitHub } from './client.ts';

const closed = (...numbers: readonly number[]): PullRequest[] => numbers.map((number) => ({ number, state: 'closed' }));
const in2Minutes = new Date('2026-11-22T00:02:00Z');
const in1Hour = new Date('2026-11-22T01:00:00Z');

describe('the rate limit', () => {
  test('that ends soon is waited for', async () => {
    await withGitHub([repository(repo, { pulls: closed(1, 2) })], async ({ github, server, slept }) => {
      server.limit = { remaining: 2, resetsAt: in2Minutes };
      expect(show(await github.claim(pulls(1, 2)))).toEqual(['1 closed', '2 closed']);
      // To the second after, and the jitter of a first try.
      expect(slept).toEqual([121_500]);
    });
  });

  test('that lasts longer is an error, which says until when', async () => {
    await withGitHub([repository(repo)], async ({ github, server, slept }) => {
      server.limit = { remaining: 0, resetsAt: in1Hour };
      const error = await errorOf(github.claim(texts('main')), server.token);
      expect(error.message).toContain("GitHub's rate limit for this token is used up");
      expect(error.message).toContain('2026-11-22T01:00:01.000Z');
      expect(error.message).toContain('403 API rate limit exceeded');
      expect(slept).toEqual([]);
    });
  });

  test("isn't touched by confirming what didn't change", async () => {
    await withGitHub([repository(repo, { pulls: closed(1, 2) })], async ({ github, server }) => {
      const claims = await github.claim([...pulls(1, 2), ...texts('old')]);
      const { remaining } = server.limit;
      expect(show(await github.confirm(claims))).toEqual(['1 closed', '2 closed', 'old gone']);
      expect(server.limit.remaining).toBe(remaining);
    });
  });

  test('for many at once (secondary) is waited for as it says', async () => {
    await withGitHub([repository(repo)], async ({ github, server, slept }) => {
      const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
      server.before = (_, index) =>
        index === 0 ? { status: 403, headers: { 'retry-after': '30' }, body: { message } } : undefined;
      expect(show(await github.claim(texts('main')))).toEqual(['main alive as main']);
      expect(slept).toEqual([30_500]);
    });
  });
});
