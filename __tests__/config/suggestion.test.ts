import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, nearest } from '../../src/config/suggestion.ts';

describe('the distance of two texts', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['kitten', 'sitting', 3],
    ['keep_last', 'keep-last', 1],
    ['dryrun', 'dry-run', 1],
  ])('%j and %j: %d', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  test('is the same both ways, none only for the same text, and never more than the longer one', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('the name that was meant', () => {
  const names = ['registry', 'keep-tags', 'keep-last', 'older-than', 'ca-certificate'] as const;
  test.each([
    ['keep-lst', 'keep-last'],
    ['keep_tags', 'keep-tags'],
    ['keep-last-n', 'keep-last'],
    ['regsitry', 'registry'],
    ['older', 'older-than'],
    ['keep-lags', 'keep-tags'],
    ['ca-cert', 'ca-certificate'],
  ])('%s: %s', (text, name) => {
    expect(nearest(text, names)).toBe(name);
  });

  test('none where nothing is near', () => {
    expect(nearest('github-token', names)).toBeUndefined();
  });
});
