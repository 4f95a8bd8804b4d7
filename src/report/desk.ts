/** What a person at a desk sees of a plan: a table for each repository, the space as bars, the last question. */
import { foldLine, type Digest, type Tag } from '../model/index.ts';
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
/** Columns that a reason has at least; the digest, which the plan has as well, makes room for it. */
const leastForWhy = 40;

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
  const titles = foldLine(title, columns ?? Infinity, 2).map((text): Row => [{ text, look: 'strong' }]);
  if (rows.length === 0) return [...titles, []];
  const inFront = [0, 1, 2].map((index) =>
    widest([head[index]?.head ?? '', ...rows.map((cells) => cells[index]?.text ?? '')]),
  );
  const isNarrow = (columns ?? Infinity) - inFront.reduce((sum, width) => sum + width, 8) < leastForWhy;
  const table = isNarrow
    ? renderTable(
        head.toSpliced(2, 1),
        rows.map((cells) => cells.toSpliced(2, 1)),
        columns,
      )
    : renderTable(head, rows, columns);
  return [...titles, ...table, []];
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}

const longestBar = 30;
const shortestBar = 5;
const barsShown = 40;

const spaceHead = { repository: 'REPOSITORY', space: 'RECLAIMABLE', goes: 'GOES' } as const;

/** The largest first; a bar as long as its part of the largest. */
function renderSpace(reports: readonly RepositoryReport[], columns: number | undefined): readonly Row[] {
  const due = reports
    .flatMap(({ repository, plan, decisions }) =>
      plan === undefined || plan.tags.length + plan.manifests.length === 0 ? [] : { repository, plan, decisions },
    )
    .sort((a, b) => b.plan.frees.bytes - a.plan.frees.bytes);
  const most = due[0]?.plan.frees.bytes ?? 0;
  if (most === 0) return [];
  const shown = due.slice(0, barsShown).map(({ repository, plan, decisions }) => ({
    repository,
    share: plan.frees.bytes / most,
    space: renderEstimate(plan.frees),
    goes: `${plan.tags.length} of ${renderCount(decisions.length, 'tag')}`,
  }));
  // What the other columns leave, and a gap in front of each of the four.
  const taken = (['repository', 'space', 'goes'] as const).map((key) =>
    widest([spaceHead[key], ...shown.map((row) => row[key])]),
  );
  const room = (columns ?? Infinity) - taken.reduce((sum, width) => sum + width, 8);
  const longest = Math.min(longestBar, Math.max(shortestBar, room));
  const rows = shown.map(({ repository, share, space, goes }): readonly Cell[] => [
    { text: repository },
    { text: '█'.repeat(Math.max(1, Math.round(share * longest))), look: 'bar' },
    { text: space },
    { text: goes },
  ]);
  const others = due.length - rows.length;
  return [
    ...renderTable(
      [
        { head: spaceHead.repository },
        { head: 'SPACE' },
        { head: spaceHead.space, align: 'right' },
        { head: spaceHead.goes },
      ],
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
