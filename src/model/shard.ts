/** A share of the work, for one of several jobs. */

/** GitHub starts no more jobs than this from one matrix. */
export const mostShards = 256;

/** The `index`th of `of`, counted from 1. */
export type Shard = { readonly index: number; readonly of: number };

/** `2/8`, as inputs, plan and report have it. */
export function showShard({ index, of }: Shard): string {
  return `${index}/${of}`;
}
