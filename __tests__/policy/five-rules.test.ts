/** A registry as it may be: 200 tags, five rules, and why each tag stays or goes. */
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../src/model/index.ts';
import { branch, pull, references, repo } from './outside.ts';
import { decideTable, expectVerdicts, now, policy, type RuleText } from './tables.ts';

const previews: RuleText = { name: 'previews', tags: ['pr-{pr}', 'pr-{pr}-*'], repo };
const releases: RuleText = { name: 'releases', tags: ['v{version}'], keepLast: 10 };
const nightlies: RuleText = { name: 'nightlies', tags: ['nightly-{date}'], olderThan: '30d' };
const branches: RuleText = { name: 'branches', tags: ['{branch}-{sha}'], repo, keepLastLive: 3 };
const rest: RuleText = { name: 'rest', tags: ['*'], keepLast: 5, olderThan: '14d' };

/** The day that is so many days before today. */
const day = (daysAgo: number): string =>
  new Date(Date.parse(now) - daysAgo * 86_400_000).toISOString().slice(0, '2026-06-30'.length);
/** As a tag writes it: eight digits, which are a commit's as well. */
const digits = (daysAgo: number): string => day(daysAgo).replaceAll('-', '');
/** A line for each number from the first to the last. */
const lines = (first: number, last: number, line: (n: number) => string): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, at) => line(first + at));

/** Pull requests 1 to 30 are closed, 31 to 40 open; every fourth has an image for ARM, too. */
const ofPreviews = [
  ...lines(1, 30, (n) => `pr-${n} | P${n} ${day(n)} | delete | #${n} closed`),
  ...lines(31, 40, (n) => `pr-${n} | P${n} ${day(n)} | keep | #${n} open`),
  ...lines(1, 7, (n) => `pr-${4 * n}-arm64 | Q${n} ${day(n)} | delete | #${4 * n} closed`),
  ...lines(8, 10, (n) => `pr-${4 * n}-arm64 | Q${n} ${day(n)} | keep | #${4 * n} open`),
];

/** v1.0 to v1.34, and five candidates of v2.0, which are counted apart. What is deployed stays. */
const ofReleases = [
  ...lines(0, 6, (n) => `v1.${n} | R${n} | delete | rank ${35 - n} of 35`),
  'v1.7 | R7 | keep | deploy.yml:1 :v1.7',
  ...lines(8, 24, (n) => `v1.${n} | R${n} | delete | rank ${35 - n} of 35`),
  ...lines(25, 34, (n) => `v1.${n} | R${n} | keep | rank ${35 - n} of 35`),
  ...lines(1, 5, (n) => `v2.0-rc${n} | C${n} | keep | rank ${6 - n} of 5 prereleases`),
];

/** One a day since May 2nd; each is as old as the end of its day. With older-than alone the newest always stays. */
const ofNightlies = [
  `nightly-${digits(0)} | N0 | keep | rank 1 of 60`,
  ...lines(1, 30, (n) => `nightly-${digits(n)} | N${n} | keep | ${n - 1}d old`),
  ...lines(31, 59, (n) => `nightly-${digits(n)} | N${n} | delete | rank ${n + 1} of 60 + ${n - 1}d old`),
];

/** The nightly builds, as the rule for branches takes them: builds of a branch `nightly` that is gone. */
const ofNightliesAsBranch = lines(0, 59, (n) => `nightly-${digits(n)} | N${n} | delete | nightly gone`);

/** Builds of main and of release/1.0, a day apart; the feature is merged and its branch gone. */
const ofBranches = [
  ...lines(1, 3, (n) => `main-00000${10 + n} | M${n} ${day(n)} | keep | main lives as main + rank ${n} of 12`),
  ...lines(4, 12, (n) => `main-00000${10 + n} | M${n} ${day(n)} | delete | main lives as main + rank ${n} of 12`),
  ...lines(
    1,
    3,
    (n) => `release-1.0-00000${10 + n} | L${n} ${day(n)} | keep | release-1.0 lives as release/1.0 + rank ${n} of 3`,
  ),
  ...lines(1, 9, (n) => `feature-login-00000${10 + n} | F${n} ${day(n)} | delete | feature-login gone`),
];

/** Whatever else somebody pushed: the newest five stay, and what is not two weeks old. */
const ofRest = [
  ...lines(1, 5, (n) => `test-${n} | T${n} ${day(n + 6)} | keep | rank ${n} of 24`),
  ...lines(6, 8, (n) => `test-${n} | T${n} ${day(n + 6)} | keep | ${n + 6}d old`),
  ...lines(9, 24, (n) => `test-${n} | T${n} ${day(n + 6)} | delete | rank ${n} of 24 + ${n + 6}d old`),
];

const ofNobody = ['latest | X1 | keep | keep-tags latest', 'stable | X2 | keep | keep-tags stable'];

const table = (nightly: readonly string[]): string =>
  [ofPreviews, ofReleases, nightly, ofBranches, ofRest, ofNobody].flat().join('\n');

const around = {
  claims: [
    ...Array.from({ length: 40 }, (_, at) => pull(at + 1, at < 30 ? 'closed' : 'open')),
    branch('main', 'main'),
    branch('release-1.0', 'release/1.0'),
    branch('feature-login'),
    branch('nightly'),
  ],
  references: references(':v1.7'),
};
const keepTags = ['stable'];
const inOrder = [previews, releases, nightlies, branches, rest];

describe('five rules over 200 tags', () => {
  test('each tag goes or stays by the first rule that matches it, for its reasons', () => {
    expect(table(ofNightlies).split('\n')).toHaveLength(200);
    expectVerdicts(policy(inOrder, { keepTags }), table(ofNightlies), around);
  });

  test('branches before nightlies takes the nightlies, whose days read as commits, and changes nothing else', () => {
    const swapped = policy([previews, releases, branches, nightlies, rest], { keepTags });
    expectVerdicts(swapped, table(ofNightliesAsBranch), around);
  });

  test('two rules that share no tag may stand in any order', () => {
    const decided = (rules: readonly RuleText[]): readonly Decision[] =>
      decideTable(policy(rules, { keepTags }), table(ofNightlies), around);
    expect(decided([releases, previews, nightlies, branches, rest])).toEqual(decided(inOrder));
  });

  test('the rule for the rest, when it stands first, takes all', () => {
    const rules = new Set(
      decideTable(policy([rest, ...inOrder], { keepTags }), table(ofNightlies), around).map((each) => each.rule),
    );
    expect([...rules]).toEqual(['rest', undefined]);
  });
});
