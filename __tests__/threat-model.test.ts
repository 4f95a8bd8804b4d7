/** docs/threat-model.md names tests: each of them is there, by the words that stand on the page. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'threat-model.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:What holds|-)/.test(line));
const shown = rows.map((row) => [...row.matchAll(/`([a-z0-9/-]+)`: (.*?)(?=<br>|\s*\|$)/g)]);

test('every line of it is shown by a test', () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((_, place) => shown[place]?.length === 0)).toEqual([]);
});

test.each(shown.flat().map(([, file = '', title = '']) => [file, title]))('%s: %s', (file, title) => {
  const path = join(import.meta.dirname, `${file}.test.ts`);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(title);
});
