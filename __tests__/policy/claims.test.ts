import { describe, test } from '@jest/globals';
import type { Claim } from '../../src/model/index.ts';
import { expectVerdicts, policy } from './tables.ts';

const repo = 'acme/app';
const pull = (number: number, state: 'open' | 'closed' | 'not-found', of = repo): Claim => ({
  kind: 'pull-request',
  repo: of,
  number,
  state,
  by: 'api',
});
const branch = (text: string, liveAs?: string): Claim => ({
  kind: 'branch',
  repo,
  text,
  ...(liveAs !== undefined && { liveAs }),
});

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
