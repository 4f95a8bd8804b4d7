import { describe, expect, test } from '@jest/globals';
import { connectGitHub } from '../../../src/liveness/index.ts';
import { repository, startGitHub, type Fault } from '../../support/github/server.ts';
import { errorOf, pulls, repo, show, texts, withGitHub } from './client.ts';

const one = (): Parameters<typeof withGitHub>[0] => [repository(repo, { pulls: [{ number: 1, state: 'open' }] })];

describe('a refusal names the permission to grant, and is not asked twice', () => {
  test('no pull-requests: read', async () => {
    await withGitHub(one(), async ({ github, server, slept }) => {
      server.permissions.delete('pull-requests');
      const error = await errorOf(github.claim(pulls(1)), server.token);
      expect(error.message).toBe(
        `GitHub doesn't let this token read the open pull requests of acme/apps (GET ${server.apiUrl}/repos/acme/apps/pulls?state=open&per_page=100: 403 Resource not accessible by integration)`,
      );
      expect(error.wayOut).toContain('"permissions: pull-requests: read"');
      expect(error.status).toBe(403);
      expect(slept).toEqual([]);
      expect(server.seen).toHaveLength(1);
    });
  });

  test('no contents: read', async () => {
    await withGitHub(one(), async ({ github, server }) => {
      server.permissions.delete('contents');
      const error = await errorOf(github.claim(texts('main')), server.token);
      expect(error.message).toContain("doesn't let this token read the branches of acme/apps");
      expect(error.wayOut).toContain('"permissions: contents: read"');
    });
  });

  test('a private repository of somebody else', async () => {
    await withGitHub([repository(repo, { hidden: true })], async ({ github, server, slept }) => {
      for (const asks of [pulls(1), texts('main')]) {
        const error = await errorOf(github.claim(asks), server.token);
        expect(error.message).toContain('GitHub shows this token no acme/apps');
        expect(error.wayOut).toContain('github-repository');
      }
      expect(slept).toEqual([]);
    });
  });

  test('a wrong token', async () => {
    const wrong = 'ghp_wrong';
    await withGitHub(
      one(),
      async ({ github }) => {
        const error = await errorOf(github.claim(pulls(1)), wrong);
        expect(error.message).toContain('GitHub refused the token');
        expect(error.message).toContain('401 Bad credentials');
        expect(error.wayOut).toContain('github-token');
      },
      { client: { token: wrong } },
    );
  });

  test.each([undefined, ''])('no token: %p', async (token) => {
    await withGitHub(
      one(),
      async ({ github, server }) => {
        const error = await errorOf(github.claim(pulls(1)), server.token);
        expect(error.message).toContain('no token');
        expect(error.wayOut).toContain('pull-requests: read and contents: read');
        expect(server.seen).toEqual([]);
      },
      { client: { token } },
    );
  });

  test.each(['apps', 'acme/apps/x', '../apps', 'acme/..', 'acme/a b', ''])('no repository: "%s"', async (name) => {
    await withGitHub(one(), async ({ github, server }) => {
      const error = await errorOf(github.claim([{ kind: 'branch', repo: name, text: 'x' }]), server.token);
      expect(error.message).toContain('names no repository on GitHub');
      expect(server.seen).toEqual([]);
    });
  });
});

describe('an answer that is none', () => {
  const pull = { number: 1, state: 'open', closed_at: null };
  const item = '/repos/acme/apps/pulls/7';
  const list = '/repos/acme/apps/pulls?state=open&per_page=100';

  test.each<readonly [string, string, Fault, string]>([
    ['a web page', list, { status: 200, body: '<!doctype html><title>Sign in</title>' }, 'it is a web page'],
    ['no JSON', list, { status: 200, body: '[{"number": 1' }, 'it is no JSON'],
    ['nothing', list, { status: 200, body: '' }, 'it is no JSON'],
    ['no content', list, { status: 204 }, '204'],
    [
      'an object for a list',
      list,
      { status: 200, body: { pulls: [] } },
      'the whole of it is not as GitHub describes it',
    ],
    ['a list without numbers', list, { status: 200, body: [{ ...pull, number: '1' }] }, '0.number is not as'],
    ['a state of its own', list, { status: 200, body: [{ ...pull, state: 'draft' }] }, '0.state is not as'],
    ['a closed one among the open', list, { status: 200, body: [{ ...pull, state: 'closed' }] }, '1 in it is not open'],
    ['another pull request', item, { status: 200, body: pull }, 'it is about pull request 1'],
    ['a list for one', item, { status: 200, body: [pull] }, 'the whole of it is not as'],
    ['unchanged, unasked', item, { status: 304 }, '304'],
    ['gone', item, { status: 410, body: { message: 'This was deleted' } }, '410 This was deleted'],
    ['invalid', list, { status: 422, body: { message: 'Validation Failed' } }, '422 Validation Failed'],
  ])('%s', async (_, path, fault, why) => {
    await withGitHub(one(), async ({ github, server, slept }) => {
      server.before = (seen) => (seen.path === path ? fault : undefined);
      const error = await errorOf(github.claim(pulls(1, 7)), server.token);
      expect(error.message).toContain(why);
      expect(error.message).toContain(path);
      expect(slept).toEqual([]);
    });
  });

  test.each(['drop', 'cut'] as const)(
    'that ends too early (%s) is asked for again, and is an error in the end',
    async (fault) => {
      await withGitHub(one(), async ({ github, server, slept }) => {
        server.before = (_, index) => (index < 2 ? fault : undefined);
        expect(show(await github.claim(pulls(1)))).toEqual(['1 open']);
        server.before = () => fault;
        const error = await errorOf(github.claim(pulls(1)), server.token);
        expect(error.message).toContain('GitHub gave no whole answer about the open pull requests of acme/apps');
        expect(slept).toHaveLength(2 + 4);
      });
    },
  );

  test('that is not there in time is asked for again, and is an error in the end', async () => {
    await withGitHub(
      one(),
      async ({ github, server, records }) => {
        server.before = () => 'silence';
        const error = await errorOf(github.claim(pulls(1)), server.token);
        expect(error.message).toContain('timeout');
        expect(server.seen).toHaveLength(5);
        expect(records.map(({ status }) => status)).toEqual(Array(5).fill(undefined));
      },
      { client: { timeoutMs: 50 } },
    );
  });

  test('from nobody', async () => {
    const server = await startGitHub([]);
    await server.close();
    const github = connectGitHub({
      token: server.token,
      apiUrl: server.apiUrl,
      env: {},
      sleep: () => Promise.resolve(),
      random: () => 0,
      now: () => new Date(),
    });
    const error = await errorOf(github.claim(pulls(1)), server.token);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.wayOut).toContain('GITHUB_API_URL');
  });

  test.each(['api.github.com', 'ftp://api.github.com', 'https://user:secret@api.github.com', ''])(
    'from "%s", which is no address',
    async (apiUrl) => {
      await withGitHub(
        one(),
        async ({ github, server }) => {
          const error = await errorOf(github.claim(pulls(1)), server.token);
          expect(error.message).toBe('GITHUB_API_URL is no address of an API');
        },
        { client: { apiUrl } },
      );
    },
  );
});

describe('pages', () => {
  const link = (target: string): Fault => ({
    status: 200,
    headers: { link: `<${target}>; rel="next"` },
    body: [{ name: 'main' }],
  });

  test('that lead back are no list', async () => {
    await withGitHub(one(), async ({ github, server }) => {
      server.before = ({ path }) =>
        link(`${server.apiUrl}/repositories/1/branches?page=${path.endsWith('page=2') ? 3 : 2}`);
      const error = await errorOf(github.claim(texts('x')), server.token);
      expect(error.message).toContain('its pages go in a circle');
      expect(server.seen).toHaveLength(3);
    });
  });

  test.each(['https://example.com/repos/acme/apps/branches?page=2', 'http://', '//example.com/x'])(
    'that lead to %s are no list, and nothing is asked there',
    async (target) => {
      await withGitHub(one(), async ({ github, server }) => {
        server.before = () => link(target);
        const error = await errorOf(github.claim(texts('x')), server.token);
        expect(error.message).toContain("its next page is said to be elsewhere than at GitHub's API");
      });
    },
  );
});
