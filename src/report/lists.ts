/** The long parts of a summary, folded: tags with their reasons, problems with their ways out. */
import type { Problem } from '../model/index.ts';
import { code, escapeMarkdown, row } from './words.ts';

/** Rows of a folded list; the report file has them all. */
export const rowsShown = 200;
/** Problems that are not folded away: as many as a page shows without scrolling. */
const problemsOpen = 10;
/**
 * GitHub refuses a step's summary above 1 MiB whole. All lists of tags share this; what stands around them (at most 200
 * failures, 200 warnings and the table) takes less than the rest.
 */
const listsBytes = 384 * 1024;

/** `of`: what a row is, as a heading. `title` is HTML, where Markdown's backslashes would be seen. */
export type List = {
  readonly title: string;
  readonly of: string;
  /** How many there are. */
  readonly count: number;
  /** The first of them, `rowsShown` at most: those of 100,000 are not worded to be thrown away. */
  readonly rows: readonly ListRow[];
};
/** Both are text from outside, as it is. */
export type ListRow = { readonly name: string; readonly why: string };

/** The list of some things; of many it words the first. */
export function listOf<Thing>(
  head: Pick<List, 'title' | 'of'>,
  things: readonly Thing[],
  word: (thing: Thing) => ListRow,
): List {
  return { ...head, count: things.length, rows: things.slice(0, rowsShown).map(word) };
}

/** An equal share for each list, so that the first repository doesn't crowd out the last. */
export function renderLists(lists: readonly List[]): readonly string[] {
  return lists.flatMap((list) => renderList(list, listsBytes / lists.length));
}

function renderList({ title, of, count, rows: first }: List, bytes: number): readonly string[] {
  const rows = fit(
    first.map(({ name, why }) => row([code(name), escapeMarkdown(why)])),
    bytes,
  );
  const more = count - rows.length;
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

/** Each with its way out: the first in sight, of many the others folded. `many` names them: `failures`. */
export function renderProblems(problems: readonly Problem[], sign: string, many: string): readonly string[] {
  if (problems.length === 0) return [];
  const shown = problems.slice(0, rowsShown).map((problem) => renderProblem(problem, sign));
  const [open, folded] = [shown.slice(0, problemsOpen), shown.slice(problemsOpen)];
  const more = problems.length - shown.length;
  if (folded.length === 0) return [...open, ''];
  return [
    ...open,
    '',
    `<details><summary>${sign} and ${problems.length - open.length} more ${many}</summary>`,
    '',
    ...folded,
    ...(more > 0 ? [`- ${sign} and ${more} more, in the report file.`] : []),
    '',
    '</details>',
    '',
  ];
}

function renderProblem({ at, what, wayOut }: Problem, sign: string): string {
  return `- ${sign} **${escapeMarkdown(at)}**: ${escapeMarkdown(what)}. ${escapeMarkdown(wayOut)}`;
}
