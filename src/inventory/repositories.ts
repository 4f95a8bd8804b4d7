/** Which repositories the rules speak of: the ones they name, and those of the catalog that their globs match. */
import type { Problem, RepositoryName, Shard } from '../model/index.ts';
import { matchRepository, parseRepositoryPatterns, type RepositoryPatterns } from '../pattern/index.ts';
import type { Registry } from '../registry/index.ts';
import { inShard } from './shards.ts';

export type RepositoryList = {
  /** Sorted, each once. A name that a rule spells out is in it whether the registry has it or not. */
  readonly repositories: readonly RepositoryName[];
  /** How many are left to the other shards. */
  readonly elsewhere: number;
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
  const catalog = patterns.some((each) => each.hasGlob) ? await registry.listRepositories() : [];
  const found = new Set<RepositoryName>();
  for (const each of patterns)
    for (const name of [...each.literal, ...(each.hasGlob ? catalog : [])])
      if (matchRepository(each, name)) found.add(name);
  const repositories = [...found].filter((name) => shard === undefined || inShard(name, shard)).sort();
  return {
    repositories,
    elsewhere: found.size - repositories.length,
    problems: patterns.flatMap((each) => idleGlobs(each, catalog)),
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
