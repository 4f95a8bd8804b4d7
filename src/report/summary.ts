/** The job's page: what was done, per repository, with every reason folded away. */
import type { Decision, Problem } from '../model/index.ts';
import { explain } from './explain.ts';
import { renderConclusion, renderEstimate } from './log.ts';
import { failuresOf, type RepositoryReport, type RunReport } from './run-report.ts';
import { escapeMarkdown, renderCount } from './words.ts';

/** Rows of a folded list. GitHub's limit is 1 MiB a step; a row is some 200 bytes, and the report file has them all. */
const rowsShown = 200;
/** Repositories in the table and with lists of their own. */
const repositoriesShown = 100;

export function renderSummary(report: RunReport): string {
  const failures = failuresOf(report);
  const warnings = report.repositories.flatMap((each) => each.warnings);
  const title = report.dryRun ? 'registry-prune (dry run)' : 'registry-prune';
  return [
    `## ${title}`,
    '',
    ...renderProblems(failures, '❌'),
    escapeMarkdown(renderConclusion(report)),
    '',
    ...renderTable(report),
    ...report.repositories.slice(0, repositoriesShown).flatMap((each) => renderRepository(each, report.dryRun)),
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

function renderRepository(report: RepositoryReport, dryRun: boolean): readonly string[] {
  const goes = report.decisions.filter(({ verdict }) => verdict === 'delete');
  const kept = report.decisions.filter(({ verdict }) => verdict === 'keep');
  const name = `<code>${escapeMarkdown(report.repository)}</code>`;
  return [
    ...renderList(`${name}: ${renderCount(goes.length, 'tag')} ${dryRun ? 'to delete' : 'found stale'}`, goes),
    ...renderList(`${name}: ${renderCount(kept.length, 'tag')} kept`, kept),
  ];
}

function renderList(title: string, decisions: readonly Decision[]): readonly string[] {
  if (decisions.length === 0) return [];
  const more = decisions.length - rowsShown;
  return [
    `<details><summary>${title}</summary>`,
    '',
    '| tag | why |',
    '| --- | --- |',
    ...decisions
      .slice(0, rowsShown)
      .map((decision) => `| <code>${escapeMarkdown(decision.tag)}</code> | ${escapeMarkdown(explain(decision))} |`),
    '',
    ...(more > 0 ? [`and ${more} more, in the report file.`, ''] : []),
    '</details>',
    '',
  ];
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
