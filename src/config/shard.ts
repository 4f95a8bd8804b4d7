/** `shard`: this job's share of the repositories, and what no share of a registry can do. */
import { mostShards, type Shard } from '../model/index.ts';
import type { Collecting } from './collecting.ts';
import { doors } from './doors.ts';
import { parsed, quote, refused } from './error.ts';
import type { InputProblem, Parsed } from './error.ts';

/** `i/n`, in plain digits: `+2/8`, `02/8` and `2 / 8` are none. */
export function parseShard(text: string): Parsed<Shard> {
  const [, index, of] = /^(0|[1-9]\d*)\/(0|[1-9]\d*)$/.exec(text) ?? [];
  if (index === undefined || of === undefined)
    return refused(`${quote(text)} is no shard. Give its number and how many there are, as two whole numbers: 2/8.`);
  const shard = { index: Number(index), of: Number(of) };
  if (shard.of < 1 || shard.of > mostShards)
    return refused(`There can be 1 to ${mostShards} shards, not as many as ${quote(text)} says.`);
  if (shard.index < 1 || shard.index > shard.of)
    return refused(`There is no shard ${quote(text)}: those of ${of} are 1/${of} to ${of}/${of}.`);
  return parsed(shard);
}

/**
 * A collection frees the disk of the whole registry, so it waits for every shard. It stops the registry, which others are
 * still asking; and what a shard has lost and could put back, the collection of another would make final.
 */
export function collectionOfShard(collecting: Collecting): InputProblem | undefined {
  const { garbageCollect, removeEmptyRepositories } = collecting;
  const wrong = [
    ...(garbageCollect === 'off' ? [] : ['garbage-collect']),
    ...(removeEmptyRepositories ? ['remove-empty-repositories'] : []),
  ];
  if (wrong.length === 0) return undefined;
  return {
    input: 'shard',
    what: `A shard doesn't collect: other shards are at work in the registry meanwhile. Take ${wrong.join(' and ')} out of this step, and collect in one job after all shards.`,
    example: ['needs: prune', 'steps:', `  - uses: ${doors.gc.uses}`].join('\n'),
  };
}
