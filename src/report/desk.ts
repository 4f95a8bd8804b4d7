/** What a person at a desk sees of a plan: a table for each repository, the space as bars, the last question. */
import type { Digest, Tag } from '../model/index.ts';
import type { Row } from '../runtime/index.ts';
import { explain, explainUntagged } from './explain.ts';
import { renderEstimate, renderGroup } from './log.ts';
import { untaggedOf, type RepositoryReport } from './run-report.ts';
import { renderTable, type Cell } from './table.ts';
import { renderBytes, renderCount, renderDigest } from './words.ts';

export type TableOptions = {
  /** Of the terminal. */
  readonly columns?: number | undefined;
  /** Kept tags as well as those that go. */
  readonly kept: boolean;
};

/** What would go, struck, what stays, and why of each; then the space of each repository. */
export function renderPlanTables(reports: readonly RepositoryReport[], options: TableOptions): readonly Row[] {
  return [...reports.flatMap((report) => renderRepository(report, options)), ...renderSpace(reports, options.columns)];
}

const head = [{ head: 'TAG' }, { head: 'VERDICT' }, { head: 'DIGEST' }, { head: 'WHY' }];

function renderRepository(report: RepositoryReport, { columns, kept }: TableOptions): readonly Row[] {
  const planned = new Set<Tag>(report.plan?.tags.map(({ tag }) => tag));
  const row = (name: string, goes: boolean, digest: Digest | undefined, why: string): readonly Cell[] => [
    { text: name, look: goes ? 'doomed' : 'plain' },
    goes ? { text: 'delete', look: 'strong' } : { text: 'keep', look: 'kept' },
    { text: digest === undefined ? '' : renderDigest(digest), look: 'faint' },
    { text: why },
  ];
  const tags = report.decisions.map((decision) => ({ decision, goes: planned.has(decision.tag) }));
  const rows = [
    ...tags
      .filter(({ goes }) => goes || kept)
      .map(({ decision, goes }) => row(decision.tag, goes, decision.digest, explain(decision))),
    ...untaggedOf(report).map(({ digest, revisedAt }) => row('(untagged)', true, digest, explainUntagged(revisedAt))),
  ];
  const { title } = renderGroup(report, true);
  return [[{ text: title, look: 'strong' }], ...(rows.length === 0 ? [] : renderTable(head, rows, columns)), []];
}

const barWidth = 30;
const barsShown = 40;

/** The largest first; a bar as long as its part of the largest. */
function renderSpace(reports: readonly RepositoryReport[], columns: number | undefined): readonly Row[] {
  const due = reports
    .flatMap(({ repository, plan, decisions }) =>
      plan === undefined || plan.tags.length + plan.manifests.length === 0 ? [] : { repository, plan, decisions },
    )
    .sort((a, b) => b.plan.frees.bytes - a.plan.frees.bytes);
  const most = due[0]?.plan.frees.bytes ?? 0;
  if (most === 0) return [];
  const rows = due
    .slice(0, barsShown)
    .map(({ repository, plan, decisions }): readonly Cell[] => [
      { text: repository },
      { text: '█'.repeat(Math.max(1, Math.round((plan.frees.bytes / most) * barWidth))), look: 'bar' },
      { text: renderEstimate(plan.frees) },
      { text: `${plan.tags.length} of ${renderCount(decisions.length, 'tag')}` },
    ]);
  const others = due.length - rows.length;
  return [
    ...renderTable(
      [{ head: 'REPOSITORY' }, { head: 'SPACE' }, { head: 'RECLAIMABLE', align: 'right' }, { head: 'GOES' }],
      rows,
      columns,
    ),
    ...(others === 0 ? [] : [[{ text: `  and ${renderCount(others, 'repository', 'repositories')} more` }]]),
    [],
  ];
}

/** With the counts, and what becomes of the registry meanwhile. */
export function renderQuestion(
  reports: readonly RepositoryReport[],
  about: { readonly registry: string; readonly garbageCollect: 'off' | 'offline' | 'online' },
): string {
  const plans = reports.flatMap(({ plan }) => plan ?? []);
  const sum = (of: (plan: (typeof plans)[number]) => number): number => plans.reduce((all, plan) => all + of(plan), 0);
  const frees = {
    bytes: sum(({ frees: { bytes } }) => bytes),
    atLeast: plans.some(({ frees: { atLeast } }) => atLeast),
  };
  const tags = renderCount(
    sum((plan) => plan.tags.length),
    'tag',
  );
  const manifests = renderCount(
    sum((plan) => plan.manifests.length),
    'manifest',
  );
  const where = `${renderCount(plans.length, 'repository', 'repositories')} of ${about.registry}`;
  const space = frees.bytes === 0 ? '' : ` (${frees.atLeast ? 'at least ' : ''}${renderBytes(frees.bytes)})`;
  const collect = {
    off: '',
    offline: 'stop the registry, collect its garbage and start it again',
    online: 'collect its garbage and restart the registry',
  }[about.garbageCollect];
  if (plans.length === 0) return `${collect.replace(/^./, (letter) => letter.toUpperCase())}, at ${about.registry}?`;
  const then = collect === '' ? '' : `, ${collect}`;
  return `Delete ${tags} and ${manifests} in ${where}${space}${then}?`;
}
