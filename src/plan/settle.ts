/** How much of a wish may go: the one place where a deletion is granted, for a new plan and for an old one alike. */
import { attachedTo, reach, type Digest, type ReadManifest, type Snapshot, type Tag } from '../model/index.ts';

export type Wish = { readonly tags: Iterable<Tag>; readonly manifests: Iterable<Digest> };
export type Granted = {
  readonly tags: ReadonlySet<Tag>;
  readonly manifests: ReadonlyMap<Digest, ReadManifest>;
};

/**
 * The largest part of a wish that may go while all the rest of the snapshot stays, so that no edge leads from what
 * stays to what goes. Everything outside the wish holds what it reaches (see `reach`), tagged or not.
 *
 * - A tag goes only where it was seen to point at a manifest that was read, or at nothing (a ghost).
 * - A manifest goes only where it was read and nothing that stays reaches it.
 * - An attachment's tag goes only with its subject.
 * - Where anything that stays could not be read, it may hold every manifest: none goes, and no attachment's tag.
 */
export function settle(snapshot: Snapshot, wish: Wish): Granted {
  // What is wished for and may be wished for; below, what is held leaves again. Nothing is said of either before that.
  const tags = new Set<Tag>();
  for (const tag of wish.tags) if (isUnderstood(snapshot, tag)) tags.add(tag);
  const manifests = new Map<Digest, ReadManifest>();
  for (const digest of wish.manifests) {
    const manifest = readManifest(snapshot, digest);
    if (manifest !== undefined) manifests.set(digest, manifest);
  }
  const keptTags = without(snapshot.tags.keys(), tags);
  const keptManifests = without(snapshot.manifests.keys(), manifests);
  const held = reach(snapshot, { tags: keptTags, digests: keptManifests });
  // A kept tag whose manifest the snapshot lacks breaks the snapshot's promise: it may be an index over anything.
  const blind = held.opaque || keptTags.some((tag) => !isUnderstood(snapshot, tag));
  const stays = (digest: Digest | undefined): boolean => digest !== undefined && (blind || held.digests.has(digest));
  for (const tag of tags) if (stays(attachedTo(snapshot, tag))) tags.delete(tag);
  for (const digest of manifests.keys()) if (stays(digest)) manifests.delete(digest);
  return { tags, manifests };
}

/** `undefined` for a manifest that the repository doesn't hold or that could not be read. */
export function readManifest(snapshot: Snapshot, digest: Digest): ReadManifest | undefined {
  const manifest = snapshot.manifests.get(digest);
  return manifest?.kind === 'opaque' ? undefined : manifest;
}

function isUnderstood(snapshot: Snapshot, tag: Tag): boolean {
  const state = snapshot.tags.get(tag);
  return state?.kind === 'ghost' || (state?.kind === 'points' && readManifest(snapshot, state.digest) !== undefined);
}

function without<Name>(all: Iterable<Name>, gone: { has: (name: Name) => boolean }): readonly Name[] {
  const left: Name[] = [];
  for (const name of all) if (!gone.has(name)) left.push(name);
  return left;
}
