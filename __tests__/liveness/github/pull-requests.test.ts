import { describe, expect, test } from '@jest/globals';
import { repository, type PullRequest } from '../../support/github/server.ts';
import { errorOf, pulls, repo, show, withGitHub } from './client.ts';

const open = (...numbers: readonly number[]): PullRequest[] => numbers.map((number) => ({ number, state: 'open' }));
const closed = (...numbers: readonly number[]): PullRequest[] => numbers.map((number) => ({ number, state: 'closed' }));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a sweep', () => {
  test('says open, closed and not found, each by its exact number', async () => {
    const pulled = [...open(1, 123), { number: 12, state: 'closed', closedAt: '2026-10-01T08:00:00Z' } as const];
    await withGitHub([repository(repo, { pulls: pulled })], async ({ github, server }) => {
      const claims = await github.claim(pulls(1, 12, 123, 7, 12));
      expect(claims).toEqual([
        { kind: 'pull-request', repo, number: 1, state: 'open', by: 'api' },
        { kind: 'pull-request', repo, number: 12, state: 'closed', closedAt: '2026-10-01T08:00:00.000Z', by: 'api' },
        { kind: 'pull-request', repo, number: 123, state: 'open', by: 'api' },
        // An issue's number, or nobody's.
        { kind: 'pull-request', repo, number: 7, state: 'not-found', by: 'api' },
      ]);
      expect([...server.lines()].sort()).toEqual([
        '200 /repos/acme/apps',
        '200 /repos/acme/apps/pulls/12',
        '200 /repos/acme/apps/pulls?state=open&per_page=100',
        '404 /repos/acme/apps/pulls/7',
      ]);
    });
  });

  test('250 open ones, a fork among them, are on three pages', async () => {
    const pulled = [...open(...range(2, 250)), { number: 1, state: 'open', fork: 'stranger/apps' } as const];
    await withGitHub([repository(repo, { pulls: pulled })], async ({ github, server }) => {
      const claims = await github.claim(pulls(...range(1, 250)));
      expect(claims).toHaveLength(250);
      expect(claims.every((claim) => claim.kind === 'pull-request' && claim.state === 'open')).toBe(true);
      expect(server.lines()).toEqual([
        '200 /repos/acme/apps/pulls?state=open&per_page=100',
        '200 /repositories/1296269/pulls?state=open&per_page=100&page=2',
        '200 /repositories/1296269/pulls?state=open&per_page=100&page=3',
      ]);
    });
  });

  test('the third page fails: there is no answer, and the message says why', async () => {
    await withGitHub([repository(repo, { pulls: open(...range(1, 250)) })], async ({ github, server, slept }) => {
      server.before = ({ path }) =>
        path.endsWith('page=3') ? { status: 502, body: '<html>Bad Gateway</html>' } : undefined;
      const error = await errorOf(github.claim(pulls(1)), server.token);
      expect(error.message).toContain("GitHub doesn't say the open pull requests of acme/apps, page 3");
      expect(error.message).toMatch(/\/pulls\?state=open&per_page=100&page=3: 502\)$/);
      expect(error.status).toBe(502);
      // Full jitter, halved: after the 1st, 2nd, 3rd and 4th try.
      expect(slept).toEqual([500, 1000, 2000, 4000]);
    });
  });

  test('a page that fails twice and then comes is a page', async () => {
    await withGitHub([repository(repo, { pulls: open(...range(1, 250)) })], async ({ github, server }) => {
      let failures = 0;
      server.before = ({ path }) => (path.endsWith('page=2') && ++failures <= 2 ? 'drop' : undefined);
      expect(show(await github.claim(pulls(1)))).toEqual(['1 open']);
      expect(failures).toBe(3);
    });
  });

  test('repositories are asked one by one, and their names are not told apart by case', async () => {
    const two = [repository(repo, { pulls: closed(5) }), repository('acme/tools', { id: 2, pulls: open(5) })];
    await withGitHub(two, async ({ github }) => {
      const claims = await github.claim([
        { kind: 'pull-request', repo: 'acme/tools', number: 5 },
        { kind: 'pull-request', repo: 'Acme/Apps', number: 5 },
        { kind: 'pull-request', repo, number: 5 },
      ]);
      expect(claims.map((claim) => claim.repo)).toEqual(['acme/tools', 'Acme/Apps', repo]);
      expect(show(claims)).toEqual(['5 open', '5 closed', '5 closed']);
    });
  });

  test('a repository that was renamed is found by its old name', async () => {
    const renamed = repository('acme/new-name', { formerName: repo, pulls: [...open(1), ...closed(2)] });
    await withGitHub([renamed], async ({ github, server }) => {
      expect(show(await github.claim(pulls(1, 2, 3)))).toEqual(['1 open', '2 closed', '3 not-found']);
      expect(server.lines()).toContain('301 /repos/acme/apps/pulls/2');
    });
  });

  test('a number beyond what can be counted has no claim, so that its tag stays', async () => {
    await withGitHub([repository(repo)], async ({ github }) => {
      expect(show(await github.claim(pulls(1e21, 3)))).toEqual(['3 not-found']);
    });
  });

  test('nothing asked: nothing said, and no request', async () => {
    await withGitHub([], async ({ github, server }) => {
      expect(await github.claim([])).toEqual([]);
      expect(await github.confirm([])).toEqual([]);
      expect(server.lines()).toEqual([]);
    });
  });

  test('hundreds of closed ones are looked up in pages, not one by one', async () => {
    const pulled = [...closed(...range(1, 390)), ...open(395)];
    await withGitHub([repository(repo, { pulls: pulled })], async ({ github, server }) => {
      const claims = await github.claim(pulls(...range(150, 395)));
      expect(show(claims).filter((line) => line.endsWith('closed'))).toHaveLength(241);
      expect(show(claims).slice(-5)).toEqual([
        '391 not-found',
        '392 not-found',
        '393 not-found',
        '394 not-found',
        '395 open',
      ]);
      // One page of open ones; three of closed ones, until they are older than what is asked; four numbers; their repository.
      expect(server.lines()).toHaveLength(1 + 3 + 4 + 1);
      const asked = server.seen.length;
      expect(await github.confirm(claims)).toHaveLength(241);
      expect(server.lines().slice(asked)).toEqual([
        '304 /repos/acme/apps/pulls?state=closed&sort=created&direction=desc&per_page=100',
        '304 /repositories/1296269/pulls?state=closed&sort=created&direction=desc&per_page=100&page=2',
        '304 /repositories/1296269/pulls?state=closed&sort=created&direction=desc&per_page=100&page=3',
      ]);
    });
  });

  test('pages of closed ones are not read where asking one by one takes fewer requests', async () => {
    // 102 pages.
    await withGitHub([repository(repo, { pulls: closed(...range(1, 10_101)) })], async ({ github, server }) => {
      const claims = await github.claim(pulls(...range(1, 101)));
      expect(show(claims).every((line) => line.endsWith('closed'))).toBe(true);
      // The open ones, the first page of the closed ones, and each.
      expect(server.lines()).toHaveLength(1 + 1 + 101);
    });
  });
});

describe('the event of one closed pull request', () => {
  const focus = { kind: 'pull-request', repo: 'Acme/apps', number: 12, event: 'pull_request' } as const;

  test('is one question, and nothing is said of others', async () => {
    await withGitHub([repository(repo, { pulls: [...closed(12, 13), ...open(1)] })], async ({ github, server }) => {
      expect(show(await github.claim(pulls(1, 12, 13), focus))).toEqual(['12 closed']);
      expect(server.lines()).toEqual(['200 /repos/acme/apps/pulls/12']);
    });
  });

  test('may find it open again', async () => {
    await withGitHub([repository(repo, { pulls: open(12) })], async ({ github }) => {
      expect(show(await github.claim(pulls(12), focus))).toEqual(['12 open']);
    });
  });

  test('has no question where no tag has its number', async () => {
    await withGitHub([repository(repo)], async ({ github, server }) => {
      expect(await github.claim(pulls(1, 123), focus)).toEqual([]);
      expect(server.lines()).toEqual([]);
    });
  });

  test("doesn't narrow what is asked of other repositories, or of branches", async () => {
    const two = [repository(repo, { pulls: closed(12) }), repository('acme/tools', { id: 2, pulls: open(12) })];
    await withGitHub(two, async ({ github }) => {
      const asks = [
        ...pulls(12),
        { kind: 'pull-request', repo: 'acme/tools', number: 12 },
        { kind: 'branch', repo, text: 'main' },
      ] as const;
      expect(show(await github.claim(asks, focus))).toEqual(['12 closed', '12 open', 'main alive as main']);
    });
  });

  test('404 for it is a refusal where the repository is hidden as well', async () => {
    await withGitHub([repository(repo, { hidden: true })], async ({ github, server }) => {
      const error = await errorOf(github.claim(pulls(12), focus), server.token);
      expect(error.message).toContain('GitHub shows this token no acme/apps');
      expect(error.wayOut).toContain('private repository');
      expect(server.lines()).toEqual(['404 /repos/acme/apps/pulls/12', '404 /repos/acme/apps']);
    });
  });
});

describe('confirming', () => {
  test('asks again what is closed, and only that', async () => {
    const pulled = [...open(1), ...closed(12, 13)];
    await withGitHub([repository(repo, { pulls: pulled })], async ({ github, server }) => {
      const claims = await github.claim(pulls(1, 12, 13, 7));
      const asked = server.seen.length;
      const reopened = pulled.find(({ number }) => number === 12);
      if (reopened !== undefined) reopened.state = 'open';
      expect(show(await github.confirm(claims))).toEqual(['12 open', '13 closed']);
      // What didn't change costs nothing of the rate limit.
      expect([...server.lines().slice(asked)].sort()).toEqual([
        '200 /repos/acme/apps/pulls/12',
        '304 /repos/acme/apps/pulls/13',
      ]);
    });
  });

  test('throws where the answer fails to come', async () => {
    await withGitHub([repository(repo, { pulls: closed(12) })], async ({ github, server }) => {
      const claims = await github.claim(pulls(12));
      server.permissions.delete('pull-requests');
      const error = await errorOf(github.confirm(claims), server.token);
      expect(error.message).toContain("GitHub doesn't let this token read pull request 12 of acme/apps");
    });
  });
});
