/** In which order manifests go, so that a run that is cut at any moment leaves nothing behind that lacks a part. */
import { attachments, type Digest, type Snapshot } from '../model/index.ts';

/** By code units: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

type Listing = { readonly digest: Digest; readonly children: readonly Digest[] };
type Node<Manifest> = {
  readonly manifest: Manifest;
  readonly children: Node<Manifest>[];
  readonly attachments: Node<Manifest>[];
  /** 0 for what nothing else here must precede. */
  level: number;
};
type Nodes<Manifest> = readonly Node<Manifest>[];

/**
 * By level, then by digest: an index is on a higher level than its children, a subject than its attachments, and two
 * manifests of one level don't concern each other. An attachment that itself reaches its subject (a tag's name can claim
 * anything) doesn't count as one here: indexes before children comes first.
 */
export function inOrder<Manifest extends Listing>(
  snapshot: Snapshot,
  manifests: readonly Manifest[],
): readonly Manifest[] {
  const connected = connect(snapshot, manifests);
  const nodes = [...connected.values()];
  const after = new Map(
    nodes.map(
      (node) => [node, [...node.children, ...node.attachments.filter((next) => !leadsTo(next, node))]] as const,
    ),
  );
  for (const [node, following] of topological(after))
    for (const next of following) next.level = Math.max(next.level, node.level + 1);
  const levelOf = ({ digest }: Manifest): number => connected.get(digest)?.level ?? 0;
  return manifests.toSorted((a, b) => levelOf(a) - levelOf(b) || byText(a.digest, b.digest));
}

/** Those that have to do with others, in the order in which they come: most images are neither part nor whole of another. */
function connect<Manifest extends Listing>(
  snapshot: Snapshot,
  manifests: readonly Manifest[],
): ReadonlyMap<Digest, Node<Manifest>> {
  const attached = [...attachments(snapshot)].map(([subject, { tags, digests }]) => {
    const states = tags.map((tag) => snapshot.tags.get(tag));
    return { subject, all: [...states.flatMap((state) => (state?.kind === 'points' ? state.digest : [])), ...digests] };
  });
  const involved = new Set<Digest>(attached.flatMap(({ subject, all }) => [subject, ...all]));
  for (const { digest, children } of manifests)
    for (const one of children.length > 0 ? [digest, ...children] : []) involved.add(one);
  const nodes = new Map<Digest, Node<Manifest>>();
  for (const manifest of manifests)
    if (involved.has(manifest.digest))
      nodes.set(manifest.digest, { manifest, children: [], attachments: [], level: 0 });
  const nodesOf = (digests: readonly Digest[]): Nodes<Manifest> => digests.flatMap((digest) => nodes.get(digest) ?? []);
  for (const node of nodes.values()) node.children.push(...nodesOf(node.manifest.children));
  for (const { subject, all } of attached) nodes.get(subject)?.attachments.push(...nodesOf(all));
  return nodes;
}

function leadsTo<Manifest>(from: Node<Manifest>, to: Node<Manifest>): boolean {
  const seen = new Set([from]);
  // A set hands out what is added to it while it is being walked.
  for (const node of seen) for (const next of [...node.children, ...node.attachments]) seen.add(next);
  return seen.has(to);
}

/** Depth first: each after all that must follow it, then reversed. Ends whatever the edges are. */
function topological<Item>(after: ReadonlyMap<Item, readonly Item[]>): readonly (readonly [Item, readonly Item[]])[] {
  const waiting = new Map(after);
  const done: (readonly [Item, readonly Item[]])[] = [];
  const visit = (item: Item): void => {
    const following = waiting.get(item);
    if (following === undefined) return;
    waiting.delete(item);
    following.forEach(visit);
    done.push([item, following]);
  };
  for (const item of after.keys()) visit(item);
  return done.reverse();
}
