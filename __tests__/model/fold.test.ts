/** Lines that a terminal shows whole. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldLine, foldText } from '../../src/model/index.ts';

describe('a line', () => {
  test.each([
    ['as it is where it fits', 'one two', 7, 0, ['one two']],
    ['at the last space that fits', 'one two three', 9, 0, ['one two', 'three']],
    ['a space at the very edge', 'one two three', 7, 0, ['one two', 'three']],
    ['what follows is indented', 'a  one two three', 10, 3, ['a  one two', '   three']],
    ['never in its own indentation', '    one-two-three four', 8, 4, ['    one-two-three', '    four']],
    ['never in a word', 'https://registry.example.com/v2/ x', 10, 0, ['https://registry.example.com/v2/', 'x']],
    ['spaces at its end are nothing', 'one   ', 3, 0, ['one']],
    ['nothing', '', 10, 0, ['']],
    ['where the indentation is wider than all', 'one two', 3, 5, ['one', '     two']],
  ] as const)('%s', (_, text, columns, hang, lines) => {
    expect(foldLine(text, columns, hang)).toEqual(lines);
  });

  test('no word is lost, and none is longer than the line unless it stands alone', () => {
    const line = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 8 }), (words, columns, hang) => {
        const lines = foldLine(words.join(' '), columns, hang);
        expect(lines.flatMap((each) => each.split(' ').filter((word) => word !== ''))).toEqual(words);
        for (const each of lines) if (each.length > columns) expect(each.trim()).not.toContain(' ');
      }),
    );
  });
});

test('a text: below its columns, and examples as they are', () => {
  const text = [
    '  kept  v1  since it is the newest',
    'a b c d e f g h i j k l m n',
    '    --an-example as it is typed, at once',
  ];
  expect(foldText(text.join('\n'), 24).split('\n')).toEqual([
    '  kept  v1  since it is',
    '            the newest',
    'a b c d e f g h i j k l',
    'm n',
    '    --an-example as it is typed, at once',
  ]);
});
