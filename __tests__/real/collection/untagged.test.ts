// Untagged manifests, push times and empty repositories: what only the registry's own files know, over SSH, in a container,
// through the same plan, journal and limits as everything else.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pushImage, pushMultiPlatform, tag, type Platform, type Pushed } from '../../../sandbox/push.ts';
import { describeEngine, type RegistryLine } from '../engine.ts';
import { ask, expectSuccess, tagsOf } from '../pruning.ts';
import type { SshServer } from '../ssh-server.ts';
import { pullTools, referenceOf } from '../tools.ts';
import { startContainedRegistry, untilAnswering, type ContainedRegistry } from './contained-registry.ts';
import { collectOverSsh, overSsh, pruneOverSsh, sshToEngine, type Inputs } from './workplace.ts';

jest.setTimeout(240_000);

const platforms: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const lines: readonly RegistryLine[] = ['2.8', '3.1'];
const configurationOf = { '2.8': '/etc/docker/registry/config.yml', '3.1': '/etc/distribution/config.yml' } as const;

describeEngine('what only the files know', (engine) => {
  let server: SshServer;
  beforeAll(async () => {
    server = await sshToEngine(engine());
  });
  afterAll(() => server.stop());

  const into = (registry: ContainedRegistry): Inputs => ({
    registry: registry.url,
    'registry-service': `docker:${registry.name}`,
    ...overSsh(server),
  });

  /** A link of a manifest or a tag, as if it had been written so many days ago. */
  async function age(registry: ContainedRegistry, path: string, days: number): Promise<void> {
    const at = new Date(Date.now() - days * 86_400_000);
    await utimes(join(registry.storage, 'docker/registry/v2/repositories', path, 'link'), at, at);
  }
  const revision = ({ repository, digest }: Pushed): string =>
    `${repository}/_manifests/revisions/${digest.replace(':', '/')}`;

  const isServed = async (registry: ContainedRegistry, { repository, digest }: Pushed): Promise<boolean> =>
    (await ask(registry, 'HEAD', `/v2/${repository}/manifests/${digest}`)).status === 200;

  async function expectToPull(registry: ContainedRegistry, image: string, digests: string[]): Promise<void> {
    for (const tool of pullTools())
      expect([...(await tool.pull(referenceOf(registry.url, image))).keys()]).toEqual(expect.arrayContaining(digests));
  }

  describe.each(lines)('on distribution %s', (line) => {
    test('delete-untagged takes what nothing reaches, and leaves every platform of a tagged image', async () => {
      const registry = await startContainedRegistry(engine(), line);
      try {
        const repository = 'apps/web';
        const index = await pushMultiPlatform(registry, { repository, tags: ['v1'], platforms });
        const old = await pushImage(registry, { repository, tags: ['edge'], seed: 'old' });
        const current = await pushImage(registry, { repository, tags: ['edge'], seed: 'current' });
        const young = await pushImage(registry, { repository, tags: [], seed: 'young' });
        const elsewhere = await pushImage(registry, { repository: 'apps/other', tags: ['edge'], seed: 'elsewhere' });
        await pushImage(registry, { repository: 'apps/other', tags: ['edge'], seed: 'another' });
        for (const each of [index, ...index.children, old, current, elsewhere]) await age(registry, revision(each), 30);
        await age(registry, revision(young), 2);

        const inputs = { ...into(registry), repositories: repository, 'delete-untagged': 'true' };
        const dry = await collectOverSsh({ ...inputs, 'dry-run': 'true' });
        expectSuccess(dry);
        expect(await isServed(registry, old)).toBe(true);
        expect(dry.summary()).toContain('untagged');

        const guarded = await collectOverSsh({ ...inputs, 'max-deletions': '0' });
        expect(guarded.lines.join('\n')).toContain('max-deletions: 0');
        expect(await isServed(registry, old)).toBe(true);

        const done = await collectOverSsh(inputs);
        expectSuccess(done);
        expect(done.outputs.get('deleted-manifest-count')).toBe('1');
        expect(done.outputs.get('journal-file')).not.toBe('');
        const all = [old, current, young, elsewhere, ...index.children];
        const served = await Promise.all(all.map((each) => isServed(registry, each)));
        expect(served).toEqual([false, true, true, true, true, true]);
        await expectToPull(
          registry,
          `${repository}:v1`,
          index.children.flatMap(({ digest, blobs }) => [digest, ...blobs.map((blob) => blob.digest)]),
        );
        await expectToPull(registry, `${repository}:edge`, [current.digest]);
        // Pushed once more it is whole: nothing remembers what was collected.
        await pushImage(registry, { repository, tags: ['again'], seed: 'old' });
        await expectToPull(registry, `${repository}:again`, [old.digest]);

        // What the collector's own way would have done to the same image.
        await engine().docker(['exec', registry.name, 'registry', 'garbage-collect', '-m', configurationOf[line]]);
        await engine().docker(['restart', registry.name]);
        await untilAnswering(registry);
        const platformsLeft = await Promise.all(index.children.map((each) => isServed(registry, each)));
        expect(platformsLeft).toEqual(line === '2.8' ? [false, false] : [true, true]);
      } finally {
        await registry.close();
      }
    });

    test('without a collection untagged manifests go through the API', async () => {
      const registry = await startContainedRegistry(engine(), line);
      try {
        const repository = 'apps/web';
        const old = await pushImage(registry, { repository, tags: ['edge'], seed: 'old' });
        const current = await pushImage(registry, { repository, tags: ['edge'], seed: 'current' });
        await age(registry, revision(old), 30);
        const rule = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
        const done = await pruneOverSsh({ ...into(registry), ...rule, 'delete-untagged': 'true' });
        expectSuccess(done);
        expect([await isServed(registry, old), await isServed(registry, current)]).toEqual([false, true]);
      } finally {
        await registry.close();
      }
    });

    test('date-source: pushed goes by the push, whatever the images say of themselves', async () => {
      const registry = await startContainedRegistry(engine(), line);
      try {
        const repository = 'apps/jib';
        const created = '1970-01-01T00:00:00Z';
        for (const build of ['a', 'b', 'c', 'd'])
          await pushImage(registry, { repository, tags: [build], seed: build, created });
        for (const [build, days] of [
          ['a', 40],
          ['b', 10],
          ['c', 50],
        ] as const)
          await age(registry, `${repository}/_manifests/tags/${build}/current`, days);
        const done = await pruneOverSsh({
          ...into(registry),
          repositories: repository,
          'older-than': '30d',
          'date-source': 'pushed',
        });
        expectSuccess(done);
        expect(await tagsOf(registry, repository)).toEqual(['b', 'd']);
      } finally {
        await registry.close();
      }
    });

    test('an empty repository leaves the catalog, one that is nested below it stays', async () => {
      const registry = await startContainedRegistry(engine(), line);
      try {
        await pushImage(registry, { repository: 'apps', tags: ['build-1'] });
        const nested = await pushImage(registry, { repository: 'apps/web', tags: ['stable'] });
        await tag(registry, nested, 'build-1');
        const done = await pruneOverSsh({
          ...into(registry),
          repositories: 'apps, apps/web',
          tags: 'build-{number}',
          'keep-last': '0',
          'garbage-collect': 'offline',
          'remove-empty-repositories': 'true',
        });
        expectSuccess(done);
        const catalog = (await (await ask(registry, 'GET', '/v2/_catalog')).json()) as { repositories: unknown };
        expect(catalog.repositories).toEqual(['apps/web']);
        expect(await readdir(join(registry.storage, 'docker/registry/v2/repositories/apps'))).toEqual(['web']);
        await expectToPull(registry, 'apps/web:stable', [nested.digest]);
      } finally {
        await registry.close();
      }
    });
  });
});
