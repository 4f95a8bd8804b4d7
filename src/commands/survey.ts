/**
 * Sees what is there, asks what is alive outside, decides tag by tag, and turns the verdicts into a plan for each
 * repository. Changes nothing.
 */
import pMap from 'p-map';
import {
  listRepositories,
  observe,
  observeReferrers,
  type ContentMemory,
  type ReferrersSupport,
} from '../inventory/index.ts';
import type {
  Claim,
  Decision,
  Instant,
  Problem,
  Reference,
  RepositoryName,
  RepositoryPlan,
  Snapshot,
  Tag,
} from '../model/index.ts';
import { matchRepository, PatternError } from '../pattern/index.ts';
import { build, verify } from '../plan/index.ts';
import { decide, needs, type Ask, type Needs, type Policy } from '../policy/index.ts';
import { RegistryError, type Registry } from '../registry/index.ts';
import type { Outside } from './outside.ts';

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
  readonly outside: Outside;
  readonly now: () => Instant;
};

export type Survey = {
  readonly surveyed: readonly Surveyed[];
  /** Of no one repository: globs that match nothing. */
  readonly failures: readonly Problem[];
  /** What the workspace's files name of these repositories. */
  readonly references: readonly Reference[];
};

/** Enough repositories side by side that a small one's last answers don't leave the connections idle. */
const repositoriesAtOnce = { concurrency: 8 };

/** A repository that was looked at, and what its tags make the rules ask; or what came instead. */
type Seen = { readonly repository: RepositoryName; readonly snapshot: Snapshot; readonly asks: readonly Ask[] };

/** All repositories are seen before the world outside is asked, once, for all that their tags speak of. */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { registry, policy, outside } = options;
  const patterns = policy.rules.map((rule) => rule.repositories);
  const { repositories, problems } = await listRepositories(registry, patterns);
  const seen = await pMap(
    repositories,
    (repository) => alone(repository, () => look(options, repository)),
    repositoriesAtOnce,
  );
  const references = outside.referencesIn(repositories);
  const claims = await outside.claim(distinct(seen.flatMap((each) => ('asks' in each ? each.asks : []))));
  const surveyed = await pMap(
    seen,
    (each) =>
      'asks' in each
        ? alone(each.repository, () => judge(options, each, { claims, references }))
        : Promise.resolve(each),
    repositoriesAtOnce,
  );
  return { surveyed, failures: problems, references };
}

/**
 * What concerns this repository alone must not keep the others from being done; the rest concerns them all. A tag that
 * a pattern can read in more ways than can be looked at is such a thing.
 */
async function alone<Answer>(repository: RepositoryName, work: () => Promise<Answer>): Promise<Answer | Surveyed> {
  try {
    return await work();
  } catch (error) {
    const isAlone = error instanceof RegistryError || error instanceof PatternError;
    if (!isAlone || ('kind' in error && ['unreachable', 'tls', 'unauthorized'].includes(error.kind))) throw error;
    const why = { at: repository, what: error.message, wayOut: error.wayOut };
    return { repository, state: 'unread', decisions: [], warnings: [], failures: [why] };
  }
}

async function look(options: SurveyOptions, repository: RepositoryName): Promise<Seen | Surveyed> {
  const { policy, outside } = options;
  let wanted: Needs | undefined;
  const wantedOf = (tags: readonly Tag[]): Needs => (wanted ??= needs(policy, repository, tags, outside.focus));
  const snapshot = await observe({
    ...options,
    repository,
    dated: (tags) => wantedOf(tags).dated,
    sourced: (tags) => wantedOf(tags).sourced,
  });
  return snapshot === undefined ? missing(policy, repository) : { repository, snapshot, asks: wanted?.asks ?? [] };
}

/** Previews come and go with their repositories: where only such rules ask for it, there is nothing to do. */
function missing(policy: Policy, repository: RepositoryName): Surveyed {
  const rules = policy.rules.filter((rule) => matchRepository(rule.repositories, repository));
  const isExpected = rules.every(({ tags }) => tags.conditions.pr || tags.conditions.branch);
  const why = {
    at: repository,
    what: 'the registry has no such repository',
    wayOut: 'Check its spelling in `repositories`, and that the account may see it.',
  };
  return { repository, state: 'missing', decisions: [], warnings: [], failures: isExpected ? [] : [why] };
}

async function judge(
  options: SurveyOptions,
  { repository, snapshot: first }: Seen,
  known: { readonly claims: readonly Claim[]; readonly references: readonly Reference[] },
): Promise<Surveyed> {
  const { policy, outside, referrers } = options;
  const planOf = (snapshot: Snapshot): { decisions: readonly Decision[]; plan: RepositoryPlan } => {
    const decisions = decide({ policy, snapshot, ...known, focus: outside.focus, now: snapshot.observedAt });
    return { decisions, plan: build(snapshot, decisions) };
  };
  const doomed = planOf(first).plan.manifests.map(({ digest }) => digest);
  const snapshot = await observeReferrers({ ...options, repository }, first, doomed, referrers);
  const { decisions, plan } = planOf(snapshot);
  const doubts = verify(plan, snapshot);
  const warnings = snapshot.problems;
  // A plan that doesn't pass is a mistake of this program: the repository is left alone, and the run fails.
  if (doubts.length > 0) return { repository, state: 'read', snapshot, decisions, warnings, failures: doubts };
  return { repository, state: 'read', snapshot, decisions, plan, warnings, failures: [] };
}

function distinct(asks: readonly Ask[]): readonly Ask[] {
  return [...new Map(asks.map((ask) => [JSON.stringify(ask), ask])).values()];
}
