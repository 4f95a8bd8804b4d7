/** One repository's plan, from the first harmless question to the proof. */
import { lostSight, recheck, type ReferrersSupport } from '../inventory/index.ts';
import type {
  Abilities,
  Claim,
  Digest,
  Outcome,
  Problem,
  Proof,
  RepositoryPlan,
  Snapshot,
  StoredRepository,
} from '../model/index.ts';
import { narrow, unlinkable, verify } from '../plan/index.ts';
import { unlessAborted } from '../runtime/interruption.ts';
import type { Unlink } from '../storage/index.ts';
import { doubtEmpty } from './emptied.ts';
import { writeJournal } from './journal.ts';
import { Ledger, manifestSubject, tagSubject } from './ledger.ts';
import { probe } from './probe.ts';
import { prove } from './prove.ts';
import { remove, type Removal } from './remove.ts';
import { isUnsent, problemOf, type Site } from './site.ts';

export type CarriedOut = {
  /** What was still true of the plan right before. */
  readonly plan: RepositoryPlan;
  readonly abilities: Abilities | undefined;
  readonly outcomes: readonly Outcome[];
  /** What waits until the registry is stopped, if anything does. It has no outcome yet: see `outcomesOfUnlinking`. */
  readonly deferred: Unlink | undefined;
  readonly proofs: readonly Proof[];
  /** What kept something planned from being done, and what is wrong afterwards. Empty: all is well. */
  readonly problems: readonly Problem[];
};

export type Order = {
  readonly plan: RepositoryPlan;
  /** The look that the plan was made from. */
  readonly snapshot: Snapshot;
  /** Asks again what is alive outside, as far as the plan rests on it. */
  readonly confirm: () => Promise<readonly Claim[]>;
  readonly referrers: ReferrersSupport;
  /** What the storage said of the repository, right before the snapshot was made. */
  readonly stored?: StoredRepository | undefined;
  /** Its word of now, asked for where an untagged manifest is deleted through the registry; `undefined`: it has none any more. */
  readonly storedNow?: () => Promise<StoredRepository | undefined>;
  /** The registry will be stopped afterwards: untagged manifests are left for then. Only with `stored`. */
  readonly unlinks?: boolean;
};

/**
 * Never rejects: what goes wrong is in the answer, beside what was done. After an interruption of the run nothing more is
 * begun, and what stays is proven as far as there is time.
 */
export async function carryOut(site: Site, order: Order): Promise<CarriedOut> {
  const nothingDone = (why: Problem, abilities?: Abilities): CarriedOut => ({
    plan: order.plan,
    abilities,
    outcomes: allFailed(site, order.plan, why),
    deferred: undefined,
    proofs: [],
    problems: [why],
  });
  const { interrupted, finishing } = site.registry;
  if (interrupted.aborted) return nothingBegun(site, order.plan);
  let abilities: Abilities | undefined;
  try {
    // Where all of it is left for later, nothing is asked of the registry that only a deletion needs.
    if (!isEmpty(splitOff(order, order.plan, order.snapshot).now)) {
      const probed = await probe({ ...site, referrers: order.referrers.has });
      abilities = probed.abilities;
      if (probed.refusal !== undefined) return nothingDone(probed.refusal, abilities);
    }

    await writeJournal(site, order.plan, order.snapshot);

    const claims = await unlessAborted(interrupted, order.confirm());
    const stored = await unlessAborted(interrupted, storedThen(order));
    const fresh = await recheck({ ...site, stored }, order.snapshot);
    const unseen = lostSight(order.snapshot, fresh) ?? (await doubtEmpty(site, order.plan, order.snapshot, fresh));
    if (unseen !== undefined) return nothingDone(unseen, abilities);
    const { plan, spared } = narrow(order.plan, fresh, claims);
    const doubt = verify(plan, fresh)[0];
    if (doubt !== undefined) return nothingDone(doubt, abilities);

    const { now, later } = splitOff(order, plan, fresh);
    const ledger = await removeNow(site, { plan: now, fresh, claims }, abilities);
    for (const { subject, why } of spared) {
      if (why === 'already-gone') ledger.gone(subject);
      else ledger.spared(subject, why);
    }
    // A registry that is gone doesn't say what becomes of the rest.
    if (ledger.isStopped) for (const digest of later) ledger.spared(manifestSubject(digest), 'interrupted');
    const isUntouched = isEmpty(now) || (site.registry.interrupted.aborted && !ledger.hasWritten);
    const proven = isUntouched
      ? { proofs: [], problems: [] }
      : await prove({ ...site, registry: finishing }, now, fresh, ledger);
    const stopped = ledger.stopped === undefined ? [] : [ledger.stopped];
    return {
      plan,
      abilities,
      outcomes: ledger.outcomes(),
      deferred: ledger.isStopped ? undefined : deferredOf(order, later),
      proofs: proven.proofs,
      problems: distinct([...stopped, ...proven.problems, ...ledger.failures()]),
    };
  } catch (error) {
    if (isUnsent(site, error)) return nothingBegun(site, order.plan, abilities);
    return nothingDone(problemOf(site.repository, error), abilities);
  }
}

/** The run was interrupted before its turn. */
function nothingBegun(site: Site, plan: RepositoryPlan, abilities?: Abilities): CarriedOut {
  const ledger = new Ledger(site.repository);
  for (const { tag } of plan.tags) ledger.spared(tagSubject(tag), 'interrupted');
  for (const { digest } of plan.manifests) ledger.spared(manifestSubject(digest), 'interrupted');
  return { plan, abilities, outcomes: ledger.outcomes(), deferred: undefined, proofs: [], problems: [] };
}

/** What is done through the registry, and what is left until it is stopped. */
function splitOff(
  { stored, unlinks }: Order,
  plan: RepositoryPlan,
  snapshot: Snapshot,
): { readonly now: RepositoryPlan; readonly later: readonly Digest[] } {
  const waits = unlinks === true && stored !== undefined ? unlinkable(plan, snapshot) : new Set<Digest>();
  return {
    now: { ...plan, manifests: plan.manifests.filter(({ digest }) => !waits.has(digest)) },
    later: plan.manifests.flatMap(({ digest }) => (waits.has(digest) ? digest : [])),
  };
}

/** A manifest without a tag shows nowhere else: one that was pushed again meanwhile is known by its new time alone. */
async function storedThen({ plan, stored, unlinks, storedNow }: Order): Promise<StoredRepository | undefined> {
  // What is left until the registry is stopped is compared then.
  const asksAgain = unlinks !== true && plan.manifests.some(({ role }) => role === 'untagged');
  return asksAgain && storedNow !== undefined ? ((await storedNow()) ?? nothingStored) : stored;
}

const nothingStored: StoredRepository = { tags: new Map(), revisions: new Map() };

function isEmpty({ tags, manifests }: RepositoryPlan): boolean {
  return tags.length === 0 && manifests.length === 0;
}

function removeNow(site: Site, removal: Removal, abilities: Abilities | undefined): Promise<Ledger> {
  return abilities === undefined ? Promise.resolve(new Ledger(site.repository)) : remove(site, removal, abilities);
}

function deferredOf({ plan, stored }: Order, digests: readonly Digest[]): Unlink | undefined {
  if (stored === undefined || digests.length === 0) return undefined;
  return { repository: plan.repository, digests, expected: stored };
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.at} ${problem.what}`, problem])).values()];
}

function allFailed(site: Site, plan: RepositoryPlan, why: Problem): readonly Outcome[] {
  const ledger = new Ledger(site.repository);
  for (const { tag } of plan.tags) ledger.failed(tagSubject(tag), why);
  for (const { digest } of plan.manifests) ledger.failed(manifestSubject(digest), why);
  return ledger.outcomes();
}
