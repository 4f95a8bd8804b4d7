/** A restore in words: lines of the log, the conclusion, the summary, the outputs. */
import type { doors } from '../config/index.ts';
import type { Restoration } from '../model/index.ts';
import { renderProblem, type LogGroup } from './log.ts';
import {
  explainLost,
  restoreFailuresOf,
  restoreTotalsOf,
  restoreWarningsOf,
  type RestoredRepository,
  type RestoreReport,
} from './restore-report.ts';
import { listOf, renderLists, renderProblems } from './lists.ts';
import { repositoriesShown } from './summary.ts';
import { code, escapeMarkdown, renderCount, renderDigest, row } from './words.ts';

/** A line for each tag, and for each manifest that something was to be done about. */
export function renderRestored({ repository, restorations }: RestoredRepository, dryRun: boolean): LogGroup {
  const { tags, manifests } = restoreTotalsOf([{ repository, restorations }]);
  const counts = dryRun
    ? `${renderTwo(tags.due, manifests.due)} would be put back`
    : `${renderTwo(tags.restored, manifests.restored)} put back`;
  const all = [
    ...restorations.filter(({ subject }) => subject.kind === 'tag'),
    ...restorations.filter(({ subject, result }) => subject.kind === 'manifest' && result !== 'there'),
  ];
  return {
    title: `${repository}: ${counts}`,
    lines: all.map((each) => `${words[each.result].padEnd(8)}  ${nameOf(each).padEnd(20)}  ${explain(each)}`.trimEnd()),
  };
}

const words = {
  due: 'missing',
  there: 'there',
  restored: 'restored',
  taken: 'left',
  placeholder: 'left',
  lost: 'LOST',
  failed: 'FAILED',
} as const satisfies Record<Restoration['result'], string>;

function nameOf({ subject }: Restoration): string {
  return subject.kind === 'tag' ? subject.tag : renderDigest(subject.digest);
}

function explain(each: Restoration): string {
  switch (each.result) {
    case 'due':
    case 'restored':
    case 'there':
      return each.over === undefined ? ofTag(each) : `${ofTag(each)}, in place of a placeholder that a run had left`;
    case 'taken':
      return `it names ${renderDigest(each.by)} by now`;
    case 'placeholder':
      return 'a placeholder, which stands for no image';
    case 'lost':
      return explainLost(each.missing.map(renderDigest));
    case 'failed':
      return renderProblem(each.why);
  }
}

function ofTag({ subject, digest }: Restoration): string {
  return subject.kind === 'tag' ? renderDigest(digest) : '';
}

function renderTwo(tags: number, manifests: number): string {
  return `${renderCount(tags, 'tag')} and ${renderCount(manifests, 'manifest')}`;
}

/** The last line of the log. */
export function renderRestoreConclusion(report: RestoreReport): string {
  const { tags, manifests } = restoreTotalsOf(report.repositories);
  const where = renderCount(report.repositories.length, 'repository', 'repositories');
  const some = (count: number, words: string): readonly string[] =>
    count === 0 ? [] : [`${renderCount(count, 'tag')} ${words}.`];
  return [
    report.dryRun
      ? `Dry run: ${renderTwo(tags.due, manifests.due)} of ${where} would be put back; nothing was changed.`
      : `${renderTwo(tags.restored, manifests.restored)} of ${where} put back.`,
    ...some(tags.there, 'there already'),
    ...some(tags.taken, 'left where somebody has pushed another image'),
    ...some(tags.placeholder, 'in the journal without an image'),
    ...some(tags.lost, 'lost: the registry has collected what it takes, and no journal holds layers'),
    ...some(tags.failed, 'not put back'),
  ].join(' ');
}

export function renderRestoreSummary(report: RestoreReport): string {
  const { repositories, dryRun } = report;
  const shown = repositories.slice(0, repositoriesShown);
  const more = repositories.length - shown.length;
  const [back, left] = dryRun ? (['due', 'would be put back'] as const) : (['restored', 'put back'] as const);
  return [
    `## registry-prune: restore${dryRun ? ' (dry run)' : ''}`,
    '',
    ...renderProblems(restoreFailuresOf(report), '❌', 'failures'),
    escapeMarkdown(renderRestoreConclusion(report)),
    '',
    row([
      'repository',
      `tags ${left}`,
      `manifests ${left}`,
      'tags there',
      'tags left alone',
      'tags lost',
      'tags failed',
    ]),
    row(['---', '---:', '---:', '---:', '---:', '---:', '---:']),
    ...shown.map((each) => {
      const { tags, manifests } = restoreTotalsOf([each]);
      const counts = [tags[back], manifests[back], tags.there, tags.taken + tags.placeholder, tags.lost, tags.failed];
      return row([code(each.repository), ...counts.map(String)]);
    }),
    '',
    ...(more > 0 ? [`and ${renderCount(more, 'repository', 'repositories')} more, in the report file.`, ''] : []),
    ...renderLists(
      shown.flatMap(({ repository, restorations }) => {
        const tags = restorations.filter(({ subject }) => subject.kind === 'tag');
        const title = `<code>${repository}</code>: ${renderCount(tags.length, 'tag')} of the journal`;
        const list = listOf({ title, of: 'tag' }, tags, (each) => ({
          name: nameOf(each),
          why: `${words[each.result]} ${explain(each)}`,
        }));
        return tags.length === 0 ? [] : [list];
      }),
    ),
    ...renderProblems(restoreWarningsOf(report), '⚠️', 'warnings'),
  ].join('\n');
}

/** By the names that the door's action.yml has; the report file is named by whoever writes it. */
export function renderRestoreOutputs(
  report: RestoreReport,
): ReadonlyMap<(typeof doors.restore.outputs)[number], string> {
  const { tags, manifests } = restoreTotalsOf(report.repositories);
  return new Map([
    ['restored-tag-count', String(tags.restored)],
    ['restored-manifest-count', String(manifests.restored)],
  ]);
}
