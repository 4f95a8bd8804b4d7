/** How far a phase has come, by a clock that is made up. */
import { describe, expect, test } from '@jest/globals';
import { countProgress, renderBar, renderProgress, seldom } from '../../src/runtime/progress.ts';
import type { Phase } from '../../src/runtime/index.ts';

const tally = (done: number, total: number, phase: Phase = 'reading') => ({ phase, done, total, startedMs: 1_000 });

describe('in words', () => {
  test.each([
    [tally(12_000, 40_000), 53_174, 'reading: 12,000 of about 40,000 tags, 230/s, about 2 min left'],
    [tally(40, 400, 'deleting'), 11_000, 'deleting: 40 of 400 tags and manifests, 4.0/s, about 2 min left'],
    [tally(10, 40), 11_000, 'reading: 10 of about 40 tags, 1.0/s, about 30 s left'],
    [tally(1, 100_000), 11_000, 'reading: 1 of about 100,000 tags, 0.1/s, about 277.8 h left'],
    // Nothing is known of how much there is, or it is all done, or the clock stands still.
    [tally(5, 0), 6_000, 'reading: 5 tags, 1.0/s'],
    [tally(40, 40), 6_000, 'reading: 40 of about 40 tags, 8.0/s'],
    [tally(3, 40), 1_000, 'reading: 3 of about 40 tags'],
  ])('%j at %d', (given, nowMs, line) => {
    expect(renderProgress(given, nowMs)).toBe(line);
  });

  test('a bar that never makes the line longer than the terminal', () => {
    expect(renderBar(tally(10, 40), 11_000, 100)).toBe(
      'reading ██████░░░░░░░░░░░░░░░░░░ 10 of about 40 tags, 1.0/s, about 30 s left',
    );
    expect(renderBar(tally(50, 40), 11_000, 100)).toContain(`${'█'.repeat(24)} 50 of about 40 tags`);
    expect(renderBar(tally(10, 40), 11_000, 20)).toHaveLength(19);
  });
});

/** A phase of so many tags, one each `everyMs`; all that it shows. */
function shown(count: number, everyMs: number): readonly string[] {
  let nowMs = 0;
  const lines: string[] = [];
  const counter = countProgress({
    now: () => nowMs,
    everyMs: seldom,
    show: (given, at) => {
      lines.push(renderProgress(given, at));
    },
  })('reading');
  counter.expect(count);
  for (let each = 0; each < count; each += 1) {
    nowMs += everyMs;
    counter.advance();
  }
  counter.end();
  return lines;
}

describe('in a log', () => {
  test('nothing of what takes less than five seconds, then a line each five', () => {
    expect(shown(1_000, 4.9)).toEqual([]);
    expect(shown(1_000, 11)).toEqual([
      'reading: 455 of about 1,000 tags, 91/s, about 6 s left',
      'reading: 910 of about 1,000 tags, 91/s, about 1 s left',
    ]);
  });

  // As fast as a registry near by, as slow as one across the world, and as slow as six hours allow.
  test.each([1, 5, 50, 216])('100,000 tags, %d ms each: never more than a hundred lines', (everyMs) => {
    const lines = shown(100_000, everyMs);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.length).toBeLessThanOrEqual(100);
  });

  test('what is repeated is of now, also while nothing advances, and only until the end', () => {
    let nowMs = 0;
    const lines: string[] = [];
    const repeated: (() => void)[] = [];
    const counter = countProgress({
      now: () => nowMs,
      everyMs: () => 100,
      show: (given, at) => {
        lines.push(renderProgress(given, at));
      },
      repeat: (show) => {
        repeated.push(show);
        return () => void repeated.pop();
      },
    })('deleting');
    counter.expect(4);
    counter.advance(3);
    expect(lines).toEqual([]);
    for (nowMs = 50; nowMs <= 2_000; nowMs += 50) for (const show of repeated) show();
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe('deleting: 3 of 4 tags and manifests, 1.5/s, about 1 s left');
    counter.end();
    expect(repeated).toEqual([]);
  });

  test('the end of a phase is told', () => {
    const ends: string[] = [];
    const begin = countProgress({
      now: () => 0,
      everyMs: seldom,
      show: () => undefined,
      end: () => void ends.push('end'),
    });
    begin('deleting').end();
    expect(ends).toEqual(['end']);
  });
});
