/** The job's log: a group per repository, a line per tag. */
import {
  showShard,
  type Decision,
  type Digest,
  type Outcome,
  type PlannedManifest,
  type Problem,
  type Reference,
  type Shard,
  type SparedBecause,
  type Tag,
} from '../model/index.ts';
import { renderApplied } from './applied.ts';
import { reclaimedBytes, renderPlanned } from './collection.ts';
import { explain, explainUntagged } from './explain.ts';
import {
  proofFailures,
  totalsOf,
  untaggedOf,
  type RepositoryReport,
  type RunReport,
  type Totals,
} from './run-report.ts';
import { renderBytes, renderCount, renderDigest } from './words.ts';

export type LogGroup = { readonly title: string; readonly lines: readonly string[] };

/** Kept tags shown per repository where something is really deleted; a dry run shows them, the report-file always does. */
const keptShown = 20;
/** Failures and warnings of one repository: as many say what is wrong, and the report-file has all. */
const problemsShown = 100;

/**
 * Lines of tags that the log of a run takes, of all repositories together: some 100 to 200 bytes each, so that it stays
 * below 1 MB, which a browser shows at once, whatever the size of the registry.
 */
export const tagLinesShown = 4_000;
/** Beyond those, lines of repositories in which something is wrong: as many as there is place for in the same megabyte. */
export const wrongLinesShown = 1_000;

/** `room`: how many lines of tags there is place for; where it isn't enough, most of it is for what goes. */
export function renderGroup(report: RepositoryReport, dryRun: boolean, room = tagLinesShown): LogGroup {
  const results = new Map<Tag | Digest, Outcome>();
  for (const outcome of report.outcomes)
    results.set(outcome.subject.kind === 'tag' ? outcome.subject.tag : outcome.subject.digest, outcome);
  const planned = new Set(report.plan?.tags.map(({ tag }) => tag));
  const doomed = report.decisions.filter(({ tag, verdict }) => verdict === 'delete' || planned.has(tag));
  const kept = report.decisions.filter(({ tag, verdict }) => verdict === 'keep' && !planned.has(tag));
  const loose = untaggedOf(report);

  const ofKept = dryRun ? kept.length : Math.min(kept.length, keptShown);
  const forWhatGoes = Math.max(room - ofKept, Math.ceil(room * 0.75));
  // Where not all fit, what was not done comes first: nobody looks for that in a file.
  const isDone = ({ tag }: Decision): boolean => results.get(tag)?.result === 'done';
  const byNeed =
    doomed.length > forWhatGoes ? doomed.toSorted((a, b) => Number(isDone(a)) - Number(isDone(b))) : doomed;
  const goes = byNeed.slice(0, forWhatGoes);
  const looseShown = loose.slice(0, forWhatGoes - goes.length);
  const stays = kept.slice(0, Math.min(ofKept, room - goes.length - looseShown.length));
  return {
    title: `${report.repository}: ${headline(report, dryRun)}`,
    lines: [
      ...someOf('FAILED', [...proofFailures(report), ...report.failures]),
      ...goes.map((decision) => renderDoomed(results.get(decision.tag), dryRun, (word) => renderLine(word, decision))),
      ...looseShown.map((manifest) => renderUntagged(manifest, results.get(manifest.digest), dryRun)),
      ...andMore(dryRun ? 'delete' : 'deleted', doomed.length + loose.length - goes.length - looseShown.length),
      ...stays.map((decision) => renderLine('kept', decision)),
      ...andMore('kept', kept.length - stays.length),
      ...someOf('warning', report.warnings),
    ],
  };
}

function someOf(word: string, problems: readonly Problem[]): readonly string[] {
  const shown = problems.slice(0, problemsShown).map((problem) => `${word}  ${renderProblem(problem)}`);
  return [...shown, ...andMore(word, problems.length - shown.length)];
}

/** Whether all went well in a repository, so that its lines are no loss. */
export function isQuiet(report: RepositoryReport): boolean {
  const wrong = report.failures.length + report.warnings.length + proofFailures(report).length;
  return wrong === 0 && report.outcomes.every(({ result }) => result === 'done' || result === 'already-gone');
}

/** What there was no room for. In a real run it may have been spared, or have failed: the report-file tells. */
function andMore(word: string, more: number): readonly string[] {
  return more > 0 ? [`${word.padEnd(7)}  and ${more} more; the report file says why of each`] : [];
}

/** The lines for repositories that the log has no room for at all: `quiet` of them as `isQuiet` has it, `wrong` the others. */
export function renderLeftOut(quiet: number, wrong: number): readonly string[] {
  const those = (count: number): string => renderCount(count, 'repository is', 'repositories are');
  return [
    ...(quiet === 0
      ? []
      : [`${those(quiet)} not shown here, in which nothing went wrong; the report file has every tag of them.`]),
    ...(wrong === 0
      ? []
      : [`${those(wrong)} not shown here, in which something went wrong as well; the report file says what.`]),
  ];
}

function headline(report: RepositoryReport, dryRun: boolean): string {
  if (report.state === 'missing') return 'there is no such repository';
  if (report.state === 'unread') return 'could not be read, nothing is deleted';
  const planned = report.plan?.tags.length ?? 0;
  const untagged = untaggedOf(report).length;
  const seen = `${renderCount(report.decisions.length, 'tag')} seen`;
  if (planned === 0 && untagged === 0) return `${seen}, nothing to delete`;
  const frees = report.plan?.frees;
  const bytes = frees === undefined || frees.bytes === 0 ? '' : `, ${renderEstimate(frees)} to reclaim`;
  const done = report.outcomes.filter(({ subject, result }) => subject.kind === 'tag' && result === 'done').length;
  const tags = dryRun ? planned : done;
  const what = untagged === 0 ? String(tags) : renderCount(tags, 'tag');
  // In a real run those that the host unlinks go later, with the collection: their number says what is due.
  const others =
    untagged === 0 ? '' : `, ${renderCount(untagged, 'untagged manifest')} ${dryRun ? 'with them' : 'due'}`;
  return `${seen}, ${what} ${dryRun ? 'would be deleted' : 'deleted'}${others}${bytes}`;
}

/** `left`: where there is no outcome. */
function renderDoomed(
  outcome: Outcome | undefined,
  dryRun: boolean,
  line: (word: string) => string,
  left = line('left') + '; not carried out',
): string {
  if (dryRun && outcome === undefined) return line('delete');
  switch (outcome?.result) {
    case 'done':
      return line('deleted');
    case 'already-gone':
      return `${line('gone')}; it was gone already`;
    case 'failed':
      return `${line('FAILED')}; ${renderProblem(outcome.why)}`;
    case 'spared':
      return `${line('spared')}; ${sparedWords[outcome.why]}`;
    default:
      return left;
  }
}

/** Offline they go while the registry is stopped, which is after this was written. */
function renderUntagged(manifest: PlannedManifest, outcome: Outcome | undefined, dryRun: boolean): string {
  const line = (word: string): string =>
    column(word, renderDigest(manifest.digest), explainUntagged(manifest.revisedAt));
  return renderDoomed(outcome, dryRun, line, line('due'));
}

/** Tags are padded to the width of most of them, so that the reasons stand below each other. */
function renderLine(word: string, decision: Decision): string {
  return column(word, decision.tag, explain(decision));
}

function column(word: string, name: string, why: string): string {
  return `${word.padEnd(7)}  ${name.padEnd(20)}  ${why}`;
}

export const sparedWords: Readonly<Record<SparedBecause, string>> = {
  moved: 'it was pushed to meanwhile',
  'gained-a-kept-tag': 'a tag that stays points at its image now',
  'now-held': 'something that stays holds its image now',
  'claim-changed': 'what it belongs to is alive again',
  'now-referenced': 'a file of the workspace names it now',
  'newest-are-gone': 'images that were to stay are gone since, so it may be one of the newest now',
  interrupted: 'the run ended before its turn',
  refused: 'the registry refused',
};

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

/** Before anything of its repositories: where the others are. */
export function renderShard(shard: Shard, here: number, elsewhere: number): string {
  const mine = renderCount(here, 'repository', 'repositories');
  return `Shard ${showShard(shard)}: ${mine} of ${here + elsewhere}; the others belong to other shards.`;
}

/** The last line of the log. */
export function renderConclusion(report: RunReport): string {
  const { before, what, after } = concludingSentences(report);
  return [...before, what, ...after].join(' ');
}

/** What was done in one sentence; whose share it was before it, what became of the disk after it. */
export function concludingSentences(report: RunReport): {
  readonly before: readonly string[];
  readonly what: string;
  readonly after: readonly string[];
} {
  const totals = totalsOf(report);
  const repositories = renderCount(totals.repositories, 'repository', 'repositories');
  const { changed } = totals;
  const inSome = changed === 0 || changed === totals.repositories ? '' : `${changed} of `;
  const untagged = totals.plannedUntagged;
  const others = untagged === 0 ? '' : ` and ${renderCount(untagged, 'untagged manifest')}`;
  const what = report.dryRun
    ? `Dry run: ${renderCount(totals.planned, 'tag')} of ${totals.tagsSeen}${others} in ${repositories} would be deleted, ${totals.kept} kept, nothing was changed.`
    : `${renderCount(totals.deletedTags, 'tag')} and ${renderCount(totals.deletedManifests, 'manifest')} deleted in ${inSome}${repositories}, ${renderCount(totals.kept, 'tag')} kept.`;
  const share = report.shard === undefined ? [] : [`Shard ${report.shard}:`];
  return { before: [...share, ...renderApplied(report)], what, after: renderSpace(report, totals) };
}

const collectionWords = {
  done: 'Garbage was collected.',
  skipped: 'There was nothing to collect: no downtime.',
  failed: 'Garbage collection failed.',
} as const;

/** What became of the disk, or what can. */
function renderSpace({ dryRun, collection, plannedCollection }: RunReport, totals: Totals): readonly string[] {
  const freed = reclaimedBytes(collection);
  if (freed !== undefined) return [`${renderBytes(freed)} of disk freed.`];
  if (collection !== undefined) return [collectionWords[collection.result]];
  // Of a plan that was refused nothing can be.
  const nothing = totals.reclaimable.bytes === 0 || (!dryRun && totals.changed === 0);
  const estimate = nothing ? [] : [`${renderEstimate(totals.reclaimable)} can be reclaimed by garbage collection.`];
  return plannedCollection === undefined ? estimate : [...estimate, renderPlanned(plannedCollection)];
}

export function renderProblem(problem: Problem): string {
  return `${problem.at}: ${problem.what}${/[.!?]$/.test(problem.what) ? '' : '.'} ${problem.wayOut}`;
}

export function renderEstimate(estimate: { readonly bytes: number; readonly atLeast: boolean }): string {
  return `${estimate.atLeast ? 'at least ' : ''}${renderBytes(estimate.bytes)}`;
}
