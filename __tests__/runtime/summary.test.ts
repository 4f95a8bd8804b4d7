import { describe, expect, test } from '@jest/globals';
import { fitSummary, summaryLimitBytes } from '../../src/runtime/summary.ts';

describe('a summary within what GitHub takes', () => {
  test('a short one is left alone', () => {
    expect(fitSummary('# fine', 0)).toBe('# fine');
  });

  test('a long one is cut behind a whole line, counted in bytes, and says so', () => {
    const line = `| ${'ü'.repeat(99)} |\n`;
    const fitted = fitSummary(line.repeat(10_000), 1000);
    expect(Buffer.byteLength(fitted)).toBeLessThan(summaryLimitBytes - 1000);
    expect(Buffer.byteLength(fitted)).toBeGreaterThan(summaryLimitBytes - 1000 - 400);
    const [kept, note] = fitted.split('\n\n> ');
    expect(kept?.split('\n').every((row) => `${row}\n` === line)).toBe(true);
    expect(note).toContain('report-file');
  });

  test('one line that is too long leaves the note alone', () => {
    expect(fitSummary('x'.repeat(summaryLimitBytes), 0)).toMatch(/^\n\n> The summary ends here/);
  });

  test('nothing where there is no room for a word', () => {
    expect(fitSummary('# fine', summaryLimitBytes)).toBe('');
  });
});
