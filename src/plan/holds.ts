/** What a repository holds, as its manifests state it. */
import type { Descriptor, Digest, Estimate, Snapshot } from '../model/index.ts';
import { readManifest } from './settle.ts';

/**
 * Each manifest that was seen, and each config and layer that one names, once. `atLeast` where something was not read, or
 * states no sizes. Layers that other repositories hold as well count here and there.
 */
export function holdsOf(snapshot: Snapshot): Estimate {
  const held = new Set<Digest>();
  let bytes = 0;
  const hold = ({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): void => {
    if (held.has(digest)) return;
    held.add(digest);
    bytes += size;
  };
  let atLeast = [...snapshot.tags.values()].some(({ kind }) => kind === 'unreadable');
  for (const manifest of snapshot.manifests.values()) {
    hold(manifest);
    readManifest(snapshot, manifest.digest)?.blobs.forEach(hold);
    atLeast ||= manifest.kind === 'opaque' || manifest.kind === 'legacy';
  }
  return { bytes, atLeast };
}
