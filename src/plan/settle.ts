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
  const tags = [...wish.tags].filter((tag) => isUnderstood(snapshot, tag));
  const manifests = [...wish.manifests].flatMap((digest) => readManifest(snapshot, digest) ?? []);
  const keptTags = without(snapshot.tags.keys(), tags);
  const keptManifests = without(
    snapshot.manifests.keys(),
    manifests.map(({ digest }) => digest),
  );
  const held = reach(snapshot, { tags: keptTags, digests: keptManifests });
  // A kept tag whose manifest the snapshot lacks breaks the snapshot's promise: it may be an index over anything.
  const blind = held.opaque || keptTags.some((tag) => !isUnderstood(snapshot, tag));
  const stays = (digest: Digest | undefined): boolean => digest !== undefined && (blind || held.digests.has(digest));
  const granted = new Map<Digest, ReadManifest>();
  for (const manifest of manifests) if (!stays(manifest.digest)) granted.set(manifest.digest, manifest);
  return { tags: new Set(tags.filter((tag) => !stays(attachedTo(snapshot, tag)))), manifests: granted };
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

function without<Name>(all: Iterable<Name>, taken: readonly Name[]): readonly Name[] {
  const gone = new Set(taken);
  const left: Name[] = [];
  for (const name of all) if (!gone.has(name)) left.push(name);
  return left;
}
