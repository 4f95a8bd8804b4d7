/** One repository's plan, from the first harmless question to the proof. */
import { lostSight, recheck, type ReferrersSupport } from '../inventory/index.ts';
import type { Abilities, Claim, Outcome, Problem, Proof, RepositoryPlan, Snapshot } from '../model/index.ts';
import { narrow, verify } from '../plan/index.ts';
import { writeJournal } from './journal.ts';
import { Ledger, manifestSubject, tagSubject } from './ledger.ts';
import { probe } from './probe.ts';
import { prove } from './prove.ts';
import { remove } from './remove.ts';
import { problemOf, type Site } from './site.ts';

export type CarriedOut = {
  /** What was still true of the plan right before. */
  readonly plan: RepositoryPlan;
  readonly abilities: Abilities | undefined;
  readonly outcomes: readonly Outcome[];
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
};

/** Never rejects: what goes wrong is in the answer, beside what was done. */
export async function carryOut(site: Site, order: Order): Promise<CarriedOut> {
  const nothingDone = (why: Problem, abilities?: Abilities): CarriedOut => ({
    plan: order.plan,
    abilities,
    outcomes: allFailed(site, order.plan, why),
    proofs: [],
    problems: [why],
  });
  let abilities: Abilities | undefined;
  try {
    const probed = await probe({ ...site, referrers: order.referrers.has });
    abilities = probed.abilities;
    if (probed.refusal !== undefined) return nothingDone(probed.refusal, abilities);

    await writeJournal(site, order.plan, order.snapshot);

    const claims = await order.confirm();
    const fresh = await recheck(site, order.snapshot);
    const unseen = lostSight(order.snapshot, fresh);
    if (unseen !== undefined) return nothingDone(unseen, abilities);
    const { plan, spared } = narrow(order.plan, fresh, claims);
    const doubt = verify(plan, fresh)[0];
    if (doubt !== undefined) return nothingDone(doubt, abilities);

    const ledger = await remove(site, { plan, fresh, claims }, abilities);
    for (const { subject, why } of spared) {
      if (why === 'already-gone') ledger.gone(subject);
      else ledger.spared(subject, why);
    }
    const proven = await prove(site, plan, fresh, ledger);
    const stopped = ledger.stopped === undefined ? [] : [ledger.stopped];
    return {
      plan,
      abilities,
      outcomes: ledger.outcomes(),
      proofs: proven.proofs,
      problems: distinct([...stopped, ...proven.problems, ...ledger.failures()]),
    };
  } catch (error) {
    return nothingDone(problemOf(site.repository, error), abilities);
  }
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
