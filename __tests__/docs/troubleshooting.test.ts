/** Every message that a page explains is one that the program says, so that the texts can't drift apart. */
import { describe, expect, test } from '@jest/globals';
import { hole, programTexts, says, textsOf } from './messages.ts';
import { linksOf, readPage, rowsOf } from './pages.ts';

const page = 'docs/troubleshooting.md';
const texts = programTexts();
const quotedIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);
const rows = rowsOf(page);

test('it has a table of many rows, each with what it means and what to do', () => {
  expect(rows.length).toBeGreaterThan(80);
  for (const row of rows) {
    expect(row).toHaveLength(3);
    expect(row.every((cell) => cell !== '')).toBe(true);
  }
});

test.each(rows.map(([message = '']) => [message]))('%s', (message) => {
  const quoted = quotedIn(message);
  // Nothing stands there beside messages.
  expect(message.replace(/`[^`]+`/g, '').replace(/[, ]/g, '')).toBe('');
  expect(quoted.filter((words) => !says(texts, words))).toEqual([]);
});

test('no message is explained twice', () => {
  const quoted = rows.flatMap(([message = '']) => quotedIn(message));
  expect(quoted.filter((words, index) => quoted.indexOf(words) !== index)).toEqual([]);
});

test.each(['README.md', 'docs/garbage-collection.md'])('%s leads there', (from) => {
  expect(linksOf(from).filter((target) => target.includes('troubleshooting.md'))).not.toEqual([]);
  expect(readPage(from)).toContain('\n## Troubleshooting\n');
});

describe('what the program says', () => {
  test('are its strings and templates, and no comment', () => {
    const source =
      "// a comment\nconst a = 'one'; const b = `two ${a} three ${`four ${b}`}`; say('five ' + a + ' six');";
    expect(textsOf(source)).toEqual([
      'one',
      `two ${hole} three ${hole}`,
      `four ${hole}`,
      `five ${hole} six`,
      `five ${hole}`,
      'five ',
      ' six',
    ]);
  });

  test.each([
    ['two', true],
    ['two … three', true],
    ['three … two', false],
    ['tw … three', false],
    ['four', false],
  ])('%s: %s', (words, expected) => {
    expect(says([`two ${hole} three`], words)).toBe(expected);
  });
});
