/** A run that is told to end, between two given requests: what is kept is kept, and the next run finishes the work. */
import { describe, expect, test } from '@jest/globals';
import { fetchManifest, pushImage, tag, type Pushed } from '../../sandbox/push.ts';
import type { RequestMatch, SandboxProfile, SandboxRegistry } from '../../sandbox/registry.ts';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';
import { reportOf, runPrune, useRegistry, writes } from './step.ts';

const start = useRegistry();
const repositories = ['apps/api', 'apps/web'] as const;
const rules = { repositories: 'apps/*', tags: 'build-{number}', 'keep-last': '1' };
const left = ['build-4', 'stable'];

/** Two repositories of four builds, of which the last stays; the first one's image stays with the tag `stable`. */
async function filled(profile: SandboxProfile): Promise<SandboxRegistry> {
  const registry = await start({ profile });
  for (const repository of repositories) {
    const builds: Pushed[] = [];
    for (const number of [1, 2, 3, 4])
      builds.push(
        await pushImage(registry, {
          repository,
          tags: [`build-${number}`],
          seed: `${repository} ${number}`,
          created: `2026-01-0${number}T00:00:00Z`,
        }),
      );
    for (const first of builds.slice(0, 1)) await tag(registry, first, 'stable');
  }
  registry.forgetRequests();
  return registry;
}

/** One request at a time, so that it is known what is under way when the signal comes. */
async function interruptedAt(
  registry: SandboxRegistry,
  match: RequestMatch,
  then: (runtime: MemoryRuntime) => void = () => undefined,
): Promise<MemoryRuntime> {
  const runtime = memoryRuntime({ inputs: { registry: registry.url, ...rules, concurrency: '1' } });
  let reached = false;
  registry.before(match, () => {
    reached = true;
    runtime.interrupt();
    then(runtime);
    registry.forgetRequests();
  });
  await run(runtime, prune);
  expect(reached).toBe(true);
  return runtime;
}

const tagsOf = (registry: SandboxRegistry, repository: string): readonly string[] =>
  [...registry.store.tags(repository).keys()].sort();
const writesOf = (registry: SandboxRegistry): readonly string[] =>
  registry.requests.filter(({ method }) => writes.includes(method)).map(({ method, path }) => `${method} ${path}`);

/** Every kept tag gives its own image, and no tag a placeholder. */
async function expectKept(registry: SandboxRegistry): Promise<void> {
  for (const repository of repositories)
    for (const name of tagsOf(registry, repository)) {
      const served = await fetchManifest(registry, repository, name);
      expect(new TextDecoder().decode(served?.bytes)).not.toContain('registry-prune.placeholder');
      expect(served).toBeDefined();
    }
  for (const repository of repositories) expect(tagsOf(registry, repository)).toEqual(expect.arrayContaining(left));
}

async function expectNextRunFinishes(registry: SandboxRegistry): Promise<void> {
  const again = await runPrune(registry, rules);
  expect(again.failures).toEqual([]);
  for (const repository of repositories) expect(tagsOf(registry, repository)).toEqual(left);
  await expectKept(registry);
}

type JournalLine = { readonly repository: string; readonly digest: string; readonly tags: readonly string[] };

function journalOf(runtime: MemoryRuntime): readonly JournalLine[] {
  const text = runtime.memory.get(runtime.outputs.get('journal-file') ?? '') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine);
}

/** The report and the log say it before anything else, and what was deleted can be undone. */
function expectReported(runtime: MemoryRuntime, registry: SandboxRegistry): void {
  expect(runtime.failures).toHaveLength(1);
  const errors = runtime.lines.filter((line) => line.startsWith('error: '));
  expect(errors[0]).toMatch(/^error: SIGTERM: the run was interrupted/);
  expect(runtime.summary()).toMatch(/^## registry-prune\n\n- ❌ \*\*SIGTERM\*\*: the run was interrupted/);
  const report = reportOf(runtime);
  expect(report.interruptedBy).toBe('SIGTERM');
  const journaled = journalOf(runtime);
  for (const { repository, outcomes, plan } of report.repositories) {
    // One outcome for everything planned, and 'done' of nothing that is there still.
    expect(outcomes.length).toBe((plan?.tags.length ?? 0) + (plan?.manifests.length ?? 0));
    for (const { subject, result } of outcomes) {
      const isThere =
        subject.kind === 'tag'
          ? registry.store.tags(repository).has(subject.tag)
          : registry.store.manifests(repository).has(subject.digest);
      if (result === 'spared') expect({ repository, subject, isThere }).toMatchObject({ isThere: true });
      if (result !== 'done') continue;
      expect({ repository, subject, isThere }).toMatchObject({ isThere: false });
      const entry = journaled.find((each) =>
        subject.kind === 'tag' ? each.tags.includes(subject.tag) : each.digest === subject.digest,
      );
      expect(entry?.repository).toBe(repository);
    }
  }
}

describe('while it looks', () => {
  test.each<readonly [string, RequestMatch]>([
    ['at the registry', { path: /\/v2\/$/ }],
    ['at the catalog', { path: /_catalog/ }],
    ['at the tags', { path: /apps\/api\/tags\/list/ }],
    ['at an image', { method: 'GET', path: /apps\/web\/manifests\/build-3/ }],
  ])('%s: it ends with a message, and nothing is sent any more', async (_, match) => {
    const registry = await filled('distribution-3.1');
    const runtime = await interruptedAt(registry, match);
    expect(runtime.failures).toEqual([
      'The run was interrupted by SIGTERM while it was still looking at what is there: nothing was deleted\n' +
        'Run it again: what is done stays done, and what is left is planned anew.',
    ]);
    expect(registry.requests).toEqual([]);
    await expectNextRunFinishes(registry);
  });
});

const probed = '8'.repeat(64);
const listing = (repository: string, nth: number): RequestMatch => ({
  method: 'GET',
  path: new RegExp(`${repository}/tags/list`),
  nth,
});
const deletion = (repository: string, nth: number): RequestMatch => ({
  method: 'DELETE',
  path: new RegExp(`${repository}/manifests/sha256:(?!${probed})`),
  nth,
});

/** `sent`: the writes after the signal, beside the one that it came before. `tags`: what is left of apps/api. */
type Moment = {
  readonly profile: SandboxProfile;
  readonly match: RequestMatch;
  readonly sent: readonly RegExp[];
  readonly tags: readonly string[];
  readonly says: string;
};

const all = ['build-1', 'build-2', 'build-3', 'build-4', 'stable'];
const nothingDone = '6 tags and 4 manifests in 2 repositories are left as they were';
const halfDone = '3 tags and 2 manifests in 1 repository are left as they were';

describe('while it deletes', () => {
  test.each<readonly [string, Moment]>([
    [
      'at the probe: its second question is not put',
      {
        profile: 'distribution-3.1',
        match: { method: 'DELETE', path: /apps\/api/ },
        sent: [],
        tags: all,
        says: nothingDone,
      },
    ],
    [
      'at the recheck',
      { profile: 'distribution-3.1', match: listing('apps/api', 2), sent: [], tags: all, says: nothingDone },
    ],
    [
      'at the first deletion of an image: that one, and not the second of the same batch',
      {
        profile: 'distribution-3.1',
        match: deletion('apps/api', 1),
        sent: [],
        tags: ['build-3', 'build-4', 'stable'],
        says: '4 tags and 3 manifests in 2 repositories are left as they were',
      },
    ],
    [
      'at the deletion of a tag: that one alone',
      {
        profile: 'distribution-3.1',
        match: { method: 'DELETE', path: /apps\/api\/manifests\/build-1/ },
        sent: [],
        tags: ['build-2', 'build-3', 'build-4', 'stable'],
        says: '5 tags and 4 manifests in 2 repositories are left as they were',
      },
    ],
    [
      'at a placeholder: it is taken away again',
      {
        profile: 'distribution-2.8',
        match: { method: 'PUT', path: /apps\/api\/manifests\/build-1/ },
        sent: [/^DELETE .*apps\/api\/manifests\/sha256/],
        tags: ['build-2', 'build-3', 'build-4', 'stable'],
        says: '5 tags and 4 manifests in 2 repositories are left as they were',
      },
    ],
    [
      'at the upload for a placeholder: no tag is covered',
      {
        profile: 'distribution-2.8',
        match: { method: 'POST', path: /apps\/api\/blobs\/uploads/ },
        sent: [],
        tags: all,
        says: nothingDone,
      },
    ],
    [
      'between two batches',
      {
        profile: 'distribution-3.1',
        match: listing('apps/api', 3),
        sent: [],
        tags: ['build-2', 'build-3', 'build-4', 'stable'],
        says: '5 tags and 4 manifests in 2 repositories are left as they were',
      },
    ],
    [
      'at the proof: it is finished',
      { profile: 'distribution-3.1', match: listing('apps/api', 4), sent: [], tags: left, says: halfDone },
    ],
    [
      'between two repositories',
      {
        profile: 'distribution-3.1',
        match: { method: 'DELETE', path: /apps\/web/ },
        sent: [],
        tags: left,
        says: halfDone,
      },
    ],
  ])('%s', async (_, { profile, match, sent, tags, says }) => {
    const registry = await filled(profile);
    const runtime = await interruptedAt(registry, match);
    const after = writesOf(registry);
    expect(after).toHaveLength(sent.length);
    for (const [place, pattern] of sent.entries()) expect(after[place]).toMatch(pattern);
    expectReported(runtime, registry);
    expect(runtime.lines.join('\n')).toContain(says);
    expect(tagsOf(registry, 'apps/api')).toEqual(tags);
    expect(tagsOf(registry, 'apps/web')).toEqual(all);
    await expectKept(registry);
    await expectNextRunFinishes(registry);
  });
});

describe('where the time is over', () => {
  const cut = (runtime: MemoryRuntime): void => {
    runtime.endTime();
  };

  test('a deletion without an answer is not called done, and nothing is called proven', async () => {
    const registry = await filled('distribution-3.1');
    const runtime = await interruptedAt(registry, deletion('apps/api', 1), cut);
    expectReported(runtime, registry);
    expect(registry.requests).toEqual([]);
    const [api] = reportOf(runtime).repositories;
    const of = (name: string): unknown =>
      api?.outcomes.find(({ subject }) => subject.kind === 'tag' && subject.tag === name);
    expect(of('build-2')).toMatchObject({ result: 'failed', why: { what: expect.stringContaining('no answer came') } });
    expect(of('build-3')).toMatchObject({ result: 'spared', why: 'interrupted' });
    expect(api?.proofs.map(({ result }) => result)).toEqual(['unproven', 'unproven', 'unproven']);
    expect(runtime.lines.join('\n')).toContain('apps/api:stable: it was to stay');
    await expectNextRunFinishes(registry);
  });

  test('a placeholder that could not be taken away is said, and the next run does it', async () => {
    const registry = await filled('distribution-2.8');
    const placeholder: RequestMatch = { method: 'PUT', path: /apps\/api\/manifests\/build-1/ };
    const runtime = await interruptedAt(registry, placeholder, cut);
    expectReported(runtime, registry);
    expect(writesOf(registry)).toEqual([]);
    expect(runtime.lines.join('\n')).toContain('may be left covered by a placeholder, which the next run removes');
    await expectNextRunFinishes(registry);
  });
});

test('before a collection: none is begun, and the host is not asked', async () => {
  const registry = await filled('distribution-3.1');
  const host = { 'garbage-collect': 'offline', 'registry-service': 'systemd:no-such-unit' };
  const inputs = { registry: registry.url, ...rules, ...host, concurrency: '1' };
  const runtime = memoryRuntime({ inputs });
  registry.before(deletion('apps/api', 1), () => {
    runtime.interrupt();
  });
  await run(runtime, prune);
  const errors = runtime.lines.filter((line) => line.startsWith('error: '));
  expect(errors[0]).toContain('SIGTERM: the run was interrupted');
  expect(errors[1]).toContain('nothing was collected, because the run was interrupted before');
  expect(runtime.lines.join('\n')).not.toContain('no-such-unit');
  await expectNextRunFinishes(registry);
});

test('while the journal is written: it is closed, and nothing is deleted', async () => {
  const registry = await filled('distribution-3.1');
  const memory = memoryRuntime({ inputs: { registry: registry.url, ...rules } });
  let closed = 0;
  const openAppend: MemoryRuntime['files']['openAppend'] = async (path) => {
    const file = await memory.files.openAppend(path);
    return {
      append: (line) => {
        memory.interrupt();
        registry.forgetRequests();
        return file.append(line);
      },
      close: () => {
        closed += 1;
        return file.close();
      },
    };
  };
  await run({ ...memory, files: { ...memory.files, openAppend } }, prune);
  expectReported(memory, registry);
  expect(closed).toBe(1);
  expect(registry.requests).toEqual([]);
  await expectNextRunFinishes(registry);
});

test('images whose tags went before the signal came are said, since no later run sees them', async () => {
  const registry = await start({ profile: 'distribution-3.1' });
  // So many that tags go before images.
  for (let number = 1; number <= 161; number += 1)
    await pushImage(registry, {
      repository: 'apps/api',
      tags: [`build-${number}`],
      seed: String(number),
      created: '2026-01-01T00:00:00Z',
    });
  const runtime = await interruptedAt(registry, listing('apps/api', 3));
  expectReported(runtime, registry);
  const gone = 161 - tagsOf(registry, 'apps/api').length;
  expect(gone).toBeGreaterThan(0);
  expect(runtime.lines.join('\n')).toContain(`${gone} images of these have no tag any more: delete-untagged finds`);
});

test('one that is killed has told where its plan and its journal are, before anything is deleted', async () => {
  const registry = await filled('distribution-3.1');
  const runtime = memoryRuntime({ inputs: { registry: registry.url, ...rules } });
  let told: ReadonlyMap<string, string> = new Map();
  registry.before({ method: 'DELETE', path: /manifests\// }, () => {
    told = new Map(runtime.outputs);
  });
  await run(runtime, prune);
  expect([...told.keys()].sort()).toEqual(['journal-file', 'plan-file']);
  for (const path of told.values()) expect(runtime.memory.has(path)).toBe(true);
  expect(runtime.outputs).toEqual(new Map([...runtime.outputs, ...told]));
});
