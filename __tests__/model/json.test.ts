import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Items, printJson } from '../../src/model/index.ts';

const text = (...args: Parameters<typeof printJson>): string => [...printJson(...args)].join('');

test('the pieces together are what JSON.stringify prints, however deep it is cut', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat({ max: 6 }), (value, depth) => {
      expect(text(value, depth)).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('values are replaced as JSON.stringify does it, at every depth', () => {
  const value = { a: [1, { secret: 'x', left: undefined }], secret: 'x', nothing: undefined, list: [undefined, 'x'] };
  const replace = (key: string, part: unknown): unknown => (key === 'secret' || part === 'x' ? '***' : part);
  for (const depth of [0, 1, 2, 3, 4]) expect(text(value, depth, { replace })).toBe(JSON.stringify(value, replace, 2));
});

test('a piece that is fine stays as it is, and its values are not looked at; any other is replaced', () => {
  const asked: unknown[] = [];
  const replace = (_: string, part: unknown): unknown => {
    asked.push(part);
    return part === 'secret' ? '***' : part;
  };
  const isFine = (piece: string): boolean => !piece.includes('secret');
  const value = { list: [{ name: 'a' }, { name: 'secret' }] };
  expect(text(value, 2, { replace, isFine })).toBe(JSON.stringify(value, replace, 2));
  asked.length = 0;
  text(value, 2, { replace, isFine });
  expect(asked).not.toContain('a');
  expect(asked).toContain('secret');
});

test('items are made one by one, while they are printed', () => {
  const made: number[] = [];
  const items = new Items(function* () {
    for (const number of [1, 2, 3]) {
      made.push(number);
      yield { number };
    }
  });
  const pieces = printJson({ items, none: new Items(() => []) }, 2)[Symbol.iterator]();
  let printed = '';
  while (!printed.includes('1')) printed += String(pieces.next().value);
  expect(made).toEqual([1]);
  for (let next = pieces.next(); next.done !== true; next = pieces.next()) printed += next.value;
  expect(printed).toBe(JSON.stringify({ items: [{ number: 1 }, { number: 2 }, { number: 3 }], none: [] }, null, 2));
});
