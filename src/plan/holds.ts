/** What a repository holds, as its manifests state it. */
import type { Digest, Estimate, Snapshot } from '../model/index.ts';
import { readManifest } from './settle.ts';

/**
 * Each manifest that was seen, and each config and layer that one names, once. `atLeast` where something was not read, or
 * states no sizes. Layers that other repositories hold as well count here and there.
 */
export function holdsOf(snapshot: Snapshot): Estimate {
  const held = new Map<Digest, number>();
  let atLeast = [...snapshot.tags.values()].some(({ kind }) => kind === 'unreadable');
  for (const manifest of snapshot.manifests.values()) {
    held.set(manifest.digest, manifest.size);
    for (const { digest, size } of readManifest(snapshot, manifest.digest)?.blobs ?? []) held.set(digest, size);
    atLeast ||= manifest.kind === 'opaque' || manifest.kind === 'legacy';
  }
  let bytes = 0;
  for (const size of held.values()) bytes += size;
  return { bytes, atLeast };
}
