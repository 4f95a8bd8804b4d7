/** Steps in batches: few enough that what is checked right before a batch is still true while it is carried out. */
import type { Step } from '../model/index.ts';

/**
 * A tag pushed between the check and the write is overwritten or lost with it, so the fewer a batch has, the narrower
 * that window; a hundred HEADs with 16 under way take some 10 to 50 ms on a registry near by.
 */
export const batchSize = 100;

export type TagStep = Extract<Step, { kind: 'delete-tag' | 'cover-tags' }>;
export type ManifestStep = Extract<Step, { kind: 'delete-manifest' }>;
export type Batch =
  | { readonly kind: 'tags'; readonly steps: readonly TagStep[] }
  | { readonly kind: 'manifests'; readonly steps: readonly ManifestStep[] };

/** Keeps the order of the steps; a placeholder is a batch of its own. */
export function batchesOf(steps: readonly Step[], size: number = batchSize): readonly Batch[] {
  const batches: { kind: Batch['kind']; steps: (TagStep | ManifestStep)[] }[] = [];
  for (const step of steps) {
    if (step.kind === 'unlink-revision')
      throw new Error(`${step.digest}: a revision is unlinked in the storage, not through the registry.`);
    const kind = step.kind === 'delete-manifest' ? 'manifests' : 'tags';
    const last = batches.at(-1);
    const fits = last?.kind === kind && last.steps.length < size && step.kind !== 'cover-tags';
    if (fits && last.steps[0]?.kind === step.kind) last.steps.push(step);
    else batches.push({ kind, steps: [step] });
  }
  return batches as readonly Batch[];
}
