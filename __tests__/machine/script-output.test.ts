import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scriptOutput, type ScriptOutput } from '../../src/machine/script-output.ts';

const marks = { first: '@abc', second: 'def' };
const ready = '@abcdef:ready\n';
const end = '\n@abcdef:end:3\n';

/** Lines of `text` as somebody sees them who has it whole. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function feed(chunks: readonly string[], whole = true): { output: ScriptOutput; lines: readonly string[] } {
  const lines: string[] = [];
  const output = scriptOutput(marks);
  output.to((line) => lines.push(line), { whole });
  for (const chunk of chunks) output.take(chunk);
  return { output, lines };
}

const piece = fc.constantFrom('a', 'bc', '\n', '\n\n', '@abc', 'def', ':end:', ':ready', '3', ' ', '\r', 'ä');
const text = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));

describe('the output of a script', () => {
  test('is the same however it comes in pieces, and is told from what stands around it', () => {
    fc.assert(
      fc.property(text, text, fc.array(fc.nat(200), { maxLength: 20 }), (noise, said, cuts) => {
        fc.pre(!noise.includes('@abcdef') && !said.includes('@abcdef'));
        const all = `${noise}${ready}${said}${end}`;
        const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, all.length)), all.length])].sort(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((place, index) => all.slice(places[index], place));
        const { output, lines } = feed(chunks);
        expect(lines).toEqual(linesOf(said));
        expect(output.endsInBreak).toBe(said === '' || said.endsWith('\n'));
        expect(output.noise).toBe(noise);
        expect(output.end).toBe('3');
      }),
      { numRuns: 2_000 },
    );
  });

  test('has no end where only half of the mark came', () => {
    const { output, lines } = feed([ready, 'a\n\n@abcdef:end:', '3']);
    expect(output.end).toBeUndefined();
    output.flush();
    expect(output.end).toBeUndefined();
    expect(lines).toEqual(['a', '']);
  });

  test('of a shell that ended before its time is given out to its last letter', () => {
    for (const [said, expected] of [
      ['a\nb', ['a', 'b']],
      ['a\n\n', ['a', '']],
      ['', []],
    ] as const) {
      const { output, lines } = feed([ready, said]);
      output.flush();
      expect(lines).toEqual(expected);
      expect(output.endsInBreak).toBe(!said.endsWith('b'));
    }
  });

  test('is over with the end mark, whatever comes after it', () => {
    const { lines } = feed([ready, `a${end}late\n`, 'later\n']);
    expect(lines).toEqual(['a']);
  });

  test('shows a line that is far too long by its beginning, and that it is cut', () => {
    const long = 'x'.repeat(100_000);
    expect(feed([ready, long, long, '\nnext\n', end], false).lines).toEqual([`${'x'.repeat(65_536)}…`, 'next']);
    expect(feed([ready, long, '\n', end]).lines).toEqual([long]);
  });

  test('does not begin where a program repeats what it was sent', () => {
    const { output } = feed(["printf '%s%s:ready\\n' @abc def\n"]);
    expect(output.ready).toBe(false);
  });

  test('of a login that talks without end is not kept', () => {
    const { output } = feed(Array.from({ length: 100 }, () => 'y\n'.repeat(10_000)));
    expect(output.ready).toBe(false);
    expect(output.noise.length).toBeLessThanOrEqual(65_536);
  });
});
