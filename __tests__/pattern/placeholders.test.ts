/** What each placeholder matches, and what it makes of it. */
import { describe, expect, test } from '@jest/globals';
import { parseTagPatterns, readings } from '../../src/pattern/index.ts';
import { isMatched, read } from './show.ts';

const sha = (length: number): string => 'abcdef0123456789'.repeat(8).slice(0, length);

describe('{version}', () => {
  test.each([
    // text, its numbers, its prerelease
    ['1', [1n], []],
    ['1.2', [1n, 2n], []],
    ['1.2.3', [1n, 2n, 3n], []],
    ['1.2.3.4', [1n, 2n, 3n, 4n], []],
    ['v1.2.3', [1n, 2n, 3n], []],
    ['22.04', [22n, 4n], []],
    ['2024.01.05', [2024n, 1n, 5n], []],
    ['20261122013000123456', [20261122013000123456n], []],
    ['1.2.3-rc.1', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3-rc1', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3-rc-1', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3_rc1', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3rc1', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3-RC01', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3-CR1', [1n, 2n, 3n], ['rc', 1n]],
    ['1.2.3-beta.2', [1n, 2n, 3n], ['beta', 2n]],
    ['1.2.3-alpha.beta', [1n, 2n, 3n], ['alpha', 'beta']],
    ['1.2a1', [1n, 2n], ['alpha', 1n]],
    ['1.2b2', [1n, 2n], ['beta', 2n]],
    ['1.2.0.dev4', [1n, 2n, 0n], ['dev', 4n]],
    ['1.2rc1.dev4', [1n, 2n], ['rc', 1n, 'dev', 4n]],
    ['3.0.0-M2', [3n, 0n, 0n], ['milestone', 2n]],
    ['3.0.0.M2', [3n, 0n, 0n], ['milestone', 2n]],
    ['2.0-SNAPSHOT', [2n, 0n], ['snapshot']],
    ['9.0.0-preview.3.20123.1', [9n, 0n, 0n], ['preview', 3n, 20123n, 1n]],
    ['1.2.3-nightly20261122', [1n, 2n, 3n], ['nightly', 20261122n]],
  ])('%s', (text, parts, prerelease) => {
    expect(readings(parseTagPatterns(['{version}']), text)).toEqual([
      { pattern: '{version}', group: [], order: [{ kind: 'version', text, parts, prerelease }] },
    ]);
  });

  test.each([
    ['1.2.3-alpine', 'a variant, not a prerelease'],
    ['1.2.3-9-gabc1234', 'git describe'],
    ['1.2.3-rc.1-9-gabc1234', 'git describe'],
    ['1.0.2a', 'a release of OpenSSL'],
    ['1.8-b9', 'a build'],
    ['1.2.3-1', 'a packaging of 1.2.3'],
    ['1.2.3.4.5', 'too many parts'],
    ['1.2.', 'no part'],
    ['v', 'no number'],
    ['latest', 'no number'],
  ])('not %s: %s', (text) => {
    expect(read('{version}', text)).toEqual([]);
  });
});

describe('{number}', () => {
  test.each([
    ['7', ['number 7']],
    ['007', ['number 007']],
    ['123456789012345678901234567890', ['number 123456789012345678901234567890']],
    ['7a', []],
    ['-7', []],
  ])('%s', (text, expected) => {
    expect(read('{number}', text)).toEqual(expected);
  });

  test('keeps every digit', () => {
    expect(readings(parseTagPatterns(['{number}']), '00123456789012345678901')[0]?.order[0]).toMatchObject({
      value: 123456789012345678901n,
    });
  });
});

describe('{date}', () => {
  test.each([
    ['20261122', '2026-11-22T23:59:59.999Z'], // a day is its end
    ['2026-11-22', '2026-11-22T23:59:59.999Z'],
    ['20261122-0130', '2026-11-22T01:30:00.000Z'],
    ['20261122-013000', '2026-11-22T01:30:00.000Z'],
    ['20261122T013000Z', '2026-11-22T01:30:00.000Z'],
    ['20261122_013000', '2026-11-22T01:30:00.000Z'],
    ['20261122013000', '2026-11-22T01:30:00.000Z'],
    ['202611220130', '2026-11-22T01:30:00.000Z'],
    ['2026-11-22.013000', '2026-11-22T01:30:00.000Z'],
    ['2026-11-22T013000Z', '2026-11-22T01:30:00.000Z'],
    ['20240229', '2024-02-29T23:59:59.999Z'],
    ['1795311000', '2026-11-22T01:30:00.000Z'], // Unix seconds
  ])('%s is %s', (text, at) => {
    const date = { kind: 'date', text, at };
    expect(readings(parseTagPatterns(['{date}']), text)).toEqual([
      { pattern: '{date}', group: [], order: [date], date },
    ]);
  });

  test.each([
    ['20261322', 'no such month'],
    ['20260230', 'no such day'],
    ['20250229', 'no leap year'],
    ['20261122-2400', 'no such hour'],
    ['20261122-016000', 'no such minute'],
    ['19991231', 'before 2000: some other number'],
    ['202611-22', 'neither way to write a day'],
    ['2026-11-22013000', 'a day with hyphens keeps apart from its time'],
    ['0795311000', 'no Unix seconds'],
    ['795311000', 'no Unix seconds'],
    ['today', 'a word'],
  ])('not %s: %s', (text) => {
    expect(read('{date}', text)).toEqual([]);
  });
});

describe('{sha}', () => {
  test.each([
    [sha(6), false],
    [sha(7), true],
    [sha(40), true],
    [sha(64), true],
    [sha(65), false],
    ['ABCDEF0', true],
    ['abcdefg', false],
  ])('%s: %s', (text, expected) => {
    expect(isMatched('{sha}', text)).toBe(expected);
  });

  test('means nothing', () => {
    expect(read('{sha}', sha(40))).toEqual(['matches']);
  });
});

describe('{group}', () => {
  test.each([
    ['1.2-alpine', ['version 1.2, group alpine']],
    ['1.2-alpine-3.20', ['version 1.2, group alpine-3.20']],
    ['1.2-', ['version 1.2, group ']], // anything is also nothing, as with *
  ])('%s', (tag, expected) => {
    expect(read('{version}-{group}', tag)).toEqual(expected);
  });
});

describe('{pr}', () => {
  test.each([
    ['pr-1', ['pr 1']],
    ['pr-1234', ['pr 1234']],
    ['pr-0', []],
    ['pr-012', []],
    ['pr-99999999999999999999', []],
    ['pr-', []],
    ['pr-1a', []],
  ])('%s', (tag, expected) => {
    expect(read('pr-{pr}', tag)).toEqual(expected);
  });
});

describe('{branch}', () => {
  test.each([
    ['branch-main', ['branch main']],
    ['branch-feature-login', ['branch feature-login']],
    ['branch-', []],
    ['branch-1.2.3', []], // reads as a version, so it is no branch
    ['branch-v2', []],
  ])('%s', (tag, expected) => {
    expect(read('branch-{branch}', tag)).toEqual(expected);
  });
});
