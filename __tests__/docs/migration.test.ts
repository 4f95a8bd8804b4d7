/** docs/migration.md: what it gives in place of another tool's options are inputs that there are. Its YAML: blocks.test.ts. */
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { doors, inputsOf, loadConfig, type Door } from '../../src/config/index.ts';
import { parseTagPatterns, readings } from '../../src/pattern/index.ts';
import { blocksOf, rowsOf } from './pages.ts';

const page = 'docs/migration.md';
const tools = [
  '## deckschrubber',
  '## registry-cli',
  '## ghcr-cleanup-action',
  '## delete-docker-registry-image',
  '## Scripts with curl, skopeo, crane or regctl',
];
const inputs = new Map(
  Object.values(doors).flatMap((door: Door) => inputsOf(door).map((input) => [input.name, input] as const)),
);

test.each(tools)('%s has its options, and what they are here', (heading) => {
  const rows = rowsOf(page, heading);
  expect(rows.length).toBeGreaterThan(5);
  for (const [option = '', here = '', differs = ''] of rows) {
    expect(option).not.toBe('');
    // Nothing in its place: then it is said why.
    expect(here === '' ? differs : here).not.toBe('');
    const named = [...here.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.split(':', 1).join(''));
    expect(named.filter((name) => name !== 'ACTIONS_STEP_DEBUG' && !inputs.has(name))).toEqual([]);
  }
});

test('inputs that are written with a value take it', () => {
  const cells = tools.flatMap((heading) => rowsOf(page, heading).map(([, here = '']) => here));
  const written = cells.flatMap((here) => [...here.matchAll(/`([a-z-]+): ([^`]+)`/g)]);
  expect(written.length).toBeGreaterThan(10);
  const rule = { registry: 'registry.example.com', repositories: 'apps/web', tags: '*', 'keep-last': '1' };
  for (const [, name = '', value = ''] of written) {
    const given = {
      ...rule,
      'garbage-collect': 'offline',
      [name]: value.replace(/^'(.*)'$/, '$1').replace(/^N$/, '3'),
    };
    expect(() => loadConfig(new Map(Object.entries(given)), () => '')).not.toThrow();
  }
});

test('every example is a dry run', () => {
  const steps = blocksOf(page).filter(({ text }) => text.startsWith('- uses:'));
  expect(steps.length).toBeGreaterThan(4);
  expect(steps.filter(({ text }) => !text.includes('dry-run: true'))).toEqual([]);
});

type Step = { readonly with: { readonly tags: string } };

// The tags that the command beside the example would have looked at, and those it wouldn't.
test.each([
  ['*-SNAPSHOT', ['1.0-SNAPSHOT'], ['SNAPSHOT-1.0', '1.0-SNAPSHOT-2']],
  ['/stable-(?<number>[0-9]{4}).*/', ['stable-2021', 'stable-2021-hotfix'], ['unstable-2021', 'stable-21']],
  ['pr-*, dev-*', ['pr-12', 'dev-3'], ['dev', 'xpr-12']],
  ['/(?<version>0\\.1\\.\\d+)/', ['0.1.12'], ['0.10.1', '10.1.2', '0.1.2-rc1']],
  ['build-{number}', ['build-7'], ['build-7a', 'rebuild-7']],
])('the example with %s governs the tags that it should', (written, governed, left) => {
  const examples = blocksOf(page).flatMap(({ language, text }) =>
    language === 'yaml' && text.startsWith('- uses:') ? (parse(text) as Step[]) : [],
  );
  expect(examples.map((step) => step.with.tags)).toContain(written);
  const patterns = parseTagPatterns(written.split(', '));
  expect(governed.filter((tag) => readings(patterns, tag).length === 0)).toEqual([]);
  expect(left.filter((tag) => readings(patterns, tag).length > 0)).toEqual([]);
});
