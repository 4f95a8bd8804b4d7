/** Which manifests can wait until the registry is stopped, while all else of the plan is carried out before. */
import type { Digest, RepositoryPlan, Snapshot } from '../model/index.ts';
import { attachmentTags, readManifests, referrerEdges } from './edges.ts';

/**
 * The untagged manifests of a plan that nothing else of it has to do with, over whatever edges: neither a tag that goes,
 * nor a manifest that goes along with one. So whichever of the two parts is carried out, and the other one then isn't,
 * nothing that is left lacks a part or an attachment.
 */
export function unlinkable(plan: RepositoryPlan, snapshot: Snapshot): ReadonlySet<Digest> {
  const planned = new Set(plan.manifests.map(({ digest }) => digest));
  const neighbours = new Map<Digest, Digest[]>();
  const beside = (digest: Digest): Digest[] => {
    const known = neighbours.get(digest) ?? [];
    neighbours.set(digest, known);
    return known;
  };
  const stays = (digest: Digest): boolean => snapshot.manifests.has(digest) && !planned.has(digest);
  const connect = (one: Digest, other: Digest | undefined): void => {
    if (other === undefined || stays(one) || stays(other)) return;
    beside(one).push(other);
    beside(other).push(one);
  };
  for (const { digest, children, blobs } of readManifests(snapshot)) {
    // One that isn't here connects as well: what is attached to it stays as long as an index lists it.
    for (const child of children) connect(digest, child);
    // Layers that are layers and nothing else are shared by all sorts of images.
    for (const blob of blobs) if (planned.has(blob.digest)) connect(digest, blob.digest);
  }
  for (const [subject, attachment] of referrerEdges(snapshot)) connect(subject, attachment);
  const tagged = attachmentTags(snapshot);
  for (const { subject, digest } of tagged) connect(subject, digest);

  const doomedTags = new Set(plan.tags.map(({ tag }) => tag));
  const others = new Set([
    ...plan.manifests.filter(({ role }) => role !== 'untagged').map(({ digest }) => digest),
    ...tagged.filter(({ tag }) => doomedTags.has(tag)).map(({ subject }) => subject),
  ]);
  // A set hands out what is added to it while it is being walked.
  for (const digest of others) for (const neighbour of beside(digest)) others.add(neighbour);
  return new Set([...planned].filter((digest) => !others.has(digest)));
}
