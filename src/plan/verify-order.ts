/** The part of `verify` that looks at the order: a run that is cut must leave nothing behind that lacks a part. */
import type { Digest, RepositoryPlan, Snapshot } from '../model/index.ts';
import { attachmentTags, childEdges, readManifests, referrerEdges, type Edge } from './edges.ts';

/**
 * The planned edges whose second end goes before the first. An index goes before its children and a subject before its
 * attachments, but an attachment that holds its own subject (a tag can be named after what it lists) goes before that.
 */
export function misordered(plan: RepositoryPlan, snapshot: Snapshot): readonly Edge[] {
  const parts = childEdges(readManifests(snapshot));
  const tagged = attachmentTags(snapshot).flatMap(({ subject, digest }): Edge[] =>
    digest === undefined ? [] : [[subject, digest]],
  );
  const referrers = [...referrerEdges(snapshot), ...tagged];
  // Plain images have nothing to do with each other.
  if (parts.length === 0 && referrers.length === 0) return [];
  const place = new Map<Digest, number>();
  for (const [index, { digest }] of plan.manifests.entries()) place.set(digest, index);
  const isPlanned = ([before, after]: Edge): boolean => place.has(before) && place.has(after);
  const isLate = ([before, after]: Edge): boolean => Number(place.get(before)) >= Number(place.get(after));
  const children = parts.filter(isPlanned);
  const attached = referrers.filter(isPlanned);
  const edges = Map.groupBy([...children, ...attached], ([before]) => before);
  return [
    ...children.filter(isLate),
    ...attached.filter((edge) => isLate(edge) && !leads(edges, { from: edge[1], to: edge[0] })),
  ];
}

function leads(
  edges: ReadonlyMap<Digest, readonly Edge[]>,
  way: { readonly from: Digest; readonly to: Digest },
): boolean {
  const seen = new Set<Digest>();
  const waiting = [way.from];
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    waiting.push(...(edges.get(digest) ?? []).map(([, after]) => after));
  }
  return seen.has(way.to);
}
