/** Which repositories the rules speak of: the ones they name, and those of the catalog that their globs match. */
import type { Problem, RepositoryName, RepositoryPlan, Shard } from '../model/index.ts';
import { matchRepository, parseRepositoryPatterns, type RepositoryPatterns } from '../pattern/index.ts';
import { RegistryError, type Registry } from '../registry/index.ts';
import { inShard } from './shards.ts';

export type RepositoryList = {
  /** Sorted, each once. A name that a rule spells out is in it whether the registry has it or not. */
  readonly repositories: readonly RepositoryName[];
  /** How many are left to the other shards. */
  readonly elsewhere: number;
  /** All that the registry lists; absent where no glob asked for it. */
  readonly catalog?: readonly RepositoryName[];
  /** Globs that match nothing in the whole catalog: named, and the run fails at its end. */
  readonly problems: readonly Problem[];
};

/**
 * The catalog is read only where a glob asks for it: many registries refuse it to ordinary accounts. With a shard, its own
 * repositories alone, spelled out or not.
 */
export async function listRepositories(
  registry: Registry,
  patterns: readonly RepositoryPatterns[],
  shard?: Shard,
): Promise<RepositoryList> {
  const catalog = patterns.some((each) => each.hasGlob) ? await registry.listRepositories() : undefined;
  const found = new Set<RepositoryName>();
  for (const each of patterns)
    for (const name of [...each.literal, ...(each.hasGlob ? (catalog ?? []) : [])])
      if (matchRepository(each, name)) found.add(name);
  const repositories = [...found].filter((name) => shard === undefined || inShard(name, shard)).sort();
  return {
    repositories,
    elsewhere: found.size - repositories.length,
    ...(catalog === undefined ? {} : { catalog }),
    problems: patterns.flatMap((each) => idleGlobs(each, catalog ?? [])),
  };
}

function idleGlobs(patterns: RepositoryPatterns, catalog: readonly RepositoryName[]): Problem[] {
  return patterns.globs
    .filter((glob) => !catalog.some((name) => matchRepository(parseRepositoryPatterns([glob]), name)))
    .map((glob) => ({
      at: glob,
      what: `no repository of the registry matches it (the catalog lists ${catalog.length})`,
      wayOut: `'*' stays within one path segment: apps/* matches apps/web, ** matches every repository. Check the spelling, and that the account may read the catalog.`,
    }));
}

/** Enough to tell a catalog that is wrong from a few repositories that somebody removed. */
const missingAsked = 100;

/**
 * Reads the catalog once more, right before anything is deleted. A repository that it listed at the look before and doesn't
 * list now may be gone: somebody removed it, or its last tag where a registry then forgets it. It can't be where tags of it
 * were to stay, nor where it has tags still: then the registry is losing sight of what it has, and nothing is deleted
 * anywhere. `undefined`: nothing speaks against it, or no catalog was read before. `plans`: of all that was looked at.
 */
export async function doubtCatalog(
  registry: Registry,
  before: readonly RepositoryName[] | undefined,
  plans: readonly RepositoryPlan[],
): Promise<Problem | undefined> {
  if (before === undefined) return undefined;
  try {
    const now = new Set(await registry.listRepositories());
    const missing = before.filter((name) => !now.has(name));
    const kept = new Set(plans.flatMap(({ repository, stays }) => (stays.length > 0 ? repository : [])));
    const lost = missing.find((name) => kept.has(name));
    if (lost !== undefined) return shrunk(before, missing, `${lost}, of which tags were to stay, among them`);
    for (const name of missing.slice(0, missingAsked)) {
      const listing = await registry.listTags(name);
      if (listing.kind === 'listed' && listing.tags.length > 0)
        return shrunk(before, missing, `${name}, which has tags still, among them`);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { message, wayOut } = error;
    return { at: '_catalog', what: `nothing is deleted, because it can't be read once more: ${message}`, wayOut };
  }
}

function shrunk(before: readonly RepositoryName[], missing: readonly RepositoryName[], which: string): Problem {
  return {
    at: '_catalog',
    what: `the catalog listed ${before.length} repositories a moment ago and ${missing.length} of these no more, ${which}: nothing is deleted`,
    wayOut:
      'Look whether the storage of the registry is well, and whether several registries answer at this address. Then run it again.',
  };
}
