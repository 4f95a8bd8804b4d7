/** The event that started the run is about one pull request or branch: the rules that ask for it see nothing else. */
import { describe, expect, test } from '@jest/globals';
import { branch, closing, deleting, pull, repo } from './outside.ts';
import { decideTable, expectVerdicts, policy } from './tables.ts';

const previews = policy([{ tags: ['pr-{pr}', 'pr-{pr}-*'], repo }]);
const claims = [pull(1, 'open'), pull(12, 'closed'), pull(13, 'closed'), pull(123, 'open')];

describe('a closed pull request', () => {
  const sweep = `pr-1        | A | keep   | #1 open
                 pr-12       | B | delete | #12 closed
                 pr-12-arm64 | C | delete | #12 closed
                 pr-13       | D | delete | #13 closed
                 pr-123      | E | keep   | #123 open`;

  test('alone is looked at', () => {
    expectVerdicts(
      previews,
      `pr-1        | A | keep   | event: #12
       pr-12       | B | delete | #12 closed
       pr-12-arm64 | C | delete | #12 closed
       pr-13       | D | keep   | event: #12
       pr-123      | E | keep   | event: #12`,
      { claims, focus: closing(12, 'Acme/App') },
    );
  });

  test.each([
    ['of another repository', closing(12, 'acme/fork')],
    ['is no branch', deleting('pr-12')],
  ])('%s changes nothing: all are looked at', (_, focus) => {
    expectVerdicts(previews, sweep, { claims, focus });
  });

  test('no event: all are looked at', () => {
    expectVerdicts(previews, sweep, { claims, focus: undefined });
  });

  test('that was opened again, or of which nothing is known, keeps its tags', () => {
    expectVerdicts(previews, `pr-12 | B | keep | #12 open`, { claims: [pull(12, 'open')], focus: closing(12) });
    expectVerdicts(previews, `pr-12 | B | keep | unreadable: nothing is known of pull request 12 of acme/app`, {
      focus: closing(12),
    });
  });

  test("doesn't concern the rules that ask for no pull request, or for another repository's", () => {
    expectVerdicts(
      policy([
        { tags: ['pr-{pr}'], repo },
        { tags: ['fork-{pr}'], repo: 'acme/fork' },
        { tags: ['pr{pr}'] },
        { tags: ['{branch}-{sha}'], repo },
        { tags: ['v{version}'], keepLast: 1 },
      ]),
      `pr-13       | A | keep   | event: #12
       fork-13     | B | delete | #13 closed
       pr13        | C | keep   | unreadable: nothing is known of pull request 13
       old-abc1234 | D | delete | old gone
       v1          | E | delete | rank 2 of 2
       v2          | F | keep   | rank 1 of 2`,
      { claims: [...claims, pull(13, 'closed', 'acme/fork'), branch('old')], focus: closing(12) },
    );
  });

  test('that a tag names by one reading alone keeps the tag', () => {
    const by = policy([{ tags: ['*-{pr}', '*-{pr}-*'], repo }]);
    const table = `pr-12-13 | A | keep | ambiguous + event: #12`;
    expectVerdicts(by, table, { claims, focus: closing(12) });
    expect(decideTable(by, table, { claims, focus: closing(12) })[0]?.because[0]).toEqual({
      kind: 'ambiguous',
      readings: ['*-{pr}: 13', '*-{pr}-*: 12'],
    });
  });
});

describe('a deleted branch', () => {
  const rules = policy([{ tags: ['{branch}-{sha}'], repo }]);

  test('alone is looked at, by every text that it may have', () => {
    expectVerdicts(
      rules,
      `Feature-login_page-abc1234 | A | delete | Feature-login_page gone
       feature-login_page-abc1234 | B | delete | feature-login_page gone
       feature-login-page-abc1234 | C | keep   | feature-login-page lives as feature/login-page
       feature-login-abc1234      | D | keep   | event: Feature/login_page`,
      {
        claims: [
          branch('Feature-login_page'),
          branch('feature-login_page'),
          branch('feature-login-page', 'feature/login-page'),
          branch('feature-login'),
        ],
        focus: deleting('Feature/login_page'),
      },
    );
  });

  test('of another repository changes nothing', () => {
    expectVerdicts(rules, `old-abc1234 | A | delete | old gone`, {
      claims: [branch('old')],
      focus: deleting('main', 'acme/other'),
    });
  });

  test('beside {pr} must be that one, and the pull request closed', () => {
    expectVerdicts(
      policy([{ tags: ['{branch}-pr{pr}'], repo }]),
      `a-pr12 | A | delete | #12 closed + a gone
       a-pr1  | B | keep   | #1 open
       b-pr12 | C | keep   | event: a`,
      { claims: [...claims, branch('a'), branch('b')], focus: deleting('a') },
    );
  });
});
