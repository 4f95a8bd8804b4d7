/** `org.opencontainers.image.source`: pull request 12 of another repository is another one. */
import { describe, expect, test } from '@jest/globals';
import { parseSource } from '../../src/policy/source.ts';
import { branch, pull, repo } from './outside.ts';
import { expectVerdicts, policy } from './tables.ts';

const claims = [pull(1, 'closed'), branch('old')];
const previews = policy([{ tags: ['pr-{pr}', 'pr-{pr}-*'], repo: 'Acme/App' }]);

describe('an image', () => {
  test.each([
    'https://github.com/acme/app',
    'https://github.com/Acme/APP/',
    'http://github.com/acme/app.git',
    'https://x-access-token:secret@github.com/acme/app.git',
    'https://github.com/acme/app/tree/main/images/web?x=1#readme',
    'https://github.acme.example:8443/acme/app',
    'git@github.com:acme/app.git',
    'ssh://git@github.com:22/acme/app.git',
    'git://github.com/acme/app',
    'git+https://github.com/acme/app.git',
    'github.com/acme/app',
    'acme/app',
  ])('of the same repository goes: %s', (source) => {
    expectVerdicts(previews, `pr-1 | A from ${source} | delete | #1 closed`, { claims });
  });

  test.each([
    'https://github.com/acme/app2',
    'https://github.com/acme/app.js',
    'https://github.com/other/app',
    'git@github.com:other/app.git',
    'https://gitlab.com/acme/app',
    'GitLab.com/acme/app',
    'acme/other',
  ])('of another repository stays: %s', (source) => {
    expectVerdicts(previews, `pr-1 | A from ${source} | keep | from ${source}`, { claims });
  });

  test.each(['https://example.com', 'https://github.com/acme', 'unknown', 'https://github.com/acme/..', '/', '!!/??'])(
    'that names no repository is believed to be of this one: %s',
    (source) => {
      expectVerdicts(previews, `pr-1 | A from ${source} | delete | #1 closed`, { claims });
      expect(parseSource(source)).toBeUndefined();
    },
  );

  test('whose config could not be read stays, unless its manifest says where it was built', () => {
    const why = 'unreadable: its config or its date, so it may come from another source';
    expectVerdicts(
      previews,
      `pr-1   | A unread               | keep   | ${why}
       pr-1-b | B from acme/app unread | delete | #1 closed`,
      { claims },
    );
  });

  test('of another repository stays under {branch}, too, and under keep-last-live', () => {
    expectVerdicts(
      policy([
        { tags: ['{branch}-{sha}'], repo },
        { tags: ['pr-{pr}'], repo, keepLastLive: 0 },
      ]),
      `old-abc1234 | A from acme/other | keep   | from acme/other
       pr-2        | B from acme/other | keep   | from acme/other
       pr-3        | C from acme/app   | delete | #3 open + rank 0 of 0`,
      { claims: [...claims, pull(2, 'open'), pull(3, 'open')] },
    );
  });

  test('is nobody else’s business: other rules take no notice', () => {
    expectVerdicts(policy([{ keepLast: 0, repo }]), `x | A from acme/other | delete | rank 0 of 0`);
  });

  test('of which nobody knows whose pull requests are meant stays for that', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}'] }]),
      `pr-1 | A from acme/other | keep | unreadable: nothing is known of pull request 1`,
      { claims },
    );
  });
});

describe('an index', () => {
  test('stays for one platform of another repository, at any depth, or for itself', () => {
    expectVerdicts(
      previews,
      `pr-1-a | I[A B]                 | delete | #1 closed
       pr-1-b | J[A X]                 | keep   | from acme/other
       pr-1-c | K[J]                   | keep   | from acme/other
       pr-1-d | L[A] from acme/another | keep   | from acme/another
              | A from acme/app        |        |
              | B                      |        |
              | X from acme/other      |        |`,
      { claims },
    );
  });

  test('takes no notice of its attestations, nor of platforms that the registry does not hold', () => {
    expectVerdicts(
      previews,
      `pr-1 | I[A S G]                    | delete | #1 closed
            | A from acme/app              |        |
            | S attests A from moby/buildkit |      |`,
      { claims },
    );
  });

  test('stays for a platform that could not be read; that it is of another repository says more', () => {
    expectVerdicts(
      previews,
      `pr-1-a | I[A U]            | keep | unreadable: its config or its date, so it may come from another source
       pr-1-b | J[O]              | keep | unreadable: too large, and it may come from another source
       pr-1-c | K[O U X]          | keep | from acme/other
       pr-1-d | L[X U O]          | keep | from acme/other
              | A from acme/app   |      |
              | U unread          |      |
              | O opaque          |      |
              | X from acme/other |      |`,
      { claims },
    );
  });
});

describe('the repository that a text names', () => {
  test.each<[string, string]>([
    ['  acme/app ', 'acme/app'],
    ['/acme/app', 'acme/app'],
    ['https://github.com/acme/app?tab=readme', 'acme/app'],
    ['https://github.com/acme/app#readme', 'acme/app'],
    ['https://github.com/acme/.github', 'acme/.github'],
    ['https://github.com/acme/acme.github.io', 'acme/acme.github.io'],
    ['https://github.acme.example:8443/acme/app', 'acme/app'],
    ['https://forge/acme/app', 'acme/app'],
    ['git@forge:acme/app.git', 'acme/app'],
    // Without a scheme it isn't a port: an owner's name may be a number.
    ['git@github.com:123/app.git', '123/app'],
    ['https://token@gitlab.com/acme/app.git', 'gitlab.com/acme/app'],
    ['https://gitlab.com:443/acme/app', 'gitlab.com/acme/app'],
    ['git@bitbucket.org:acme/app.git', 'bitbucket.org/acme/app'],
    ['codeberg.org/acme/app', 'codeberg.org/acme/app'],
    ['https://gitea.com/acme/app', 'gitea.com/acme/app'],
    ['https://dev.azure.com/acme/app', 'dev.azure.com/acme/app'],
  ])('%s: %s', (text, repository) => {
    expect(parseSource(text)).toBe(repository);
  });

  test.each(['https://forge/acme', 'https://github.com/acme/app@v1', 'an app/web', 'acme/app!'])('none: %s', (text) => {
    expect(parseSource(text)).toBeUndefined();
  });
});
