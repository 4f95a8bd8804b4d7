/** A registry with a storage that takes a while to collect: laid on the disk, and never pushed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { layTree } from '../../../bench/storage-tree.ts';
import type { Engine, RegistryLine } from '../engine.ts';
import { ask, tagsOf } from '../pruning.ts';
import { startContainedRegistry, type ContainedOptions, type ContainedRegistry } from './contained-registry.ts';
import { leftBy, nothingLeft, removeJobs, untilBack } from './host-watch.ts';
import type { Inputs } from './workplace.ts';

/** Its tags must be there at the end of every test. */
export const keptRepository = 'apps/web';
/** Everything in it goes. */
const scrapRepository = 'apps/scrap';
const keptTags = 5;
const garbageBytes = 1_000;

export type LaidRegistry = ContainedRegistry & {
  /** Something to unlink, and blobs to collect. */
  litter(): void;
  /** Whether nothing of the litter is left. */
  isClean(): Promise<boolean>;
};

export type Laid = {
  /** Untagged images of a repository that nobody names: the collector marks each of them. */
  readonly revisions: number;
  readonly garbage: number;
};

/** As they stand in front of every run here: the litter's manifests go, and nothing else. */
export function collectingInputs(registry: ContainedRegistry): Inputs {
  return {
    registry: registry.url,
    repositories: `${keptRepository}, ${scrapRepository}`,
    'delete-untagged': 'true',
    'untagged-grace': '0d',
    'garbage-collect': 'offline',
    'registry-service': `docker:${registry.name}`,
  };
}

export async function startLaidRegistry(
  engine: Engine,
  line: RegistryLine,
  { revisions, garbage }: Laid,
  options: Omit<ContainedOptions, 'storage'> = {},
): Promise<LaidRegistry> {
  const root = await mkdtemp(join(tmpdir(), 'registry-prune-storage-'));
  const nothing = { root, revisions: 0, tagged: 0, orphans: 0, orphanBytes: garbageBytes };
  layTree({ ...nothing, repository: 'apps/bulk', revisions });
  layTree({ ...nothing, repository: keptRepository, revisions: keptTags, tagged: keptTags });
  const [first = ''] = layTree({ ...nothing, repository: scrapRepository, revisions: 1 });
  const registry = await startContainedRegistry(engine, line, { ...options, storage: root });
  return {
    ...registry,
    litter() {
      layTree({ ...nothing, repository: scrapRepository, revisions: 3, orphans: garbage });
    },
    async isClean() {
      return (await ask(registry, 'HEAD', `/v2/${scrapRepository}/manifests/${first}`)).status === 404;
    },
    async close() {
      await registry.close();
      await removeJobs(registry);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/**
 * What holds after every collection, however it ended: the registry answers within 30 seconds of the collector's end, it has
 * the restart policy that it had, every kept tag is there, and nothing of the collection is.
 */
export async function expectSurvival(engine: Engine, registry: ContainedRegistry, policy: string): Promise<void> {
  expect(await untilBack(registry)).toBeLessThan(30);
  expect(await leftBy(engine, registry)).toEqual(nothingLeft);
  expect(await policyOf(engine, registry)).toBe(policy);
  await expectKept(registry);
}

async function policyOf(engine: Engine, { name }: ContainedRegistry): Promise<string> {
  const format = '{{with .HostConfig.RestartPolicy}}{{.Name}}:{{.MaximumRetryCount}}{{end}}';
  return (await engine.docker(['inspect', '--format', format, name])).replace(/:0$/, '');
}

/** Every kept tag, with its manifest, its config and each of its layers. */
export async function expectKept(registry: ContainedRegistry): Promise<void> {
  const tags = await tagsOf(registry, keptRepository);
  expect(tags).toEqual(Array.from({ length: keptTags }, (_, place) => `build-${place + 1}`));
  for (const tag of tags) {
    const response = await ask(registry, 'GET', `/v2/${keptRepository}/manifests/${tag}`);
    expect([tag, response.status]).toEqual([tag, 200]);
    const { config, layers } = (await response.json()) as Record<'config', Blob> & Record<'layers', readonly Blob[]>;
    for (const { digest } of [config, ...layers]) {
      const { status } = await ask(registry, 'HEAD', `/v2/${keptRepository}/blobs/${digest}`);
      expect([tag, digest, status]).toEqual([tag, digest, 200]);
    }
  }
}

type Blob = { readonly digest: string };
