/** The main door: the files that it leaves, and what it says of the run. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { doors } from '../../src/config/index.ts';
import { program, type JournalEntry } from '../../src/model/index.ts';
import { decode } from '../../src/plan/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import { nodeFiles } from '../../src/runtime/index.ts';
import { reportOf, runPrune, useRegistry, writes } from './step.ts';

const start = useRegistry();
const rule = { repositories: 'apps/*', tags: 'build-{number}', 'keep-last': '1' };

async function filled(...repositories: readonly string[]): Promise<SandboxRegistry> {
  const registry = await start();
  for (const repository of repositories)
    for (const tag of ['build-1', 'build-2', 'build-3', 'latest'])
      await pushImage(registry, { repository, tags: [tag] });
  return registry;
}

const isWrite = ({ method }: { readonly method: string }): boolean => writes.includes(method);

describe('the files of a run', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registry-prune-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = async (inputs: Readonly<Record<string, string>> = {}): ReturnType<typeof runPrune> =>
    runPrune(await filled('apps/web', 'apps/api'), { ...rule, ...inputs }, { files: nodeFiles, tempDir: folder });

  test('are plan, journal and report, and nobody else can read them', async () => {
    const runtime = await run();
    expect(runtime.failures).toEqual([]);
    const named = ['plan-file', 'journal-file', 'report-file'].map((name) => runtime.outputs.get(name) ?? '');
    expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual([...named].sort());
    for (const path of named) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('the plan can be read back, and says what went', async () => {
    const runtime = await run();
    const plan = decode(await readFile(runtime.outputs.get('plan-file') ?? '', 'utf8'));
    expect(plan).toMatchObject({ program, version: 1, claims: [] });
    expect(plan.repositories.map(({ repository, tags }) => [repository, tags.map(({ tag }) => tag)])).toEqual([
      ['apps/api', ['build-1', 'build-2']],
      ['apps/web', ['build-1', 'build-2']],
    ]);
  });

  test('the journal has the bytes of everything that went', async () => {
    const runtime = await run();
    const lines = (await readFile(runtime.outputs.get('journal-file') ?? '', 'utf8')).trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as JournalEntry);
    expect(entries.flatMap(({ repository, tags }) => tags.map((tag) => `${repository}:${tag}`)).sort()).toEqual([
      'apps/api:build-1',
      'apps/api:build-2',
      'apps/web:build-1',
      'apps/web:build-2',
    ]);
    for (const entry of entries) expect(JSON.parse(Buffer.from(entry.bytesBase64, 'base64').toString())).toBeDefined();
  });

  test('the report has every decision, and names the other two', async () => {
    const runtime = await run();
    const report = JSON.parse(await readFile(runtime.outputs.get('report-file') ?? '', 'utf8')) as RunReport;
    expect(report.repositories.map(({ decisions }) => decisions.length)).toEqual([4, 4]);
    expect(report.planFile).toBe(runtime.outputs.get('plan-file'));
    expect(report.journalFile).toBe(runtime.outputs.get('journal-file'));
  });

  test('of a dry run are plan and report: there is nothing to undo', async () => {
    const runtime = await run({ 'dry-run': 'true' });
    expect(await readdir(folder)).toHaveLength(2);
    expect(runtime.outputs.get('journal-file')).toBe('');
    expect(decode(await readFile(runtime.outputs.get('plan-file') ?? '', 'utf8')).repositories).toHaveLength(2);
  });
});

test('every output that the action declares is set', async () => {
  const runtime = await runPrune(await filled('apps/web'), rule);
  expect([...runtime.outputs.keys()].sort()).toEqual(doors.prune.outputs.toSorted());
  expect(runtime.outputs.get('deleted-tags')).toBe('["apps/web:build-1","apps/web:build-2"]');
});

test('a dry run changes nothing, says what would go, and why everything stays', async () => {
  const registry = await filled('apps/web');
  const runtime = await runPrune(registry, { ...rule, 'dry-run': 'true' });
  expect(registry.requests.filter(isWrite)).toEqual([]);
  expect(registry.store.tags('apps/web').size).toBe(4);
  expect(runtime.failures).toEqual([]);
  expect(runtime.outputs.get('stale-tags')).toBe('["apps/web:build-1","apps/web:build-2"]');
  expect(runtime.outputs.get('deleted-tags')).toBe('[]');
  const log = runtime.lines.join('\n');
  expect(log).toContain('apps/web: 4 tags seen, 2 would be deleted');
  for (const tag of ['build-1', 'build-2', 'build-3', 'latest']) expect(log).toContain(tag);
});

test('where nothing is to go, nothing is asked that could change anything, and there is no journal', async () => {
  const registry = await filled('apps/web');
  const runtime = await runPrune(registry, { ...rule, 'keep-last': '3' });
  expect(registry.requests.filter(isWrite)).toEqual([]);
  expect(runtime.outputs.get('journal-file')).toBe('');
  expect(runtime.failures).toEqual([]);
});

test('a plan above max-deletions is refused whole, and shown like a dry run', async () => {
  const registry = await filled('apps/api', 'apps/web');
  const runtime = await runPrune(registry, { ...rule, 'max-deletions': '3' });
  expect(registry.requests.filter(isWrite)).toEqual([]);
  expect(runtime.failures).toHaveLength(1);
  expect(runtime.lines.join('\n')).toContain('2 would be deleted');
  expect(runtime.outputs.get('stale-tags')).toContain('apps/web:build-2');
  expect(runtime.outputs.get('deleted-tag-count')).toBe('0');
  expect(reportOf(runtime).failures).toMatchObject([{ wayOut: expect.stringContaining('max-deletions') }]);
});

test('the log shows ten problems as annotations, and the groups have them all', async () => {
  const registry = await filled('apps/web');
  for (let number = 10; number < 25; number += 1)
    await pushImage(registry, { repository: 'apps/web', tags: [`build-${number}`] });
  registry.answer({ method: 'GET', path: /manifests\/build-1\d$|manifests\/build-2\d$/ }, { status: 500, body: '' });
  const runtime = await runPrune(registry, { ...rule, 'dry-run': 'true' });
  expect(runtime.lines.filter((line) => line.startsWith('warning: '))).toHaveLength(10);
  expect(runtime.lines.filter((line) => line.startsWith('  warning'))).toHaveLength(15);
});

test("a registry's words in the log are no commands, and no markup in the summary", async () => {
  const registry = await filled('apps/web');
  const message = '\n::error::forged ##[error]forged <img src=x> @somebody';
  const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] });
  registry.answer({ method: 'GET', path: /manifests\/build-2$/ }, { status: 500, body });
  const runtime = await runPrune(registry, rule);
  for (const line of runtime.lines.flatMap((each) => each.split('\n'))) {
    expect(line).not.toMatch(/^\s*::/);
    expect(line).not.toContain('##[');
  }
  expect(runtime.lines.join('\n')).toContain('forged');
  expect(runtime.summary()).not.toContain('<img');
  expect(runtime.summary()).not.toContain('@somebody');
});
