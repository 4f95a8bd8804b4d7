import { describe, expect, test } from '@jest/globals';
import { needs } from '../../src/policy/index.ts';
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
