/** A share of the work, for one of several jobs. */

/** GitHub starts no more jobs than this from one matrix. */
export const mostShards = 256;

/** The `index`th of `of`, counted from 1. */
export type Shard = { readonly index: number; readonly of: number };

/** `undefined` for text that is no shard: two whole numbers, plainly written, of which the first isn't the larger. */
export function readShard(text: string): Shard | undefined {
  const [, first, last] = /^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text) ?? [];
  const shard = { index: Number(first), of: Number(last) };
  return shard.index <= shard.of && shard.of <= mostShards ? shard : undefined;
}

/** `2/8`, as inputs, plan and report have it. */
export function showShard({ index, of }: Shard): string {
  return `${index}/${of}`;
}
