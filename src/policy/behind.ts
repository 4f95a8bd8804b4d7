/** What is behind a tag, as the rules see it. */
import type { Digest, Instant, Manifest, ReadManifest, Snapshot, TagState } from '../model/index.ts';

export type Behind =
  | { readonly kind: 'ghost' }
  /** Something is there, but what it is isn't known. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'image';
      readonly digest: Digest;
      readonly manifest: ReadManifest;
      readonly pushedAt: Instant | undefined;
      readonly firstSeen: Instant | undefined;
    };

export function lookBehind(snapshot: Snapshot, state: TagState): Behind {
  if (state.kind !== 'points') return state;
  const { digest, pushedAt, firstSeen } = state;
  const manifest = snapshot.manifests.get(digest);
  if (manifest === undefined) return { kind: 'unreadable', why: 'its manifest was not read' };
  if (manifest.kind === 'opaque') return { kind: 'unreadable', why: manifest.why };
  return { kind: 'image', digest, manifest, pushedAt, firstSeen };
}

/** Answers what the indexes among some images list, at any depth. */
export function platformsIn(snapshot: Snapshot): (images: Iterable<string>) => ReadonlySet<string> {
  const manifests: ReadonlyMap<string, Manifest> = snapshot.manifests;
  const childrenOf = (image: string): readonly string[] => {
    const manifest = manifests.get(image);
    return manifest === undefined || manifest.kind === 'opaque' ? [] : manifest.children;
  };
  return (images) => {
    const found = new Set<string>();
    const waiting: string[] = [];
    for (const image of images) waiting.push(...childrenOf(image));
    for (let image = waiting.pop(); image !== undefined; image = waiting.pop()) {
      if (found.has(image)) continue;
      found.add(image);
      waiting.push(...childrenOf(image));
    }
    return found;
  };
}

/** Answers of what images a manifest consists: itself, and of an index its platforms at any depth, without what attests them. */
export function imagesIn(snapshot: Snapshot): (whole: Manifest) => readonly Manifest[] {
  return (whole) => {
    const found = new Set<Manifest>();
    const waiting = [whole];
    for (let image = waiting.pop(); image !== undefined; image = waiting.pop()) {
      if (found.has(image)) continue;
      found.add(image);
      if (image.kind === 'opaque') continue;
      const children = image.children.flatMap((child) => snapshot.manifests.get(child) ?? []);
      waiting.push(...children.filter((child) => child.kind === 'opaque' || child.attests === undefined));
    }
    return [...found];
  };
}
