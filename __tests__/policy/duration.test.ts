import { describe, expect, test } from '@jest/globals';
import { parseDuration, RuleError } from '../../src/policy/index.ts';

const hour = 3600;
const day = 24 * hour;

describe('a duration', () => {
  test.each([
    ['30d', 30 * day],
    ['12h', 12 * hour],
    ['2w', 14 * day],
    ['1d12h', 36 * hour],
    ['1w2d3h', 9 * day + 3 * hour],
    [' 30D ', 30 * day],
    ['0d', 0],
    ['10w', 70 * day],
    ['P30D', 30 * day],
    [' p30d ', 30 * day],
    ['P10W', 70 * day],
    ['PT10S', 10],
    ['P2W', 14 * day],
    ['P1DT12H', 36 * hour],
    ['PT90M', 5400],
    ['PT1S', 1],
  ])('%s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each([
    '',
    '30',
    '30 bananas',
    'd',
    'P',
    'PT',
    'P1DT',
    '-30d',
    '1.5d',
    '12h1d',
    '30 d',
    'P1D2W',
    'xP30D',
    'P30Dx',
    'x30d',
    '30dx',
  ])('"%s" is refused, and a correct one shown', (text) => {
    expect(() => parseDuration(text)).toThrow(RuleError);
    expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration: write "30d"`);
  });

  test.each(['6m', '6 months', '1 month', '1y', 'P1Y', '1 year', '2 years', 'P6M', '3mo', '3 mon'])(
    '"%s" is refused: nobody can say how long it is',
    (text) => {
      expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration: months and years differ in length`);
    },
  );

  test('one that no number holds is refused', () => {
    const text = `${'9'.repeat(30)}d`;
    expect(() => parseDuration(text)).toThrow(`"${text}" is too long a duration: write "30d", "12h", "2w"`);
  });
});
