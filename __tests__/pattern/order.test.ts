/** Which tag is newer. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareOrder, parseTagPatterns, readings, type OrderKey } from '../../src/pattern/index.ts';

/** The ordering values of a tag in its first reading. */
function orderOf(pattern: string, tag: string): readonly OrderKey[] {
  return readings(parseTagPatterns([pattern]), tag)[0]?.order ?? [];
}

function compare(pattern: string, older: string, newer: string): number {
  return Math.sign(compareOrder(orderOf(pattern, newer), orderOf(pattern, older)));
}

describe('oldest first', () => {
  test.each([
    [
      '{version}',
      [
        '0.9',
        '1.2.3-alpha',
        '1.2.3-alpha.1',
        '1.2.3-alpha.beta',
        '1.2.3-beta.2',
        '1.2.3-beta.11',
        '1.2.3-rc.1',
        '1.2.3',
        '1.2.3.1',
        '1.2.10',
        '1.10',
        '2',
      ],
    ],
    [
      '{version}',
      ['1.2.3a1', '1.2.3-alpha.2', '1.2.3b1', '1.2.3-beta2', '1.2.3-M1', '1.2.3-CR1', '1.2.3rc2', 'v1.2.3'],
    ],
    ['{version}', ['2024.01.05', '2024.1.6', '20240106013000123', '20240106013000124']],
    ['{version}', ['1.2.3-dev.20261122013000123', '1.2.3-dev.20261122013000124']], // beyond what a double tells apart
    ['{number}', ['7', '08', '9', '10', '99999999999999999998', '99999999999999999999']],
    ['{date}', ['20261121-2359', '2026-11-22.013000', '1795311001', '20261122', '20261123']],
    ['{version}-{number}', ['1.2-9', '1.2-10', '1.3-1']],
    ['{number}-{date}', ['1-20261122', '1-20261123', '2-20200101']],
  ])('%s', (pattern, tags) => {
    for (const [i, older] of tags.entries())
      for (const newer of tags.slice(i + 1))
        expect([older, newer, compare(pattern, older, newer), compare(pattern, newer, older)]).toEqual([
          older,
          newer,
          1,
          -1,
        ]);
  });
});

describe('as new as each other', () => {
  test.each([
    ['{version}', '1.2', '1.2.0'],
    ['{version}', '1', 'v1.0.0.0'],
    ['{version}', '1.02', '1.2'],
    ['{version}', '1.2.3-rc.1', '1.2.3RC1'],
    ['{number}', '7', '007'],
    ['{date}', '20261122', '2026-11-22'],
    ['{date}', '1795311000', '20261122T013000Z'],
    ['*', 'a', 'b'],
  ])('%s: %s and %s', (pattern, a, b) => {
    expect(compare(pattern, a, b)).toBe(0);
  });
});

const text = (pattern: string, tag: string): readonly OrderKey[] => orderOf(pattern, tag);
const versionText = fc
  .tuple(
    fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '-rc.1', '-rc2', 'a1', '-beta', '-alpha.1', '-SNAPSHOT', '-rc.1.dev2', '-rc'),
  )
  .map(([parts, prerelease]) => parts.join('.') + prerelease);
const keys: fc.Arbitrary<readonly OrderKey[]> = fc
  .array(
    fc.oneof(
      versionText.map((version) => text('{version}', version)),
      fc.nat({ max: 20 }).map((number) => text('{number}', String(number))),
      fc.constantFrom('20261122', '2026-11-22', '20261123', '20261122-0130').map((date) => text('{date}', date)),
    ),
    { maxLength: 3 },
  )
  .map((lists) => lists.flat());

describe('a total preorder', () => {
  test('whatever is compared, of whatever kinds', () => {
    fc.assert(
      fc.property(keys, keys, keys, (a, b, c) => {
        expect(compareOrder(a, a)).toBe(0);
        expect(Math.sign(compareOrder(a, b))).toBe(0 - Math.sign(compareOrder(b, a)));
        if (compareOrder(a, b) >= 0 && compareOrder(b, c) >= 0) expect(compareOrder(a, c)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('versions', () => {
  const parts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 30n }), { minLength: 1, maxLength: 4 });

  test('are ordered by their first part that differs', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const at = [0, 1, 2, 3].find((i) => (a[i] ?? 0n) !== (b[i] ?? 0n));
        const expected = at === undefined ? 0 : (a[at] ?? 0n) > (b[at] ?? 0n) ? 1 : -1;
        expect(compare('{version}', b.join('.'), a.join('.'))).toBe(expected);
      }),
    );
  });

  test('a prerelease comes before its release and after every earlier release', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom('-rc.1', 'a1', '-SNAPSHOT', '.dev3', '-m1'), (numbers, prerelease) => {
        const release = numbers.join('.');
        expect(compare('{version}', release + prerelease, release)).toBe(1);
        const earlier = [...numbers.slice(0, -1), (numbers.at(-1) ?? 0n) - 1n];
        if ((numbers.at(-1) ?? 0n) > 0n) expect(compare('{version}', earlier.join('.'), release + prerelease)).toBe(1);
      }),
    );
  });
});
