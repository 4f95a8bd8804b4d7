// The whole job, as people ask for it: tags go, the disk comes back, and everything that was kept still pulls. Over a real
// SSH connection, into a real container.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEngine, type RegistryLine } from '../engine.ts';
import { expectSuccess, tagsOf } from '../pruning.ts';
import type { SshServer } from '../ssh-server.ts';
import { pullTools, referenceOf } from '../tools.ts';
import { startContainedRegistry, untilAnswering, type ContainedRegistry } from './contained-registry.ts';
import { skopeoPush, writeDirectoryImage, type DirectoryImage } from './directory-image.ts';
import { collectOverSsh, overSsh, pruneOverSsh, sshToEngine } from './workplace.ts';

jest.setTimeout(300_000);

const repository = 'apps/web';
const builds = 15;
/** 60 MB in all. */
const layerBytes = 4_000_000;
const keep = 5;
const lines: readonly RegistryLine[] = ['2.8', '3.1'];

describeEngine('the disk comes back', (engine) => {
  let directory: string;
  let server: SshServer;
  const images: DirectoryImage[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'registry-prune-images-'));
    server = await sshToEngine(engine());
    for (let build = 1; build <= builds; build += 1)
      images.push(await writeDirectoryImage(join(directory, `${build}`), { seed: `build ${build}`, layerBytes }));
  });
  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const imageOf = (build: number): DirectoryImage => {
    const image = images[build - 1];
    if (image === undefined) throw new Error(`There is no build ${build}.`);
    return image;
  };
  const kept = Array.from({ length: keep }, (_, place) => builds - place).sort((a, b) => a - b);
  const keptBytes = (): number => kept.reduce((sum, build) => sum + imageOf(build).bytes, 0);

  async function pushAll(registry: ContainedRegistry): Promise<void> {
    for (let build = 1; build <= builds; build += 1)
      await skopeoPush(imageOf(build), referenceOf(registry.url, `${repository}:build-${build}`));
  }

  /** Every kept image as skopeo gets it, byte for byte. */
  async function expectKeptToPull(registry: ContainedRegistry): Promise<void> {
    for (const build of kept) {
      for (const tool of pullTools()) {
        const pulled = await tool.pull(referenceOf(registry.url, `${repository}:build-${build}`));
        expect([...pulled.keys()]).toEqual(expect.arrayContaining([imageOf(build).layer]));
      }
    }
    expect(await tagsOf(registry, repository)).toEqual(kept.map((build) => `build-${build}`).sort());
  }

  /** Within 5% of what the kept images weigh. */
  async function expectDiskBack(registry: ContainedRegistry): Promise<void> {
    const bytes = await registry.diskBytes();
    expect(bytes).toBeGreaterThanOrEqual(keptBytes());
    expect(bytes).toBeLessThanOrEqual(keptBytes() * 1.05);
  }

  /** A registry that remembers collected blobs would take the push, and lose it. */
  async function expectPushAgain(registry: ContainedRegistry): Promise<void> {
    const reference = referenceOf(registry.url, `${repository}:again`);
    await skopeoPush(imageOf(1), reference);
    for (const tool of pullTools()) {
      const pulled = await tool.pull(reference);
      expect([...pulled.keys()]).toEqual(expect.arrayContaining([imageOf(1).layer]));
    }
  }

  const rule = { repositories: repository, tags: 'build-{number}', 'keep-last': String(keep) };

  describe.each(lines)('on distribution %s', (line) => {
    test('offline: in the step that deletes the tags', async () => {
      const registry = await startContainedRegistry(engine(), line);
      try {
        await pushAll(registry);
        const before = await registry.diskBytes();
        expect(before).toBeGreaterThan(builds * layerBytes);
        const done = await pruneOverSsh({
          registry: registry.url,
          ...rule,
          'garbage-collect': 'offline',
          'registry-service': `docker:${registry.name}`,
          ...overSsh(server),
        });
        expectSuccess(done);
        expect(done.outputs.get('deleted-tag-count')).toBe(String(builds - keep));
        await expectDiskBack(registry);
        const reclaimed = Number(done.outputs.get('reclaimed-bytes'));
        expect(reclaimed).toBeGreaterThanOrEqual((builds - keep) * layerBytes);
        expect(done.summary()).toContain('pie showData');
        await expectKeptToPull(registry);
        await expectPushAgain(registry);
      } finally {
        await registry.close();
      }
    });

    test('online: tags in one step, and the collection by itself while the registry is read-only', async () => {
      const registry = await startContainedRegistry(engine(), line);
      const { name, storage } = registry;
      const port = Number(new URL(registry.url).port);
      try {
        await pushAll(registry);
        expectSuccess(await pruneOverSsh({ registry: registry.url, ...rule }));
        // Read-only is decided at a start; the same storage, the same address.
        await engine().docker(['rm', '--force', name]);
        const setting = ['--env', 'REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":true}'];
        await startContainedRegistry(engine(), line, { name, port, storage, args: setting });
        const done = await collectOverSsh({
          registry: registry.url,
          repositories: '**',
          'garbage-collect': 'online',
          'registry-service': `docker:${name}`,
          ...overSsh(server),
        });
        expectSuccess(done);
        await untilAnswering(registry);
        await expectDiskBack(registry);
        await expectKeptToPull(registry);
        await engine().docker(['rm', '--force', name]);
        await startContainedRegistry(engine(), line, { name, port, storage });
        await expectPushAgain(registry);
      } finally {
        await registry.close();
      }
    });
  });
});
