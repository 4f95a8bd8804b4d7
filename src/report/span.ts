/** Where the line runs between what stays and what goes, by date: the two images to look at before a rule is trusted. */
import type { Instant, Tag } from '../model/index.ts';
import { explain } from './explain.ts';
import type { RepositoryReport, RunReport } from './run-report.ts';
import { code, escapeMarkdown, renderInstant, row } from './words.ts';

/** A tag, and when its image was made or, where the rules go by that, pushed. */
export type DatedTag = { readonly tag: Tag; readonly at: Instant };

type Span = Pick<RepositoryReport, 'oldestKept' | 'newestDeleted'>;

/** Of one repository. `dated` answers the date that the rules go by, if there is one. */
export function spanOf(
  { decisions, plan, outcomes }: Pick<RepositoryReport, 'decisions' | 'plan' | 'outcomes'>,
  dryRun: boolean,
  dated: (tag: Tag) => Instant | undefined,
): Span {
  const planned = new Set(plan?.tags.map(({ tag }) => tag));
  const done = new Set<Tag>();
  const gone = new Set<Tag>();
  for (const { subject, result } of outcomes) {
    if (subject.kind !== 'tag') continue;
    if (result === 'done') done.add(subject.tag);
    if (result === 'already-gone') gone.add(subject.tag);
  }
  const deleted = dryRun ? planned : done;
  let oldestKept: DatedTag | undefined;
  let newestDeleted: DatedTag | undefined;
  for (const { tag } of decisions) {
    if (gone.has(tag)) continue;
    const at = dated(tag);
    if (at === undefined) continue;
    if (deleted.has(tag))
      newestDeleted = newestDeleted === undefined || at > newestDeleted.at ? { tag, at } : newestDeleted;
    else oldestKept = oldestKept === undefined || at < oldestKept.at ? { tag, at } : oldestKept;
  }
  return { ...(oldestKept && { oldestKept }), ...(newestDeleted && { newestDeleted }) };
}

/** Of all repositories: a table of two rows in Markdown, with the reason of each; nothing where no date was asked for. */
export function renderSpan({ repositories, dryRun }: RunReport): readonly string[] {
  const kept = firstOf(repositories, 'oldestKept', (a, b) => a < b);
  const deleted = firstOf(repositories, 'newestDeleted', (a, b) => a > b);
  if (kept === undefined && deleted === undefined) return [];
  return [
    'Of the images whose date was asked for:',
    '',
    row(['', 'image', 'date', 'why']),
    row(['---', '---', '---', '---']),
    ...renderDated(dryRun ? 'newest to go' : 'newest deleted', deleted),
    ...renderDated('oldest kept', kept),
    '',
  ];
}

type Found = { readonly report: RepositoryReport; readonly dated: DatedTag };

function firstOf(
  reports: readonly RepositoryReport[],
  which: keyof Span,
  isBefore: (a: Instant, b: Instant) => boolean,
): Found | undefined {
  let first: Found | undefined;
  for (const report of reports) {
    const dated = report[which];
    if (dated !== undefined && (first === undefined || isBefore(dated.at, first.dated.at))) first = { report, dated };
  }
  return first;
}

function renderDated(title: string, found: Found | undefined): readonly string[] {
  if (found === undefined) return [];
  const { report, dated } = found;
  const decision = report.decisions.find(({ tag }) => tag === dated.tag);
  const why = decision === undefined ? '' : explain(decision);
  return [
    row([
      // A date and a title that stay in one line leave the width to the reason.
      `**${title.replaceAll(' ', '&nbsp;')}**`,
      code(`${report.repository}:${dated.tag}`),
      renderInstant(dated.at).slice(0, 10).replaceAll('-', '\u2011'),
      escapeMarkdown(why),
    ]),
  ];
}
