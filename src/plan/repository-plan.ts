/** The value that a plan is, from what goes: in its order, with what stays and what it frees. */
import {
  attachmentSubject,
  bytesOf,
  type Digest,
  type Estimate,
  type Manifest,
  type PlannedManifest,
  type PlannedTag,
  type ReadManifest,
  type RepositoryPlan,
  type Snapshot,
  type Tag,
} from '../model/index.ts';
import { byText } from './order.ts';
import { readManifest } from './settle.ts';

export function repositoryPlan(
  snapshot: Snapshot,
  tags: readonly PlannedTag[],
  manifests: readonly PlannedManifest[],
): RepositoryPlan {
  const doomed = new Set(tags.map(({ tag }) => tag));
  const stays: { tag: Tag; digest: Digest }[] = [];
  for (const [tag, state] of snapshot.tags)
    if (state.kind === 'points' && !doomed.has(tag)) stays.push({ tag, digest: state.digest });
  return {
    repository: snapshot.repository,
    observedAt: snapshot.observedAt,
    tagsSeen: snapshot.tags.size,
    tags: [...tags].sort((a, b) => isAttachment(a) - isAttachment(b) || byText(a.tag, b.tag)),
    manifests,
    stays: stays.sort((a, b) => byText(a.tag, b.tag)),
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
  const doomed = new Set(manifests.map(({ digest }) => digest));
  const going: ReadManifest[] = [];
  for (const { digest } of manifests) {
    const manifest = readManifest(snapshot, digest);
    if (manifest !== undefined) going.push(manifest);
  }
  const bytes = going.length === 0 ? 0 : bytesOf(going, without(snapshot.manifests.values(), doomed));
  let unread = false;
  for (const { kind } of snapshot.manifests.values()) unread ||= kind === 'opaque';
  for (const { kind } of snapshot.tags.values()) unread ||= kind === 'unreadable';
  const unsized = going.some(({ kind }) => kind === 'legacy');
  return { bytes, atLeast: unsized || (unread && tags.length > 0) };
}

function* without(manifests: Iterable<Manifest>, doomed: ReadonlySet<Digest>): Iterable<Manifest> {
  for (const manifest of manifests) if (!doomed.has(manifest.digest)) yield manifest;
}
