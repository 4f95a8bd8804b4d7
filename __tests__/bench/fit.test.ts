// What is computed and not measured must at least compute what was measured.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byDigestMs, fitCost, tagsOnAverage } from '../../bench/fit.ts';

describe('fitCost', () => {
  test('finds the line that samples lie on', () => {
    const numbers = {
      a: fc.double({ min: 0.1, max: 50, noNaN: true }),
      b: fc.double({ min: 1e-4, max: 1, noNaN: true }),
    };
    fc.assert(
      fc.property(fc.record(numbers), ({ a, b }) => {
        const line = fitCost([510, 2_010, 16_000].map((tags) => ({ tags, msEach: a + b * tags })));
        expect(line.a).toBeCloseTo(a, 4);
        expect(line.b).toBeCloseTo(b, 6);
      }),
    );
  });

  test('weighs a small sample like a large one', () => {
    // In absolute squares the two large ones would leave nothing of the small one.
    const line = fitCost([
      { tags: 100, msEach: 10 },
      { tags: 10_000, msEach: 900 },
      { tags: 10_000, msEach: 1_100 },
    ]);
    expect((line.a + line.b * 100) / 10).toBeCloseTo(1, 1);
  });

  test('takes a cost that would begin below zero, or fall, for noise', () => {
    const rising = fitCost([
      { tags: 100, msEach: 1 },
      { tags: 200, msEach: 4 },
    ]);
    expect(rising.a).toBe(0);
    expect(rising.b).toBeGreaterThan(0);
    const falling = fitCost([
      { tags: 100, msEach: 4 },
      { tags: 200, msEach: 3.5 },
    ]);
    expect(falling.b).toBe(0);
    expect(falling.a).toBeGreaterThan(3.5);
    expect(falling.a).toBeLessThan(4);
  });

  test.each([
    ['one sample', [{ tags: 100, msEach: 1 }]],
    [
      'two of the same size',
      [
        { tags: 100, msEach: 1 },
        { tags: 100, msEach: 2 },
      ],
    ],
  ])('refuses %s', (_, samples) => {
    expect(() => fitCost(samples)).toThrow('two');
  });
});

test('the cost of all deletions is the sum of each, at the tags that are there then', () => {
  const line = { a: 2, b: 0.037 };
  let sum = 0;
  for (let tags = 400; tags > 20; tags -= 1) sum += line.a + line.b * tags;
  expect(byDigestMs(line, { tags: 400, kept: 20 })).toBeCloseTo(sum, 6);
  expect(tagsOnAverage(400, 399)).toBe(400);
});
