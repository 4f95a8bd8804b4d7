/** report/ (pure): what a person sees. */
export { sizeOf, type AppliedPlan } from './applied.ts';
export { renderCollection } from './collection.ts';
export { renderPlanTables, renderQuestion } from './desk.ts';
export { explain } from './explain.ts';
export { listRepository, renderListing, type Listing } from './listing.ts';
export {
  isQuiet,
  renderConclusion,
  renderGroup,
  renderLeftOut,
  renderProblem,
  renderReferences,
  renderShard,
  tagLinesShown,
  wrongLinesShown,
  type LogGroup,
} from './log.ts';
export { renderOutputs } from './outputs.ts';
export { renderRestoreConclusion, renderRestored, renderRestoreOutputs, renderRestoreSummary } from './restore.ts';
export { restoreFailuresOf, restoreWarningsOf, type RestoredRepository, type RestoreReport } from './restore-report.ts';
export {
  failuresOf,
  totalsOf,
  warningsOf,
  type PlannedCollection,
  type RepositoryReport,
  type RunReport,
  type Totals,
} from './run-report.ts';
export { spanOf, type DatedTag } from './span.ts';
export { renderSummary } from './summary.ts';
