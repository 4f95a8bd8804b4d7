/** The job's page: what was done, per repository, with every reason folded away. */
import type { Decision, Problem } from '../model/index.ts';
import { explain } from './explain.ts';
import { renderConclusion, renderEstimate } from './log.ts';
import { failuresOf, warningsOf, type RepositoryReport, type RunReport } from './run-report.ts';
import { escapeMarkdown, renderCount } from './words.ts';

/** Rows of a folded list; the report file has them all. */
const rowsShown = 200;
/** Repositories in the table and with lists of their own. */
const repositoriesShown = 100;
/**
 * GitHub refuses a step's summary above 1 MiB whole. All lists of tags share this; what stands around them (at most 200
 * failures, 200 warnings and the table) takes less than the rest.
 */
const listsBytes = 384 * 1024;

export function renderSummary(report: RunReport): string {
  const failures = failuresOf(report);
  const warnings = warningsOf(report);
  const title = report.dryRun ? 'registry-prune (dry run)' : 'registry-prune';
  const shown = report.repositories.slice(0, repositoriesShown);
  return [
    `## ${title}`,
    '',
    ...renderProblems(failures, '❌'),
    escapeMarkdown(renderConclusion(report)),
    '',
    ...renderTable(report),
    ...renderLists(shown.flatMap((each) => listsOf(each, report.dryRun))),
    ...renderProblems(warnings, '⚠️'),
  ].join('\n');
}

function renderTable(report: RunReport): readonly string[] {
  const rows = report.repositories.slice(0, repositoriesShown).map((each) => {
    const planned = each.plan?.tags.length ?? 0;
    const gone = each.outcomes.filter(
      ({ subject, result }) => subject.kind === 'tag' && (result === 'done' || result === 'already-gone'),
    ).length;
    const deleted = report.dryRun ? planned : gone;
    const frees = each.plan === undefined || planned === 0 ? '' : renderEstimate(each.plan.frees);
    const state = each.state === 'missing' ? ' (missing)' : each.state === 'unread' ? ' (not read)' : '';
    return `| <code>${escapeMarkdown(each.repository)}</code>${state} | ${each.decisions.length} | ${deleted} | ${each.decisions.length - deleted} | ${frees} |`;
  });
  const more = report.repositories.length - rows.length;
  return [
    `| repository | tags seen | ${report.dryRun ? 'would be deleted' : 'deleted'} | kept | to be reclaimed |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
    ...(more > 0 ? [`and ${renderCount(more, 'repository', 'repositories')} more, in the report file.`, ''] : []),
  ];
}

type List = { readonly title: string; readonly decisions: readonly Decision[] };

/** The title stands in HTML, where Markdown's backslashes would be seen: a repository's name needs no escape there. */
function listsOf({ repository, decisions }: RepositoryReport, dryRun: boolean): readonly List[] {
  const goes = decisions.filter(({ verdict }) => verdict === 'delete');
  const kept = decisions.filter(({ verdict }) => verdict === 'keep');
  const name = `<code>${repository}</code>`;
  return [
    { title: `${name}: ${renderCount(goes.length, 'tag')} ${dryRun ? 'to delete' : 'found stale'}`, decisions: goes },
    { title: `${name}: ${renderCount(kept.length, 'tag')} kept`, decisions: kept },
  ].filter((list) => list.decisions.length > 0);
}

/** An equal share for each list, so that the first repository doesn't crowd out the last. */
function renderLists(lists: readonly List[]): readonly string[] {
  return lists.flatMap((list) => renderList(list, listsBytes / lists.length));
}

function renderList({ title, decisions }: List, bytes: number): readonly string[] {
  const rows = fit(
    decisions
      .slice(0, rowsShown)
      .map((decision) => `| <code>${escapeMarkdown(decision.tag)}</code> | ${escapeMarkdown(explain(decision))} |`),
    bytes,
  );
  const more = decisions.length - rows.length;
  return [
    `<details><summary>${title}</summary>`,
    '',
    '| tag | why |',
    '| --- | --- |',
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

function renderProblems(problems: readonly Problem[], sign: string): readonly string[] {
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
