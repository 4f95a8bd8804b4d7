/** Who holds whom in a snapshot, edge by edge: what `verify` looks at. It shares nothing with `reach`, on purpose. */
import { attachmentSubject, type Digest, type ReadManifest, type Snapshot, type Tag } from '../model/index.ts';

/** An index and a child of it, or a subject and what is attached to it. */
export type Edge = readonly [before: Digest, after: Digest];

/** The manifests whose bytes were read. */
export function readManifests(snapshot: Snapshot): readonly ReadManifest[] {
  return [...snapshot.manifests.values()].filter((manifest) => manifest.kind !== 'opaque');
}

export function childEdges(manifests: readonly ReadManifest[]): readonly Edge[] {
  return manifests.flatMap(({ digest, children }) => children.map((child): Edge => [digest, child]));
}

/** From subjects to attachments, as the API, the attachments themselves or an index's annotations say. */
export function referrerEdges(snapshot: Snapshot): readonly Edge[] {
  const edges: Edge[] = [];
  for (const [subject, all] of snapshot.referrers) for (const one of all) edges.push([subject, one]);
  for (const { digest, subject, attests } of readManifests(snapshot)) {
    if (subject !== undefined) edges.push([subject, digest]);
    if (attests !== undefined) edges.push([attests, digest]);
  }
  return edges;
}

/**
 * Tags that are attachments by their name, with the subject and what they point at (`undefined`: unreadable). Not those
 * with nothing behind them (ghosts) and not those that hold a placeholder: whatever was attached there is gone.
 */
export function attachmentTags(snapshot: Snapshot): readonly AttachmentTag[] {
  const found: AttachmentTag[] = [];
  for (const [tag, state] of snapshot.tags) {
    const subject = attachmentSubject(tag);
    if (subject === undefined || state.kind === 'ghost') continue;
    const digest = state.kind === 'points' ? state.digest : undefined;
    const manifest = digest === undefined ? undefined : snapshot.manifests.get(digest);
    if (manifest?.kind !== 'placeholder') found.push({ tag, subject, digest });
  }
  return found;
}

type AttachmentTag = { readonly tag: Tag; readonly subject: Digest; readonly digest: Digest | undefined };
