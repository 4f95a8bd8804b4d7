/** Repository patterns: names and globs of repositories. */
import type { RepositoryName } from '../model/index.ts';

export type RepositoryPatterns = {
  /** The list as written. */
  readonly source: readonly string[];
  /** Names without glob characters: they are asked for, whether the catalog lists them or not. */
  readonly literal: readonly RepositoryName[];
  /** Only then is the catalog read. */
  readonly hasGlob: boolean;
};

/** Throws PatternError. `*` doesn't cross `/`, `**` does; `!` in front excludes; their order doesn't matter. */
export function parseRepositoryPatterns(_lines: readonly string[]): RepositoryPatterns {
  throw new Error('not there yet');
}

/** Whether the list names this repository and doesn't exclude it. */
export function matchRepository(_patterns: RepositoryPatterns, _name: RepositoryName): boolean {
  throw new Error('not there yet');
}
