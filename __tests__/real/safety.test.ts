// Where images were lost in the laboratory. Each test does first what a naive program does, on this very registry, and
// shows what that costs; then ours does the same job beside it, and nothing is lost. What counts is what is left.

import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  pushArtifact,
  pushCacheIndex,
  pushImage,
  pushMultiPlatform,
  tag,
  type Platform,
  type Pushed,
  type Target,
} from '../../sandbox/push.ts';
import type { MemoryRuntime } from '../support/runtime.ts';
import {
  allPullProblems,
  ask,
  coverTag,
  deleteDigest,
  deletedBy,
  describeDistribution,
  expectSuccess,
  filesOf,
  pruneOn,
  pullProblems,
  stillServed,
  tagsOf,
} from './pruning.ts';
import type { RunningRegistry } from './registries.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(120_000);

const platforms: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];
const repositoryFiles = 'docker/registry/v2/repositories';

describeDistribution('nothing kept is lost', (registry) => {
  const old = registry.profile === 'distribution-2.8';
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());
  const image = (repository: string, ...tags: readonly string[]): Promise<Pushed> =>
    pushImage(running, { repository, tags });

  test('the layers that a cache index lists', async () => {
    const fill = async (repository: string): Promise<{ readonly app: Pushed; readonly cache: Pushed }> => {
      const app = await pushImage(running, { repository, tags: ['v2'], layers: ['the base', 'the top'] });
      const cache = await pushCacheIndex(running, { repository, tags: ['cache-1'], layers: app.blobs.slice(1) });
      return { app, cache };
    };
    const [naive, ours] = [await fill('naive/cache'), await fill('ours/cache')];

    await deleteDigest(running, 'naive/cache', naive.cache.digest);
    const statuses = [];
    for (const { digest } of naive.app.blobs.slice(1))
      statuses.push(await deleteDigest(running, 'naive/cache', digest));
    expectSuccess(await pruneOn(running, { repositories: 'ours/cache', tags: 'cache-*', 'keep-last': '0' }));
    await running.restart();

    // 2.8 takes the layer's link of the repository for the manifest; 3.1 fails before it does.
    expect(statuses).toEqual(old ? [202, 202] : [500, 500]);
    expect((await pullProblems(running, naive.app, 'v2')).length > 0).toBe(old);
    expect(await pullProblems(running, ours.app, 'v2')).toEqual([]);
    expect(await stillServed(running, 'ours/cache', ['cache-1', ours.cache.digest])).toEqual([]);
    expect(await tagsOf(running, 'ours/cache')).toEqual(['v2']);
  });

  test('the platform of a kept index that has a doomed tag of its own', async () => {
    const fill = async (repository: string): Promise<Awaited<ReturnType<typeof pushMultiPlatform>>> => {
      const index = await pushMultiPlatform(running, { repository, tags: ['1.0'], platforms });
      for (const [place, child] of index.children.entries()) await tag(running, child, `1.0-${place}`);
      return index;
    };
    const [naive, ours] = [await fill('naive/platform'), await fill('ours/platform')];

    expect(await deleteDigest(running, 'naive/platform', naive.children[0]?.digest ?? '')).toBe(202);
    expectSuccess(await pruneOn(running, { repositories: 'ours/platform', tags: '1.0-*', 'keep-last': '0' }));

    expect(await pullProblems(running, naive, '1.0')).not.toEqual([]);
    expect(await pullProblems(running, ours, '1.0')).toEqual([]);
    expect(await tagsOf(running, 'ours/platform')).toEqual(['1.0']);
  });

  test('an image that a kept artifact carries as a layer', async () => {
    const fill = async (repository: string): Promise<{ readonly doomed: Pushed; readonly carrier: Pushed }> => {
      const seed = 'an image in an archive';
      const { bytes } = await pushImage(running, { repository: 'elsewhere', seed });
      const content = new TextDecoder().decode(bytes);
      const artifactType = 'application/vnd.example.archive';
      // First the layer: 3.1 answers for a manifest's digest as a blob from its cache, and none would be uploaded.
      const carrier = await pushArtifact(running, { repository, tags: ['archive'], artifactType, content });
      return { doomed: await pushImage(running, { repository, tags: ['build-1'], seed }), carrier };
    };
    const [naive, ours] = [await fill('naive/carried'), await fill('ours/carried')];

    expect(await deleteDigest(running, 'naive/carried', naive.doomed.digest)).toBe(202);
    expectSuccess(await pruneOn(running, { repositories: 'ours/carried', tags: 'build-{number}', 'keep-last': '0' }));
    await running.restart();

    // 2.8 goes by the digest alone: the repository's link to the layer goes with the manifest's.
    expect((await pullProblems(running, naive.carrier, 'archive')).length > 0).toBe(old);
    expect(await pullProblems(running, ours.carrier, 'archive')).toEqual([]);
    expect(await tagsOf(running, 'ours/carried')).toEqual(['archive']);
  });

  test('what an index may hold that could not be read', async () => {
    const fill = async (repository: string): Promise<Awaited<ReturnType<typeof pushMultiPlatform>>> => {
      const index = await pushMultiPlatform(running, { repository, tags: ['1.0'], platforms });
      for (const child of index.children.slice(0, 1)) await tag(running, child, 'build-1');
      await image(repository, 'build-2');
      return index;
    };
    const [naive, ours] = [await fill('naive/damaged'), await fill('ours/damaged')];
    const files = [naive, ours].map(({ digest }) => {
      const hex = digest.slice('sha256:'.length);
      return join(running.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    });
    const whole = files.map((file) => readFileSync(file));
    // As a full disk leaves it, until somebody puts the backup back.
    for (const [place, bytes] of whole.entries()) writeFileSync(files[place] ?? '', bytes.subarray(0, 200));
    await running.restart();
    expect(await deleteDigest(running, 'naive/damaged', naive.children[0]?.digest ?? '')).toBe(202);
    const runtime = await pruneOn(running, { repositories: 'ours/damaged', tags: 'build-{number}', 'keep-last': '1' });
    for (const [place, bytes] of whole.entries()) writeFileSync(files[place] ?? '', bytes);
    await running.restart();

    expect(runtime.failures).toEqual([]);
    expect(await pullProblems(running, naive, '1.0')).not.toEqual([]);
    expect(await pullProblems(running, ours, '1.0')).toEqual([]);
    expect(await tagsOf(running, 'ours/damaged')).toEqual(['1.0', 'build-2']);
  });

  test('tags whose names begin alike', async () => {
    const repository = 'ours/names';
    const names = ['1', '1-x', '1.1', '10', '1_', 'A', 'a', 'a.b-c_d', '_', 'x'.repeat(128)];
    const images = new Map<string, Pushed>();
    for (const name of names) images.set(name, await image(repository, name));
    const doomed = ['1', 'a'];
    const runtime = await pruneOn(running, { repositories: repository, tags: doomed.join(), 'keep-last': '0' });
    expectSuccess(runtime);
    expect(await stillServed(running, repository, doomed)).toEqual([]);
    const kept = [...images].filter(([name]) => !doomed.includes(name));
    expect(await tagsOf(running, repository)).toEqual(kept.map(([name]) => name).sort());
    expect(await allPullProblems(running, kept)).toEqual([]);
  });

  test('ghosts: tags that are listed and answer 404', async () => {
    const fill = async (repository: string): Promise<{ readonly ghost: Pushed; readonly kept: Pushed }> => {
      await image(repository, 'build-1');
      const ghost = await image(repository, 'build-2', 'build-3');
      const kept = await image(repository, 'build-4');
      const revisions = join(running.root, repositoryFiles, repository, '_manifests/revisions/sha256');
      await rm(join(revisions, ghost.digest.slice('sha256:'.length)), { recursive: true });
      return { ghost, kept };
    };
    const [naive, ours] = [await fill('naive/ghosts'), await fill('ours/ghosts')];
    await running.restart();
    expect(await stillServed(running, 'ours/ghosts', ['build-2', 'build-3'])).toEqual([]);
    const all = ['build-1', 'build-2', 'build-3', 'build-4'];
    for (const repository of ['naive/ghosts', 'ours/ghosts']) expect(await tagsOf(running, repository)).toEqual(all);

    // 404: done, a naive program says.
    expect(await deleteDigest(running, 'naive/ghosts', naive.ghost.digest)).toBe(404);
    expect(await tagsOf(running, 'naive/ghosts')).toContain('build-2');

    const runtime = await pruneOn(running, { repositories: 'ours/ghosts', tags: 'build-{number}', 'keep-last': '1' });
    expectSuccess(runtime);
    expect(await tagsOf(running, 'ours/ghosts')).toEqual(['build-4']);
    expect(await pullProblems(running, ours.kept, 'build-4')).toEqual([]);
    expect(deletedBy(runtime)).toEqual(['build-1', 'build-2', 'build-3'].map((name) => `ours/ghosts:${name}`));
  });
});

describeDistribution(
  'an account that may delete in one repository and not in another',
  (registry) => {
    const account = { username: 'robot', password: 'a password for the token server' };
    let tokens: TokenServer;
    let running: RunningRegistry;
    beforeAll(async () => {
      tokens = await startTokenServer({
        accounts: { [account.username]: account.password },
        allow: (who, { name, action }) =>
          who === account.username && (!name.startsWith('guarded/') || action !== 'delete'),
      });
      running = await registry.start({ token: tokens.settings });
    });
    afterAll(async () => {
      await running.close();
      await tokens.close();
    });

    test('prunes the one, and leaves the tags of the other as they are, byte for byte', async () => {
      const { url } = running;
      const may = (repository: string): Target => ({
        url,
        authorization: tokens.authorization(`repository:${repository}:pull,push`),
      });
      const images = new Map<string, Pushed>();
      for (const repository of ['guarded/naive', 'guarded/ours', 'open/ours']) {
        // Its tag alone may go: this is where a registry without tag deletion needs a placeholder.
        images.set(repository, await pushImage(may(repository), { repository, tags: ['build-1', 'stable'] }));
        await pushImage(may(repository), { repository, tags: ['build-2'] });
      }
      const of = (repository: string): Pushed => {
        const found = images.get(repository);
        if (found === undefined) throw new Error(`Nothing was pushed to ${repository}.`);
        return found;
      };

      // The probe passes in the one repository, so a naive program covers the tag in the other.
      const everywhere = { url, authorization: tokens.authorization('repository:open/ours:delete,pull') };
      expect(await deleteDigest(everywhere, 'open/ours', `sha256:${'0'.repeat(64)}`)).toBe(404);
      const cover = await coverTag(may('guarded/naive'), 'guarded/naive', 'build-1');
      expect(await deleteDigest(may('guarded/naive'), 'guarded/naive', cover.digest)).toBe(401);
      expect(await pullProblems(may('guarded/naive'), of('guarded/naive'), 'build-1', account)).not.toEqual([]);

      const before = await filesOf(running, 'guarded/ours');
      const runtime = await pruneOn(running, {
        ...account,
        repositories: 'open/ours, guarded/ours',
        tags: 'build-{number}',
        'keep-last': '1',
      });
      expect(runtime.failures).toHaveLength(1);
      expect(runtime.lines.join('\n')).toMatch(/guarded\/ours: This account has no right to delete here/);
      expect(deletedBy(runtime)).toEqual(['open/ours:build-1']);
      expect(await tagsOf(may('open/ours'), 'open/ours')).toEqual(['build-2', 'stable']);
      expect(await pullProblems(may('open/ours'), of('open/ours'), 'stable', account)).toEqual([]);
      expect(await filesOf(running, 'guarded/ours')).toEqual(before);
      expect(await tagsOf(may('guarded/ours'), 'guarded/ours')).toEqual(['build-1', 'build-2', 'stable']);
      for (const name of ['build-1', 'stable'])
        expect(await pullProblems(may('guarded/ours'), of('guarded/ours'), name, account)).toEqual([]);
    });
  },
  ['token'],
);

describeDistribution(
  "a registry that doesn't delete",
  (registry) => {
    const repositories = ['naive/app', 'ours/app'];
    const inputs = { repositories: 'ours/app', tags: 'build-{number}', 'keep-last': '1' };
    const images = new Map<string, Pushed>();
    let running: RunningRegistry;
    beforeAll(async () => {
      running = await registry.start();
      for (const repository of repositories) {
        images.set(repository, await pushImage(running, { repository, tags: ['build-1', 'stable'] }));
        images.set(`${repository} 2`, await pushImage(running, { repository, tags: ['build-2'] }));
      }
    });
    afterAll(() => running.close());

    /** Runs it, and finds every tag's image and every file of the repository as they were: nothing was tried. */
    const refusedRun = async (): Promise<MemoryRuntime> => {
      const before = await filesOf(running, 'ours/app');
      const runtime = await pruneOn(running, inputs);
      expect(runtime.failures).toHaveLength(1);
      expect(deletedBy(runtime)).toEqual([]);
      expect(await filesOf(running, 'ours/app')).toEqual(before);
      const expected = [...images].flatMap(([name, image]) =>
        name.startsWith('ours/') ? image.tags.map((each) => [each, image] as const) : [],
      );
      expect(expected).toHaveLength(3);
      expect(await allPullProblems(running, expected)).toEqual([]);
      return runtime;
    };

    test('deletes disabled: found before any write, and the setting is named', async () => {
      await running.restart({ deletes: 'disabled' });
      const first = images.get('naive/app');
      if (first === undefined) throw new Error('Nothing was pushed.');
      const cover = await coverTag(running, 'naive/app', 'build-1');
      expect(await deleteDigest(running, 'naive/app', cover.digest)).toBe(405);
      expect(await pullProblems(running, first, 'build-1')).not.toEqual([]);

      const runtime = await refusedRun();
      expect(runtime.lines.join('\n')).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true');
    });

    test('read-only: found before any write, and the setting is named', async () => {
      await running.restart({ deletes: 'read-only' });
      const runtime = await refusedRun();
      expect(runtime.lines.join('\n')).toContain('read-only');
      expect(runtime.lines.join('\n')).toContain('REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":false}');
    });

    test('and once it deletes, the same run does the job', async () => {
      await running.restart({ deletes: 'enabled' });
      expectSuccess(await pruneOn(running, inputs));
      expect(await tagsOf(running, 'ours/app')).toEqual(['build-2', 'stable']);
      expect((await ask(running, 'HEAD', '/v2/ours/app/manifests/stable')).status).toBe(200);
    });
  },
  ['deletes-disabled', 'read-only'],
);
