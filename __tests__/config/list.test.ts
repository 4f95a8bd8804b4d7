import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitList } from '../../src/config/list.ts';

describe('a list is one a line or comma-separated', () => {
  const cases: readonly (readonly [text: string, items: readonly string[]])[] = [
    ['a', ['a']],
    ['a,b , c', ['a', 'b', 'c']],
    ['a\nb\r\nc\rd', ['a', 'b', 'c', 'd']],
    [' a ,, \n\n,b,', ['a', 'b']],
    ['', []],
    [',\n ,', []],
    ['v{1,2}, x', ['v{1,2}', 'x']],
    ['{a,{b,c},d},e', ['{a,{b,c},d}', 'e']],
    ['@(a,b),c', ['@(a,b)', 'c']],
    ['[a,b],c', ['[a,b]', 'c']],
    ['[({],c', ['[({]', 'c']],
    ['{[}],b},c', ['{[}],b}', 'c']],
    ['a),b', ['a)', 'b']],
    ['/a{1,2}/,b', ['/a{1,2}/', 'b']],
    ['/a,b/,!/c,d/,e', ['/a,b/', '!/c,d/', 'e']],
    ['/a\\/,b/,c', ['/a\\/,b/', 'c']],
    ['/(/,b', ['/(/', 'b']],
    ['a/b,c/d', ['a/b', 'c/d']],
    ['a\\,b,c', ['a\\,b', 'c']],
    ['a\\', ['a\\']],
    // What is never closed takes the rest of its line, and no other: its error then quotes what was meant.
    ['{version,b\nc,d', ['{version,b', 'c', 'd']],
    ['/a,b\nc', ['/a,b', 'c']],
  ];
  test.each(cases)('%j', (text, items) => {
    expect(splitList(text)).toEqual(items);
  });

  const plain = fc.stringMatching(/^[a-z0-9*_.-]{1,5}$/);
  const item = fc.oneof(
    plain,
    plain.map((text) => `!${text}`),
    fc.tuple(plain, plain, plain).map(([a, b, c]) => `${a}{${b},${c}}`),
    fc.tuple(plain, plain).map(([a, b]) => `@(${a},${b})`),
    fc.tuple(plain, plain).map(([a, b]) => `[${a},${b}]x`),
    fc.tuple(plain, plain).map(([a, b]) => `/^${a}{1,2}(${b},)$/`),
    fc.tuple(plain, plain).map(([a, b]) => `${a}/${b}`),
  );

  test('what is joined by any separators is split again', () => {
    const separator = fc.constantFrom(',', '\n', '\r\n', ' , ', ',\n', '\n\n  ', ',,');
    const parts = fc.array(fc.tuple(item, separator), { maxLength: 8 });
    fc.assert(
      fc.property(parts, (list) => {
        expect(splitList(list.flat().join(''))).toEqual(list.map(([text]) => text));
      }),
    );
  });

  test('whatever the text: no character but space and separators is lost, and no item is empty', () => {
    const text = fc
      .array(fc.oneof(fc.constantFrom(',', '{', '}', '(', ')', '[', ']', '/', '\\', '!', ' ', '\n'), fc.string()))
      .map((pieces) => pieces.join(''));
    const bare = (what: string): string => what.replace(/[\s,]/g, '');
    fc.assert(
      fc.property(text, (list) => {
        const items = splitList(list);
        expect(bare(items.join(''))).toBe(bare(list));
        expect(items.every((one) => one.trim() === one && one !== '' && !/[\r\n]/.test(one))).toBe(true);
      }),
    );
  });
});
