/** How much of a long list is begun at once. */
import type { Registry } from './registry.ts';

/**
 * For p-map over things that are asked of this registry: as many as may be under way, and as many again, so that a place
 * never waits for the next one. Those that would only stand in line hold memory, and grow old while they do.
 */
export function atOnce({ concurrency }: Pick<Registry, 'concurrency'>): { readonly concurrency: number } {
  return { concurrency: 2 * concurrency };
}
