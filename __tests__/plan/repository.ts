/** A repository told in a few lines, for tests that look at one case. */
import {
  mediaTypes,
  type Decision,
  type Descriptor,
  type Digest,
  type Manifest,
  type ReadManifest,
  type Snapshot,
  type Tag,
  type TagState,
} from '../../src/model/index.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';

/** A manifest by its number; an image unless said otherwise. */
export function manifest(number: number, parts: Partial<ReadManifest> = {}): ReadManifest {
  return {
    digest: digestOf(number),
    mediaType: parts.kind === 'index' ? mediaTypes.ociIndex : mediaTypes.ociManifest,
    size: number,
    kind: 'image',
    children: [],
    blobs: [],
    created: { kind: 'unknown', why: 'not-asked' },
    ...parts,
  };
}

export function index(number: number, children: readonly number[], parts: Partial<ReadManifest> = {}): ReadManifest {
  return manifest(number, { kind: 'index', children: children.map(digestOf), ...parts });
}

export function opaque(number: number): Manifest {
  return { digest: digestOf(number), mediaType: '', size: 0, kind: 'opaque', why: 'the registry answered 500' };
}

export function layer(number: number, size: number): Descriptor {
  return { digest: digestOf(number), mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size };
}

/** What a tag points at by number, or how it answers. */
export type Target = number | 'ghost' | 'unreadable';

function stateOf(target: Target): TagState {
  if (target === 'ghost') return { kind: 'ghost' };
  if (target === 'unreadable') return { kind: 'unreadable', why: 'the registry answered 500' };
  return { kind: 'points', digest: digestOf(target) };
}

export function repository(
  tags: Readonly<Record<string, Target>>,
  manifests: readonly Manifest[],
  referrers: readonly (readonly [number, readonly number[]])[] = [],
): Snapshot {
  return {
    registry: originOf('https://registry.example.com'),
    repository: repositoryOf('apps/web'),
    observedAt: instantOf('2026-11-22T01:30:00.000Z'),
    via: 'api',
    tags: new Map(Object.entries(tags).map(([tag, target]): [Tag, TagState] => [tagOf(tag), stateOf(target)])),
    manifests: new Map(manifests.map((one) => [one.digest, one])),
    referrers: new Map(referrers.map(([subject, all]) => [digestOf(subject), all.map(digestOf)])),
    problems: [],
  };
}

/** These tags are to go, all others of the snapshot are to stay. */
export function deleting(snapshot: Snapshot, ...doomed: readonly string[]): readonly Decision[] {
  return [...snapshot.tags].map(([tag, state]) => ({
    tag,
    verdict: doomed.includes(tag) ? 'delete' : 'keep',
    because: [{ kind: 'no-rule' }],
    image: 'unknown',
    rule: 'builds',
    ...(state.kind === 'points' ? { digest: state.digest } : {}),
  }));
}

/** A digest as the number that it was made of, so that expectations can be read. */
export function numberOf(digest: Digest): number {
  return Number.parseInt(digest.slice('sha256:'.length), 16);
}
