/** The invariants of ARCHITECTURE.md told naively, from the snapshot's own words, to hold the plan against. */
import {
  attachmentSubject,
  type Decision,
  type Digest,
  type Manifest,
  type RepositoryPlan,
  type Snapshot,
  type Tag,
} from '../../src/model/index.ts';

import type { UntaggedWish } from '../../src/plan/index.ts';

export type Going = { readonly tags: Set<Tag>; readonly manifests: Set<Digest> };

export function goingOf(plan: RepositoryPlan): Going {
  return {
    tags: new Set(plan.tags.map(({ tag }) => tag)),
    manifests: new Set(plan.manifests.map(({ digest }) => digest)),
  };
}

/** What a manifest needs to be whole. */
function needs(manifest: Manifest): readonly Digest[] {
  if (manifest.kind === 'opaque') return [];
  return [
    ...manifest.children,
    ...[...manifest.blobs].map(({ digest }) => digest),
    ...(manifest.subject === undefined ? [] : [manifest.subject]),
  ];
}

/** The subjects of a manifest, by its own word, its index's, or the API's. */
export function subjectsOf(snapshot: Snapshot, digest: Digest): readonly Digest[] {
  const manifest = snapshot.manifests.get(digest);
  const api = [...snapshot.referrers].filter(([, all]) => all.includes(digest)).map(([subject]) => subject);
  if (manifest === undefined || manifest.kind === 'opaque') return api;
  return [manifest.subject, manifest.attests, ...api].filter((subject) => subject !== undefined);
}

/** The subject that a tag is an attachment of; not for a ghost or a placeholder, behind which nothing is attached. */
export function subjectOfTag(snapshot: Snapshot, tag: Tag): Digest | undefined {
  const state = snapshot.tags.get(tag);
  const placeholder = state?.kind === 'points' && snapshot.manifests.get(state.digest)?.kind === 'placeholder';
  return state?.kind === 'ghost' || placeholder ? undefined : attachmentSubject(tag);
}

/** Why a manifest or a tag that goes may not; nothing if it may. One look at the neighbours. */
export function objections(snapshot: Snapshot, going: Going): ReadonlyMap<Tag | Digest, string> {
  const found = new Map<Tag | Digest, string>();
  const present = [...snapshot.manifests.values()];
  const unreadTag = [...snapshot.tags].some(([tag, state]) => {
    if (going.tags.has(tag) || state.kind === 'ghost') return false;
    return state.kind === 'unreadable' || (snapshot.manifests.get(state.digest)?.kind ?? 'opaque') === 'opaque';
  });
  const blind = unreadTag || present.some(({ kind }) => kind === 'opaque');
  const staying = present.filter(({ digest }) => !going.manifests.has(digest));
  const named = namedByWhatStays(snapshot, going);
  const stays = (digest: Digest): boolean => named.has(digest);

  for (const digest of going.manifests) {
    const manifest = snapshot.manifests.get(digest);
    if (manifest === undefined || manifest.kind === 'opaque') found.set(digest, '5: not read');
    if (blind) found.set(digest, '5: something that was not read may hold it');
    for (const [tag, state] of snapshot.tags) {
      if (!going.tags.has(tag) && state.kind === 'points' && state.digest === digest) found.set(digest, `1: ${tag}`);
      if (!going.tags.has(tag) && subjectOfTag(snapshot, tag) === digest) found.set(digest, `3: leaves ${tag} behind`);
    }
    for (const other of staying) if (needs(other).includes(digest)) found.set(digest, `2: ${other.digest} needs it`);
    // Also what isn't here: it is named, so it may come back.
    for (const other of named)
      if (subjectsOf(snapshot, other).includes(digest)) found.set(digest, `3: leaves ${other} behind`);
    for (const subject of subjectsOf(snapshot, digest)) if (stays(subject)) found.set(digest, `3: of ${subject}`);
    // An attachment by its tag: whoever keeps the subject keeps what the tag points at.
    for (const [tag, state] of snapshot.tags) {
      const subject = subjectOfTag(snapshot, tag);
      if (subject !== undefined && stays(subject) && state.kind === 'points' && state.digest === digest)
        found.set(digest, `3: ${tag} of ${subject}`);
    }
  }
  for (const tag of going.tags) {
    const state = snapshot.tags.get(tag);
    const subject = subjectOfTag(snapshot, tag);
    if (state === undefined) found.set(tag, '4: not observed');
    if (state?.kind === 'unreadable') found.set(tag, '5: not read');
    if (state?.kind === 'points' && (snapshot.manifests.get(state.digest)?.kind ?? 'opaque') === 'opaque')
      found.set(tag, '5: its manifest was not read');
    if (subject !== undefined && (blind || stays(subject))) found.set(tag, `3: of ${subject}`);
  }
  return found;
}

/** What stays, and what that speaks of though the registry doesn't hold it: an attachment of it is kept as well. */
function namedByWhatStays(snapshot: Snapshot, going: Going): ReadonlySet<Digest> {
  const found = new Set([...snapshot.manifests.keys()].filter((digest) => !going.manifests.has(digest)));
  const add = (digest: Digest | undefined): void => {
    if (digest !== undefined && !snapshot.manifests.has(digest)) found.add(digest);
  };
  for (const tag of snapshot.tags.keys()) if (!going.tags.has(tag)) add(subjectOfTag(snapshot, tag));
  for (const digest of found) {
    const manifest = snapshot.manifests.get(digest);
    if (manifest !== undefined && manifest.kind !== 'opaque') manifest.children.forEach(add);
    subjectsOf(snapshot, digest).forEach(add);
    snapshot.referrers.get(digest)?.forEach(add);
  }
  return found;
}

/** All that is wished for and that may go: begin with everything, strike out what is objected to, until nothing is. */
export function mostThatMayGo(
  snapshot: Snapshot,
  decisions: readonly Decision[],
  untagged: readonly UntaggedWish[] = [],
): Going {
  const going: Going = { tags: new Set(), manifests: new Set() };
  for (const { tag, verdict } of decisions) if (verdict === 'delete') going.tags.add(tag);
  const reached = new Set<Digest>();
  for (const tag of going.tags) {
    const state = snapshot.tags.get(tag);
    if (state?.kind === 'points') reached.add(state.digest);
  }
  for (const digest of reached) {
    const manifest = snapshot.manifests.get(digest);
    if (manifest !== undefined && manifest.kind !== 'opaque') for (const child of manifest.children) reached.add(child);
    for (const other of snapshot.manifests.keys()) if (subjectsOf(snapshot, other).includes(digest)) reached.add(other);
  }
  for (const { digest, because } of untagged) {
    const pushedAt = snapshot.revisions?.get(digest);
    // Ten seconds are nothing between two readings of a clock.
    const isAsOld = pushedAt !== undefined && Date.parse(pushedAt) <= Date.parse(because.revisedAt) + 10_000;
    if (isAsOld) reached.add(digest);
  }
  for (const digest of reached) if (snapshot.manifests.has(digest)) going.manifests.add(digest);
  for (;;) {
    const objected = objections(snapshot, going);
    if (objected.size === 0) return going;
    for (const name of objected.keys()) {
      going.tags.delete(name as Tag);
      going.manifests.delete(name as Digest);
    }
  }
}
