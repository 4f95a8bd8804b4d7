import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plainLines, plainText } from '../../src/runtime/index.ts';

/** As the runner looks for commands (ActionCommand.TryParseV2 and TryParse). */
function isCommand(line: string): boolean {
  return line.trimStart().startsWith('::') || line.includes('##[');
}

describe('text from outside is no command to the runner', () => {
  const cases: readonly (readonly [what: string, text: string, plain: string])[] = [
    ['a tag stays as it is', 'apps/web:v1.2.3-rc.1', 'apps/web:v1.2.3-rc.1'],
    ['other letters stay as they are', 'Größe 1 × 2 → 3', 'Größe 1 × 2 → 3'],
    ['a command at the start', '::set-output name=x::y', ': :set-output name=x::y'],
    ['a command behind spaces', ' \u00a0::error::x', ' \u00a0: :error::x'],
    ['a command behind a tab', '\t::error::x', ' : :error::x'],
    ['two colons elsewhere', 'a::b', 'a::b'],
    ['three colons', ':::', ': ::'],
    ['the old form anywhere', 'x ##[error]y', 'x # #[error]y'],
    ['the old form behind another mark', '###[error]', '## #[error]'],
    ['a line break', 'a\r\n::error::b', 'a\\r\\n::error::b'],
    ['a colour', '\u001b[31mred', '\\u{1b}[31mred'],
    ['a mark that turns the direction', 'a\u202eb', 'a\\u{202e}b'],
    ['a line separator', 'a\u2028::error::b', 'a\\u{2028}::error::b'],
    ['half a character', 'a\ud800b', 'a\\u{d800}b'],
    ['a character of two halves', 'a😀b', 'a😀b'],
  ];
  test.each(cases)('%s', (_, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test('whatever the text, no line of it is a command and none is two lines', () => {
    const piece = fc.oneof(
      fc.constantFrom('::', '##[', '#', ':', '[', ' ', '\n', '\r', '\u0085', '\u2028', '\ufeff', 'a'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const plain = plainText(pieces.join(''));
        expect(isCommand(plain)).toBe(false);
        expect(plain).not.toMatch(/[\r\n\u0085\u2028\u2029]/);
        expect(plainLines(pieces.join('')).split('\n').some(isCommand)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('several lines stay several', () => {
    expect(plainLines('one\r\n::two::\n\nthree')).toBe('one\n: :two::\n\nthree');
  });
});
