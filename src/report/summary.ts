/** The job's page: what was done, per repository, with every reason folded away. */
import type { Decision, PlannedManifest, Problem, Subject } from '../model/index.ts';
import { renderDisk } from './collection.ts';
import { explain, explainUntagged } from './explain.ts';
import { renderConclusion, renderEstimate, sparedWords } from './log.ts';
import { failuresOf, untaggedOf, warningsOf, type RepositoryReport, type RunReport } from './run-report.ts';
import { escapeMarkdown, renderCount, renderDigest, renderInstant } from './words.ts';

/** Rows of a folded list; the report file has them all. */
const rowsShown = 200;
/** Repositories in the table and with lists of their own. */
export const repositoriesShown = 100;
/**
 * GitHub refuses a step's summary above 1 MiB whole. All lists of tags share this; what stands around them (at most 200
 * failures, 200 warnings and the table) takes less than the rest.
 */
const listsBytes = 384 * 1024;

const doorWords = { prune: '', gc: ': garbage collection', apply: ': apply' } as const;

export function renderSummary(report: RunReport): string {
  const failures = failuresOf(report);
  const warnings = warningsOf(report);
  const share = report.shard === undefined ? '' : `, shard ${report.shard}`;
  const title = `registry-prune${doorWords[report.door ?? 'prune']}${share}${report.dryRun ? ' (dry run)' : ''}`;
  const shown = report.repositories.slice(0, repositoriesShown);
  return [
    `## ${title}`,
    '',
    ...renderProblems(failures, '❌'),
    escapeMarkdown(renderConclusion(report)),
    '',
    ...renderDisk(report.collection, report.plannedCollection),
    ...renderTable(report),
    ...renderLists(shown.flatMap((each) => listsOf(each, report))),
    ...renderProblems(warnings, '⚠️'),
  ].join('\n');
}

/** The column of untagged manifests is there where any go. */
function renderTable(report: RunReport): readonly string[] {
  const hasUntagged = report.repositories.some((each) => untaggedOf(each).length > 0);
  const rows = report.repositories.slice(0, repositoriesShown).map((each) => {
    const planned = each.plan?.tags.length ?? 0;
    const gone = each.outcomes.filter(
      ({ subject, result }) => subject.kind === 'tag' && (result === 'done' || result === 'already-gone'),
    ).length;
    const deleted = report.dryRun ? planned : gone;
    const left = each.decisions.length - gone - (report.dryRun ? planned : 0);
    const untagged = untaggedOf(each);
    const frees = each.plan === undefined || planned + untagged.length === 0 ? '' : renderEstimate(each.plan.frees);
    const state = each.state === 'missing' ? ' (missing)' : each.state === 'unread' ? ' (not read)' : '';
    return row([
      `<code>${escapeMarkdown(each.repository)}</code>${state}`,
      String(each.decisions.length),
      String(deleted),
      String(left),
      ...(hasUntagged ? [renderUntagged(untagged)] : []),
      frees,
    ]);
  });
  const more = report.repositories.length - rows.length;
  const would = report.dryRun ? 'would be deleted' : 'deleted';
  return [
    row(['repository', 'tags seen', would, 'kept', ...(hasUntagged ? ['untagged, to go'] : []), 'to be reclaimed']),
    row(['---', '---:', '---:', '---:', ...(hasUntagged ? ['---:'] : []), '---:']),
    ...rows,
    '',
    ...(more > 0 ? [`and ${renderCount(more, 'repository', 'repositories')} more, in the report file.`, ''] : []),
  ];
}

export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** How many, and since when the oldest of them is there. */
function renderUntagged(manifests: readonly PlannedManifest[]): string {
  const [oldest] = manifests.flatMap(({ revisedAt }) => revisedAt ?? []).sort();
  return `${manifests.length}${oldest === undefined ? '' : `, the oldest of ${renderInstant(oldest).slice(0, 10)}`}`;
}

/** `of`: what a row is, as a heading. Names are inert in HTML and in Markdown. */
type List = { readonly title: string; readonly of: string; readonly rows: readonly ListRow[] };
type ListRow = { readonly name: string; readonly why: string };

/** The title stands in HTML, where Markdown's backslashes would be seen: a repository's name needs no escape there. */
function listsOf(each: RepositoryReport, { dryRun, door }: RunReport): readonly List[] {
  const { repository, decisions } = each;
  const rows = (verdict: Decision['verdict']): readonly ListRow[] =>
    decisions
      .filter((decision) => decision.verdict === verdict)
      .map((decision) => ({ name: decision.tag, why: explain(decision) }));
  const [goes, kept] = [rows('delete'), rows('keep')];
  const untagged = untaggedOf(each).map(({ digest, revisedAt }) => ({
    name: renderDigest(digest),
    why: explainUntagged(revisedAt),
  }));
  const spared = each.outcomes.flatMap((outcome) =>
    outcome.result === 'spared' ? [{ name: nameOf(outcome.subject), why: sparedWords[outcome.why] }] : [],
  );
  const name = `<code>${repository}</code>`;
  const toGo = renderCount(untagged.length, 'untagged manifest');
  return [
    {
      title: `${name}: ${renderCount(goes.length, 'tag')} ${dryRun ? 'to delete' : 'found stale'}`,
      of: 'tag',
      rows: goes,
    },
    { title: `${name}: ${toGo} to delete`, of: 'manifest', rows: untagged },
    // Of a plan that was made earlier it matters what is not done of it.
    { title: `${name}: ${spared.length} spared`, of: 'planned', rows: door === 'apply' ? spared : [] },
    // Where nothing but garbage goes, or what a plan names, every tag is kept, and says so of itself.
    { title: `${name}: ${renderCount(kept.length, 'tag')} kept`, of: 'tag', rows: door === undefined ? kept : [] },
  ].filter((list) => list.rows.length > 0);
}

function nameOf(subject: Subject): string {
  return subject.kind === 'tag' ? subject.tag : renderDigest(subject.digest);
}

/** An equal share for each list, so that the first repository doesn't crowd out the last. */
export function renderLists(lists: readonly List[]): readonly string[] {
  return lists.flatMap((list) => renderList(list, listsBytes / lists.length));
}

function renderList({ title, of, rows: all }: List, bytes: number): readonly string[] {
  const rows = fit(
    all.slice(0, rowsShown).map(({ name, why }) => row([`<code>${escapeMarkdown(name)}</code>`, escapeMarkdown(why)])),
    bytes,
  );
  const more = all.length - rows.length;
  return [
    `<details><summary>${title}</summary>`,
    '',
    row([of, 'why']),
    row(['---', '---']),
    ...rows,
    '',
    ...(more > 0 ? [`and ${more} more, in the report file.`, ''] : []),
    '</details>',
    '',
  ];
}

/** As many lines from the front as fit. */
function fit(lines: readonly string[], bytes: number): readonly string[] {
  let left = bytes;
  const end = lines.findIndex((line) => (left -= new TextEncoder().encode(line).length + 1) < 0);
  return end === -1 ? lines : lines.slice(0, end);
}

export function renderProblems(problems: readonly Problem[], sign: string): readonly string[] {
  if (problems.length === 0) return [];
  const more = problems.length - rowsShown;
  return [
    ...problems
      .slice(0, rowsShown)
      .map(
        ({ at, what, wayOut }) =>
          `- ${sign} **${escapeMarkdown(at)}**: ${escapeMarkdown(what)}. ${escapeMarkdown(wayOut)}`,
      ),
    ...(more > 0 ? [`- ${sign} and ${more} more, in the report file.`] : []),
    '',
  ];
}
