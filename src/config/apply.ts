/** From inputs as text to one readonly value: the door that carries out a plan. */
import type { Policy } from '../policy/index.ts';
import { readAccess } from './access.ts';
import type { Access } from './access.ts';
import { parseAliases } from './alias.ts';
import { parseDateSource, parseGarbageCollect } from './collecting.ts';
import type { Collecting } from './collecting.ts';
import { doors } from './doors.ts';
import { parseFiles } from './files.ts';
import { parseGitHubRepository, parseGitHubToken } from './github.ts';
import { readHost } from './host.ts';
import type { Config, Elsewhere } from './load.ts';
import { parseOwnPath } from './path.ts';
import { hasPolicy, readPolicy } from './policy-inputs.ts';
import { readerOf, refuseProblems, refuseUnknown } from './read.ts';
import { hostOf } from './registry.ts';
import { valueOf } from './rule.ts';
import { parseBoolean, parseMaxDeletions } from './scalars.ts';

export type ApplyConfig = Access &
  Pick<Config, 'keepReferencedIn' | 'registryAliases' | 'githubToken' | 'githubRepository' | 'dryRun'> &
  Pick<Config, 'maxDeletions' | 'cacheFile'> &
  Pick<Collecting, 'garbageCollect' | 'host'> & {
    readonly planFile: string;
    /** Of the run that had begun to carry it out. */
    readonly journalFile?: string;
    /** The rules that must have made the plan. */
    readonly madeBy?: Policy;
  };

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of a file that an input names. */
export function loadApplyConfig(
  inputs: ReadonlyMap<string, string>,
  readFile: (path: string) => string,
  { liveRefs }: Elsewhere = {},
): ApplyConfig {
  const reader = readerOf(doors.apply, inputs);
  const { read, problems } = reader;
  const planFile = valueOf(read('plan-file', parseOwnPath));
  const journalFile = valueOf(read('journal-file', parseOwnPath));
  const access = readAccess(reader, readFile);
  const githubToken = read('github-token', parseGitHubToken);
  const githubRepository = read('github-repository', parseGitHubRepository);
  const host = access === undefined ? undefined : hostOf(access.origin);
  const policy = hasPolicy(reader)
    ? readPolicy(reader, readFile, { host, githubRepository, githubToken, liveRefs })
    : undefined;
  const dateSource = valueOf(read('date-source', parseDateSource));
  const keepReferencedIn = valueOf(read('keep-referenced-in', parseFiles)) ?? [];
  const registryAliases = valueOf(read('registry-aliases', parseAliases)) ?? [];
  const dryRun = valueOf(read('dry-run', parseBoolean));
  const maxDeletions = valueOf(read('max-deletions', parseMaxDeletions));
  const cacheFile = valueOf(read('cache-file', parseOwnPath));
  const garbageCollect = valueOf(read('garbage-collect', parseGarbageCollect));
  const machine = readHost(reader);
  refuseUnknown(doors.apply, inputs, reader.report);
  if (
    problems.length > 0 ||
    planFile === undefined ||
    access === undefined ||
    dateSource === undefined ||
    dryRun === undefined ||
    garbageCollect === undefined ||
    machine === undefined
  )
    return refuseProblems(problems);
  return {
    ...access,
    planFile,
    ...(journalFile !== undefined && { journalFile }),
    ...(policy !== undefined && { madeBy: { ...policy, dateSource } }),
    keepReferencedIn,
    registryAliases,
    ...(githubToken.kind === 'read' && { githubToken: githubToken.value }),
    ...(githubRepository.kind === 'read' && { githubRepository: githubRepository.value }),
    dryRun,
    ...(maxDeletions !== undefined && { maxDeletions }),
    ...(cacheFile !== undefined && { cacheFile }),
    garbageCollect,
    host: machine,
  };
}
