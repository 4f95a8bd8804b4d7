/** From inputs as text to one readonly value: the door that only collects. */
import type { RepositoryPatterns } from '../pattern/index.ts';
import type { Limit } from '../plan/index.ts';
import { readAccess } from './access.ts';
import type { Access } from './access.ts';
import { parseAliases } from './alias.ts';
import { parseCollect, readCollecting } from './collecting.ts';
import type { Collecting } from './collecting.ts';
import { doors } from './doors.ts';
import { parseFiles } from './files.ts';
import { parseOwnPath } from './path.ts';
import { parseItems, parseRepositories } from './patterns.ts';
import { readerOf, refuseProblems, refuseUnknown } from './read.ts';
import { hostOf } from './registry.ts';
import { valueOf } from './rule.ts';
import { parseBoolean, parseMaxDeletions } from './scalars.ts';

export type GcConfig = Access &
  Collecting<'offline' | 'online'> & {
    /** Whose untagged manifests may go, and whose tags are proven afterwards. */
    readonly repositories: RepositoryPatterns;
    /** As in `Config`. */
    readonly keepReferencedIn: readonly string[];
    readonly registryAliases: readonly string[];
    readonly dryRun: boolean;
    readonly maxDeletions?: Limit;
    /** Path of what is remembered from run to run. */
    readonly cacheFile?: string;
  };

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of a file that an input names. */
export function loadGcConfig(inputs: ReadonlyMap<string, string>, readFile: (path: string) => string): GcConfig {
  const reader = readerOf(doors.gc, inputs);
  const { read, problems } = reader;
  const access = readAccess(reader, readFile);
  const host = access === undefined ? undefined : hostOf(access.origin);
  const repositories = valueOf(
    read('repositories', (text) => parseItems(text, (items) => parseRepositories(items, host))),
  );
  const keepReferencedIn = valueOf(read('keep-referenced-in', parseFiles)) ?? [];
  const registryAliases = valueOf(read('registry-aliases', parseAliases)) ?? [];
  const dryRun = valueOf(read('dry-run', parseBoolean));
  const maxDeletions = valueOf(read('max-deletions', parseMaxDeletions));
  const cacheFile = valueOf(read('cache-file', parseOwnPath));
  const collecting = readCollecting(reader, parseCollect);
  refuseUnknown(doors.gc, inputs, reader.report);
  if (
    problems.length > 0 ||
    access === undefined ||
    repositories === undefined ||
    dryRun === undefined ||
    collecting === undefined
  )
    return refuseProblems(problems);
  return {
    ...access,
    ...collecting,
    repositories,
    keepReferencedIn,
    registryAliases,
    dryRun,
    ...(maxDeletions !== undefined && { maxDeletions }),
    ...(cacheFile !== undefined && { cacheFile }),
  };
}
