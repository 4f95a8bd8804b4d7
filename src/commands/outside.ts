/**
 * The world outside the registry, as far as the rules ask for it: pull requests and branches on GitHub, files of the
 * workspace that name images. Whatever can't be known stops the run before anything is deleted.
 */
import type { Config } from '../config/index.ts';
import { closeReferences, connectGitHub, findReferences, readEvent, type FoundReferences } from '../liveness/index.ts';
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
  const focus = config.plan === undefined ? readEvent(runtime.env, runtime.files.readText) : undefined;
  const github = connectGitHub({
    token: config.githubToken,
    apiUrl: runtime.env.GITHUB_API_URL ?? 'https://api.github.com',
    env: runtime.env,
    sleep: runtime.sleep,
    random: runtime.random,
    now: runtime.now,
    onRequest: (seen) => {
      runtime.log.debug(`GitHub: ${seen.method} ${seen.path} ${seen.status ?? 'no answer'}`);
    },
  });
  return {
    focus,
    referencesIn: (repositories) => [...found.references, ...closeReferences(found.open, repositories)],
    warnings: found.problems,
    claim: (asks) => (asks.length === 0 ? Promise.resolve([]) : github.claim(asks, focus)),
    confirm: (plan) => {
      const claims = claimsBehind(plan).filter((claim) => !isAnswered(claim, focus));
      return claims.length === 0 ? Promise.resolve([]) : github.confirm(claims);
    },
  };
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
