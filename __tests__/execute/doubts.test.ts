/** Answers that leave something open: what is not known is looked for, and what can't be known is not deleted. */
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  fallbackTag,
  fetchManifest,
  pushImage,
  pushIndex,
  pushSignature,
  tag,
  type Pushed,
} from '../../sandbox/push.ts';
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

async function pruneBuilds(inputs: Readonly<Record<string, string>> = {}): Promise<MemoryRuntime> {
  const rules = { tags: 'build-{number}', 'keep-last': '1' };
  const runtime = memoryRuntime({ inputs: { registry: registry.url, repositories: repository, ...rules, ...inputs } });
  await run(runtime, prune);
  return runtime;
}

const digestAt = async (reference: string): Promise<string | undefined> =>
  (await fetchManifest(registry, repository, reference))?.digest;
const tags = (): readonly string[] => [...registry.store.tags(repository).keys()].sort();
const probed = '8'.repeat(64);
const placeholders = { method: 'DELETE', path: new RegExp(`manifests/sha256:(?!${probed})`) };

describe('placeholders (2.8)', () => {
  test('a tag whose PUT has no answer goes with the others that were covered', async () => {
    await start('distribution-2.8');
    await image('old', 'build-1', 'build-2', 'stable');
    await image('new', 'build-3');
    registry.answer({ method: 'PUT', path: /manifests\/build-1$/ }, (real) => ({ ...real, drop: 'connection' }));
    await pruneBuilds();
    expect(tags()).toEqual(['build-3', 'stable']);
  });

  test('a tag that was covered by a PUT without an answer, and by no other, is not left covered', async () => {
    await start('distribution-2.8');
    await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    registry.answer({ method: 'PUT', path: /manifests\/build-1$/ }, (real) => ({ ...real, drop: 'connection' }));
    const runtime = await pruneBuilds();
    expect(tags()).toEqual(['build-2', 'stable']);
    expect(runtime.failures).toEqual([]);
  });

  test('a registry that says 404 to an account that may not delete gets every tag its own image back', async () => {
    await start('distribution-2.8');
    const old = await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    const body = '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}';
    registry.answer(placeholders, { status: 404, body });
    const runtime = await pruneBuilds();
    expect(await digestAt('build-1')).toBe(old.digest);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.outputs.get('deleted-tags')).toBe('[]');
  });

  test('an image that gets a kept tag while others are covered stays, and its doomed tag goes by itself', async () => {
    await start('distribution-2.8');
    const old = await image('old', 'build-1');
    await image('shared', 'build-2', 'stable');
    await image('new', 'build-3');
    registry.before({ method: 'PUT', path: /manifests\/build-2$/ }, () => tag(registry, old, 'rollback'));
    const runtime = await pruneBuilds();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-3', 'rollback', 'stable']);
    expect(await digestAt('rollback')).toBe(old.digest);
  });
});

describe('deletions (3.1)', () => {
  test.each([1, 2])('a probe that is cut once is a probe all the same (question %i)', async (nth) => {
    await start('distribution-3.1');
    await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    registry.answer({ method: 'DELETE', path: /manifests/, nth }, { status: 500, drop: 'connection' });
    const runtime = await pruneBuilds();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2', 'stable']);
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  test('a tag whose deletion is confirmed and not done is a failure', async () => {
    await start('distribution-3.1');
    await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    registry.answer({ method: 'DELETE', path: /manifests\/build-1$/ }, { status: 202 });
    const runtime = await pruneBuilds();
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.outputs.get('deleted-tags')).toBe('[]');
    expect(runtime.lines.join('\n')).toContain('serves the same image there');
  });

  test('a deletion that a web page answers with 200, as a proxy does whose session has ended, is a failure', async () => {
    await start('distribution-3.1');
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' };
    registry.answer({ method: 'DELETE', path: new RegExp(old.digest) }, page);
    const runtime = await pruneBuilds();
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.outputs.get('deleted-tags')).toBe('[]');
    expect(runtime.lines.join('\n')).toContain('A web page answers the deletion');
  });

  test('a deletion that a proxy answers with 504 may have been done: failed, and nothing that was to stay is called lost', async () => {
    await start('distribution-3.1');
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    registry.answer({ method: 'DELETE', path: new RegExp(old.digest) }, () => ({ status: 504 }));
    const runtime = await pruneBuilds();
    expect(runtime.failures).toEqual(['One thing went wrong; it is named above.']);
    expect(runtime.lines.join('\n')).not.toContain('it was to stay');
  });

  test('a tag that is pushed again after its deletion keeps its image', async () => {
    await start('distribution-3.1');
    const old = await image('old', 'build-1');
    // So many that tags go before images.
    await Promise.all(Array.from({ length: 160 }, (_, place) => image(`image ${place}`, `build-${place + 2}`)));
    registry.before({ method: 'GET', path: /tags\/list/, nth: 3 }, () => tag(registry, old, 'build-1'));
    await pruneBuilds();
    expect(tags()).toEqual(['build-1', 'build-161']);
    expect(await digestAt('build-1')).toBe(old.digest);
  });

  test('an image that a registry deletes with one of its tags is put back for the tag that stays', async () => {
    await start('distribution-3.1');
    const old = await image('old', 'build-1', 'stable');
    await image('new', 'build-2');
    registry.before({ method: 'DELETE', path: /manifests\/build-1$/ }, () => {
      registry.store.removeManifest(repository, old.digest);
      registry.store.removeTag(repository, 'stable');
    });
    const runtime = await pruneBuilds();
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('it was put back from the journal');
    expect(await digestAt('stable')).toBe(old.digest);
  });

  test('a kept tag that somebody deletes beside a doomed one of the same image is not put back', async () => {
    await start('distribution-3.1');
    await image('old', 'build-1', 'stable', 'prod');
    await image('new', 'build-2');
    registry.before({ method: 'DELETE', path: /manifests\/build-1$/ }, () => {
      registry.store.removeTag(repository, 'stable');
    });
    const runtime = await pruneBuilds();
    expect(runtime.failures).toHaveLength(1);
    expect(tags()).toEqual(['build-2', 'prod']);
  });

  test('a signature whose tag is on an index that lists the signed image goes with it', async () => {
    await start('distribution-3.1');
    const old = await image('old', 'build-1');
    await pushIndex(registry, { repository, tags: [`${fallbackTag(old.digest)}.att`], children: [old] });
    await image('new', 'build-2');
    const runtime = await pruneBuilds();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2']);
    expect(registry.store.manifests(repository).size).toBe(1);
  });
});

describe('what can be known', () => {
  test('a signed index without a tag keeps its platforms', async () => {
    await start('distribution-3.1');
    const platform = await image('amd64', 'build-1');
    const index = await pushIndex(registry, { repository, children: [platform] });
    await pushSignature(registry, { repository, of: index });
    await image('new', 'build-2');
    const runtime = await pruneBuilds();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2', `${fallbackTag(index.digest)}.sig`]);
    expect(await digestAt(platform.digest)).toBe(platform.digest);
  });

  test('a registry that answers 404 to every HEAD is asked by GET: what is moved or stays is seen', async () => {
    await start('distribution-3.1');
    await image('old', 'build-1');
    await image('older', 'build-0');
    await image('new', 'build-2');
    registry.answer({ method: 'HEAD', path: /manifests/ }, { status: 404 });
    registry.before({ method: 'GET', path: /tags\/list/, nth: 2 }, async () => {
      await image('rebuilt', 'build-1');
    });
    const runtime = await pruneBuilds();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-1', 'build-2']);
    expect(runtime.lines.join('\n')).toContain('it was pushed to meanwhile');
  });

  test.each(['distribution-2.8', 'distribution-3.1'] as const)(
    '%s: where a kept tag can be read no more, nothing is deleted, for images would lose their tags and stay',
    async (profile) => {
      await start(profile);
      await image('old', 'build-1');
      await image('new', 'build-2');
      registry.answer({ method: 'HEAD', path: /manifests\/build-2$/ }, { status: 500 });
      const runtime = await pruneBuilds();
      expect(runtime.failures).toHaveLength(1);
      expect(tags()).toEqual(['build-1', 'build-2']);
      expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    },
  );

  test('max-deletions: a percentage is of the tags of all repositories, those with nothing to delete among them', async () => {
    await start('distribution-3.1');
    await image('old', 'build-1');
    await image('new', 'build-2');
    for (const name of ['a', 'b', 'c'])
      await pushImage(registry, { repository: 'apps/api', tags: [name], seed: name, created: '2026-01-01T00:00:00Z' });
    const runtime = await pruneBuilds({ repositories: 'apps/*', 'max-deletions': '20%' });
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2']);
  });
});
