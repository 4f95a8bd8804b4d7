/** What `git ls-remote` printed in GitHub's place: what is claimed, and what is not believed. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connectLiveRefs, LiveRefsError, parseLiveRefs } from '../../../src/liveness/index.ts';
import type { Problem } from '../../../src/model/index.ts';
import type { Ask } from '../../../src/policy/index.ts';

const sha = 'a'.repeat(40);
const list = (...refs: readonly string[]): string => refs.map((ref) => `${sha}\t${ref}\n`).join('');
const repo = 'acme/web';
const pr = (number: number): Ask => ({ kind: 'pull-request', repo, number });
const branch = (text: string): Ask => ({ kind: 'branch', repo, text });

async function claims(text: string, asks: readonly Ask[]): Promise<{ said: readonly string[]; warnings: Problem[] }> {
  const warnings: Problem[] = [];
  const refs = connectLiveRefs({
    refs: parseLiveRefs(text, 'refs.txt'),
    file: 'refs.txt',
    warn: (problem) => void warnings.push(problem),
  });
  const found = await refs.claim(asks);
  // Right before the deletions nothing else is said of what let something go.
  const going = found.filter((each) => (each.kind === 'branch' ? each.liveAs === undefined : each.state === 'closed'));
  expect(await refs.confirm(found)).toEqual(going);
  const said = found.map((each) =>
    each.kind === 'branch' ? `${each.text}: ${each.liveAs ?? 'gone'}` : `${each.number}: ${each.state}`,
  );
  return { said, warnings };
}

describe('branches and git tags', () => {
  test('live by every text that a tag may have of them; peeled tags and pull requests are no names', async () => {
    const text = `${sha}\tHEAD\n${list('refs/heads/main', 'refs/heads/feature/Login', 'refs/pull/7/head', 'refs/tags/v1', 'refs/tags/v1^{}')}`;
    const asks = ['main', 'feature-Login', 'feature-login', 'v1', 'gone', '7', 'head'].map(branch);
    expect((await claims(text, asks)).said).toEqual([
      'main: main',
      'feature-Login: feature/Login',
      'feature-login: feature/Login',
      'v1: v1',
      'gone: gone',
      '7: gone',
      'head: gone',
    ]);
  });
});

describe('pull requests', () => {
  test.each([
    ['GitHub and Gitea', ['refs/pull/3/head', 'refs/pull/3/merge', 'refs/pull/9/head']],
    ['GitLab', ['refs/merge-requests/3/head', 'refs/merge-requests/9/merge']],
    ['Bitbucket', ['refs/pull-requests/3/from', 'refs/pull-requests/9/from']],
  ])('%s: listed ones are open, earlier ones closed, later ones unknown', async (_, refs) => {
    const { said, warnings } = await claims(list('refs/heads/main', ...refs), [pr(3), pr(5), pr(9), pr(10)]);
    expect(said).toEqual(['3: open', '5: closed', '9: open', '10: not-found']);
    expect(warnings).toEqual([]);
  });

  test('none at all is no answer: nothing is claimed, and it is said once', async () => {
    const { said, warnings } = await claims(list('refs/heads/main'), [pr(3), branch('gone')]);
    expect(said).toEqual(['gone: gone']);
    expect(warnings).toEqual([
      expect.objectContaining({ at: 'refs.txt', what: expect.stringContaining('every {pr} tag is kept') }),
    ]);
  });

  test('a branch of that name is none, nor is a number that nobody can have', async () => {
    const text = list('refs/heads/refs/pull/5/head', 'refs/pull/99999999999999999999/head', 'refs/pull/x/head');
    expect((await claims(text, [pr(5)])).said).toEqual([]);
  });
});

test('two repositories: the list is of one', async () => {
  await expect(claims(list('refs/heads/main'), [branch('a'), { ...branch('a'), repo: 'acme/api' }])).rejects.toThrow(
    'refs.txt lists the refs of one repository, and the rules ask for acme/web and acme/api.',
  );
  await expect(
    claims(list('refs/heads/main'), [branch('a'), { ...branch('b'), repo: 'ACME/Web' }]),
  ).resolves.toBeDefined();
});

describe('not believed', () => {
  test.each([
    ['an empty file', '', 'names no branch at all'],
    ['no branch', list('refs/tags/v1', 'refs/pull/3/head'), 'names no branch at all'],
    ['cut in a line', list('refs/heads/main', 'refs/heads/feature').slice(0, -4), 'ends in the middle of a line'],
    ['an error of git', `fatal: could not read from remote\n${list('refs/heads/main')}`, 'Line 1 of refs.txt'],
    ['names alone', 'main\nfeature\n', 'Line 1 of refs.txt'],
    ['spaces for the tab', `${sha} refs/heads/main\n`, 'Line 1 of refs.txt'],
    ['an empty line', `${list('refs/heads/main')}\n`, 'Line 2 of refs.txt'],
  ])('%s', (_, text, says) => {
    expect(() => parseLiveRefs(text, 'refs.txt')).toThrow(LiveRefsError);
    expect(() => parseLiveRefs(text, 'refs.txt')).toThrow(says);
  });

  test('what git prints beside the list is passed over', () => {
    const text = `From https://git.example.com/acme/web\nref: refs/heads/main\tHEAD\n${sha}\tHEAD\r\n${'b'.repeat(64)}\trefs/heads/main\r\n`;
    expect(parseLiveRefs(text, 'refs.txt').branches).toEqual(['main']);
  });

  test('any other text is read, or is a LiveRefsError', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('refs/heads/', 'refs/tags/v^{}', 'refs/pull/1/head').map((ref) => `${sha}\t${ref}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          expect(parseLiveRefs(`${lines.join('\n')}\n`, 'f').branches.length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof LiveRefsError)) throw error;
        }
      }),
    );
  });
});
