// Runs and registries that end in the middle: what is left is known again, and the next run finishes it.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fetchManifest, pushImage, pushMultiPlatform, type Pushed } from '../../sandbox/push.ts';
import { startRelay } from '../../sandbox/relay.ts';
import {
  allPullProblems,
  describeDistribution,
  expectSuccess,
  pruneOn,
  pullProblems,
  stillServed,
  tagsOf,
} from './pruning.ts';
import type { RunningRegistry } from './registries.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(120_000);

describeDistribution('a run that is cut', (registry) => {
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());

  test('leaves a placeholder, which the next run knows, counts for nothing and takes away', async () => {
    const repository = 'crash/placeholder';
    const push = (name: string, ...tags: readonly string[]): Promise<Pushed> =>
      pushImage(running, { repository, tags, seed: name });
    const first = await push('first', 'build-1', 'stable');
    const second = await push('second', 'build-2');
    const third = await push('third', 'build-3', 'production');
    const fourth = await push('fourth', 'build-4');
    const inputs = { repositories: repository, tags: 'build-{number}' };

    const relay = await startRelay(running.url);
    try {
      // 3.1 deletes by tag; behind this it is taken for one that doesn't.
      const body = '{"errors":[{"code":"UNSUPPORTED","message":"no"}]}';
      relay.answer({ method: 'DELETE', path: /manifests\/(?!sha256:)/ }, { status: 400, body });
      relay.before({ method: 'PUT', path: /manifests\/build-1$/ }, () => {
        relay.before({ method: 'DELETE', path: /manifests\/sha256:/ }, () => {
          relay.answer({ path: /./ }, { status: 500, drop: 'connection' });
        });
      });
      const cut = await pruneOn(relay, { ...inputs, 'keep-last': '1' });
      expect(cut.failures).toHaveLength(1);
    } finally {
      await relay.close();
    }
    // Both tags give a placeholder to whoever pulls them.
    for (const [name, own] of [
      ['build-1', first],
      ['build-3', third],
    ] as const) {
      const left = await fetchManifest(running, repository, name);
      expect(left?.digest).not.toBe(own.digest);
      expect(new TextDecoder().decode(left?.bytes)).toContain('registry-prune.placeholder');
    }

    // Were build-3's placeholder counted, build-2 would be the third newest.
    const again = await pruneOn(running, { ...inputs, 'keep-last': '2' });
    expectSuccess(again);
    expect(again.lines.join('\n')).toContain('a placeholder that an interrupted run left');
    expect(await tagsOf(running, repository)).toEqual(['build-2', 'build-4', 'production', 'stable']);
    const kept = [
      ['build-2', second],
      ['build-4', fourth],
      ['production', third],
      ['stable', first],
    ] as const;
    expect(await allPullProblems(running, kept)).toEqual([]);
  });

  test('by a registry that dies in the middle of a DELETE leaves ghosts, which the next run removes', async () => {
    const repository = 'crash/ghosts';
    const doomed = await pushImage(running, { repository, tags: ['build-0001'], seed: 'doomed' });
    const kept = await pushMultiPlatform(running, {
      repository,
      tags: ['build-9999'],
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ],
    });
    // As 300 pushes would leave it: the DELETE looks at every tag, which takes it long enough to be cut.
    const names = Array.from({ length: 300 }, (_, place) => `build-${String(place + 2).padStart(4, '0')}`);
    const manifests = join(running.root, 'docker/registry/v2/repositories', repository, '_manifests');
    const hex = doomed.digest.slice('sha256:'.length);
    for (const name of names)
      for (const folder of ['current', `index/sha256/${hex}`]) {
        await mkdir(join(manifests, 'tags', name, folder), { recursive: true });
        await writeFile(join(manifests, 'tags', name, folder, 'link'), doomed.digest);
      }
    const inputs = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
    const revision = join(manifests, 'revisions/sha256', hex, 'link');
    expect(existsSync(revision)).toBe(true);

    const cutting = pruneOn(running, inputs);
    // The registry removes the manifest's link first, then looks at every tag.
    while (existsSync(revision)) await turn();
    await running.kill9();
    const cut = await cutting;
    expect(cut.failures).toHaveLength(1);
    await running.restart();
    const left = (await tagsOf(running, repository)).filter((name) => name !== 'build-9999');
    expect(left.length).toBeGreaterThan(0);
    expect(await stillServed(running, repository, left.slice(0, 20))).toEqual([]);

    expectSuccess(await pruneOn(running, inputs));
    expect(await tagsOf(running, repository)).toEqual(['build-9999']);
    expect(await pullProblems(running, kept, 'build-9999')).toEqual([]);
  });

  test('by an answer that is lost is no failure: what was asked for was done', async () => {
    const repository = 'crash/answers';
    for (let number = 1; number <= 6; number += 1) await pushImage(running, { repository, tags: [`build-${number}`] });
    const relay = await startRelay(running.url);
    try {
      let lost = 0;
      // The third DELETE of an image, the two questions of the probe left out: carried out, and nobody hears of it.
      relay.answer({ method: 'DELETE', path: /manifests\//, nth: 5 }, (real) => {
        lost += 1;
        return { ...real, drop: 'connection' };
      });
      const inputs = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
      expectSuccess(await pruneOn(relay, inputs));
      expect(lost).toBe(1);
    } finally {
      await relay.close();
    }
    expect(await tagsOf(running, repository)).toEqual(['build-6']);
  });

  test('between two deletions is finished by the next one, and nothing kept is touched', async () => {
    const repository = 'crash/half';
    const images: Pushed[] = [];
    for (let number = 1; number <= 8; number += 1)
      images.push(await pushImage(running, { repository, tags: [`build-${number}`] }));
    const kept = images.slice(6).map((image) => [image.tags[0] ?? '', image] as const);
    const inputs = { repositories: repository, tags: 'build-{number}', 'keep-last': '2', concurrency: '1' };
    const relay = await startRelay(running.url);
    try {
      relay.before({ method: 'DELETE', path: /manifests\//, nth: 5 }, () => running.kill9());
      const cut = await pruneOn(relay, inputs);
      expect(cut.failures).toHaveLength(1);
    } finally {
      await relay.close();
    }
    await running.restart();
    const between = await tagsOf(running, repository);
    expect(between.length).toBeGreaterThan(2);
    expect(between.length).toBeLessThan(8);
    expect(await allPullProblems(running, kept)).toEqual([]);

    expectSuccess(await pruneOn(running, inputs));
    expect(await tagsOf(running, repository)).toEqual(['build-7', 'build-8']);
    expect(await allPullProblems(running, kept)).toEqual([]);
  });
});
