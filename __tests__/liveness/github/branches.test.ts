import { describe, expect, test } from '@jest/globals';
import { repository } from '../../support/github/server.ts';
import { errorOf, repo, show, texts, withGitHub } from './client.ts';

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `topic/${(index + 1).toString().padStart(4, '0')}`);

describe('a text', () => {
  test.each([
    ['feature/Login-Page', 'feature-Login-Page'],
    ['feature/Login-Page', 'feature-login-page'],
    ['Feature/login_page', 'Feature-login_page'],
    ['Feature/login_page', 'feature-login_page'],
    // GitLab's slug: the underscore too.
    ['Feature/login_page', 'feature-login-page'],
    ['release/1.2', 'release-1.2'],
    ['release/1.2', 'release-1-2'],
    ['fix/#12 über & Öl', 'fix-12-ber-l'],
    ['fix/über', 'fix-ber'],
    ['fix/über', 'fix--ber'],
    ['long/'.padEnd(200, 'X'), 'long-'.padEnd(128, 'X')],
    ['long/'.padEnd(200, 'X'), 'long-'.padEnd(128, 'x')],
    ['long/'.padEnd(200, 'X'), 'long-'.padEnd(63, 'x')],
  ])('of %s may be %s', async (name, text) => {
    await withGitHub([repository(repo, { branches: ['main', name] })], async ({ github }) => {
      expect(await github.claim(texts(text))).toEqual([{ kind: 'branch', repo, text, liveAs: name }]);
    });
  });

  test('of no branch has no living name, however near it comes', async () => {
    const branches = ['main', 'release/1.2', 'feature/Login-Page'];
    const near = texts('release-1', 'release-1.2.3', 'release-1.2-', 'FEATURE-LOGIN-PAGE', 'mai', 'main2', 'v1.2.3');
    await withGitHub([repository(repo, { branches })], async ({ github }) => {
      const claims = await github.claim(near);
      expect(claims).toEqual(near);
    });
  });

  test('may be that of a git tag; a branch that gives it as well is named first', async () => {
    const both = repository(repo, { branches: ['main', 'v2/x'], tags: ['v1.2.3', 'v2-x'] });
    await withGitHub([both], async ({ github }) => {
      expect(show(await github.claim(texts('v1.2.3', 'v2-x', 'v3')))).toEqual([
        'v1.2.3 alive as v1.2.3',
        'v2-x alive as v2/x',
        'v3 gone',
      ]);
    });
  });
});

describe('all branches and git tags', () => {
  test('are read to the last page, and pages that something may have left are looked at again', async () => {
    const many = repository(repo, { branches: numbered(250), tags: numbered(101).map((name) => `t-${name}`) });
    await withGitHub([many], async ({ github, server }) => {
      expect(show(await github.claim(texts('topic-0250', 't-topic-0101', 'topic-0251')))).toEqual([
        'topic-0250 alive as topic/0250',
        't-topic-0101 alive as t-topic/0101',
        'topic-0251 gone',
      ]);
      expect(server.lines()).toEqual([
        '200 /repos/acme/apps/branches?per_page=100',
        '200 /repositories/1296269/branches?per_page=100&page=2',
        '200 /repositories/1296269/branches?per_page=100&page=3',
        '304 /repositories/1296269/branches?per_page=100&page=2',
        '304 /repos/acme/apps/branches?per_page=100',
        '200 /repos/acme/apps/tags?per_page=100',
        '200 /repositories/1296269/tags?per_page=100&page=2',
        '304 /repos/acme/apps/tags?per_page=100',
      ]);
    });
  });

  test('a branch that slips to an earlier page while they are read is seen all the same', async () => {
    const busy = repository(repo, { branches: numbered(150) });
    await withGitHub([busy], async ({ github, server }) => {
      // The first page goes out, then its first branch goes: topic/0101 moves to the first page.
      server.before = ({ path }) => {
        if (path.endsWith('/branches?per_page=100&page=2')) busy.branches = numbered(150).slice(1);
        return undefined;
      };
      expect(show(await github.claim(texts('topic-0101')))).toEqual(['topic-0101 alive as topic/0101']);
    });
  });

  test('one after a page that was exactly full is seen by the next question', async () => {
    const growing = repository(repo, { branches: numbered(100) });
    await withGitHub([growing], async ({ github, server }) => {
      const claims = await github.claim(texts('zz-new'));
      expect(show(claims)).toEqual(['zz-new gone']);
      growing.branches = [...numbered(100), 'zz/new'];
      // A 304 for the first page would say nothing of the second: it is not asked for.
      server.seen.length = 0;
      expect(show(await github.confirm(claims))).toEqual(['zz-new alive as zz/new']);
      expect(server.lines()[0]).toBe('200 /repos/acme/apps/branches?per_page=100');
    });
  });

  test('none at all is impossible', async () => {
    await withGitHub([repository(repo, { branches: [], tags: ['v1'] })], async ({ github, server }) => {
      const error = await errorOf(github.claim(texts('main')), server.token);
      expect(error.message).toContain('GitHub names no branch of acme/apps at all');
      expect(error.wayOut).toContain('contents: read');
    });
  });

  test('the second page of git tags fails: there is no answer', async () => {
    await withGitHub([repository(repo, { tags: numbered(101) })], async ({ github, server }) => {
      server.before = ({ path }) => (path.includes('/tags') && path.endsWith('page=2') ? 'drop' : undefined);
      const error = await errorOf(github.claim(texts('main')), server.token);
      expect(error.message).toContain('GitHub gave no whole answer about the git tags of acme/apps, page 2');
    });
  });
});

describe('the event of a deleted branch', () => {
  const focus = { kind: 'branch', repo, ref: 'feature/Login-Page', event: 'delete' } as const;

  test('speaks of the texts that it gives, and of no others', async () => {
    const asks = texts('feature-Login-Page', 'feature-login-page', 'feature-login', 'old');
    await withGitHub([repository(repo)], async ({ github }) => {
      expect(show(await github.claim(asks, focus))).toEqual(['feature-Login-Page gone', 'feature-login-page gone']);
    });
  });

  test('may find that another branch gives the same text, or that it is back', async () => {
    await withGitHub([repository(repo, { branches: ['main', 'feature-login-page'] })], async ({ github }) => {
      expect(show(await github.claim(texts('feature-login-page', 'feature-Login-Page'), focus))).toEqual([
        'feature-login-page alive as feature-login-page',
        'feature-Login-Page gone',
      ]);
    });
  });

  test('has no question where no tag has one of its texts', async () => {
    await withGitHub([repository(repo)], async ({ github, server }) => {
      expect(await github.claim(texts('old'), focus)).toEqual([]);
      expect(server.lines()).toEqual([]);
    });
  });
});

describe('confirming', () => {
  test('lists again, once, where a branch was gone', async () => {
    const apps = repository(repo, { branches: ['main', 'x'] });
    await withGitHub([apps], async ({ github, server }) => {
      const claims = await github.claim(texts('x', 'old', 'older'));
      server.seen.length = 0;
      apps.branches = ['main', 'x', 'old'];
      expect(show(await github.confirm(claims))).toEqual(['old alive as old', 'older gone']);
      expect(server.lines()).toEqual([
        '200 /repos/acme/apps/branches?per_page=100',
        '304 /repos/acme/apps/tags?per_page=100',
      ]);
    });
  });

  test('asks nothing where all is alive', async () => {
    await withGitHub([repository(repo)], async ({ github, server }) => {
      const claims = await github.claim(texts('main'));
      server.seen.length = 0;
      expect(await github.confirm(claims)).toEqual([]);
      expect(server.lines()).toEqual([]);
    });
  });
});
