/** How many jobs are worth their start, for a registry as one run has seen it. */
import { mostShards, showShard } from '../model/index.ts';

/**
 * What one job is given. Deciding costs one or two requests per tag, deleting about three per deleted tag (the look right
 * before, the removal, its share of the proof): at most 100,000 requests for 20,000 tags. With 16 under way, and a registry
 * that answers each after 20 ms to 50 ms, that is two to five minutes: well above the half minute in which a job only
 * starts, far below the six hours that GitHub lets one run, also where a shard by bad luck has three times its share.
 */
const tagsPerJob = 20_000;

/** One repository, as the run saw it. */
export type SeenRepository = {
  readonly tagsSeen: number;
  /** Something is to be deleted. */
  readonly isDue: boolean;
};

/**
 * The `strategy.matrix` of the jobs that share this work: `{"shard":["1/2","2/2"]}` as a value. All shards are in it,
 * whether they have work now or not, so that together they are the whole also when repositories have come meanwhile. All
 * tags count, since every shard decides anew over its own; but a repository is never divided, so there are no more jobs
 * than repositories with something to do, and at least one.
 */
export function matrixFor(repositories: readonly SeenRepository[]): { readonly shard: readonly string[] } {
  const tags = repositories.reduce((total, { tagsSeen }) => total + tagsSeen, 0);
  const due = repositories.filter(({ isDue }) => isDue).length;
  const jobs = Math.max(1, Math.min(Math.ceil(tags / tagsPerJob), due, mostShards));
  return { shard: Array.from({ length: jobs }, (_, at) => showShard({ index: at + 1, of: jobs })) };
}
