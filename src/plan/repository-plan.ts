/** The value that a plan is, from what goes: in its order, with what stays and what it frees. */
import {
  attachmentSubject,
  type Descriptor,
  type Digest,
  type Estimate,
  type PlannedManifest,
  type PlannedTag,
  type RepositoryPlan,
  type Snapshot,
} from '../model/index.ts';
import { byText } from './order.ts';
import { readManifest } from './settle.ts';

export function repositoryPlan(
  snapshot: Snapshot,
  tags: readonly PlannedTag[],
  manifests: readonly PlannedManifest[],
): RepositoryPlan {
  const doomed = new Set(tags.map(({ tag }) => tag));
  return {
    repository: snapshot.repository,
    observedAt: snapshot.observedAt,
    tagsSeen: snapshot.tags.size,
    tags: [...tags].sort((a, b) => isAttachment(a) - isAttachment(b) || byText(a.tag, b.tag)),
    manifests,
    stays: [...snapshot.tags]
      .flatMap(([tag, state]) => (state.kind === 'points' && !doomed.has(tag) ? { tag, digest: state.digest } : []))
      .sort((a, b) => byText(a.tag, b.tag)),
    frees: estimate(snapshot, tags, manifests),
  };
}

/** 1 for an attachment's tag, 0 for an image's: images' tags go first. */
export function isAttachment({ tag }: Pick<PlannedTag, 'tag'>): number {
  return Number(attachmentSubject(tag) !== undefined);
}

/**
 * Each doomed manifest, config and layer once, without those that a manifest names which stays. `atLeast` where it may
 * be more: something is unread (then no manifest goes, though some could), or is a Docker schema 1 manifest, which
 * states no sizes. What it can't know makes it less: layers shared with other repositories, or with manifests that no
 * tag reaches and that the API doesn't show, are not freed.
 */
function estimate(snapshot: Snapshot, tags: readonly PlannedTag[], manifests: readonly PlannedManifest[]): Estimate {
  const partsOf = (digest: Digest): readonly Descriptor[] => readManifest(snapshot, digest)?.blobs ?? [];
  const doomed = new Set(manifests.map(({ digest }) => digest));
  // What stays, and then what has been counted.
  const settled = new Set<Digest>();
  if (doomed.size > 0)
    for (const digest of snapshot.manifests.keys())
      if (!doomed.has(digest)) for (const part of partsOf(digest)) settled.add(part.digest);
  let bytes = 0;
  const count = ({ digest, size }: Descriptor): void => {
    if (settled.has(digest)) return;
    settled.add(digest);
    bytes += size;
  };
  let unsized = false;
  for (const manifest of manifests) {
    count(manifest);
    partsOf(manifest.digest).forEach(count);
    unsized ||= snapshot.manifests.get(manifest.digest)?.kind === 'legacy';
  }
  const unread = [...snapshot.manifests.values(), ...snapshot.tags.values()].some(
    ({ kind }) => kind === 'opaque' || kind === 'unreadable',
  );
  return { bytes, atLeast: unsized || (unread && tags.length > 0) };
}
