/** What others do to a repository between two looks: pushes, moves, deletions, and what can't be read any more. */
import fc from 'fast-check';
import {
  mediaTypes,
  type Digest,
  type Manifest,
  type ReadManifest,
  type Snapshot,
  type Tag,
  type TagState,
} from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, instantOf, tagOf } from './names.ts';

type Change = (snapshot: Snapshot) => Snapshot;

/** What is pushed meanwhile is numbered from 3000. */
const firstPushed = 3000;

export function withTag(snapshot: Snapshot, tag: Tag, state: TagState): Snapshot {
  return { ...snapshot, tags: new Map([...snapshot.tags, [tag, state]]) };
}

export function withManifest(snapshot: Snapshot, manifest: Manifest): Snapshot {
  return { ...snapshot, manifests: new Map([...snapshot.manifests, [manifest.digest, manifest]]) };
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  return new Map([...map].filter(([other]) => other !== key));
}

function pushed(number: number, parts: Partial<ReadManifest>): ReadManifest {
  return {
    digest: digestOf(firstPushed + number),
    mediaType: mediaTypes.ociIndex,
    size: 500,
    kind: 'index',
    children: [],
    blobs: [],
    created: { kind: 'unknown', why: 'not-asked' },
    ...parts,
  };
}

/** Up to four changes, one after the other. */
export function changed(before: Snapshot): fc.Arbitrary<Snapshot> {
  const anyTag = fc.constantFrom(...before.tags.keys(), tagOf('unheard-of'));
  const anyDigest = fc.constantFrom<Digest[]>(...before.manifests.keys(), digestOf(firstPushed - 1));
  const newTag = fc.nat(3).map((number) => tagOf(`new${number}`));
  const number = fc.nat(3);

  const point = (tag: fc.Arbitrary<Tag>): fc.Arbitrary<Change> =>
    fc.tuple(tag, anyDigest).map(
      ([name, digest]) =>
        (snapshot) =>
          withTag(snapshot, name, { kind: 'points', digest }),
    );
  const remove = anyTag.map((tag): Change => (snapshot) => ({ ...snapshot, tags: without(snapshot.tags, tag) }));
  const ghost = anyTag.map(
    (tag): Change =>
      (snapshot) =>
        withTag(snapshot, tag, { kind: 'ghost' }),
  );
  const blind = anyTag.map(
    (tag): Change =>
      (snapshot) =>
        withTag(snapshot, tag, { kind: 'unreadable', why: 'the registry answered 500' }),
  );
  const index = fc
    .tuple(newTag, number, fc.array(anyDigest, { maxLength: 3 }))
    .map(([tag, own, children]): Change => (snapshot) => {
      const manifest = pushed(own, { children });
      return withTag(withManifest(snapshot, manifest), tag, { kind: 'points', digest: manifest.digest });
    });
  const referrer = fc.tuple(number, anyDigest).map(([own, subject]): Change => (snapshot) => {
    const manifest = pushed(4 + own, { kind: 'artifact', mediaType: mediaTypes.ociManifest, subject });
    const referrers = new Map([...snapshot.referrers, [subject, [manifest.digest]]]);
    return { ...withManifest(snapshot, manifest), referrers };
  });
  const signature = fc.tuple(number, anyDigest).map(([own, subject]): Change => (snapshot) => {
    const manifest = pushed(8 + own, { kind: 'artifact', mediaType: mediaTypes.ociManifest });
    const tag = attachmentTagOf(subject);
    return withTag(withManifest(snapshot, manifest), tag, { kind: 'points', digest: manifest.digest });
  });
  const lost = anyDigest.map((digest): Change => (snapshot) => ({
    ...snapshot,
    manifests: without(snapshot.manifests, digest),
  }));
  const closed = anyDigest.map(
    (digest): Change =>
      (snapshot) =>
        withManifest(snapshot, { digest, mediaType: '', size: 0, kind: 'opaque', why: 'the registry answered 500' }),
  );
  const pushedAgain = anyDigest.map((digest): Change => (snapshot) => {
    const { revisions } = snapshot;
    if (revisions === undefined) return snapshot;
    return { ...snapshot, revisions: new Map([...revisions, [digest, instantOf('2026-11-22T01:59:00.000Z')]]) };
  });
  const change = fc.oneof(
    { arbitrary: pushedAgain, weight: 2 },
    { arbitrary: point(anyTag), weight: 3 },
    { arbitrary: point(newTag), weight: 3 },
    { arbitrary: remove, weight: 2 },
    { arbitrary: ghost, weight: 2 },
    { arbitrary: index, weight: 3 },
    { arbitrary: referrer, weight: 2 },
    { arbitrary: signature, weight: 2 },
    { arbitrary: lost, weight: 2 },
    { arbitrary: blind, weight: 1 },
    { arbitrary: closed, weight: 1 },
  );
  return fc
    .array(change, { maxLength: 4 })
    .map((changes) => changes.reduce((snapshot, apply) => apply(snapshot), before))
    .map((snapshot) => ({ ...snapshot, observedAt: instantOf('2026-11-22T02:00:00.000Z') }));
}
