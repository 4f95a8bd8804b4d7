/** Every relative link of every page leads to a file and a heading that are there. */
import { existsSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path/posix';
import { expect, test } from '@jest/globals';
import { anchorsOf, linksOf, pages, root } from './pages.ts';

const isElsewhere = (target: string): boolean => /^[a-z][a-z+.-]*:/.test(target);

/** Why a link leads nowhere. */
function fault(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#', 2);
  const file = path === '' ? page : normalize(join(page, '..', decodeURIComponent(path)));
  if (file.startsWith('..')) return 'leads out of the project';
  if (!existsSync(join(root, file))) return 'there is no such file';
  if (anchor === undefined) return undefined;
  if (!file.endsWith('.md') || statSync(join(root, file)).isDirectory()) return 'only pages have anchors';
  return anchorsOf(file).has(anchor) ? undefined : `${file} has no such heading`;
}

test('there are pages, and links on them', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/policy.md', 'docs/adr/README.md']));
  expect(pages.flatMap(linksOf).filter((target) => !isElsewhere(target)).length).toBeGreaterThan(50);
});

test.each(pages)('%s', (page) => {
  const faults = linksOf(page)
    .filter((target) => !isElsewhere(target))
    .flatMap((target) => {
      const why = fault(page, target);
      return why === undefined ? [] : [`${target}: ${why}`];
    });
  expect(faults).toEqual([]);
});

test('a page that nothing leads to is not there', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const target of linksOf(page)) {
      const [path = ''] = target.split('#', 1);
      const file = isElsewhere(target) || path === '' ? page : normalize(join(page, '..', path));
      if (pages.includes(file)) reached.add(file);
    }
  const lost = pages.filter((page) => !reached.has(page) && !page.startsWith('.github/'));
  expect(lost).toEqual([]);
});

test.each([
  ['README.md', '#no-such-heading', 'README.md has no such heading'],
  ['docs/policy.md', '../no-such-file.md', 'there is no such file'],
  ['docs/policy.md', '../../elsewhere.md', 'leads out of the project'],
  ['README.md', 'docs/policy.md#patterns', undefined],
])('of %s, %s: %s', (page, target, expected) => {
  expect(fault(page, target)).toBe(expected);
});
