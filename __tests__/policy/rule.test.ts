import { describe, expect, test } from '@jest/globals';
import { matchedBy, parseRepositoryPatterns, parseTagPatterns } from '../../src/pattern/index.ts';
import {
  inputsRule,
  makeKeepTags,
  makeRule,
  noRule,
  RuleError,
  type Rule,
  type RuleParts,
} from '../../src/policy/index.ts';

const make = (tags: string, parts: Partial<RuleParts>): Rule =>
  makeRule({ name: 'r', repositories: parseRepositoryPatterns(['**']), tags: parseTagPatterns([tags]), ...parts });

describe('keep-last, where it is not written', () => {
  test.each<[string, string, Partial<RuleParts>, number]>([
    ['as written', '*', { keepLast: 7 }, 7],
    ['0 deletes every match', '*', { keepLast: 0 }, 0],
    ['1 beside older-than alone: age never empties a repository', '*', { olderThanSeconds: 60 }, 1],
    ['0 beside {pr}', 'pr-{pr}', {}, 0],
    ['0 beside {branch}', 'branch-{branch}', {}, 0],
    ['0 beside {pr} and older-than', 'pr-{pr}', { olderThanSeconds: 60 }, 0],
    ['as written beside {pr}', 'pr-{pr}', { keepLast: 2 }, 2],
  ])('%s', (_, tags, parts, keepLast) => {
    expect(make(tags, parts).keepLast).toBe(keepLast);
  });
});

test('a rule has what was written, and nothing else', () => {
  expect(Object.keys(make('*', { keepLast: 1 }))).toEqual(['name', 'repositories', 'tags', 'keepLast']);
  expect(make('pr-{pr}', { olderThanSeconds: 60, keepLastLive: 3, repo: 'acme/app' })).toMatchObject({
    olderThanSeconds: 60,
    keepLastLive: 3,
    repo: 'acme/app',
  });
});

describe('what is refused, with what to write instead', () => {
  test.each<[string, Partial<RuleParts>, string]>([
    [
      'no condition',
      {},
      'the rule has no condition, so it would delete every tag that matches: write "keep-last: 10" or "older-than: 30d", ' +
        'or say "keep-last: 0" to delete every match',
    ],
    [
      'a negative keep-last',
      { keepLast: -1 },
      'keep-last is -1: write a whole number that is not negative, as "keep-last: 10"',
    ],
    ['half an image', { keepLast: 1.5 }, 'keep-last is 1.5'],
    ['no number', { keepLast: NaN }, 'keep-last is NaN'],
    ['more than a number holds', { keepLast: 2 ** 53 }, 'keep-last is 9007199254740992'],
    [
      'older than no time at all',
      { olderThanSeconds: 0 },
      'older-than is 0 seconds: write a time longer than zero, as "30d", or leave it out',
    ],
    ['half a second', { olderThanSeconds: 0.5 }, 'older-than is 0.5 seconds'],
    ['older than no number', { olderThanSeconds: NaN }, 'older-than is NaN'],
    [
      'keep-last-live of nobody',
      { keepLast: 1, keepLastLive: 2 },
      'keep-last-live is 2, but no pattern of the rule says whose tags it counts: write "pr-{pr}-*" or "{branch}-{sha}" ' +
        'for tags, or leave keep-last-live out',
    ],
    ['a negative keep-last-live', { keepLast: 1, keepLastLive: -2 }, 'keep-last-live is -2: write a whole number'],
  ])('%s', (_, parts, message) => {
    expect(() => make('*', parts)).toThrow(RuleError);
    expect(() => make('*', parts)).toThrow(message);
  });
});

test('an error says what is wrong and what to write instead, apart and in one', () => {
  const error = new RuleError('keep-last is -1', 'write 0');
  const { name, what, wayOut, message } = error;
  expect({ name, what, wayOut, message }).toEqual({
    name: 'RuleError',
    what: 'keep-last is -1',
    wayOut: 'write 0',
    message: 'keep-last is -1: write 0',
  });
});

test('the rule that the inputs make has a name; where no rule is asked, none governs and latest is kept', () => {
  expect(inputsRule).toBe('inputs');
  expect(noRule).toMatchObject({ rules: [], dateSource: 'created' });
  expect(matchedBy(noRule.keepTags, 'latest')).toBe('latest');
});

describe('keep-tags', () => {
  test.each<[readonly string[], string, string | undefined]>([
    [[], 'latest', 'latest'],
    [[], 'other', undefined],
    [['stable'], 'latest', 'latest'],
    [['stable'], 'stable', 'stable'],
    [['!latest'], 'latest', undefined],
    [['stable', '!latest'], 'latest', undefined],
    [['*', '!latest'], 'latest', undefined],
    [['*', '!latest'], 'other', '*'],
    [['v*', '!v0*'], 'v0.1', undefined],
    // What is only kept needs no order, so a placeholder may stand beside a plain name.
    [['v{version}', 'stable'], 'v1.2', 'v{version}'],
    [['v{version}', 'stable', '!latest'], 'v1.2', 'v{version}'],
  ])('%j: %s is kept by %s', (lines, tag, pattern) => {
    expect(matchedBy(makeKeepTags(lines), tag)).toBe(pattern);
  });

  test('an exclude that takes latest along, unsaid, is refused', () => {
    expect(() => makeKeepTags(['*', '!l*'])).toThrow(
      'an exclude of keep-tags matches latest, which is always kept: ' +
        'write "!latest" beside it if the rules may delete latest, or make the exclude narrower',
    );
  });
});
