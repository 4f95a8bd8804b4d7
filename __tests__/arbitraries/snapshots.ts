/**
 * Random repositories, small and dense, so that what is rare outside meets often: digests that tags share, nested
 * indexes, cosign and fallback tags, referrers, BuildKit attestations, cache indexes that list layers, manifests named
 * as layers, children that are not there, ghosts, placeholders, unreadable tags and opaque manifests.
 */
import fc from 'fast-check';
import {
  BlobPool,
  mediaTypes,
  type Descriptor,
  type Digest,
  type Instant,
  type Manifest,
  type ReadManifest,
  type Snapshot,
  type Tag,
  type TagState,
} from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, instantOf, originOf, repositoryOf, tagOf } from './names.ts';

/** Manifests are numbered from 1, layers from 1000, and what the registry doesn't hold from 2000. */
const firstLayer = 1000;
const firstAbsent = 2000;
const most = 12;

const pool = new BlobPool();

type Shape = {
  readonly kind: Manifest['kind'];
  /** Numbers of earlier manifests: what is named by digest was there before, so there are no circles. */
  readonly children: readonly number[];
  readonly absentChild: boolean;
  readonly subject: number | undefined;
  readonly attests: number | undefined;
  readonly layers: readonly number[];
  readonly manifestAsLayer: number | undefined;
};

const kinds: readonly { readonly arbitrary: fc.Arbitrary<Manifest['kind']>; readonly weight: number }[] = [
  { arbitrary: fc.constant('image'), weight: 6 },
  { arbitrary: fc.constant('index'), weight: 6 },
  { arbitrary: fc.constant('artifact'), weight: 3 },
  { arbitrary: fc.constant('legacy'), weight: 1 },
  { arbitrary: fc.constant('placeholder'), weight: 1 },
];

function shape(readable: boolean): fc.Arbitrary<Shape> {
  const number = fc.nat(most);
  return fc.record({
    kind: readable
      ? fc.oneof(...kinds)
      : fc.oneof(...kinds, { arbitrary: fc.constant<Manifest['kind']>('opaque'), weight: 2 }),
    children: fc.uniqueArray(number, { maxLength: 4 }),
    absentChild: fc.nat(9).map((roll) => roll === 9),
    subject: fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: number, weight: 1 }),
    attests: fc.oneof({ arbitrary: fc.constant(undefined), weight: 6 }, { arbitrary: number, weight: 1 }),
    layers: fc.uniqueArray(fc.nat(6), { maxLength: 3 }),
    manifestAsLayer: fc.oneof({ arbitrary: fc.constant(undefined), weight: 12 }, { arbitrary: number, weight: 1 }),
  });
}

/** `number` of a manifest made before this one, if there is one. */
function earlier(number: number | undefined, own: number): readonly Digest[] {
  return number === undefined || own === 0 ? [] : [digestOf(1 + (number % own))];
}

function layer(number: number): Descriptor {
  const digest = digestOf(firstLayer + number);
  return { digest, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: sizeOf(digest) };
}

/** The same digest has the same size wherever it is named. */
function sizeOf(digest: Digest): number {
  return 100 + Number.parseInt(digest.slice(-4), 16);
}

function manifestOf({ kind, ...shape }: Shape, own: number): Manifest {
  const mediaType = kind === 'index' ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const digest = digestOf(1 + own);
  const descriptor = { digest, mediaType, size: sizeOf(digest) };
  if (kind === 'opaque') return { ...descriptor, kind, why: 'its manifest is not JSON' };
  const [subject] = kind === 'legacy' ? [] : earlier(shape.subject, own);
  const [attests] = earlier(shape.attests, own);
  const children = [
    ...shape.children.flatMap((number) => earlier(number, own)),
    ...(shape.absentChild ? [digestOf(firstAbsent)] : []),
  ];
  const manifest: ReadManifest = {
    ...descriptor,
    kind,
    children: kind === 'index' ? [...new Set(children)] : [],
    // As a reader leaves them.
    blobs: pool.pack([
      ...shape.layers.map(layer),
      ...earlier(shape.manifestAsLayer, own).map((digest) => ({ digest, mediaType, size: sizeOf(digest) })),
    ]),
    created: { kind: 'unknown', why: 'not-asked' },
    ...(subject === undefined ? {} : { subject }),
    ...(attests === undefined ? {} : { attests }),
  };
  return manifest;
}

type NamedState = { readonly tag: Tag; readonly state: TagState };

function state(manifests: number, readable: boolean): fc.Arbitrary<TagState> {
  const points: fc.Arbitrary<TagState> = fc
    .nat(manifests - 1)
    .map((number) => ({ kind: 'points', digest: digestOf(1 + number) }));
  const ghost: fc.Arbitrary<TagState> = fc.constant({ kind: 'ghost' });
  const unreadable: fc.Arbitrary<TagState> = fc.constant({ kind: 'unreadable', why: 'the registry answered 500' });
  return fc.oneof(
    { arbitrary: points, weight: 12 },
    { arbitrary: ghost, weight: 1 },
    ...(readable ? [] : [{ arbitrary: unreadable, weight: 2 }]),
  );
}

function tags(manifests: number, readable: boolean): fc.Arbitrary<readonly NamedState[]> {
  const plain = fc.nat(15).map((number) => tagOf(`t${number}`));
  const attachment = fc
    .tuple(fc.nat(manifests), fc.constantFrom('' as const, '.sig' as const, '.att' as const, '.sbom' as const))
    // One beyond the manifests: the subject is not there.
    .map(([number, ending]) => attachmentTagOf(digestOf(number === manifests ? firstAbsent : 1 + number), ending));
  const tag = fc.oneof({ arbitrary: plain, weight: 4 }, { arbitrary: attachment, weight: 1 });
  return fc.uniqueArray(fc.record({ tag, state: state(manifests, readable) }), {
    maxLength: 14,
    selector: (named) => named.tag,
  });
}

function snapshot(readable: boolean): fc.Arbitrary<Snapshot> {
  return fc.array(shape(readable), { minLength: 1, maxLength: most }).chain((shapes) => {
    const manifests = shapes.map(manifestOf);
    const number = fc.nat(shapes.length);
    const seen: fc.Arbitrary<Snapshot & { readonly hours: readonly number[] }> = fc.record({
      registry: fc.constant(originOf('https://registry.example.com')),
      repository: fc.constant(repositoryOf('apps/web')),
      observedAt: fc.constant(instantOf('2026-11-22T01:30:00.000Z')),
      via: fc.constantFrom('api' as const, 'storage' as const),
      tags: tags(shapes.length, readable).map((named) => new Map(named.map(({ tag, state }) => [tag, state]))),
      manifests: fc.constant(new Map(manifests.map((manifest) => [manifest.digest, manifest]))),
      referrers: fc
        .array(fc.tuple(number, number), { maxLength: 3 })
        .map(
          (pairs) =>
            new Map(
              pairs
                .filter(([subject, referrer]) => subject < referrer)
                .map(([subject, referrer]) => [digestOf(1 + subject), [digestOf(1 + referrer)]]),
            ),
        ),
      problems: fc.constant([]),
      hours: fc.array(fc.nat(11), { minLength: shapes.length, maxLength: shapes.length }),
    });
    return seen.map(({ hours, ...all }) => ({ ...all, revisions: revisionsAt(manifests, hours) }));
  });
}

/** When each manifest was pushed: at an hour of a day long past; at 10 nobody knows, at 11 the storage doesn't link it. */
function revisionsAt(
  manifests: readonly Manifest[],
  hours: readonly number[],
): ReadonlyMap<Digest, Instant | undefined> {
  const linked = manifests.map(({ digest }, place) => ({ digest, hour: hours[place] ?? 11 }));
  return new Map(
    linked
      .filter(({ hour }) => hour < 11)
      .map(({ digest, hour }) => [digest, hour === 10 ? undefined : instantOf(`2026-10-01T0${hour}:00:00.000Z`)]),
  );
}

/** A repository in which all could be read: only there may manifests go. */
export const readableSnapshots: fc.Arbitrary<Snapshot> = snapshot(true).map(shown);

/** Any repository; about one in four has something that could not be read. */
export const snapshots: fc.Arbitrary<Snapshot> = fc
  .oneof({ arbitrary: snapshot(true), weight: 3 }, { arbitrary: snapshot(false), weight: 1 })
  .map(shown);

/** Through the API only what a tag reaches is seen, downwards and through the referrers API. */
function shown(all: Snapshot): Snapshot {
  if (all.via === 'storage') return all;
  const seen = new Set<Digest>([...all.tags.values()].flatMap((at) => (at.kind === 'points' ? at.digest : [])));
  for (const digest of seen) {
    const manifest = all.manifests.get(digest);
    if (manifest !== undefined && manifest.kind !== 'opaque') for (const child of manifest.children) seen.add(child);
    for (const referrer of all.referrers.get(digest) ?? []) seen.add(referrer);
  }
  const { registry, repository, observedAt, tags, referrers, problems } = all;
  const manifests = new Map([...all.manifests].filter(([digest]) => seen.has(digest)));
  return { registry, repository, observedAt, via: 'api', tags, manifests, referrers, problems };
}
