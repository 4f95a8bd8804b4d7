/** The last question before anything is deleted, where there is a person to put it to. */
import type { Origin, Problem } from '../model/index.ts';
import { renderQuestion } from '../report/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Errand } from './clean.ts';
import { doneWith, isDue } from './done.ts';
import { drawPlan } from './publish.ts';
import type { Surveyed } from './survey.ts';

/** Why nothing is deleted; `undefined`: the answer was yes, or there is nothing to ask. What would go is shown before. */
export async function declined(
  runtime: Runtime,
  errand: Errand,
  surveyed: readonly Surveyed[],
  registry: Origin,
): Promise<Problem | undefined> {
  const due = surveyed.filter(isDue);
  // A collection stops or restarts the registry, also where there is nothing to delete before it.
  const collects = errand.garbageCollect !== 'off' && (errand.door === 'gc' || errand.removeEmptyRepositories);
  if (runtime.confirm === undefined || errand.dryRun || (due.length === 0 && !collects)) return undefined;
  const reports = due.map(
    (each) => doneWith(each, undefined, { dryRun: true, dateSource: errand.policy.dateSource }).report,
  );
  drawPlan(runtime, reports, false);
  const question = renderQuestion(reports, { registry, garbageCollect: errand.garbageCollect });
  if (await runtime.confirm(question)) return undefined;
  return {
    at: 'confirmation',
    what: 'nothing was deleted, because the answer was not yes',
    wayOut: 'Run it again and say yes, or look at more of it with --dry-run.',
  };
}
