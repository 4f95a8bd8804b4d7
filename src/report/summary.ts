/** The job's page: what was done, what it cost and gave back, what is wrong; every reason folded away below. */
import type { Decision, PlannedManifest, Subject } from '../model/index.ts';
import { renderDisk } from './collection.ts';
import { explain, explainUntagged } from './explain.ts';
import { listOf, renderLists, renderProblems, type List } from './lists.ts';
import { concludingSentences, renderEstimate, sparedWords } from './log.ts';
import { renderPicture } from './picture.ts';
import { failuresOf, totalsOf, untaggedOf, warningsOf, type RepositoryReport, type RunReport } from './run-report.ts';
import { renderSpan } from './span.ts';
import { code, escapeMarkdown, renderCount, renderDigest, renderDuration, renderInstant, row } from './words.ts';

/** Repositories in the table and with lists of their own. */
export const repositoriesShown = 100;

const doorWords = { prune: '', gc: ': garbage collection', apply: ': apply' } as const;

export function renderSummary(report: RunReport): string {
  const share = report.shard === undefined ? '' : `, shard ${report.shard}`;
  const title = `registry-prune${doorWords[report.door ?? 'prune']}${share}${report.dryRun ? ' (dry run)' : ''}`;
  const shown = mostToSay(report.repositories);
  return [
    `## ${title}`,
    '',
    ...renderProblems(failuresOf(report), '❌', 'failures'),
    renderLead(report),
    '',
    ...renderPicture(report),
    ...renderDisk(report.collection, report.plannedCollection),
    ...renderTable(report, shown),
    ...renderSpan(report),
    ...renderProblems(warningsOf(report), '⚠️', 'warnings'),
    ...renderLists(shown.flatMap((each) => listsOf(each, report))),
    ...renderFoot(report),
  ].join('\n');
}

/** What was done stands out from what is said before and after it. */
function renderLead(report: RunReport): string {
  const { before, what, after } = concludingSentences(report);
  return [...before.map(escapeMarkdown), `**${escapeMarkdown(what)}**`, ...after.map(escapeMarkdown)].join(' ');
}

/** All where there are few; else those that went wrong or have most to lose, in the order of the report. */
function mostToSay(all: readonly RepositoryReport[]): readonly RepositoryReport[] {
  if (all.length <= repositoriesShown) return all;
  const weight = ({ failures, warnings, plan }: RepositoryReport): readonly number[] => [
    Number(failures.length > 0),
    (plan?.tags.length ?? 0) + (plan?.manifests.length ?? 0),
    Number(warnings.length > 0),
  ];
  const weighed = all.map((each, place) => ({ each, place, weight: weight(each) }));
  const byWeight = weighed.toSorted((a, b) => {
    const first = a.weight.findIndex((one, index) => one !== b.weight[index]);
    return first === -1 ? 0 : (b.weight[first] ?? 0) - (a.weight[first] ?? 0);
  });
  return byWeight
    .slice(0, repositoriesShown)
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each);
}

/** Columns of untagged manifests and of sizes are there where any are known. */
function renderTable(report: RunReport, shown: readonly RepositoryReport[]): readonly string[] {
  if (shown.length === 0) return [];
  const hasUntagged = report.repositories.some((each) => untaggedOf(each).length > 0);
  const hasSizes = report.repositories.some(({ holds }) => holds !== undefined);
  const line = (
    cells: Readonly<Record<'name' | 'seen' | 'deleted' | 'kept' | 'untagged' | 'holds' | 'frees', string>>,
  ): string =>
    row([
      cells.name,
      cells.seen,
      cells.deleted,
      cells.kept,
      ...(hasUntagged ? [cells.untagged] : []),
      ...(hasSizes ? [cells.holds] : []),
      cells.frees,
    ]);
  const more = report.repositories.length - shown.length;
  const right = '---:';
  return [
    line({
      name: 'repository',
      seen: 'tags seen',
      deleted: report.dryRun ? 'would be deleted' : 'deleted',
      kept: 'kept',
      untagged: 'untagged, to go',
      holds: 'held before',
      frees: 'to be reclaimed',
    }),
    line({ name: '---', seen: right, deleted: right, kept: right, untagged: right, holds: right, frees: right }),
    ...shown.map((each) => {
      const { planned, deleted, left } = countsOf(each, report.dryRun);
      const untagged = untaggedOf(each);
      const state = each.state === 'missing' ? ' (missing)' : each.state === 'unread' ? ' (not read)' : '';
      return line({
        name: `${code(each.repository)}${state}`,
        seen: String(each.decisions.length),
        deleted: String(deleted),
        kept: String(left),
        untagged: renderUntagged(untagged),
        holds: each.holds === undefined ? '' : renderEstimate(each.holds),
        frees: each.plan === undefined || planned + untagged.length === 0 ? '' : renderEstimate(each.plan.frees),
      });
    }),
    ...(report.repositories.length > 1 ? [line(allOf(report))] : []),
    '',
    ...(more > 0
      ? [
          `and ${renderCount(more, 'repository', 'repositories')} more, in the report file. These are the ones with most to say.`,
          '',
        ]
      : []),
  ];
}

/** The last row. */
function allOf(
  report: RunReport,
): Readonly<Record<'name' | 'seen' | 'deleted' | 'kept' | 'untagged' | 'holds' | 'frees', string>> {
  const { repositories, dryRun } = report;
  const { reclaimable, tagsSeen, plannedUntagged } = totalsOf(report);
  const bold = (text: string): string => `**${text}**`;
  let deleted = 0;
  let left = 0;
  let bytes = 0;
  let atLeast = false;
  for (const each of repositories) {
    const counts = countsOf(each, dryRun);
    deleted += counts.deleted;
    left += counts.left;
    bytes += each.holds?.bytes ?? 0;
    atLeast ||= each.holds === undefined || each.holds.atLeast;
  }
  return {
    name: bold(renderCount(repositories.length, 'repository', 'repositories')),
    seen: bold(String(tagsSeen)),
    deleted: bold(String(deleted)),
    kept: bold(String(left)),
    untagged: bold(String(plannedUntagged)),
    holds: bold(renderEstimate({ bytes, atLeast })),
    frees: reclaimable.bytes === 0 ? '' : bold(renderEstimate(reclaimable)),
  };
}

function countsOf(
  { decisions, plan, outcomes }: RepositoryReport,
  dryRun: boolean,
): { readonly planned: number; readonly deleted: number; readonly left: number } {
  const planned = plan?.tags.length ?? 0;
  let gone = 0;
  for (const { subject, result } of outcomes)
    if (subject.kind === 'tag' && (result === 'done' || result === 'already-gone')) gone += 1;
  return { planned, deleted: dryRun ? planned : gone, left: decisions.length - gone - (dryRun ? planned : 0) };
}

/** How many, and since when the oldest of them is there. */
function renderUntagged(manifests: readonly PlannedManifest[]): string {
  const [oldest] = manifests.flatMap(({ revisedAt }) => revisedAt ?? []).sort();
  return `${manifests.length}${oldest === undefined ? '' : `, the oldest of ${renderInstant(oldest).slice(0, 10)}`}`;
}

/** The titles stand in HTML, where Markdown's backslashes would be seen: a repository's name needs no escape there. */
function listsOf(each: RepositoryReport, { dryRun, door }: RunReport): readonly List[] {
  const { repository, decisions } = each;
  const ofVerdict = (verdict: Decision['verdict']): readonly Decision[] =>
    decisions.filter((decision) => decision.verdict === verdict);
  const word = (decision: Decision): List['rows'][number] => ({ name: decision.tag, why: explain(decision) });
  const [goes, kept, untagged] = [ofVerdict('delete'), ofVerdict('keep'), untaggedOf(each)];
  const spared = each.outcomes.filter((outcome) => outcome.result === 'spared');
  const name = `<code>${repository}</code>`;
  const found = `${renderCount(goes.length, 'tag')} ${dryRun ? 'to delete' : 'found stale'}`;
  return [
    listOf({ title: `${name}: ${found}`, of: 'tag' }, goes, word),
    listOf(
      { title: `${name}: ${renderCount(untagged.length, 'untagged manifest')} to delete`, of: 'manifest' },
      untagged,
      ({ digest, revisedAt }) => ({ name: renderDigest(digest), why: explainUntagged(revisedAt) }),
    ),
    // Of a plan that was made earlier it matters what is not done of it.
    listOf(
      { title: `${name}: ${spared.length} spared`, of: 'planned' },
      door === 'apply' ? spared : [],
      ({ subject, why }) => ({ name: nameOf(subject), why: sparedWords[why] }),
    ),
    // Where nothing but garbage goes, or what a plan names, every tag is kept, and says so of itself.
    listOf(
      { title: `${name}: ${renderCount(kept.length, 'tag')} kept`, of: 'tag' },
      door === undefined ? kept : [],
      word,
    ),
  ].filter(({ count }) => count > 0);
}

function nameOf(subject: Subject): string {
  return subject.kind === 'tag' ? subject.tag : renderDigest(subject.digest);
}

/** Which registry, when, and where the rest is. */
function renderFoot({ registry, startedAt, finishedAt }: RunReport): readonly string[] {
  const seconds = Math.floor((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  const took = seconds < 1 ? 'less than a second' : renderDuration(seconds);
  const words = `${registry}, ${renderInstant(startedAt)}, ${took}.`;
  return [
    `<sub>${escapeMarkdown(words)} Everything, uncut, is in the report file, output <code>report-file</code>.</sub>`,
  ];
}
