// The file of the results is written by hand around its marks, and that must survive.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../bench/machine.ts';
import { table, verdict, withSection } from '../../bench/results.ts';

const text =
  'before\n<!-- start: from here -->\nold\n<!-- start: to here -->\nafter\n<!-- memory: from here --><!-- memory: to here -->\n';

describe('withSection', () => {
  test('replaces what is between the marks, and nothing else', () => {
    const once = withSection(text, 'start', 'new\n');
    expect(once).toBe(text.replace('\nold\n', '\n\nnew\n\n'));
    expect(withSection(once, 'start', 'new')).toBe(once);
  });

  test('takes the content as it is', () => {
    expect(withSection(text, 'memory', "$& $1 $'")).toContain("-->\n\n$& $1 $'\n\n<!--");
  });

  test.each([
    ['no marks', 'nothing'],
    ['no end', '<!-- start: from here -->'],
    ['the marks twice', text + text],
  ])('refuses a file with %s', (_, other) => {
    expect(() => withSection(other, 'start', 'new')).toThrow('no marks of their own');
  });

  test.each(['start', 'reading', 'deleting', 'memory', 'peers', 'soak', 'kills', 'mutation', 'collection'])(
    'finds “%s” in the file',
    (name) => {
      const file = readFileSync(join(import.meta.dirname, '../../bench/RESULTS.md'), 'utf8');
      expect(withSection(file, name, 'a new one')).toContain('a new one');
    },
  );
});

test('a table has columns of one width, numbers to the right', () => {
  expect(
    table(
      ['tool', 'ms:'],
      [
        ['skopeo', '12'],
        ['crane', '1234'],
      ],
    ),
  ).toBe(['| tool   |   ms |', '| ------ | ---: |', '| skopeo |   12 |', '| crane  | 1234 |'].join('\n'));
});

test.each([
  [1.5, { most: 1.5 }, 'reached'],
  [1.51, { most: 1.5 }, '**not reached**'],
  [10, { least: 10 }, 'reached'],
  [9.9, { least: 10 }, '**not reached**'],
  [Number.NaN, { most: 1 }, '**not reached**'],
])('%d against %j is %s', (value, target, said) => {
  expect(verdict(value, target)).toBe(said);
});

test('the median of an even number of figures is the lower one', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 9])).toBe(9);
  expect(() => median([])).toThrow('no median');
});
