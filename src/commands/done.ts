/** What came of one repository, from the look at it to the deletions. */
import type { CarriedOut } from '../execute/index.ts';
import type { RepositoryPlan, Snapshot } from '../model/index.ts';
import { holdsOf } from '../plan/index.ts';
import { imageDates, type Policy } from '../policy/index.ts';
import { spanOf, type RepositoryReport } from '../report/index.ts';
import type { Surveyed } from './survey.ts';

export type Done = {
  readonly surveyed: Surveyed;
  /** `undefined` where there was nothing to do, or nothing was to be done. */
  readonly carried: CarriedOut | undefined;
  readonly report: RepositoryReport;
};

export type Due = Surveyed & { readonly plan: RepositoryPlan; readonly snapshot: Snapshot };

export function isDue(surveyed: Surveyed): surveyed is Due {
  const { snapshot, plan } = surveyed;
  return snapshot !== undefined && plan !== undefined && plan.tags.length + plan.manifests.length > 0;
}

/** `dateSource`, `now`: the dates that the rules went by, and when. */
export function doneWith(
  surveyed: Surveyed,
  carried: CarriedOut | undefined,
  run: { readonly dryRun: boolean; readonly dateSource: Policy['dateSource'] },
): Done {
  const { snapshot } = surveyed;
  const report = {
    repository: surveyed.repository,
    state: surveyed.state,
    decisions: surveyed.decisions,
    plan: carried?.plan ?? surveyed.plan,
    outcomes: [...(surveyed.settled ?? []), ...(carried?.outcomes ?? [])],
    proofs: carried?.proofs ?? [],
    warnings: surveyed.warnings,
    failures: [...surveyed.failures, ...(carried?.problems ?? [])],
  };
  if (snapshot === undefined) return { surveyed, carried, report };
  const dated = imageDates(snapshot, run.dateSource, snapshot.observedAt);
  return { surveyed, carried, report: { ...report, holds: holdsOf(snapshot), ...spanOf(report, run.dryRun, dated) } };
}
