/** Random repositories: everything that people keep in one, and what crashes and odd builders leave there. */
import { mediaTypes, placeholderAnnotation } from '../../src/model/index.ts';
import {
  fallbackTag,
  pushArtifact,
  pushCacheIndex,
  pushFallbackIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Pushed,
} from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Random } from '../../sandbox/random.ts';

export const now = new Date('2026-11-22T01:30:00Z');
const dayMs = 86_400_000;
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
] as const;

/** A name of one of the families that the rules of `rules.ts` speak of, or of none. Few, so that they meet. */
export function tagName(random: Random): string {
  return random.pick([
    () => `build-${random.between(1, 40)}`,
    () => `build-${random.between(1, 40)}`,
    () => `v${random.between(1, 2)}.${random.between(0, 9)}.0${random.chance(0.2) ? '-rc.1' : ''}`,
    () => `snap-${random.between(1, 20).toString(36)}`,
    () => random.pick(['latest', 'stable', 'prod', 'edge']),
  ])();
}

function created(random: Random): string | undefined {
  const daysAgo = (days: number): string => new Date(now.getTime() - days * dayMs).toISOString();
  return random.pick([
    () => daysAgo(random.between(1, 90)),
    () => daysAgo(random.between(1, 90)),
    () => daysAgo(random.between(1, 90)),
    () => daysAgo(random.between(1, 90)),
    () => daysAgo(random.between(1, 90)),
    () => random.pick(['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 'yesterday', undefined, daysAgo(-1)]),
  ])();
}

export type Scene = { readonly registry: SandboxRegistry; readonly repository: string; readonly random: Random };

export function pushRandomImage({ registry, repository, random }: Scene, tags: readonly string[]): Promise<Pushed> {
  const at = created(random);
  return pushImage(registry.direct, {
    repository,
    tags,
    format: random.pick(['oci', 'oci', 'docker']),
    seed: `image ${random.between(1, 1e9)}`,
    layers: [`base ${random.between(1, 3)}`, `layer ${random.between(1, 6)}`],
    ...(at === undefined ? {} : { created: at }),
  });
}

/** Fills a repository and answers what was pushed, to be pushed, listed and tagged again by others. */
export async function fill(scene: Scene): Promise<readonly Pushed[]> {
  const { registry, repository, random } = scene;
  const pushed: Pushed[] = [];
  const tags = (): readonly string[] => Array.from({ length: random.between(0, 2) }, () => tagName(random));
  const parts: readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]] = [
    async () => pushed.push(await pushRandomImage(scene, [tagName(random), ...tags()])),
    async () => pushed.push(await pushRandomImage(scene, [tagName(random), ...tags()])),
    async () => pushed.push(await pushRandomImage(scene, [tagName(random)])),
    async () => {
      const index = await pushMultiPlatform(registry.direct, {
        repository,
        tags: [tagName(random), ...tags()],
        seed: `index ${random.between(1, 1e9)}`,
        platforms,
        attestations: random.chance(0.5),
        created: new Date(now.getTime() - random.between(1, 90) * dayMs).toISOString(),
      });
      pushed.push(...index.children, index);
    },
    // Over anything that is there, indexes included; without a tag, so that only another index may hold it.
    async () => {
      const format = random.pick(['oci', 'docker'] as const);
      pushed.push(
        await pushIndex(registry.direct, { repository, tags: tags(), format, children: random.some(pushed, 2) }),
      );
    },
    async () => {
      const of = random.any(pushed);
      if (of !== undefined) await tag(registry.direct, of, tagName(random));
    },
    async () => {
      const of = random.any(pushed);
      if (of === undefined) return;
      pushed.push(await pushSignature(registry.direct, { repository, of, kind: random.pick(['sig', 'att', 'sbom']) }));
    },
    async () => {
      const subject = random.any(pushed);
      if (subject === undefined) return;
      const content = `sbom ${random.between(1, 1e9)}`;
      const artifactType = 'application/spdx+json';
      const referrer = await pushArtifact(registry.direct, {
        repository,
        tags: tags(),
        artifactType,
        content,
        subject,
      });
      pushed.push(referrer);
      if (random.chance(0.5)) await pushFallbackIndex(registry.direct, { repository, subject, referrers: [referrer] });
    },
    async () => {
      const layers = random.some(pushed, 3).flatMap((image) => image.blobs);
      await pushCacheIndex(registry.direct, { repository, tags: [tagName(random)], layers });
    },
  ];
  pushed.push(await pushRandomImage(scene, [tagName(random)]));
  const count = random.between(4, 16);
  for (let done = 0; done < count; done += 1) await random.pick(parts)();
  await oddities(scene, pushed);
  return pushed;
}

/** What pushing alone doesn't make. */
async function oddities({ registry, repository, random }: Scene, pushed: readonly Pushed[]): Promise<void> {
  const { store } = registry;
  if (random.chance(0.2)) store.makeGhost(repository, tagName(random));
  if (random.chance(0.15)) {
    const annotations = { [placeholderAnnotation]: `left ${random.between(1, 1e9)}` };
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [], annotations };
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    const covered = random.chance(0.8) ? [tagName(random), tagName(random)] : [coverable(pushed, random)];
    store.putManifest(repository, mediaTypes.ociManifest, bytes, ...covered);
  }
  // A child that is not there any more: its index stays as it is.
  const lost = random.any(pushed);
  if (lost !== undefined && random.chance(0.1)) store.removeManifest(repository, lost.digest);
  // A signature's name on an index that lists the signed image.
  const child = random.any(pushed);
  if (child !== undefined && random.chance(0.05) && store.manifest(repository, child.digest) !== undefined)
    await pushIndex(registry.direct, { repository, tags: [`${fallbackTag(child.digest)}.att`], children: [child] });
  // An image's manifest listed as if it were a layer.
  const layer = random.any(pushed.filter((image) => image.blobs.length > 0));
  if (layer !== undefined && random.chance(0.1) && store.manifest(repository, layer.digest) !== undefined)
    await pushCacheIndex(registry.direct, {
      repository,
      tags: [tagName(random)],
      layers: [{ ...layer, mediaType: 'layer' }],
    });
  if (random.chance(0.05)) {
    const cut = new TextEncoder().encode('{"schemaVersion":2,"lay');
    store.putManifest(repository, mediaTypes.ociManifest, cut, tagName(random));
  }
}

function coverable(pushed: readonly Pushed[], random: Random): string {
  const of = random.any(pushed);
  return of === undefined ? tagName(random) : `${fallbackTag(of.digest)}.sig`;
}
