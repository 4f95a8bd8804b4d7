/** What patterns and lists of them make of a tag. */
import { describe, expect, test } from '@jest/globals';
import { matchedBy, parseTagPatterns, readings } from '../../src/pattern/index.ts';
import { complaint, isMatched, read } from './show.ts';

describe('globs', () => {
  test.each([
    ['*', 'anything-1.2_3', true],
    ['build-*', 'build-7', true],
    ['build-*', 'build-', true],
    ['build-*', 'rebuild-7', false],
    ['build-*', 'BUILD-7', false],
    ['v?', 'v1', true],
    ['v?', 'v12', false],
    ['v[0-9]*', 'v1.2', true],
    ['v[!0-9]*', 'v1.2', false],
    ['[[:alpha:]]*', 'x1', true],
    ['[[:alpha:]]*', '1x', false],
    ['@(dev|test)-*', 'test-1', true],
    ['+(ab)', 'ababab', true],
    ['+(ab|@(c|d))', 'abdc', true],
    ['!(latest|stable)', 'stable', false],
    ['!(latest|stable)', 'stable-1', true],
    ['{dev,test}-*', 'dev-1', true],
    ['{dev,test}-*', 'prod-1', false],
    ['v{1..3}', 'v2', true],
    ['v{1..3}', 'v4', false],
    ['a{b,{c,d}}', 'ad', true],
    ['v{,-rc}', 'v', true],
    ['{version,latest}', 'version', true], // a choice of two words
    ['{version,latest}', '1.2.3', false],
    ['*-x', '..-x', true], // nothing in a tag is a folder
    ['**', 'a', true],
  ])('%s on %s: %s', (pattern, tag, expected) => {
    expect(isMatched(pattern, tag)).toBe(expected);
  });
});

describe('placeholders in globs', () => {
  test.each([
    ['v{version}', 'v1.2.3', ['version 1.2.3']],
    ['{{version},v{version}-x}', 'v1.2-x', ['version 1.2']],
    ['{version}-{a,b}', '1.2-b', ['version 1.2']],
    ['pr-{pr}*', 'pr-7', ['pr 7']], // * may be nothing
    ['{branch}-{sha}', 'feature-login-abc1234', ['branch feature-login']],
    ['{version}!(-rc*)', '1.2', ['version 1.2', 'version 1']],
    ['{group}-{date}-{number}', 'main-20261122-7', ['date 2026-11-22T23:59:59.999Z, number 7, group main']],
  ])('%s reads %s as %j', (pattern, tag, expected) => {
    expect(read(pattern, tag)).toEqual(expected);
  });
});

describe('all readings of a tag', () => {
  test.each([
    ['{branch}-*', 'feature-login-abc', ['branch feature-login', 'branch feature']],
    ['{number}*', '123', ['number 123', 'number 12', 'number 1']],
    ['{date}*', '20261122-0130', ['date 2026-11-22T01:30:00.000Z', 'date 2026-11-22T23:59:59.999Z']],
    ['{group}-{group}', 'a-b-c', ['group a-b, group c', 'group a, group b-c']],
    ['/(?<branch>.+)-.*/', 'feature-login-abc', ['branch feature-login', 'branch feature']],
    ['{{branch}-*,*-{branch}}', 'a-b', ['branch a', 'branch b']],
  ])('%s reads %s as %j', (pattern, tag, expected) => {
    expect(read(pattern, tag)).toEqual(expected);
  });

  test.each([
    ['{version}*', 'v1.0', ['version v1.0']], // v1.0 and v1 mean the same
    ['*{version}', 'v1', ['version 1']],
    ['{sha}{sha}-{number}', 'abcdef0abcdef0abcdef0-1', ['number 1']], // which digits are whose means nothing
    [['pr-{pr}', 'pr-{pr}*', '*-{pr}'], 'pr-7', ['pr 7']], // by several patterns
    [['{version}-{group}', '{group}-{version}'], '1-1', ['version 1, group 1']],
  ])('%s reads %s but once: %j', (patterns, tag, expected) => {
    expect(read(patterns, tag)).toEqual(expected);
  });

  test('name the pattern as it was written', () => {
    const patterns = parseTagPatterns(['{dev,test}-{pr}', 'pr-{pr}']);
    expect(readings(patterns, 'test-7')).toEqual([{ pattern: '{dev,test}-{pr}', order: [], group: [], pr: 7 }]);
    expect(readings(patterns, 'pr-7')).toEqual([{ pattern: 'pr-{pr}', order: [], group: [], pr: 7 }]);
  });

  test('the age counts from the first date', () => {
    const [reading] = readings(parseTagPatterns(['{date}_{date}']), '20261122_20261123');
    expect(reading?.date).toEqual(reading?.order[0]);
  });

  test('more of them than anybody can have meant stop the run', () => {
    const patterns = parseTagPatterns(['{group}-{group}-{group}']);
    expect(readings(patterns, 'a-a-a-a-a-a')).toHaveLength(10);
    expect(complaint(() => readings(patterns, 'a-'.repeat(60)))).toMatch(
      /^"\{group\}-\{group\}-\{group\}" reads the tag "a-a-.*" in more than 1000 ways\nWrite text between/,
    );
  });

  test.each([
    ['{group}*{group}*{sha}*{group}*?*!(a)b', 'a'.repeat(128)],
    ['/(((a|b)+)+)+c/', 'a'.repeat(128)],
    ['/((.*)*)*c/', 'a'.repeat(128)],
    ['/(a{0,9999}){9999}c/', 'a'.repeat(128)],
    ['*-'.repeat(60), `${'-'.repeat(127)}a`],
  ])('%.40s ends', (pattern, tag) => {
    expect(isMatched(pattern, tag)).toBe(false);
  });
});

describe('lists', () => {
  test.each([
    [['a*', '!ab'], 'ab', undefined],
    [['!ab', 'a*'], 'ab', undefined], // the order doesn't matter
    [['!ab', 'a*'], 'ac', 'a*'],
    [['a*', '*c'], 'ac', 'a*'], // the first that matches
    [['b*', '*c'], 'ac', '*c'],
    [['*', '!/v\\d+/'], 'v7', undefined],
    [['*', '!v{version}'], 'v7.1', undefined],
    [['*', '!{a,b}'], 'b', undefined],
    [['*', '!@(a|b)'], 'b', undefined],
    [['!(a|b)'], 'b', undefined], // an extglob, not an exclude
    [['!(a|b)'], 'c', '!(a|b)'],
    [['a'], 'b', undefined],
  ])('%j on %s: %s', (patterns, tag, expected) => {
    const parsed = parseTagPatterns(patterns);
    expect(matchedBy(parsed, tag)).toBe(expected);
    expect(readings(parsed, tag).map((reading) => reading.pattern)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('say what all their patterns carry', () => {
    expect(parseTagPatterns(['{version}-{group}-{date}', 'v{version}-{date}-{group}', '!{pr}'])).toMatchObject({
      source: ['{version}-{group}-{date}', 'v{version}-{date}-{group}', '!{pr}'],
      conditions: { pr: false, branch: false, order: ['version', 'date'], group: 1, date: true },
    });
    expect(parseTagPatterns(['pr-{pr}-{branch}-{number}']).conditions).toEqual({
      pr: true,
      branch: true,
      order: ['number'],
      group: 0,
      date: false,
    });
    expect(parseTagPatterns(['*', 'a-{sha}']).conditions).toEqual({
      pr: false,
      branch: false,
      order: [],
      group: 0,
      date: false,
    });
  });

  test('of tags to keep may carry anything, and consist of excludes', () => {
    const patterns = parseTagPatterns(['latest', 'v{version}', '{branch}'], { keepsOnly: true });
    expect(patterns.conditions.order).toEqual([]);
    expect(['latest', 'v1.2', 'main', '7'].map((tag) => matchedBy(patterns, tag))).toEqual([
      'latest',
      'v{version}',
      '{branch}',
      undefined,
    ]);
    const excludes = parseTagPatterns(['!latest'], { allowOnlyExcludes: true });
    expect(excludes.conditions).toEqual({ pr: false, branch: false, order: [], group: 0, date: false });
    expect(matchedBy(excludes, 'a')).toBeUndefined();
  });
});
