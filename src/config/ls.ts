/** From inputs as text to one readonly value: the command that only lists. */
import type { RepositoryPatterns } from '../pattern/index.ts';
import { readAccess } from './access.ts';
import type { Access } from './access.ts';
import { lsDoor } from './doors.ts';
import { parseItems, parseRepositories } from './patterns.ts';
import { readerOf, refuseProblems, refuseUnknown } from './read.ts';
import { hostOf } from './registry.ts';
import { valueOf } from './rule.ts';

export type LsConfig = Access & { readonly repositories: RepositoryPatterns };

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of a file that an input names. */
export function loadLsConfig(inputs: ReadonlyMap<string, string>, readFile: (path: string) => string): LsConfig {
  const reader = readerOf(lsDoor, inputs);
  const access = readAccess(reader, readFile);
  const host = access === undefined ? undefined : hostOf(access.origin);
  const repositories = valueOf(
    reader.read('repositories', (text) => parseItems(text, (items) => parseRepositories(items, host))),
  );
  refuseUnknown(lsDoor, inputs, reader.report);
  if (reader.problems.length > 0 || access === undefined || repositories === undefined)
    return refuseProblems(reader.problems);
  return { ...access, repositories };
}
