/** ARCHITECTURE.md's floors are the ones that lint enforces, and every room has its floor. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lint, root } from './lint.ts';

const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** The indented block below the heading, the highest floor first. */
const floors = (/### Floors\n[\s\S]*?\n\n((?: {4}.+\n)+)/.exec(page)?.[1] ?? '')
  .trim()
  .split('\n')
  .map((line) => line.trim().split(' · '));
const rooms = floors.flat();
const floorOf = (room: string): number => floors.findIndex((floor) => floor.includes(room));

/** A file of the room, and how it would write an import of another one's. */
const fileIn = (room: string): string => (room === 'doors' ? 'door.ts' : `${room}/story.ts`);
const pathTo = (from: string, to: string): string =>
  `${from === 'doors' ? './' : '../'}${to === 'doors' ? 'index.ts' : `${to}/index.ts`}`;

test('the page lists the floors', () => {
  expect(floors.length).toBeGreaterThan(5);
  expect(floors[0]).toEqual(['doors']);
  expect(new Set(rooms).size).toBe(rooms.length);
});

test('every folder of src/ is on a floor, and the page tells of it', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name);
  expect(names.filter((name) => !rooms.includes(name))).toEqual([]);
  const told = page.replace(/### Floors\n[\s\S]*?### /, '');
  expect(names.filter((name) => !new RegExp(`\`${name}/?\``).test(told))).toEqual([]);
});

test('a room that has no floor may neither import nor be imported', async () => {
  const unknown = [expect.stringContaining("A room that ARCHITECTURE.md doesn't know")];
  expect(await lint('utils/story.ts', `import '../model/index.ts';`)).toEqual(unknown);
  expect(await lint('commands/story.ts', `import '../utils/index.ts';`)).toEqual(unknown);
});

describe.each(rooms)('%s', (from) => {
  const others = rooms.filter((room) => room !== from);

  test('imports from the floors below its own, and from itself', async () => {
    const code = rooms.map((to) => `import type * as ${to} from '${pathTo(from, to)}';`).join('\n');
    const refused = (await lint(fileIn(from), code)).flatMap(
      (message) => /^Imports go down: \S+ must not import (\w+)\//.exec(message)?.[1] ?? [],
    );
    expect(refused).toEqual(others.filter((to) => floorOf(to) <= floorOf(from)));
  });
});
