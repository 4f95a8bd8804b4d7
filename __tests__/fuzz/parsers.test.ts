/**
 * Every parser of foreign text: whatever the text, it ends in a value or in an error of its own that says what is wrong, and
 * leaves no trace in all objects. `npm run fuzz` tries 100,000 texts for each.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsers, tryOne } from './parsers.ts';
import { foreignTexts } from './texts.ts';

describe.each(parsers.map((parser) => [parser.name, parser] as const))('%s', (_, parser) => {
  test('what real ones are read from, is read', () => {
    for (const sample of parser.samples) expect(tryOne(parser, sample)).toBe('read');
  });

  test('any text', () => {
    fc.assert(
      fc.property(foreignTexts(parser.samples), (text) => void tryOne(parser, text)),
      { numRuns: 500 },
    );
  });
});

describe('what looks for faults finds them:', () => {
  const [challenge] = parsers;
  if (challenge === undefined) throw new Error('There is no parser.');

  test('an error that is no refusal', () => {
    const broken = { ...challenge, read: (text: string) => void (JSON.parse(text) as unknown) };
    expect(() => tryOne(broken, '{')).toThrow(SyntaxError);
  });

  test('a property of all objects', () => {
    const polluting = {
      ...challenge,
      read(text: string): void {
        Object.assign(Object.prototype, { [text]: true });
      },
    };
    try {
      expect(() => tryOne(polluting, 'polluted')).toThrow('what all objects have');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });
});
