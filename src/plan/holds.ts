/** What a repository holds, as its manifests state it. */
import { bytesOf, type Estimate, type Snapshot } from '../model/index.ts';

/**
 * Each manifest that was seen, and each config and layer that one names, once. `atLeast` where something was not read, or
 * states no sizes. Layers that other repositories hold as well count here and there.
 */
export function holdsOf({ tags, manifests }: Snapshot): Estimate {
  let atLeast = false;
  for (const { kind } of tags.values()) atLeast ||= kind === 'unreadable';
  for (const { kind } of manifests.values()) atLeast ||= kind === 'opaque' || kind === 'legacy';
  return { bytes: bytesOf(manifests.values()), atLeast };
}
