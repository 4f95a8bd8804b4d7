/** Random repositories for a kill to fall into: what people keep there, with something in each that goes and something that stays. */
import { layImages } from '../../bench/lay-images.ts';
import {
  pushArtifact,
  pushFallbackIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Platform,
  type Pushed,
} from '../../sandbox/push.ts';
import type { Random } from '../../sandbox/random.ts';

/** A registry that runs, and its storage. */
export type Storage = { readonly url: string; readonly root: string };

/** `2.8` takes a tag away by a placeholder, `3.1` by itself. */
export type Line = '2.8' | '3.1';

export type Scene = {
  /** The last part of their names. */
  readonly repositories: readonly string[];
  readonly rules: Readonly<Record<string, string>>;
};

const platforms: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];

/** With as many plain images the tags go first, each registry in its own way, before any manifest (`src/plan/cost.ts`). */
const manyImages: Readonly<Record<Line, number>> = { '2.8': 320, '3.1': 150 };

/** Fills repositories below `base`. What is pushed depends on `random` alone. */
export async function fill(storage: Storage, { base, line, random }: Filling): Promise<Scene> {
  const hasMany = random.chance(0.1);
  const repositories = random.pick<readonly string[]>([['web'], ['web'], ['web', 'api']]);
  for (const name of repositories) {
    const repository = `${base}/${name}`;
    if (hasMany && name === 'web')
      layImages({
        root: storage.root,
        repository,
        count: manyImages[line],
        seed: String(random.between(1, 1e9)),
        tagsOf: (place) => [`build-${place + 101}`],
      });
    await fillOne(storage, repository, random);
  }
  const keepLast = String(random.between(0, 2));
  const kept = { 'keep-tags': 'stable, released', 'keep-last': String(random.between(1, 2)) };
  const rules = random.pick<Scene['rules']>([
    { tags: 'build-{number}', 'keep-last': keepLast },
    { tags: 'build-*, also-*', 'keep-last': keepLast },
    { tags: '*', ...kept },
    { tags: '*', ...kept, 'older-than': '30d' },
  ]);
  return { repositories, rules: hasMany ? { tags: 'build-{number}', 'keep-last': keepLast } : rules };
}

type Filling = { readonly base: string; readonly line: Line; readonly random: Random };

async function fillOne(storage: Storage, repository: string, random: Random): Promise<void> {
  const builds: Pushed[] = [];
  const children: Pushed[] = [];
  const count = random.between(5, 8);
  for (let number = 1; number <= count; number += 1) {
    const tags = [`build-${number}`, ...(random.chance(0.3) ? [`also-${number}`] : [])];
    // Of the bytes nothing hangs on the repository's name, so that a copy of it has the same digests.
    const seed = `${number} ${random.between(1, 1e9)}`;
    const created = `2025-03-${String(number + 10)}T01:02:03Z`;
    const format = random.pick(['oci', 'oci', 'docker'] as const);
    const layers = [`base ${random.between(1, 2)}`, seed];
    if (random.chance(0.5)) {
      builds.push(await pushImage(storage, { repository, tags, seed, created, format, layers }));
      continue;
    }
    const attestations = format === 'oci' && random.chance(0.6);
    const multi = { repository, tags, seed, created, format, layers, platforms, attestations };
    const shared = random.any(children);
    if (shared === undefined || random.chance(0.5)) {
      const index = await pushMultiPlatform(storage, multi);
      children.push(...index.children.filter(({ annotations }) => annotations === undefined));
      builds.push(index);
    } else {
      const own = await pushImage(storage, { repository, seed, created, format, layers });
      children.push(own);
      builds.push(await pushIndex(storage, { repository, tags, format, children: [shared, own] }));
    }
  }
  const [oldest, second, ...others] = builds;
  if (oldest === undefined || second === undefined) throw new Error('There are always five builds.');
  // The tags that go from these go alone.
  await tag(storage, oldest, 'stable');
  if (random.chance(0.5)) await tag(storage, second, 'released');
  await tag(storage, builds.at(-1) ?? oldest, 'latest');
  const platform = random.any(children);
  if (platform !== undefined && random.chance(0.3)) await tag(storage, platform, 'build-of-one-platform');
  for (const of of random.some([...builds, ...children], 2))
    await pushSignature(storage, { repository, of, kind: random.pick(['sig', 'att', 'sbom']) });
  const subject = random.any(others);
  if (subject !== undefined && random.chance(0.3)) {
    const artifactType = 'application/spdx+json';
    const referrer = await pushArtifact(storage, { repository, artifactType, content: 'a list of parts', subject });
    await pushFallbackIndex(storage, { repository, subject, referrers: [referrer] });
  }
  // Pulled by its digest, perhaps: nobody's to delete.
  if (random.chance(0.3)) await pushImage(storage, { repository, seed: 'without a tag' });
}
