/** Sees what is there, decides tag by tag, and turns the verdicts into a plan for each repository. Changes nothing. */
import pMap from 'p-map';
import {
  listRepositories,
  observe,
  observeReferrers,
  type ContentMemory,
  type ReferrersSupport,
} from '../inventory/index.ts';
import type { Decision, Instant, Problem, RepositoryName, RepositoryPlan, Snapshot } from '../model/index.ts';
import { PatternError } from '../pattern/index.ts';
import { build, verify } from '../plan/index.ts';
import { decide, needs, type Policy } from '../policy/index.ts';
import { RegistryError, type Registry } from '../registry/index.ts';

export type Surveyed = {
  readonly repository: RepositoryName;
  readonly state: 'read' | 'missing' | 'unread';
  readonly snapshot?: Snapshot;
  readonly decisions: readonly Decision[];
  readonly plan?: RepositoryPlan;
  readonly warnings: readonly Problem[];
  readonly failures: readonly Problem[];
};

export type SurveyOptions = {
  readonly registry: Registry;
  readonly memory: ContentMemory;
  readonly referrers: ReferrersSupport;
  readonly policy: Policy;
  readonly now: () => Instant;
};

/** Enough repositories side by side that a small one's last answers don't leave the connections idle. */
const repositoriesAtOnce = 8;

export async function survey(
  options: SurveyOptions,
): Promise<{ readonly surveyed: readonly Surveyed[]; readonly failures: readonly Problem[] }> {
  const patterns = options.policy.rules.map((rule) => rule.repositories);
  const { repositories, problems } = await listRepositories(options.registry, patterns);
  const surveyed = await pMap(repositories, (repository) => surveyRepository(options, repository), {
    concurrency: repositoriesAtOnce,
  });
  return { surveyed, failures: problems };
}

async function surveyRepository(options: SurveyOptions, repository: RepositoryName): Promise<Surveyed> {
  try {
    return await look(options, repository);
  } catch (error) {
    // What concerns this repository alone must not keep the others from being done; the rest concerns them all. A tag
    // that a pattern can read in more ways than can be looked at is such a thing.
    const alone = error instanceof RegistryError || error instanceof PatternError;
    if (!alone || ('kind' in error && ['unreachable', 'tls', 'unauthorized'].includes(error.kind))) throw error;
    const why = { at: repository, what: error.message, wayOut: error.wayOut };
    return { repository, state: 'unread', decisions: [], warnings: [], failures: [why] };
  }
}

async function look(options: SurveyOptions, repository: RepositoryName): Promise<Surveyed> {
  const { policy, now, referrers } = options;
  const seen = { ...options, repository };
  const first = await observe({ ...seen, dated: (tags) => needs(policy, repository, tags).dated });
  if (first === undefined) {
    const why = {
      at: repository,
      what: 'the registry has no such repository',
      wayOut: 'Check its spelling in `repositories`, and that the account may see it.',
    };
    return { repository, state: 'missing', decisions: [], warnings: [], failures: [why] };
  }
  const judge = (snapshot: Snapshot): { decisions: readonly Decision[]; plan: RepositoryPlan } => {
    const decisions = decide({ policy, snapshot, claims: [], now: snapshot.observedAt });
    return { decisions, plan: build(snapshot, decisions) };
  };
  const doomed = judge(first).plan.manifests.map(({ digest }) => digest);
  const snapshot = await observeReferrers({ ...seen, now }, first, doomed, referrers);
  const { decisions, plan } = judge(snapshot);
  const doubts = verify(plan, snapshot);
  const warnings = snapshot.problems;
  // A plan that doesn't pass is a mistake of this program: the repository is left alone, and the run fails.
  if (doubts.length > 0) return { repository, state: 'read', snapshot, decisions, warnings, failures: doubts };
  return { repository, state: 'read', snapshot, decisions, plan, warnings, failures: [] };
}
