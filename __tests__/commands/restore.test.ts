/** The door that puts back: what it refuses before it asks anything, and what it says. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pushImage, type Pushed } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { restoreJournal } from '../../src/commands/restore.ts';
import { run } from '../../src/commands/run.ts';
import { doors } from '../../src/config/index.ts';
import { program, type JournalEntry } from '../../src/model/index.ts';
import type { RestoreReport } from '../../src/report/index.ts';
import { nodeFiles } from '../../src/runtime/index.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';
import { journalOf, runPrune, runRestore, useRegistry, writes } from './step.ts';

const start = useRegistry();
const rule = { repositories: 'apps/*', tags: 'build-{number}', 'keep-last': '1' };
let registry: SandboxRegistry;
let journal = '';
let images: readonly Pushed[] = [];

beforeEach(async () => {
  registry = await start();
  const pushed: Pushed[] = [];
  for (const repository of ['apps/api', 'apps/web'])
    for (const tag of ['build-1', 'build-2', 'build-3'])
      pushed.push(await pushImage(registry, { repository, tags: [tag] }));
  images = pushed;
  journal = journalOf(await runPrune(registry, rule));
  registry.forgetRequests();
});

const tags = (repository: string): readonly string[] => [...registry.store.tags(repository).keys()].sort();
const all = ['build-1', 'build-2', 'build-3'];
const reportOf = (runtime: MemoryRuntime): RestoreReport =>
  JSON.parse(runtime.files.readText(runtime.outputs.get('report-file') ?? '')) as RestoreReport;

test('log, outputs, summary and report say what came of it', async () => {
  const runtime = await runRestore(registry, journal);
  expect(runtime.failures).toEqual([]);
  expect([tags('apps/api'), tags('apps/web')]).toEqual([all, all]);
  expect([...runtime.outputs]).toEqual([
    ['restored-tag-count', '4'],
    ['restored-manifest-count', '4'],
    ['report-file', expect.stringMatching(/^\/tmp\/run\/registry-prune-.*report\.json$/)],
  ]);
  expect([...runtime.outputs.keys()]).toEqual(doors.restore.outputs);
  expect(runtime.lines).toContain('apps/web: 2 tags and 2 manifests put back');
  expect(runtime.lines.find((line) => /restored +build-2/.test(line))).toMatch(
    /^ {2}restored {2}build-2 +sha256:\w{12}…$/,
  );
  expect(runtime.lines.at(-1)).toBe('4 tags and 4 manifests of 2 repositories put back.');
  expect(runtime.summary()).toContain('## registry-prune: restore\n');
  expect(runtime.summary()).toContain('| <code>apps/web</code> | 2 | 2 | 0 | 0 | 0 | 0 |');
  const { repositories, ...rest } = reportOf(runtime);
  expect(rest).toEqual({
    format: 'registry-prune.restore-report',
    version: 1,
    program,
    registry: registry.url,
    dryRun: false,
    startedAt: '2026-11-22T01:30:00.000Z',
    finishedAt: '2026-11-22T01:30:00.000Z',
    journalFile: 'journal.jsonl',
    warnings: [],
  });
  expect(repositories.map((each) => each.repository)).toEqual(['apps/api', 'apps/web']);
  const result = { repository: 'apps/web', digest: images[3]?.digest, result: 'restored' };
  expect(repositories[1]?.restorations).toContainEqual({ ...result, subject: { kind: 'tag', tag: 'build-1' } });
});

test('a dry run says it all, and sends nothing that could change anything', async () => {
  const runtime = await runRestore(registry, journal, { 'dry-run': 'true' });
  expect(runtime.failures).toEqual([]);
  expect(registry.requests.length).toBeGreaterThan(0);
  expect(registry.requests.filter(({ method }) => writes.includes(method))).toEqual([]);
  expect([tags('apps/api'), tags('apps/web')]).toEqual([['build-3'], ['build-3']]);
  expect(runtime.lines).toContain('apps/web: 2 tags and 2 manifests would be put back');
  expect(runtime.lines.at(-1)).toBe(
    'Dry run: 4 tags and 4 manifests of 2 repositories would be put back; nothing was changed.',
  );
  expect(runtime.outputs.get('restored-tag-count')).toBe('0');
  expect(runtime.summary()).toContain('## registry-prune: restore (dry run)');
});

test('a dry run says what is lost, and what is left alone', async () => {
  registry.store.unlinkBlob('apps/api', images[0]?.blobs[1]?.digest ?? '');
  await pushImage(registry, { repository: 'apps/web', tags: ['build-1'], seed: 'pushed since' });
  const runtime = await runRestore(registry, journal, { 'dry-run': 'true' });
  expect(runtime.failures).toEqual(['One thing went wrong; it is named above.']);
  expect(runtime.lines.at(-2)).toBe(
    [
      'Dry run: 2 tags and 3 manifests of 2 repositories would be put back; nothing was changed.',
      '1 tag left where somebody has pushed another image.',
      '1 tag lost: the registry has collected what it takes, and no journal holds layers.',
    ].join(' '),
  );
  expect(runtime.lines.find((line) => /LOST +build-1/.test(line))).toContain('the registry has collected sha256:');
  expect(runtime.lines.find((line) => /left +build-1/.test(line))).toContain('by now');
  expect(runtime.summary()).toContain('| <code>apps/api</code> | 1 | 1 | 0 | 0 | 1 | 0 |');
});

describe('before anything is asked, it refuses', () => {
  const lines = (): JournalEntry[] =>
    journal
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry);
  const textOf = (entries: readonly object[]): string => entries.map((each) => `${JSON.stringify(each)}\n`).join('');
  const refused = async (text: string, says: readonly string[]): Promise<void> => {
    const runtime = await runRestore(registry, text);
    expect(runtime.failures).toHaveLength(1);
    for (const part of says) expect(runtime.failures[0]).toContain(part);
    expect(registry.requests).toEqual([]);
    expect([...runtime.outputs]).toEqual([]);
    expect([tags('apps/api'), tags('apps/web')]).toEqual([['build-3'], ['build-3']]);
  };

  test('a journal that was tampered with: nothing of it is restored', async () => {
    const entries = lines();
    const last = entries.pop();
    const bytes = Buffer.from(last?.bytesBase64 ?? '', 'base64')
      .toString()
      .replace('"size":', '"size" :');
    const tampered = { ...last, bytesBase64: Buffer.from(bytes).toString('base64') };
    await refused(textOf([...entries, tampered]), [
      'journal.jsonl:4: its bytes have the digest',
      'Nothing was changed',
    ]);
  });

  test('a journal of another registry', async () => {
    const entries = lines().map((entry) => ({ ...entry, registry: 'https://registry.example.com' }));
    await refused(textOf(entries), [
      'is of https://registry.example.com',
      'Set registry: https://registry.example.com',
    ]);
  });

  test('a report', async () => {
    await refused('{\n  "format": "registry-prune.report"\n}\n', ['journal.jsonl:1: it is no line of a journal']);
  });
});

test('a cut last line is a warning', async () => {
  const runtime = await runRestore(registry, journal.slice(0, -20));
  expect(runtime.failures).toEqual([]);
  expect(runtime.outputs.get('restored-manifest-count')).toBe('3');
  expect(runtime.lines.filter((line) => line.startsWith('warning: '))).toEqual([
    expect.stringContaining('journal.jsonl:4: the last line was cut short'),
  ]);
});

test('an empty journal is nothing to do', async () => {
  const runtime = await runRestore(registry, '');
  expect(runtime.failures).toEqual([]);
  expect(runtime.lines.at(-1)).toBe('0 tags and 0 manifests of 0 repositories put back.');
});

test('a registry that is not there is one error', async () => {
  await registry.close();
  const runtime = await runRestore(registry, journal);
  expect(runtime.failures).toHaveLength(1);
  expect(runtime.failures[0]).toContain(registry.url);
});

describe('files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registry-prune-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const runOn = async (name: string): Promise<MemoryRuntime> => {
    const inputs = { registry: registry.url, 'journal-file': join(folder, name) };
    const runtime = memoryRuntime({ inputs, files: nodeFiles, tempDir: folder });
    await run(runtime, restoreJournal);
    return runtime;
  };

  test('the report is private', async () => {
    await writeFile(join(folder, 'journal.jsonl'), journal);
    const runtime = await runOn('journal.jsonl');
    expect(runtime.failures).toEqual([]);
    const path = runtime.outputs.get('report-file') ?? '';
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toContain('"restored"');
  });

  test('a journal that is not there is named', async () => {
    const runtime = await runOn('journal.jsonl');
    expect(runtime.failures).toEqual([expect.stringContaining(`There is no journal ${join(folder, 'journal.jsonl')}`)]);
    expect(registry.requests).toEqual([]);
  });

  test('nor is a directory one', async () => {
    const runtime = await runOn('.');
    expect(runtime.failures).toEqual([expect.stringContaining("can't be read")]);
    expect(registry.requests).toEqual([]);
  });
});

test('a file that is too long is not read', async () => {
  const inputs = { registry: registry.url, 'journal-file': 'journal.jsonl' };
  const memory = memoryRuntime({ inputs });
  const asked: number[] = [];
  const files = {
    ...memory.files,
    readBytes: (_: string, atMost: number) => {
      asked.push(atMost);
      return Promise.reject(new Error(`It has more than ${atMost} bytes.`));
    },
  };
  await run({ ...memory, files }, restoreJournal);
  expect(asked).toEqual([1024 ** 3]);
  expect(memory.failures).toEqual([
    expect.stringContaining("The journal journal.jsonl can't be read: It has more than"),
  ]);
});

test('secrets are hidden before anything else', async () => {
  const runtime = await runRestore(registry, journal, { password: 'pa55word', 'journal-file': '' });
  expect(runtime.secrets).toContain('pa55word');
  expect(runtime.failures[0]).not.toContain('pa55word');
});
