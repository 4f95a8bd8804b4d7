/** Somebody else at work on the same repository, between two given requests of a run. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fetchManifest, pushImage, pushIndex, tag, type Pushed } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxProfile, type SandboxRegistry } from '../../sandbox/registry.ts';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';

const repository = 'apps/web';
let registry: SandboxRegistry;

async function start(profile: SandboxProfile): Promise<void> {
  registry = await startSandboxRegistry({ profile });
}

afterEach(() => registry.close());

const image = (name: string, ...tags: readonly string[]): Promise<Pushed> =>
  pushImage(registry, { repository, tags, seed: name, created: '2026-01-01T00:00:00Z' });

/** What somebody else does: its answer is of no interest. */
async function push(name: string, ...names: readonly string[]): Promise<void> {
  await image(name, ...names);
}

async function list(child: Pushed): Promise<void> {
  await pushIndex(registry, { repository, tags: ['v1'], children: [child] });
}

async function pruneWith(inputs: Readonly<Record<string, string>>): Promise<MemoryRuntime> {
  const runtime = memoryRuntime({ inputs: { registry: registry.url, repositories: repository, ...inputs } });
  await run(runtime, prune);
  return runtime;
}

const served = async (reference: string): Promise<boolean> =>
  (await fetchManifest(registry, repository, reference)) !== undefined;
const tags = (): readonly string[] => [...registry.store.tags(repository).keys()].sort();

const recheckListing = { method: 'GET', path: /tags\/list/, nth: 2 };

describe.each(['distribution-2.8', 'distribution-3.1'] as const)('%s: before the recheck', (profile) => {
  beforeEach(() => start(profile));

  test('a doomed tag that is moved to a new image stays, and the old image goes', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.before(recheckListing, () => push('rebuilt', 'build-1'));
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-1', 'build-2']);
    expect(await served('build-1')).toBe(true);
    expect(await served(old.digest)).toBe(false);
    expect(runtime.lines.join('\n')).toContain('it was pushed to meanwhile');
  });

  test('an image that gets a new tag keeps it, and loses the doomed one alone', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.before(recheckListing, () => tag(registry, old, 'rollback'));
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2', 'rollback']);
    expect(await served('rollback')).toBe(true);
  });

  test('a kept tag that is moved onto a doomed image keeps it', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2', 'production');
    registry.before(recheckListing, () => tag(registry, old, 'production'));
    await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(tags()).toEqual(['build-2', 'production']);
    expect((await fetchManifest(registry, repository, 'production'))?.digest).toBe(old.digest);
  });

  test('a doomed image that a new index lists stays', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.before(recheckListing, () => list(old));
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2', 'v1']);
    expect(await served(old.digest)).toBe(true);
  });

  test('a tag that somebody else deletes is gone already, and no failure', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.before(recheckListing, () => {
      registry.store.removeTag(repository, 'build-1');
    });
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2']);
    expect(await served(old.digest)).toBe(false);
  });
});

describe('while a placeholder covers tags (2.8)', () => {
  beforeEach(() => start('distribution-2.8'));

  test('a push that comes between the placeholder and its delete survives', async () => {
    await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    registry.before({ method: 'DELETE', path: /manifests\/sha256:(?!8{64})/ }, () => push('rebuilt', 'build-1'));
    await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(tags()).toEqual(['build-1', 'build-2', 'stable']);
    expect(await served('build-1')).toBe(true);
  });

  test.each([401, 403, 405])(
    'a delete that is refused with %i after all gives every tag its own image back',
    async (status) => {
      const old = await image('old', 'build-1', 'build-0', 'stable');
      await image('new', 'build-2');
      const placeholders = { method: 'DELETE', path: /manifests\/sha256:(?!8{64})/ };
      registry.answer(placeholders, { status, body: '{"errors":[{"code":"DENIED","message":"no"}]}' });
      const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
      expect(runtime.failures).toHaveLength(1);
      expect(tags()).toEqual(['build-0', 'build-1', 'build-2', 'stable']);
      for (const name of ['build-0', 'build-1'])
        expect((await fetchManifest(registry, repository, name))?.digest).toBe(old.digest);
      expect(runtime.outputs.get('deleted-tags')).toBe('[]');
      expect(runtime.lines.join('\n')).toContain('has its own manifest back');
    },
  );

  test('what a killed run left is known by its mark, takes no place, and is finished', async () => {
    await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    const dropped = registry.answer(
      { method: 'DELETE', path: /manifests\/sha256:(?!8{64})/ },
      { status: 500, drop: 'connection' },
    );
    const restored = registry.answer(
      { method: 'HEAD', path: /manifests\/build-1/ },
      { status: 500, drop: 'connection' },
    );
    // Only the uncovering is cut: the recheck comes first and has to pass.
    restored();
    registry.before({ method: 'DELETE', path: /manifests\/sha256:(?!8{64})/ }, () => {
      registry.answer({ method: 'HEAD', path: /manifests\/build-1/ }, { status: 500, drop: 'connection' });
    });
    const cut = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(cut.failures).toHaveLength(1);
    expect(tags()).toContain('build-1');
    dropped();
    registry.answer({ method: 'HEAD', path: /manifests\/build-1/ }, (real) => real);

    const again = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(again.failures).toEqual([]);
    expect(again.lines.join('\n')).toContain('a placeholder that an interrupted run left');
    expect(tags()).toEqual(['build-2', 'stable']);
  });
});

describe('refusals and losses', () => {
  beforeEach(() => start('distribution-3.1'));

  test('an index that the registry refuses to delete keeps its platforms', async () => {
    const children = [await image('amd64'), await image('arm64')];
    const index = await pushIndex(registry, { repository, tags: ['build-1'], children });
    await image('new', 'build-2');
    registry.answer(
      { method: 'DELETE', path: new RegExp(index.digest) },
      { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' },
    );
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toHaveLength(1);
    for (const each of [index, ...children]) expect(await served(each.digest)).toBe(true);
  });

  test('a platform that this run took from an index pushed in between is put back, and the step fails', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.before({ method: 'DELETE', path: new RegExp(old.digest) }, () => list(old));
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('which this run had deleted and has put back');
    expect(await served(old.digest)).toBe(true);
  });

  test('a kept tag that somebody else deletes is reported as lost and not resurrected', async () => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.before({ method: 'DELETE', path: new RegExp(old.digest) }, () => {
      registry.store.removeTag(repository, 'build-2');
    });
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toMatch(/apps\/web:build-2: it was to stay, and sha256:\w+ is gone/);
    expect(tags()).toEqual([]);
  });

  test('a delete that the registry confirms and does not do is a failure', async () => {
    await image('old', 'build-1');
    const old = registry.store.tags(repository).get('build-1') ?? '';
    await image('new', 'build-2');
    registry.before({ method: 'DELETE', path: new RegExp(old) }, () => {
      registry.before({ method: 'GET', path: /tags\/list/ }, () => {
        registry.store.setTag(repository, 'build-1', `sha256:${'0'.repeat(64)}`);
      });
    });
    const runtime = await pruneWith({ tags: 'build-{number}', 'keep-last': '1' });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('lists it still, with nothing behind it');
  });

  test('no write is sent while a manifest that is to go has not been journaled', async () => {
    await image('old', 'build-1');
    await image('new', 'build-2');
    const runtime = memoryRuntime({
      inputs: { registry: registry.url, repositories: repository, tags: 'build-{number}', 'keep-last': '1' },
    });
    const files = {
      ...runtime.files,
      openAppend: async (path: string) => ({
        ...(await runtime.files.openAppend(path)),
        append: () => Promise.reject(new Error('ENOSPC: no space left on device')),
      }),
    };
    await run({ ...runtime, files }, prune);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('ENOSPC');
    expect(tags()).toEqual(['build-1', 'build-2']);
  });
});
