/** Which repositories are one job's share, where several jobs divide the work. */
import { createHash } from 'node:crypto';
import type { RepositoryName, Shard } from '../model/index.ts';

/**
 * Whether the repository is this shard's: the first 32 bits of the SHA-256 of its name (UTF-8, big-endian), modulo the
 * number of shards, is the shard's index counted from 0. It depends on the name and that number alone. So jobs that know
 * nothing of each other agree, on whatever machine and in whatever version, also while repositories come and go: for any
 * number of shards each repository is in exactly one. The remainders differ in likelihood by less than 256 / 2^32.
 */
export function inShard(repository: RepositoryName, { index, of }: Shard): boolean {
  return shardOf(repository, of) === index;
}

/** Which of so many it is in, counted from 1. */
export function shardOf(repository: RepositoryName, of: number): number {
  return 1 + (createHash('sha256').update(repository, 'utf8').digest().readUInt32BE(0) % of);
}
