/** docs/registries.md says of each cell how far it is known, and 'tested' of nothing but what the suites must run against. */
import { describe, expect, test } from '@jest/globals';
import { wantedRegistries } from '../../scripts/provision/wanted.ts';
import { readPage, rowsOf } from './pages.ts';

const page = 'docs/registries.md';
const tables = [rowsOf(page, '## Deleting'), rowsOf(page, '## Around it')];
const rows = tables.flat();
const nameOf = ([name = '']: readonly string[]): string => name;
const cells = rows.flatMap((row) => row.slice(1).map((cell) => [nameOf(row), cell] as const));

test('both tables have the same registries, and all that were asked for', () => {
  const [deleting = [], around = []] = tables;
  expect(around.map(nameOf)).toEqual(deleting.map(nameOf));
  expect(deleting.map(nameOf)).toEqual([
    'distribution 2.8',
    'distribution 3',
    'zot 2.1',
    'Harbor',
    'GitLab',
    'Gitea, Forgejo',
    'Quay',
    'Nexus',
    'Artifactory',
    'Azure (ACR)',
    'Google Artifact Registry',
    'GitHub (GHCR)',
    'Docker Hub',
    'Amazon ECR',
  ]);
  for (const row of rows) expect(row).toHaveLength(5);
});

test.each(cells)('%s: %s', (_, cell) => {
  expect(cell).toMatch(/^(tested|expected|not possible|not known)(?:$|[ :])/);
});

test('tested is only what has to be there when the suites run', () => {
  const required = wantedRegistries.flatMap((each) => (each.required ? [each.name] : []));
  expect(required).toEqual(['distribution 2.8', 'distribution 3.1']);
  const tested = cells.filter(([, cell]) => /\btested\b/.test(cell)).map(([name]) => name);
  expect([...new Set(tested)]).toEqual(['distribution 2.8', 'distribution 3']);
});

describe('every registry has a section with a link to its own documentation', () => {
  const text = readPage(page);
  const sections = text.slice(text.indexOf('\n## Registry by registry\n')).split(/^### /m).slice(1);
  const titles = sections.map((section) => section.split('\n', 1).join(''));

  test('one for each', () => {
    const named = [...new Set(rows.map((row) => nameOf(row).replace(/ [\d.]+$/, '')))];
    expect(titles).toEqual(named);
  });

  test.each(sections.map((section, index) => [titles[index], section]))('%s', (_, section) => {
    expect(section).toMatch(/\]\(https:\/\//);
  });
});
