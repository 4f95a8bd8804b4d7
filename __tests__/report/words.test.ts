import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  renderBytes,
  renderCount,
  renderDigest,
  renderDuration,
  renderInstant,
  renderOrdinal,
} from '../../src/report/words.ts';
import { digestOf } from '../arbitraries/names.ts';

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [1590, '1.6 KiB'],
  [102_400, '100 KiB'],
  [150_000, '146 KiB'],
  [1024 ** 2, '1 MiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [1024 ** 4, '1 TiB'],
  [2 * 1024 ** 5, '2 PiB'],
  [5000 * 1024 ** 5, '5000 PiB'],
])('%d bytes are %s', (bytes, words) => {
  expect(renderBytes(bytes)).toBe(words);
});

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [1.9, '1 second'],
  [2, '2 seconds'],
  [119, '119 seconds'],
  [120, '2 minutes'],
  [7199, '119 minutes'],
  [7200, '2 hours'],
  [47 * 3600, '47 hours'],
  [48 * 3600, '2 days'],
  [30 * 86_400, '30 days'],
  [729 * 86_400, '729 days'],
  [730 * 86_400, '2 years'],
])('%d seconds are %s', (seconds, words) => {
  expect(renderDuration(seconds)).toBe(words);
});

test('a duration never says more than there is', () => {
  const units = { second: 1, minute: 60, hour: 3600, day: 86_400, year: 365 * 86_400 };
  fc.assert(
    fc.property(fc.nat(), (seconds) => {
      const [count = '', unit = ''] = renderDuration(seconds).replace(/s$/, '').split(' ');
      expect(Number(count) * units[unit as keyof typeof units]).toBeLessThanOrEqual(seconds);
    }),
  );
});

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [10, '10th'],
  [11, '11th'],
  [12, '12th'],
  [13, '13th'],
  [21, '21st'],
  [22, '22nd'],
  [23, '23rd'],
  [101, '101st'],
  [111, '111th'],
  [112, '112th'],
  [1013, '1013th'],
])('%d is the %s', (number, words) => {
  expect(renderOrdinal(number)).toBe(words);
});

describe('counts', () => {
  test.each([
    [0, '0 tags'],
    [1, '1 tag'],
    [2, '2 tags'],
  ])('%d', (count, words) => {
    expect(renderCount(count, 'tag')).toBe(words);
  });

  test('of what has another plural', () => {
    expect(renderCount(1, 'repository', 'repositories')).toBe('1 repository');
    expect(renderCount(2, 'repository', 'repositories')).toBe('2 repositories');
  });
});

test('a moment is said to the second', () => {
  expect(renderInstant('2026-11-22T01:30:00.123Z')).toBe('2026-11-22 01:30:00Z');
  expect(renderInstant('1.2.3')).toBe('1.2.3');
});

test('a digest is cut as container tools cut it', () => {
  expect(renderDigest(digestOf(1))).toBe('sha256:000000000000…');
});
