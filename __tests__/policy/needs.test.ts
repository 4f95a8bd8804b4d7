import { describe, expect, test } from '@jest/globals';
import type { Focus } from '../../src/model/index.ts';
import { needs } from '../../src/policy/index.ts';
import { closing, deleting, repo } from './outside.ts';
import { policy, repository, tag, type RuleText } from './tables.ts';

const dated = (rules: readonly RuleText[], tags: string, options?: Parameters<typeof policy>[1]): string =>
  [...needs(policy(rules, options), repository, tags.split(' ').map(tag)).dated].join(' ');

describe('whose dates are needed', () => {
  test.each<[string, readonly RuleText[], string, string]>([
    ['keep-last by date: of all', [{ keepLast: 1 }], 'a b c', 'a b c'],
    ['keep-last by name: of none', [{ tags: ['v{version}'], keepLast: 1 }], 'v1 v2 v3', ''],
    ['keep-last: 0: of none', [{ keepLast: 0 }], 'a b c', ''],
    ['keep-last: 0 with older-than: of all', [{ keepLast: 0, olderThan: '30d' }], 'a b c', 'a b c'],
    ['older-than alone: of all, for the newest stays', [{ olderThan: '30d' }], 'a b c', 'a b c'],
    ['a date in the tag: of none', [{ tags: ['{date}'], olderThan: '30d' }], '20260101 20260102', ''],
    [
      'by name, with older-than: not of the newest N, which stay whatever their age',
      [{ tags: ['v{version}'], keepLast: 2, olderThan: '30d' }],
      'v1 v2 v3 v4 v4.0',
      'v1 v2 v3',
    ],
    [
      'by name, with older-than: the newest N of each group, prereleases apart',
      [{ tags: ['{group}-v{version}'], keepLast: 1, olderThan: '30d' }],
      'a-v1 a-v2 a-v3-rc1 a-v3-rc2 b-v1',
      'a-v1 a-v3-rc1',
    ],
    [
      'by name, with older-than: a tag that stays by one reading needs none',
      [{ tags: ['*-{number}', '*-{number}-*'], keepLast: 1, olderThan: '30d' }],
      'x-9-1 x-3 x-2 x-1-2',
      'x-2 x-1-2',
    ],
    [
      'in whichever group that is',
      [{ tags: ['{group}-{number}', '{group}-{number}-*'], keepLast: 1, olderThan: '30d' }],
      'a-9 a-1 a-1-2',
      'a-1',
    ],
    ['what no rule governs: none', [{ tags: ['v*'], keepLast: 1 }], 'v1 w1 latest sig(A)', 'v1'],
    ['the first rule decides', [{ tags: ['v{version}'], keepLast: 1 }, { keepLast: 1 }], 'v1 w1', 'w1'],
    ['a rule of other repositories: none', [{ repositories: ['x/**'], keepLast: 1 }], 'a b', ''],
  ])('%s', (_, rules, tags, expected) => {
    expect(dated(rules, tags)).toBe(expected);
  });

  test('date-source pushed: of none, since the registry says it of itself', () => {
    expect(dated([{ keepLast: 1, olderThan: '30d' }], 'a b c', { dateSource: 'pushed' })).toBe('');
  });
});

describe('which claims are needed', () => {
  test.each<[string, readonly string[]]>([
    ['pr-1', ['pull-request']],
    ['feature-x', ['branch']],
    ['pr-1 feature-x', ['pull-request', 'branch']],
    ['other', []],
  ])('%s: %j', (tags, expected) => {
    const rules = [{ tags: ['pr-{pr}'] }, { tags: ['{branch}-x'] }];
    expect(needs(policy(rules), repository, tags.split(' ').map(tag)).claims).toEqual(expected);
  });
});

/** What is wanted, as one line: `dated: …; sourced: …; asks: …`. */
const wanted = (rules: readonly RuleText[], tags: string, focus?: Focus): string => {
  const found = needs(policy(rules), repository, tags.split(' ').map(tag), focus);
  const asks = found.asks.map((ask) => (ask.kind === 'branch' ? ask.text : `#${ask.number}`));
  return `dated: ${[...found.dated].join(' ')}; sourced: ${[...found.sourced].join(' ')}; asks: ${asks.join(' ')}`;
};

describe('what is needed for {pr} and {branch}', () => {
  test.each<[string, readonly RuleText[], string, string]>([
    [
      'the source of every image, and each number once',
      [{ tags: ['pr-{pr}', 'pr-{pr}-*'], repo }],
      'pr-1 pr-12 pr-12-arm64 main latest',
      'dated: ; sourced: pr-1 pr-12 pr-12-arm64; asks: #1 #12',
    ],
    [
      'the text of each reading once',
      [{ tags: ['{branch}-{sha}', '{branch}-*'], repo }],
      'a-b-abc1234 a-abc1234',
      'dated: ; sourced: a-b-abc1234 a-abc1234; asks: a-b a',
    ],
    ['both of both', [{ tags: ['{branch}-pr{pr}'], repo }], 'a-pr1', 'dated: ; sourced: a-pr1; asks: #1 a'],
    [
      'nothing where it is not known whose',
      [{ tags: ['pr-{pr}'], olderThan: '7d' }],
      'pr-1',
      'dated: ; sourced: ; asks: ',
    ],
    ['nothing of the world outside for other rules', [{ repo, keepLast: 1 }], 'a', 'dated: a; sourced: ; asks: '],
    [
      'dates for older-than',
      [{ tags: ['pr-{pr}'], repo, olderThan: '7d' }],
      'pr-1',
      'dated: pr-1; sourced: pr-1; asks: #1',
    ],
    [
      'nothing of what keep-last keeps by its name',
      [{ tags: ['pr{pr}-{number}'], repo, keepLast: 1 }],
      'pr1-1 pr2-2 pr3-3',
      'dated: ; sourced: pr1-1 pr2-2; asks: #1 #2',
    ],
    [
      'dates for keep-last-live by date',
      [{ tags: ['pr-{pr}-{sha}'], repo, keepLastLive: 2 }],
      'pr-1-abc1234',
      'dated: pr-1-abc1234; sourced: pr-1-abc1234; asks: #1',
    ],
    [
      'none for keep-last-live by name, or of 0',
      [
        { tags: ['pr-{pr}-{number}'], repo, keepLastLive: 2 },
        { tags: ['pr-{pr}'], repo, keepLastLive: 0 },
      ],
      'pr-1-1 pr-1',
      'dated: ; sourced: pr-1-1 pr-1; asks: #1',
    ],
  ])('%s', (_, rules, tags, expected) => {
    expect(wanted(rules, tags)).toBe(expected);
  });

  test('two repositories may have the same number; their names differ in more than their case', () => {
    const rules = ['a/a', 'A/a', 'b/b'].map((of, at) => ({ tags: [`${at}-{pr}`], repo: of }));
    expect(needs(policy(rules), repository, ['0-1', '1-1', '2-1'].map(tag)).asks.map((ask) => ask.repo)).toEqual([
      'a/a',
      'b/b',
    ]);
  });

  test('date-source pushed: sources all the same', () => {
    const by = policy([{ tags: ['pr-{pr}'], repo, olderThan: '7d' }], { dateSource: 'pushed' });
    const found = needs(by, repository, [tag('pr-1')]);
    expect([...found.dated, ...found.sourced]).toEqual(['pr-1']);
  });
});

describe('what is needed when the run is about one', () => {
  const tags = 'pr-1 pr-12 pr-12-arm64 pr-123 old-abc1234 main-abc1234 x';
  const rules: readonly RuleText[] = [
    { tags: ['pr-{pr}', 'pr-{pr}-*'], repo, olderThan: '7d' },
    { tags: ['{branch}-{sha}'], repo },
    { keepLast: 1 },
  ];

  test.each<[string, Focus | undefined, string]>([
    [
      'pull request',
      closing(12),
      'dated: pr-12 pr-12-arm64 x; sourced: pr-12 pr-12-arm64 old-abc1234 main-abc1234; asks: #12 old main',
    ],
    [
      'branch',
      deleting('old'),
      'dated: pr-1 pr-12 pr-12-arm64 pr-123 x; sourced: pr-1 pr-12 pr-12-arm64 pr-123 old-abc1234; asks: #1 #12 #123 old',
    ],
    ['pull request that has no tag', closing(7), 'dated: x; sourced: old-abc1234 main-abc1234; asks: old main'],
  ])('%s', (_, focus, expected) => {
    expect(wanted(rules, tags, focus)).toBe(expected);
  });

  test('keep-last by date needs the dates of all that it ranks', () => {
    const ranked = [{ tags: ['pr-{pr}'], repo, keepLast: 2 }];
    expect(wanted(ranked, 'pr-1 pr-2 pr-3', closing(2))).toBe('dated: pr-1 pr-2 pr-3; sourced: pr-2; asks: #2');
    expect(wanted(ranked, 'pr-1 pr-2 pr-3', closing(7))).toBe('dated: ; sourced: ; asks: ');
  });

  test('a tag that is about it by one reading alone stays, and needs nothing', () => {
    expect(wanted([{ tags: ['*-{pr}', '*-{pr}-*'], repo }], 'pr-12-13', closing(12))).toBe(
      'dated: ; sourced: ; asks: ',
    );
  });
});
