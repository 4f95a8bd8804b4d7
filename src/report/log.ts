/** The job's log: a group per repository, a line per tag. */
import type { Decision, Outcome, Problem, Reference, Tag } from '../model/index.ts';
import { explain } from './explain.ts';
import { proofFailures, totalsOf, type RepositoryReport, type RunReport } from './run-report.ts';
import { renderBytes, renderCount } from './words.ts';

export type LogGroup = { readonly title: string; readonly lines: readonly string[] };

/** Kept tags shown per repository where something is really deleted; a dry run shows all, the report-file always has. */
const keptShown = 20;

export function renderGroup(report: RepositoryReport, dryRun: boolean): LogGroup {
  const results = new Map<Tag, Outcome>();
  for (const outcome of report.outcomes) if (outcome.subject.kind === 'tag') results.set(outcome.subject.tag, outcome);
  const planned = new Set(report.plan?.tags.map(({ tag }) => tag));
  const doomed = report.decisions.filter(({ tag, verdict }) => verdict === 'delete' || planned.has(tag));
  const kept = report.decisions.filter(({ tag, verdict }) => verdict === 'keep' && !planned.has(tag));
  const shown = dryRun ? kept : kept.slice(0, keptShown);
  return {
    title: `${report.repository}: ${headline(report, dryRun)}`,
    lines: [
      ...proofFailures(report).map((problem) => `FAILED  ${renderProblem(problem)}`),
      ...report.failures.map((problem) => `FAILED  ${renderProblem(problem)}`),
      ...doomed.map((decision) => renderDoomed(decision, results.get(decision.tag), dryRun)),
      ...shown.map((decision) => renderLine('kept', decision)),
      ...(shown.length < kept.length
        ? [`kept     and ${kept.length - shown.length} more; the report file says why of each`]
        : []),
      ...report.warnings.map((problem) => `warning  ${renderProblem(problem)}`),
    ],
  };
}

function headline(report: RepositoryReport, dryRun: boolean): string {
  if (report.state === 'missing') return 'there is no such repository';
  if (report.state === 'unread') return 'could not be read, nothing is deleted';
  const planned = report.plan?.tags.length ?? 0;
  const seen = `${renderCount(report.decisions.length, 'tag')} seen`;
  if (planned === 0) return `${seen}, nothing to delete`;
  const frees = report.plan?.frees;
  const bytes = frees === undefined || frees.bytes === 0 ? '' : `, ${renderEstimate(frees)} to reclaim`;
  if (dryRun) return `${seen}, ${planned} would be deleted${bytes}`;
  const done = report.outcomes.filter(({ subject, result }) => subject.kind === 'tag' && result === 'done').length;
  return `${seen}, ${done} deleted${bytes}`;
}

function renderDoomed(decision: Decision, outcome: Outcome | undefined, dryRun: boolean): string {
  const line = (word: string, addition = ''): string => `${renderLine(word, decision)}${addition}`;
  if (dryRun) return line('delete');
  switch (outcome?.result) {
    case 'done':
      return line('deleted');
    case 'already-gone':
      return line('gone', '; it was gone already');
    case 'failed':
      return line('FAILED', `; ${renderProblem(outcome.why)}`);
    case 'spared':
      return line('spared', `; ${sparedWords[outcome.why]}`);
    default:
      return line('left', '; not carried out');
  }
}

/** Tags are padded to the width of most of them, so that the reasons stand below each other. */
function renderLine(word: string, decision: Decision): string {
  return `${word.padEnd(7)}  ${decision.tag.padEnd(20)}  ${explain(decision)}`;
}

const sparedWords = {
  moved: 'it was pushed to meanwhile',
  'gained-a-kept-tag': 'a tag that stays points at its image now',
  'now-held': 'something that stays holds its image now',
  'claim-changed': 'what it belongs to is alive again',
  interrupted: 'the run ended before its turn',
  refused: 'the registry refused',
} as const;

/** What files of the workspace name, and so keep, each with its place; `undefined` where they name nothing. */
export function renderReferences(references: readonly Reference[]): LogGroup | undefined {
  if (references.length === 0) return undefined;
  return {
    title: `${renderCount(references.length, 'reference')} in files of the workspace`,
    lines: references.map(({ file, line, repository, names }) => `${file}:${line}  ${repository}${renderNamed(names)}`),
  };
}

function renderNamed(names: Reference['names']): string {
  if (names.kind === 'tag') return `:${names.tag}`;
  if (names.kind === 'digest') return `@${names.digest}`;
  return ': every tag, since the one it names is not written there';
}

/** The last line of the log. */
export function renderConclusion(report: RunReport): string {
  const totals = totalsOf(report);
  const repositories = renderCount(totals.repositories, 'repository', 'repositories');
  const what = report.dryRun
    ? `Dry run: ${renderCount(totals.planned, 'tag')} of ${totals.tagsSeen} in ${repositories} would be deleted, ${totals.kept} kept, nothing was changed.`
    : `${renderCount(totals.deletedTags, 'tag')} and ${renderCount(totals.deletedManifests, 'manifest')} deleted in ${repositories}, ${renderCount(totals.kept, 'tag')} kept.`;
  const frees = totals.reclaimable;
  const bytes = frees.bytes === 0 ? '' : ` ${renderEstimate(frees)} can be reclaimed by garbage collection.`;
  return `${what}${bytes}`;
}

export function renderProblem(problem: Problem): string {
  return `${problem.at}: ${problem.what}${/[.!?]$/.test(problem.what) ? '' : '.'} ${problem.wayOut}`;
}

export function renderEstimate(estimate: { readonly bytes: number; readonly atLeast: boolean }): string {
  return `${estimate.atLeast ? 'at least ' : ''}${renderBytes(estimate.bytes)}`;
}
