/** What came of one repository, from the look at it to the deletions. */
import type { CarriedOut } from '../execute/index.ts';
import type { RepositoryPlan, Snapshot } from '../model/index.ts';
import type { RepositoryReport } from '../report/index.ts';
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

export function doneWith(surveyed: Surveyed, carried: CarriedOut | undefined): Done {
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
  return { surveyed, carried, report };
}
