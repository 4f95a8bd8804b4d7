/** What files of the workspace name is kept, whatever the rules say. */
import {
  attachmentSubject,
  attachments,
  type Digest,
  type Reference,
  type Snapshot,
  type Tag,
  type TagState,
} from '../model/index.ts';

/** The reference that keeps a tag, the most exact one if there are several. */
export type ReferenceTo = (tag: Tag, state: TagState) => Reference | undefined;

/**
 * By tag: that tag. By digest: every tag whose image it is, whose index lists it at any depth, or that it is attached
 * to, since any of them takes it along. Without either: every tag of the repository.
 */
export function indexReferences(snapshot: Snapshot, references: readonly Reference[]): ReferenceTo {
  const here = references.filter(({ repository }) => repository === snapshot.repository);
  if (here.length === 0) return () => undefined;
  const byTag = new Map<Tag, Reference>();
  const byDigest = new Map<Digest, Reference>();
  const all = here.find(({ names }) => names.kind === 'all');
  const wholesOf = wholesIn(snapshot);
  for (const reference of here) {
    const { names } = reference;
    if (names.kind === 'tag' && !byTag.has(names.tag)) byTag.set(names.tag, reference);
    for (const digest of namedDigests(reference))
      for (const whole of wholesOf(digest)) if (!byDigest.has(whole)) byDigest.set(whole, reference);
  }
  return (tag, state) => byTag.get(tag) ?? (state.kind === 'points' ? byDigest.get(state.digest) : undefined) ?? all;
}

/** The images that are named by digest. An attachment's tag stays with its subject alone: who names it names its subject. */
export function namedDigests({ names }: Reference): readonly Digest[] {
  if (names.kind === 'digest') return [names.digest];
  const subject = names.kind === 'tag' ? attachmentSubject(names.tag) : undefined;
  return subject === undefined ? [] : [subject];
}

/** Answers with a digest and all that takes it along: the indexes that list it, and what it is attached to. */
function wholesIn(snapshot: Snapshot): (part: Digest) => ReadonlySet<Digest> {
  const wholes = new Map<Digest, Digest[]>();
  const add = (part: Digest, whole: Digest): void => {
    wholes.set(part, [...(wholes.get(part) ?? []), whole]);
  };
  for (const manifest of snapshot.manifests.values())
    if (manifest.kind !== 'opaque') for (const child of manifest.children) add(child, manifest.digest);
  for (const [subject, { digests }] of attachments(snapshot)) for (const digest of digests) add(digest, subject);
  for (const [tag, state] of snapshot.tags) {
    const subject = attachmentSubject(tag);
    if (subject !== undefined && state.kind === 'points') add(state.digest, subject);
  }
  return (part) => {
    const found = new Set<Digest>();
    const waiting = [part];
    for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
      if (found.has(digest)) continue;
      found.add(digest);
      waiting.push(...(wholes.get(digest) ?? []));
    }
    return found;
  };
}
