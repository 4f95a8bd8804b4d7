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
  Outcome,
  Problem,
  Reference,
  RepositoryName,
  RepositoryPlan,
  Shard,
  Snapshot,
  StoredRegistry,
  StoredRepository,
  Tag,
} from '../model/index.ts';
import { matchRepository, PatternError, type RepositoryPatterns } from '../pattern/index.ts';
import { build, verify } from '../plan/index.ts';
import { decide, needs, untagged, type Ask, type Needs, type Policy } from '../policy/index.ts';
import { atOnce, RegistryError, type Registry } from '../registry/index.ts';
import type { Counter, Heap } from '../runtime/index.ts';
import { StorageError } from '../storage/index.ts';
import type { Outside } from './outside.ts';

export type Surveyed = {
  readonly repository: RepositoryName;
  readonly state: 'read' | 'missing' | 'unread';
  readonly snapshot?: Snapshot;
  /** What its storage says of it, where that was read: before the snapshot was made. */
  readonly stored?: StoredRepository;
  readonly decisions: readonly Decision[];
  readonly plan?: RepositoryPlan;
  /** What of an earlier plan is not in this one any more, and why. */
  readonly settled?: readonly Outcome[];
  readonly warnings: readonly Problem[];
  readonly failures: readonly Problem[];
};

export type SurveyOptions = {
  readonly registry: Registry;
  readonly memory: ContentMemory;
  readonly referrers: ReferrersSupport;
  readonly policy: Policy;
  /** Which repositories are looked at: one list for each rule, or one of its own where there are no rules. */
  readonly repositories: readonly RepositoryPatterns[];
  /** Of those only its share. */
  readonly shard?: Shard;
  readonly outside: Outside;
  readonly now: () => Instant;
  /** The registry's files, proven to be its own and read before this. Push times and untagged manifests stand there alone. */
  readonly stored?: StoredRegistry | undefined;
  /** Also plans manifests that no tag leads to and that are not younger than the grace. */
  readonly deleteUntagged: boolean;
  readonly untaggedGraceSeconds: number;
  /** Of the tags that are read. */
  readonly progress?: Counter | undefined;
  /** Is told when all has been read. */
  readonly heap?: Heap | undefined;
};

export type Survey = {
  readonly surveyed: readonly Surveyed[];
  /** How many repositories are left to the other shards. */
  readonly elsewhere: number;
  /** All repositories of the registry, where a glob asked for them. */
  readonly catalog?: readonly RepositoryName[];
  /** Of no one repository: globs that match nothing. */
  readonly failures: readonly Problem[];
  /** What the workspace's files name of these repositories. */
  readonly references: readonly Reference[];
};

/** A repository that was looked at, and what its tags make the rules ask; or what came instead. */
type Seen = Pick<Surveyed, 'repository' | 'stored'> & {
  readonly snapshot: Snapshot;
  readonly asks: readonly Ask[];
};

/**
 * All repositories are seen before the world outside is asked, once, for all that their tags speak of. Throws StorageError
 * where it should say what only the registry's files say, and they weren't read.
 */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { registry, outside } = options;
  refuseWithoutFiles(options);
  const listed = await listRepositories(registry, options.repositories, options.shard);
  const { repositories, elsewhere, catalog, problems } = listed;
  const seen = await pMap(
    repositories,
    (repository) => alone(repository, () => look(options, repository)),
    atOnce(registry),
  );
  options.memory.forgetConfigs();
  options.heap?.thinking();
  freeMemory(options, seen);
  const references = outside.referencesIn(repositories);
  const claims = await outside.claim(distinct(seen.flatMap((each) => ('asks' in each ? each.asks : []))));
  const surveyed = await pMap(
    seen,
    (each) =>
      'asks' in each
        ? alone(each.repository, () => judge(options, each, { claims, references }))
        : Promise.resolve(each),
    atOnce(registry),
  );
  freeMemory(options, seen);
  return { surveyed, elsewhere, ...(catalog === undefined ? {} : { catalog }), failures: problems, references };
}

/** The doors have read them by now; a tag's age would be unknown otherwise, or nothing untagged found, and nobody told. */
function refuseWithoutFiles({ stored, policy, deleteUntagged }: SurveyOptions): void {
  const asking = [
    ...(policy.dateSource === 'pushed' ? ['date-source: pushed'] : []),
    ...(deleteUntagged ? ['delete-untagged'] : []),
  ];
  if (stored !== undefined || asking.length === 0) return;
  throw new StorageError(
    'unread',
    `${asking.join(' and ')} must read the registry's files on its host, and they were not read.`,
    'Set ssh-host, or run on the host itself.',
  );
}

/**
 * What concerns this repository alone must not keep the others from being done; the rest concerns them all. A tag that
 * a pattern can read in more ways than can be looked at is such a thing.
 */
export async function alone<Answer>(
  repository: RepositoryName,
  work: () => Promise<Answer>,
): Promise<Answer | Surveyed> {
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
  const stored = options.stored?.repositories.get(repository);
  let wanted: Needs | undefined;
  const wantedOf = (tags: readonly Tag[]): Needs => (wanted ??= needs(policy, repository, tags, outside.focus));
  const snapshot = await observe({
    ...options,
    repository,
    stored,
    untagged: options.deleteUntagged,
    dated: (tags) => wantedOf(tags).dated,
    sourced: (tags) => wantedOf(tags).sourced,
  });
  if (snapshot === undefined) return missing(policy, repository);
  return { repository, snapshot, asks: wanted?.asks ?? [], ...(stored === undefined ? {} : { stored }) };
}

/** Previews come and go with their repositories: where only such rules ask for it, there is nothing to do. */
function missing(policy: Policy, repository: RepositoryName): Surveyed {
  const rules = policy.rules.filter((rule) => matchRepository(rule.repositories, repository));
  const isExpected = rules.length > 0 && rules.every(({ tags }) => tags.conditions.pr || tags.conditions.branch);
  const why = {
    at: repository,
    what: 'the registry has no such repository',
    wayOut: 'Check its spelling in `repositories`, and that the account may see it.',
  };
  return { repository, state: 'missing', decisions: [], warnings: [], failures: isExpected ? [] : [why] };
}

/** Fewer leave less than a loaded program has anyway. */
const manyTags = 10_000;

/** Between steps that wait for nothing: what one of them has left would be held all through the next. */
function freeMemory({ heap }: SurveyOptions, seen: readonly Pick<Surveyed, 'snapshot'>[]): void {
  const tags = seen.reduce((sum, { snapshot }) => sum + (snapshot?.tags.size ?? 0), 0);
  if (tags >= manyTags) heap?.free();
}

async function judge(
  options: SurveyOptions,
  { repository, stored, snapshot: first }: Seen,
  known: { readonly claims: readonly Claim[]; readonly references: readonly Reference[] },
): Promise<Surveyed> {
  const { policy, outside, referrers } = options;
  const planOf = (snapshot: Snapshot): { decisions: readonly Decision[]; plan: RepositoryPlan } => {
    const now = snapshot.observedAt;
    const loose = options.deleteUntagged
      ? untagged({ snapshot, graceSeconds: options.untaggedGraceSeconds, now, references: known.references })
      : [];
    const decisions = decide({ policy, snapshot, ...known, untagged: loose, focus: outside.focus, now });
    freeMemory(options, [{ snapshot }]);
    const plan = build(snapshot, decisions, loose);
    freeMemory(options, [{ snapshot }]);
    return { decisions, plan };
  };
  const before = planOf(first);
  const doomed = before.plan.manifests.map(({ digest }) => digest);
  const snapshot = await observeReferrers({ ...options, repository }, first, doomed, referrers);
  const { decisions, plan } = snapshot === first ? before : planOf(snapshot);
  const doubts = verify(plan, snapshot);
  const warnings = snapshot.problems;
  const seen = {
    repository,
    state: 'read',
    snapshot,
    decisions,
    warnings,
    ...(stored === undefined ? {} : { stored }),
  } as const;
  // A plan that doesn't pass is a mistake of this program: the repository is left alone, and the run fails.
  return doubts.length > 0 ? { ...seen, failures: doubts } : { ...seen, plan, failures: [] };
}

function distinct(asks: readonly Ask[]): readonly Ask[] {
  return [...new Map(asks.map((ask) => [JSON.stringify(ask), ask])).values()];
}
