/** From inputs as text to one readonly value: the main door. */
import type { Limit } from '../plan/index.ts';
import type { Shard } from '../model/index.ts';
import type { Policy } from '../policy/index.ts';
import { readAccess } from './access.ts';
import type { Access } from './access.ts';
import { parseAliases } from './alias.ts';
import { parseDateSource, parseGarbageCollect, readCollecting } from './collecting.ts';
import type { Collecting } from './collecting.ts';
import { doors } from './doors.ts';
import { parseFiles } from './files.ts';
import { parseGitHubRepository, parseGitHubToken } from './github.ts';
import { parseOwnPath } from './path.ts';
import { readPolicy } from './policy-inputs.ts';
import { readerOf, refuseProblems, refuseUnknown } from './read.ts';
import { hostOf } from './registry.ts';
import { valueOf } from './rule.ts';
import { parseBoolean, parseMaxDeletions } from './scalars.ts';
import { collectionOfShard, parseShard } from './shard.ts';

/** All that a run is told. */
export type Config = Access &
  Collecting & {
    readonly policy: Policy;
    /** Globs of files of the workspace; `!` excludes. */
    readonly keepReferencedIn: readonly string[];
    /** `host[:port][/path]`, lower-case, as they stand in front of a repository in those files. */
    readonly registryAliases: readonly string[];
    /** There is one wherever a rule of the policy asks for pull requests or branches. */
    readonly githubToken?: string;
    /** `owner/name`. A rule that asks has it in `repo`, or another one. */
    readonly githubRepository?: string;
    readonly dryRun: boolean;
    readonly maxDeletions?: Limit;
    /** Path of what is remembered from run to run. */
    readonly cacheFile?: string;
    /** Without one this run does all of it. */
    readonly shard?: Shard;
  };

/** What is given elsewhere than in the inputs. `liveRefs`: a list of refs stands in for GitHub, so no token is needed. */
export type Elsewhere = { readonly liveRefs?: boolean };

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of a file that an input names. */
export function loadConfig(
  inputs: ReadonlyMap<string, string>,
  readFile: (path: string) => string,
  { liveRefs }: Elsewhere = {},
): Config {
  const reader = readerOf(doors.prune, inputs);
  const { read, problems } = reader;
  const access = readAccess(reader, readFile);
  const githubToken = read('github-token', parseGitHubToken);
  const githubRepository = read('github-repository', parseGitHubRepository);
  const host = access === undefined ? undefined : hostOf(access.origin);
  const policy = readPolicy(reader, readFile, { host, githubRepository, githubToken, liveRefs });
  const dateSource = valueOf(read('date-source', parseDateSource));
  const keepReferencedIn = valueOf(read('keep-referenced-in', parseFiles)) ?? [];
  const registryAliases = valueOf(read('registry-aliases', parseAliases)) ?? [];
  const dryRun = valueOf(read('dry-run', parseBoolean));
  const maxDeletions = valueOf(read('max-deletions', parseMaxDeletions));
  const cacheFile = valueOf(read('cache-file', parseOwnPath));
  const collecting = readCollecting(reader, parseGarbageCollect);
  const shard = valueOf(read('shard', parseShard));
  const unshared = shard && collecting && collectionOfShard(collecting);
  if (unshared !== undefined) reader.report(unshared);
  refuseUnknown(doors.prune, inputs, reader.report);
  if (
    problems.length > 0 ||
    access === undefined ||
    policy === undefined ||
    dateSource === undefined ||
    dryRun === undefined ||
    collecting === undefined
  )
    return refuseProblems(problems);
  return {
    ...access,
    ...collecting,
    policy: { ...policy, dateSource },
    keepReferencedIn,
    registryAliases,
    ...(githubToken.kind === 'read' && { githubToken: githubToken.value }),
    ...(githubRepository.kind === 'read' && { githubRepository: githubRepository.value }),
    dryRun,
    ...(maxDeletions !== undefined && { maxDeletions }),
    ...(cacheFile !== undefined && { cacheFile }),
    ...(shard !== undefined && { shard }),
  };
}
