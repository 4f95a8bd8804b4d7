import { describe, test } from '@jest/globals';
import { branch, pull, repo } from './outside.ts';
import { expectVerdicts, policy } from './tables.ts';

describe('{pr}', () => {
  const previews = policy([{ tags: ['pr-{pr}'], repo }]);

  test('a tag goes only when its pull request is said to be closed', () => {
    expectVerdicts(
      previews,
      `pr-1 | A | delete | #1 closed
       pr-2 | B | keep   | #2 open
       pr-3 | C | keep   | #3 not-found
       pr-4 | D | keep   | unreadable: nothing is known of pull request 4 of acme/app
       pr-5 | E | keep   | unreadable: nothing is known of pull request 5 of acme/app
       main | F | keep   | no-rule`,
      { claims: [pull(1, 'closed'), pull(2, 'open'), pull(3, 'not-found'), pull(5, 'closed', 'other/app')] },
    );
  });

  test('the number is the whole number', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}', 'pr-{pr}-*'], repo }]),
      `pr-1        | A | keep   | #1 open
       pr-12       | B | delete | #12 closed
       pr-12-arm64 | C | delete | #12 closed
       pr-123      | D | keep   | #123 open
       pr-012      | E | keep   | no-rule
       pr-0        | F | keep   | no-rule`,
      { claims: [pull(1, 'open'), pull(12, 'closed'), pull(123, 'open')] },
    );
  });

  test("GitHub's names differ in more than their case", () => {
    expectVerdicts(previews, `pr-1 | A | delete | #1 closed`, { claims: [pull(1, 'closed', 'Acme/App')] });
  });

  test('one voice that it never was is enough', () => {
    expectVerdicts(policy([{ tags: ['pr-{pr}'], repo, keepLastLive: 0 }]), `pr-1 | A | keep | #1 not-found`, {
      claims: [pull(1, 'open'), pull(1, 'not-found'), pull(1, 'closed')],
    });
  });

  test('one voice that it lives is enough', () => {
    expectVerdicts(previews, `pr-1 | A | keep | #1 open`, { claims: [pull(1, 'closed'), pull(1, 'open')] });
  });

  test('without knowing whose pull requests, all stay', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}'] }]),
      `pr-1 | A | keep | unreadable: nothing is known of pull request 1`,
      { claims: [pull(1, 'closed')] },
    );
  });

  test('other conditions of the rule hold as well, and a deletion names them all', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}'], repo, olderThan: '7d' }]),
      `pr-1 | A 2026-06-29 | keep   | 1d old
       pr-2 | B 2026-06-20 | delete | #2 closed + 10d old
       pr-3 | ghost        | clear  | ghost + #3 closed`,
      { claims: [pull(1, 'closed'), pull(2, 'closed'), pull(3, 'closed')] },
    );
  });
});

describe('{branch}', () => {
  const branches = policy([{ tags: ['{branch}-x', '{branch}-*'], repo }]);

  test('a tag goes only where every reading of it is a branch that is gone', () => {
    expectVerdicts(
      branches,
      `feature-x    | A | delete | feature gone
       login-x      | B | keep   | login lives as Login
       main-login-x | C | keep   | ambiguous + main lives as main
       a-b-x        | D | delete | a-b gone + a gone
       c-d-x        | E | keep   | ambiguous + unreadable: nothing is known of branch c of acme/app`,
      {
        claims: [
          branch('feature'),
          branch('login', 'Login'),
          branch('main-login'),
          branch('main', 'main'),
          branch('a-b'),
          branch('a'),
          branch('c-d'),
        ],
      },
    );
  });

  test('by the text that it has in the tag; what is no branch is none of the rule', () => {
    expectVerdicts(
      policy([{ tags: ['{branch}-{sha}', 'branch-{branch}'], repo }]),
      `feature-Login-Page-abc1234  | A | keep   | feature-Login-Page lives as feature/Login-Page
       feature-login-page-abc1234  | B | keep   | feature-login-page lives as feature/Login-Page
       Feature-login_page-abc1234  | C | keep   | Feature-login_page lives as Feature/login_page
       branch-release-1.2          | D | keep   | release-1.2 lives as release/1.2
       branch-old                  | E | delete | old gone
       old-abc1234                 | F | delete | old gone
       1.2.3-abc1234               | G | keep   | no-rule
       v1.2.3                      | H | keep   | no-rule
       edge                        | I | keep   | no-rule`,
      {
        claims: [
          branch('feature-Login-Page', 'feature/Login-Page'),
          branch('feature-login-page', 'feature/Login-Page'),
          branch('Feature-login_page', 'Feature/login_page'),
          branch('release-1.2', 'release/1.2'),
          branch('old'),
        ],
      },
    );
  });

  test('a tag that reads in two ways stays for whichever branch lives', () => {
    const twoWays = policy([{ tags: ['{branch}-{sha}', '{branch}-*'], repo }]);
    const tags = (verdict: string): string => `release-1.0-abc | A | ${verdict}`;
    const [long, short] = ['release-1.0', 'release'];
    expectVerdicts(twoWays, tags(`keep | ambiguous + ${long} lives as release/1.0`), {
      claims: [branch(long, 'release/1.0'), branch(short)],
    });
    expectVerdicts(twoWays, tags(`keep | ambiguous + ${short} lives as ${short}`), {
      claims: [branch(long), branch(short, short)],
    });
    expectVerdicts(twoWays, tags(`delete | ${long} gone + ${short} gone`), { claims: [branch(long), branch(short)] });
    expectVerdicts(policy([{ tags: ['{branch}-{sha}'], repo }]), `release-1.0-abc1234 | A | delete | ${long} gone`, {
      claims: [branch(long), branch(short, short)],
    });
  });

  test('with {pr} beside it both must be gone', () => {
    expectVerdicts(
      policy([{ tags: ['{branch}-pr{pr}'], repo }]),
      `a-pr1 | A | delete | #1 closed + a gone
       b-pr1 | B | keep   | b lives as b
       a-pr2 | C | keep   | #2 open`,
      { claims: [pull(1, 'closed'), pull(2, 'open'), branch('a'), branch('b', 'b')] },
    );
  });
});

describe('beside keep-last', () => {
  test('a closed one goes only if it is not among the newest, which the open ones are counted with', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}'], repo, keepLast: 2 }]),
      `pr-1 | A 2026-06-01 | delete | #1 closed + rank 4 of 4
       pr-2 | B 2026-06-02 | keep   | #2 open
       pr-3 | C 2026-06-03 | keep   | rank 2 of 4
       pr-4 | D 2026-06-04 | keep   | #4 open`,
      { claims: [pull(1, 'closed'), pull(2, 'open'), pull(3, 'closed'), pull(4, 'open')] },
    );
  });

  test('within each {group}', () => {
    expectVerdicts(
      policy([{ tags: ['{group}-pr{pr}-{number}'], repo, keepLast: 1 }]),
      `web-pr1-1 | A | delete | #1 closed + rank 3 of 3 in web
       web-pr1-2 | B | delete | #1 closed + rank 2 of 3 in web
       web-pr2-3 | C | keep   | #2 open
       api-pr1-1 | D | delete | #1 closed + rank 2 of 2 in api
       api-pr1-2 | E | keep   | rank 1 of 2 in api`,
      { claims: [pull(1, 'closed'), pull(2, 'open')] },
    );
  });

  test('with several placeholders, and the age', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}-{number}-{group}-{branch}.b'], repo, keepLast: 1, olderThan: '7d' }]),
      `v1.0-1-alpine-main.b | A 2026-06-01 | keep   | main lives as main
       v1.0-1-alpine-x.b    | B 2026-06-01 | delete | x gone + rank 3 of 4 in alpine + 29d old
       v1.0-2-alpine-x.b    | C 2026-06-29 | keep   | 1d old
       v1.1-1-alpine-x.b    | D 2026-06-01 | keep   | rank 1 of 4 in alpine
       v1.1-1-slim-x.b      | E 2026-06-01 | keep   | rank 1 of 1 in slim`,
      { claims: [branch('main', 'main'), branch('x')] },
    );
  });
});

describe('keep-last-live', () => {
  test('bounds the tags of each open pull request; the closed ones go whole', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}-{number}'], repo, keepLastLive: 2 }]),
      `pr-1-1  | A     | delete | #1 open + rank 3 of 3
       pr-1-2  | B     | keep   | #1 open + rank 2 of 3
       pr-1-10 | C     | keep   | #1 open + rank 1 of 3
       pr-2-1  | D     | keep   | #2 open + rank 1 of 1
       pr-3-1  | E     | delete | #3 closed
       pr-3-9  | F     | delete | #3 closed
       pr-4-1  | G     | keep   | unreadable: nothing is known of pull request 4 of acme/app
       pr-5-1  | ghost | keep   | #5 open`,
      { claims: [pull(1, 'open'), pull(2, 'open'), pull(3, 'closed'), pull(5, 'open')] },
    );
  });

  test('by the date, where nothing in the tag orders; what has none stays, and takes no place', () => {
    expectVerdicts(
      policy([{ tags: ['{branch}-{sha}'], repo, keepLastLive: 1 }]),
      `main-aaaaaaa | A 2026-06-01 | untag  | main lives as main + rank 2 of 2
       main-bbbbbbb | B 2026-06-02 | keep   | main lives as main + rank 1 of 2
       main-ccccccc | C            | keep   | main lives as main + undated absent
       work-aaaaaaa | A            | keep   | work lives as work + rank 1 of 1
       work-ddddddd | ghost        | keep   | work lives as work`,
      { claims: [branch('main', 'main'), branch('work', 'work')] },
    );
  });

  test('within each {group}, beside what keep-last and older-than keep', () => {
    expectVerdicts(
      policy([{ tags: ['{group}-pr{pr}-{number}'], repo, keepLast: 1, keepLastLive: 1, olderThan: '7d' }]),
      `web-pr1-1 | A 2026-06-01 | delete | #1 open + rank 3 of 3 in web + rank 4 of 4 in web + 29d old
       web-pr1-2 | B 2026-06-29 | keep   | 1d old
       web-pr1-3 | C 2026-06-01 | keep   | #1 open + rank 1 of 3 in web
       web-pr2-4 | D 2026-06-01 | keep   | rank 1 of 4 in web
       api-pr1-1 | E 2026-06-01 | keep   | #1 open + rank 1 of 1 in api`,
      { claims: [pull(1, 'open'), pull(2, 'closed')] },
    );
  });

  test('of 0 deletes every tag of what is alive', () => {
    expectVerdicts(
      policy([{ tags: ['pr-{pr}'], repo, keepLastLive: 0 }]),
      `pr-1 | A | delete | #1 open + rank 0 of 0`,
      {
        claims: [pull(1, 'open')],
      },
    );
  });

  test('a tag that reads as one of two branches takes no place in either', () => {
    expectVerdicts(
      policy([{ tags: ['{branch}-x', '{branch}-x-*'], repo, keepLastLive: 1 }]),
      `a-x     | A 2026-06-01 | keep | a lives as a + rank 1 of 1
       a-x-b-x | B 2026-06-02 | keep | a-x-b lives as a/x/b + rank 1 of 1`,
      { claims: [branch('a', 'a'), branch('a-x-b', 'a/x/b')] },
    );
  });
});
