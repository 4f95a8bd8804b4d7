// A registry whose blobs lie in an object store: tags go, its collector frees the store, and what needs files says so.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEngine, type RegistryLine } from '../engine.ts';
import { expectSuccess, tagsOf } from '../pruning.ts';
import { whatIsHere } from '../registries.ts';
import type { SshServer } from '../ssh-server.ts';
import { pullTools, referenceOf } from '../tools.ts';
import { startContainedRegistry, type ContainedRegistry } from './contained-registry.ts';
import { skopeoPush, writeDirectoryImage, type DirectoryImage } from './directory-image.ts';
import { startObjectStore, type ObjectStore } from './object-store.ts';
import { overSsh, pruneOverSsh, sshToEngine, type Inputs } from './workplace.ts';

jest.setTimeout(180_000);

const repository = 'apps/web';
const layerBytes = 1_000_000;
const builds = [1, 2, 3, 4] as const;
const lines: readonly RegistryLine[] = ['2.8', '3.1'];
const configPaths: Readonly<Record<RegistryLine, string>> = {
  '2.8': '/etc/docker/registry/config.yml',
  '3.1': '/etc/distribution/config.yml',
};
const program = whatIsHere().tools.find(({ name }) => name === 'gofakes3')?.path;

describeEngine('a registry on an object store', (engine) => {
  if (program === undefined) {
    test.skip('gofakes3 is not here', () => undefined);
    return;
  }
  let directory: string;
  let server: SshServer;
  const images: DirectoryImage[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'registry-prune-objects-'));
    server = await sshToEngine(engine());
    for (const build of builds)
      images.push(await writeDirectoryImage(join(directory, `${build}`), { seed: `build ${build}`, layerBytes }));
  });
  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  describe.each(lines)('distribution %s', (line) => {
    let store: ObjectStore;
    let registry: ContainedRegistry;

    beforeAll(async () => {
      store = await startObjectStore(program, engine());
      const config = join(directory, `config-${line}.yml`);
      await writeFile(config, configurationOf(store));
      const args = ['--restart', 'always', '--volume', `${config}:${configPaths[line]}:ro`];
      registry = await startContainedRegistry(engine(), line, { volume: false, args });
      for (const [place, image] of images.entries())
        await skopeoPush(image, referenceOf(registry.url, `${repository}:build-${place + 1}`));
    });
    afterAll(async () => {
      await registry.close();
      await store.close();
    });

    const inputs = (): Inputs => ({
      registry: registry.url,
      repositories: repository,
      tags: 'build-{number}',
      'keep-last': '1',
      'garbage-collect': 'offline',
      'registry-service': `docker:${registry.name}`,
      ...overSsh(server),
    });

    test.each([
      ['date-source', 'pushed'],
      ['delete-untagged', 'true'],
      ['remove-empty-repositories', 'true'],
    ])('%s needs files, and says so before anything is deleted', async (input, value) => {
      const done = await pruneOverSsh({ ...inputs(), [input]: value });
      expect(done.failures).toEqual([expect.stringMatching(/must read the registry's files, .* with its s3 driver/)]);
      expect((await tagsOf(registry, repository)).length).toBe(builds.length);
    });

    test('its collector frees the store, and what is kept pulls', async () => {
      const before = await store.bytes();
      expect(before).toBeGreaterThan(builds.length * layerBytes);
      const done = await pruneOverSsh(inputs());
      expectSuccess(done);
      expect(done.outputs.get('deleted-tag-count')).toBe('3');
      expect(await store.bytes()).toBeLessThan(before - 3 * layerBytes);
      expect(await tagsOf(registry, repository)).toEqual(['build-4']);
      for (const tool of pullTools()) {
        const pulled = await tool.pull(referenceOf(registry.url, `${repository}:build-4`));
        expect([...pulled.keys()]).toEqual(expect.arrayContaining([images[3]?.layer]));
      }
    });
  });
});

function configurationOf({ endpoint, bucket }: ObjectStore): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn' },
    storage: {
      s3: {
        ...{ accesskey: 'anybody', secretkey: 'anything', region: 'us-east-1' },
        ...{ regionendpoint: endpoint, bucket, secure: false, forcepathstyle: true },
      },
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: true },
    },
    http: { addr: ':5000' },
  });
}
