import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote } from '../../src/machine/index.ts';

const shells = [
  ['sh', []],
  ['dash', []],
  ['bash', []],
  ['busybox', ['sh']],
  ['bash', ['--posix']],
] as const;

const isHere = (program: string): boolean => spawnSync(program, ['-c', 'true']).error === undefined;

/** What a shell makes of the words, each behind the other with a byte between that none of them can hold. */
function throughShell(shell: readonly [string, readonly string[]], texts: readonly string[]): readonly string[] {
  const script = `printf '%s\\0' ${texts.map(quote).join(' ')}`;
  const run = spawnSync(shell[0], [...shell[1], '-s'], { input: script, maxBuffer: 64 * 1024 * 1024 });
  expect(run.stderr.toString()).toBe('');
  return run.stdout.toString('utf8').split('\0').slice(0, -1);
}

const nasty = [
  '',
  ' ',
  "'",
  "''",
  "'\\''",
  '"',
  '\\',
  '$HOME',
  '$(id)',
  '`id`',
  '!!',
  '-n',
  '*',
  '~',
  '#',
  '\n',
  'a\nb\n',
  '\r\n',
  '\t',
  '\u0001\u001b[31m\u007f',
  'x; rm -rf /',
  'ä€😀\u2028',
  '{a,b}',
  '=',
  '%s',
];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.constantFrom(...nasty), { maxLength: 6 }).map((parts) => parts.join('')),
);
const words = text.filter((word) => !word.includes('\0') && word.isWellFormed());

describe('a word of a shell', () => {
  for (const shell of shells) {
    const name = [shell[0], ...shell[1]].join(' ');
    if (!isHere(shell[0])) {
      test.skip(`${name} is not installed`, () => undefined);
      continue;
    }
    test(`is exactly the text, whatever is in it, for ${name}`, () => {
      expect(throughShell(shell, nasty)).toEqual(nasty);
      fc.assert(
        fc.property(fc.array(words, { minLength: 1, maxLength: 50 }), (texts) => {
          expect(throughShell(shell, texts)).toEqual(texts);
        }),
        { numRuns: 60 },
      );
    });
  }

  test('can stand in a word that is quoted again', () => {
    fc.assert(
      fc.property(words, (word) => {
        const inner = `printf '%s\\0' ${quote(word)}`;
        const run = spawnSync('sh', ['-s'], { input: `sh -c ${quote(inner)}` });
        expect(run.stdout.toString('utf8')).toBe(`${word}\0`);
      }),
      { numRuns: 60 },
    );
  });

  test('holds no NUL and no half character', () => {
    expect(() => quote('a\0b')).toThrow(TypeError);
    expect(() => quote('a\ud83d')).toThrow(TypeError);
  });

  test('is readable', () => {
    expect(quote('registry')).toBe("'registry'");
    expect(quote("it's")).toBe("'it'\\''s'");
  });
});
