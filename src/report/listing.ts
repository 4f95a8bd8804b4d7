/** What `ls` shows: tags with age, size, digest and platforms. */
import type { Digest, Instant, Manifest, Origin, RepositoryName, Snapshot, Tag } from '../model/index.ts';
import type { Row } from '../runtime/index.ts';
import { renderTable, type Cell } from './table.ts';
import { renderBytes, renderCount, renderDigest, renderDuration } from './words.ts';

export type ListedTag = {
  readonly tag: Tag;
  /** Absent where nothing that can be read is behind the tag; `why` says it then. */
  readonly digest?: Digest;
  readonly why?: string;
  readonly kind?: Manifest['kind'];
  /** What the image says of itself; absent where it says nothing that can be believed. */
  readonly created?: Instant;
  /** Of all that it reaches, as it is stored and pulled: manifests, configs and layers, each once. */
  readonly bytes?: number;
  /** Some of it could not be read. */
  readonly atLeast?: true;
  /** Of an index those that it lists, attestations aside; of an image 1. Absent for what is no image. */
  readonly platforms?: number;
};

export type ListedRepository = {
  readonly repository: RepositoryName;
  /** The newest first; those without a date after them, by name. */
  readonly tags: readonly ListedTag[];
  /** Of all of them together: what several share counts once. */
  readonly bytes: number;
};

/** The document of `ls --json`. */
export type Listing = {
  readonly format: 'registry-prune.listing';
  readonly version: 1;
  readonly program: string;
  readonly registry: Origin;
  readonly at: Instant;
  readonly repositories: readonly ListedRepository[];
};

export function listRepository(snapshot: Snapshot): ListedRepository {
  const all = new Map<Digest, number>();
  const tags = [...snapshot.tags].map(([tag, state]): ListedTag => {
    if (state.kind !== 'points')
      return { tag, why: state.kind === 'ghost' ? 'listed, with nothing behind it' : state.why };
    const { digest } = state;
    const manifest = snapshot.manifests.get(digest);
    if (manifest === undefined) return { tag, digest };
    const sizes = new Map<Digest, number>();
    const whole = addSizes(snapshot, digest, sizes);
    for (const [each, size] of sizes) all.set(each, size);
    const platforms = platformsOf(snapshot, manifest);
    return {
      tag,
      digest,
      kind: manifest.kind,
      ...(manifest.kind !== 'opaque' && manifest.created.kind === 'known' && { created: manifest.created.at }),
      bytes: sum(sizes.values()),
      ...(!whole && { atLeast: true }),
      ...(platforms !== undefined && { platforms }),
    };
  });
  return { repository: snapshot.repository, tags: tags.sort(byDate), bytes: sum(all.values()) };
}

/** Adds what the manifest reaches; whether all of it could be read. */
function addSizes(snapshot: Snapshot, digest: Digest, sizes: Map<Digest, number>): boolean {
  if (sizes.has(digest)) return true;
  const manifest = snapshot.manifests.get(digest);
  if (manifest === undefined) return false;
  sizes.set(digest, manifest.size);
  if (manifest.kind === 'opaque') return false;
  for (const blob of manifest.blobs) sizes.set(blob.digest, blob.size);
  // Every child, whatever the ones before it were.
  return manifest.children.map((child) => addSizes(snapshot, child, sizes)).every((whole) => whole);
}

function platformsOf({ manifests }: Snapshot, manifest: Manifest): number | undefined {
  if (manifest.kind === 'image' || manifest.kind === 'legacy') return 1;
  if (manifest.kind !== 'index' || manifest.children.length === 0) return undefined;
  return manifest.children.filter((child) => {
    const each = manifests.get(child);
    return each === undefined || each.kind === 'opaque' || each.attests === undefined;
  }).length;
}

function byDate(a: ListedTag, b: ListedTag): number {
  const [one, other] = [a.created ?? '', b.created ?? ''];
  if (one !== other) return one > other ? -1 : 1;
  return a.tag < b.tag ? -1 : 1;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}

const head = [
  { head: 'TAG' },
  { head: 'AGE', align: 'right' },
  { head: 'SIZE', align: 'right' },
  { head: 'PLATFORMS', align: 'right' },
  { head: 'DIGEST' },
] as const;

/** A table for each repository. */
export function renderListing({ repositories, at }: Listing, columns?: number): readonly Row[] {
  return repositories.flatMap(({ repository, tags, bytes }, index): readonly Row[] => [
    ...(index === 0 ? [] : [[]]),
    [{ text: repository, look: 'strong' }, { text: `: ${renderCount(tags.length, 'tag')}, ${renderBytes(bytes)}` }],
    ...(tags.length === 0
      ? []
      : renderTable(
          head,
          tags.map((tag) => cellsOf(tag, at)),
          columns,
        )),
  ]);
}

function cellsOf({ tag, digest, why, created, bytes, atLeast, platforms }: ListedTag, at: Instant): readonly Cell[] {
  const age = created === undefined ? 'unknown' : renderDuration((Date.parse(at) - Date.parse(created)) / 1000);
  const size = bytes === undefined ? '' : `${atLeast ? '≥ ' : ''}${renderBytes(bytes)}`;
  return [
    { text: tag },
    created === undefined ? { text: age, look: 'faint' } : { text: age },
    { text: size },
    { text: platforms === undefined ? '' : String(platforms) },
    { text: why ?? (digest === undefined ? '' : renderDigest(digest)), look: 'faint' },
  ];
}
