/**
 * What a set of kept tags holds: the manifests that may not go while those tags stay. Used to decide (the attachments),
 * to plan, and to narrow a plan; `verify` in plan/ checks the same promise by other means.
 */
import { attachmentSubject, type Digest, type Tag } from './names.ts';
import type { Snapshot } from './snapshot.ts';

export type Held = {
  /** Manifests that stay, whether this repository has them or only names them; as a config or layer, too. */
  readonly digests: ReadonlySet<Digest>;
  /** Something that stays could not be read and may hold anything: then no manifest of the repository may go. */
  readonly opaque: boolean;
};

/**
 * The closure, from the kept tags (and manifests that stay for another reason): an index holds its children at any
 * depth; a manifest holds what is attached to it (API referrers, cosign and fallback tags, BuildKit attestations), so
 * that no kept image loses its signature; what is attached holds its subject, so that none is left behind of a deleted
 * one; and a manifest that is named as a layer (BuildKit's cache index lists them) is held like a child.
 */
export function reach(
  snapshot: Snapshot,
  kept: { readonly tags: Iterable<Tag>; readonly digests?: Iterable<Digest> },
): Held {
  const attached = attachments(snapshot);
  const subjects = subjectsOf(attached);
  const digests = new Set<Digest>();
  let opaque = false;
  const waiting: Digest[] = [...(kept.digests ?? [])];
  const follow = (tag: Tag): void => {
    const state = snapshot.tags.get(tag);
    if (state?.kind === 'points') waiting.push(state.digest);
    if (state?.kind === 'unreadable') opaque = true;
    const subject = attachedTo(snapshot, tag);
    if (subject !== undefined) waiting.push(subject);
  };
  for (const tag of kept.tags) follow(tag);
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (digests.has(digest)) continue;
    digests.add(digest);
    const attachedHere = attached.get(digest);
    attachedHere?.tags.forEach(follow);
    waiting.push(...(attachedHere?.digests ?? []));
    // Also of one that isn't here, if something that stays names it: it may come back, and its subject would be gone.
    waiting.push(...(subjects.get(digest) ?? []));
    const manifest = snapshot.manifests.get(digest);
    if (manifest === undefined) continue;
    if (manifest.kind === 'opaque') {
      opaque = true;
      continue;
    }
    waiting.push(...manifest.children);
    for (const { digest } of manifest.blobs) if (snapshot.manifests.has(digest)) waiting.push(digest);
  }
  return { digests, opaque };
}

/**
 * The subject that a tag's name attaches it to (see `attachmentSubject`), where something is behind the tag that could
 * be an attachment: a ghost and the placeholder of an interrupted run are not, and may go whatever becomes of the subject.
 */
export function attachedTo(snapshot: Snapshot, tag: Tag): Digest | undefined {
  const state = snapshot.tags.get(tag);
  if (state === undefined || state.kind === 'ghost') return undefined;
  if (state.kind === 'points' && snapshot.manifests.get(state.digest)?.kind === 'placeholder') return undefined;
  return attachmentSubject(tag);
}

export type Attached = { readonly tags: readonly Tag[]; readonly digests: readonly Digest[] };

/** By subject: the attachment tags that name it, and the manifests that refer to it or attest it. */
export function attachments(snapshot: Snapshot): ReadonlyMap<Digest, Attached> {
  const found = new Map<Digest, { tags: Tag[]; digests: Digest[] }>();
  const at = (subject: Digest): { tags: Tag[]; digests: Digest[] } => {
    const entry = found.get(subject) ?? { tags: [], digests: [] };
    found.set(subject, entry);
    return entry;
  };
  for (const tag of snapshot.tags.keys()) {
    const subject = attachedTo(snapshot, tag);
    if (subject !== undefined) at(subject).tags.push(tag);
  }
  for (const [subject, referrers] of snapshot.referrers) at(subject).digests.push(...referrers);
  for (const manifest of snapshot.manifests.values()) {
    if (manifest.kind === 'opaque') continue;
    if (manifest.subject !== undefined) at(manifest.subject).digests.push(manifest.digest);
    if (manifest.attests !== undefined) at(manifest.attests).digests.push(manifest.digest);
  }
  return found;
}

/** The other way round: by manifest, what it is attached to. */
function subjectsOf(attached: ReadonlyMap<Digest, Attached>): ReadonlyMap<Digest, readonly Digest[]> {
  const found = new Map<Digest, Digest[]>();
  for (const [subject, { digests }] of attached)
    for (const digest of digests) found.set(digest, [...(found.get(digest) ?? []), subject]);
  return found;
}
