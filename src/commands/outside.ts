/**
 * The world outside the registry, as far as the rules ask for it: pull requests and branches on GitHub, files of the
 * workspace that name images. Whatever can't be known stops the run before anything is deleted.
 */
import type { Config } from '../config/index.ts';
import {
  closeReferences,
  connectGitHub,
  connectLiveRefs,
  findReferences,
  LiveRefsError,
  longestLiveRefs,
  parseLiveRefs,
  readEvent,
  type FoundReferences,
  type GitHub,
} from '../liveness/index.ts';
import type {
  Claim,
  Evidence,
  Focus,
  Plan,
  Problem,
  Reference,
  RepositoryName,
  RepositoryPlan,
} from '../model/index.ts';
import type { Ask } from '../policy/index.ts';
import type { Runtime } from '../runtime/index.ts';

export type Outside = {
  /** The pull request or branch that the event is about, if it is about one. */
  readonly focus: Focus | undefined;
  /** What the workspace's files name, among these repositories. */
  readonly referencesIn: (repositories: readonly RepositoryName[]) => readonly Reference[];
  readonly warnings: readonly Problem[];
  readonly claim: (asks: readonly Ask[]) => Promise<readonly Claim[]>;
  /** Asks again what a plan rests on: right before its repository is touched. */
  readonly confirm: (plan: Pick<RepositoryPlan, 'tags'>) => Promise<readonly Claim[]>;
};

/** `plan`: one that was made earlier. What it rests on is asked in full, whatever event starts the run that carries it out. */
export async function lookOutside(
  runtime: Runtime,
  config: Omit<Config, 'policy'> & { readonly plan?: Plan },
): Promise<Outside> {
  const found = await findInWorkspace(runtime, config);
  const warnings = [...found.problems];
  const listed = runtime.liveRefs === undefined ? undefined : await openList(runtime, runtime.liveRefs, warnings);
  // A list is of everything, whatever started the run.
  const isSweep = config.plan !== undefined || listed !== undefined;
  const focus = isSweep ? undefined : readEvent(runtime.env, runtime.files.readText);
  const github = listed ?? openGitHub(runtime, config);
  return {
    focus,
    referencesIn: (repositories) => [...found.references, ...closeReferences(found.open, repositories)],
    warnings,
    claim: (asks) => (asks.length === 0 ? Promise.resolve([]) : github.claim(asks, focus)),
    confirm: (plan) => {
      const claims = claimsBehind(plan).filter((claim) => !isAnswered(claim, focus));
      return claims.length === 0 ? Promise.resolve([]) : github.confirm(claims);
    },
  };
}

function openGitHub(runtime: Runtime, { githubToken }: Pick<Config, 'githubToken'>): GitHub {
  return connectGitHub({
    token: githubToken,
    apiUrl: runtime.env.GITHUB_API_URL ?? 'https://api.github.com',
    env: runtime.env,
    sleep: runtime.sleep,
    random: runtime.random,
    now: runtime.now,
    onRequest: (seen) => {
      runtime.log.debug(`GitHub: ${seen.method} ${seen.path} ${seen.status ?? 'no answer'}`);
    },
  });
}

/** Throws LiveRefsError, also for a file that can't be read. */
async function openList({ files, log }: Runtime, file: string, warnings: Problem[]): Promise<GitHub> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await files.readBytes(file, longestLiveRefs);
  } catch (error) {
    throw new LiveRefsError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (bytes === undefined) throw new LiveRefsError(`There is no file ${file}.`);
  const refs = parseLiveRefs(Buffer.from(bytes).toString('utf8'), file);
  const { branches, tags, pullRequests } = refs;
  log.info(
    `${file}: ${branches.length} branches, ${tags.length} git tags, ${pullRequests.size} pull requests; GitHub is not asked`,
  );
  return connectLiveRefs({ refs, file, warn: (problem) => void warnings.push(problem) });
}

async function findInWorkspace(
  runtime: Runtime,
  config: Pick<Config, 'keepReferencedIn' | 'registryAliases' | 'origin'>,
): Promise<FoundReferences> {
  if (config.keepReferencedIn.length === 0) return { references: [], open: [], problems: [] };
  return findReferences({
    globs: config.keepReferencedIn,
    aliases: config.registryAliases,
    origin: config.origin,
    root: runtime.workspace,
  });
}

/** The claims for which a plan's tags go, each once. */
export function claimsBehind(plan: Pick<RepositoryPlan, 'tags'>): readonly Claim[] {
  const claims = plan.tags.flatMap(({ because }) => because.filter(isClaim));
  return [...new Map(claims.map((claim) => [JSON.stringify(claim), claim])).values()];
}

function isClaim(evidence: Evidence): evidence is Claim {
  return evidence.kind === 'pull-request' || evidence.kind === 'branch';
}

/** A closing event is one question to GitHub, which was put moments ago. */
function isAnswered(claim: Claim, focus: Focus | undefined): boolean {
  return (
    claim.kind === 'pull-request' &&
    focus?.kind === 'pull-request' &&
    claim.number === focus.number &&
    claim.repo.toLowerCase() === focus.repo.toLowerCase()
  );
}
