/**
 * The first half of a run that has its plan already: looks at what is there now, asks again what lives outside, and keeps of
 * the plan what is still true. What `survey` is to a run that has only rules. Changes nothing.
 */
import pMap from 'p-map';
import { observe, observeDigests, observeReferrers } from '../inventory/index.ts';
import type {
  Claim,
  Decision,
  Digest,
  Outcome,
  Plan,
  PlannedTag,
  Reference,
  RepositoryName,
  RepositoryPlan,
  Snapshot,
  Tag,
} from '../model/index.ts';
import { narrow, spareOutdated, verify, type Spared } from '../plan/index.ts';
import { atOnce } from '../registry/index.ts';
import { alone, type Survey, type Surveyed, type SurveyOptions } from './survey.ts';

export type ReviewOptions = Pick<
  SurveyOptions,
  'registry' | 'memory' | 'referrers' | 'outside' | 'now' | 'stored' | 'deleteUntagged'
> & {
  /** What a run had set about to delete that had begun to carry out this plan, by repository. */
  readonly taken?: ReadonlyMap<RepositoryName, ReadonlySet<Digest>> | undefined;
};

/** Throws as `survey` does where the world outside, or the registry as a whole, doesn't answer. */
export async function review(plan: Plan, options: ReviewOptions): Promise<Survey> {
  const { outside } = options;
  const references = outside.referencesIn(plan.repositories.map(({ repository }) => repository));
  const claims = await outside.confirm({ tags: plan.repositories.flatMap(({ tags }) => tags) });
  const surveyed = await pMap(
    plan.repositories,
    (planned) => alone(planned.repository, () => compare(options, planned, { claims, references })),
    atOnce(options.registry),
  );
  return { surveyed, elsewhere: 0, failures: [], references };
}

type Known = { readonly claims: readonly Claim[]; readonly references: readonly Reference[] };

async function compare(options: ReviewOptions, planned: RepositoryPlan, known: Known): Promise<Surveyed> {
  const { repository } = planned;
  const stored = options.stored?.repositories.get(repository);
  const fresh = await look(options, planned);
  if (fresh === undefined) return vanished(planned);
  const outdated = spareOutdated(planned, fresh, known.references);
  const { plan, spared } = narrow(outdated.left, fresh, known.claims, options.taken?.get(repository));
  const doubts = verify(plan, fresh);
  return {
    repository,
    state: 'read',
    snapshot: fresh,
    decisions: decisionsOf(planned, plan, fresh),
    warnings: fresh.problems,
    ...(stored === undefined ? {} : { stored }),
    settled: [...outdated.spared, ...spared].map((each) => outcomeOf(repository, each)),
    // As in `survey`: a plan that doesn't pass leaves the repository alone.
    ...(doubts.length > 0 ? { failures: doubts } : { plan, failures: [] }),
  };
}

/**
 * All that the plan was made from, as far as it is there: manifests, too, to which no tag leads any more because somebody moved
 * or removed it, and what is attached to them by now.
 */
async function look(options: ReviewOptions, planned: RepositoryPlan): Promise<Snapshot | undefined> {
  const { repository } = planned;
  const isStored = planned.manifests.some(({ role }) => role === 'untagged');
  const asking = { ...options, repository, stored: options.stored?.repositories.get(repository) };
  const tagged = await observe({ ...asking, untagged: isStored, dated: () => new Set() });
  if (tagged === undefined) return undefined;
  const digests = planned.manifests.map(({ digest }) => digest);
  const whole = await observeDigests(asking, tagged, digests);
  const subjects = digests.filter((digest) => whole.manifests.has(digest));
  return observeReferrers(asking, whole, subjects, options.referrers);
}

/** Where nothing was to stay, everything that was to go is gone; else it isn't the repository that the plan knew. */
function vanished(planned: RepositoryPlan): Surveyed {
  const { repository, tags, manifests, stays } = planned;
  const gone = [
    ...tags.map(({ tag }) => ({ kind: 'tag', tag }) as const),
    ...manifests.map(({ digest }) => ({ kind: 'manifest', digest }) as const),
  ];
  const why = {
    at: repository,
    what: `the registry has no such repository any more, and ${stays.length} of its tags were to stay`,
    wayOut: 'Check that the account may see it. If it was removed on purpose, make a new plan without it.',
  };
  return {
    repository,
    state: 'missing',
    decisions: tags.map((tag) => decisionOf(tag, 'unknown')),
    settled: gone.map((subject) => ({ repository, subject, result: 'already-gone' })),
    warnings: [],
    failures: stays.length === 0 ? [] : [why],
  };
}

/** For every tag of the plan and of the repository: whether the plan names it. */
function decisionsOf(planned: RepositoryPlan, left: RepositoryPlan, fresh: Snapshot): readonly Decision[] {
  const goes = new Set(left.manifests.map(({ digest }) => digest));
  const stillGoes = new Set(left.tags.map(({ tag }) => tag));
  const named = new Set<Tag>(planned.tags.map(({ tag }) => tag));
  const doomed = planned.tags.map((each) => {
    if (!stillGoes.has(each.tag) || each.digest === undefined) return decisionOf(each, 'unknown');
    return decisionOf(each, goes.has(each.digest) ? 'goes' : 'kept');
  });
  const others = [...fresh.tags].flatMap(([tag, state]): Decision | [] => {
    if (named.has(tag)) return [];
    const digest = state.kind === 'points' && { digest: state.digest };
    return { tag, ...digest, verdict: 'keep', because: [{ kind: 'not-planned' }], image: 'kept' };
  });
  return [...doomed, ...others].sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

function decisionOf({ tag, digest, because, rule }: PlannedTag, image: Decision['image']): Decision {
  return {
    tag,
    ...(digest !== undefined && { digest }),
    verdict: 'delete',
    ...(rule !== undefined && { rule }),
    because,
    image,
  };
}

function outcomeOf(repository: Surveyed['repository'], { subject, why }: Spared): Outcome {
  return why === 'already-gone'
    ? { repository, subject, result: 'already-gone' }
    : { repository, subject, result: 'spared', why };
}
