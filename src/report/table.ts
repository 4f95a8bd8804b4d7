/** Columns, as a desk shows them. */
import { foldLine } from '../model/index.ts';
import type { Look, Row, Span } from '../runtime/index.ts';

export type Cell = { readonly text: string; readonly look?: Look };
export type Column = { readonly head: string; readonly align?: 'right' };

const gap = '  ';
/** A last column that is narrower is cut: a word in each line would be no easier to read. */
const leastFolded = 20;

/**
 * A head and its rows, each column as wide as its widest cell; the last one goes on in the next line where a row would be longer
 * than `columns`. Widths are counted in UTF-16 units: names and tags are ASCII.
 */
export function renderTable(
  head: readonly Column[],
  rows: readonly (readonly Cell[])[],
  columns?: number,
): readonly Row[] {
  const all: readonly (readonly Cell[])[] = [head.map((each): Cell => ({ text: each.head, look: 'faint' })), ...rows];
  const widths = head.map((_, index) => all.reduce((most, row) => Math.max(most, row[index]?.text.length ?? 0), 0));
  return all.flatMap((row): readonly Row[] => {
    const indent = widths.slice(0, row.length - 1).reduce((sum, width) => sum + gap.length + width, gap.length);
    const room = columns === undefined ? Infinity : Math.max(1, columns - indent);
    const last = row.at(-1) ?? { text: '' };
    const folded = room < leastFolded ? [last.text] : foldLine(last.text, room);
    const [first = '', ...others] = folded.map((text) => cut(text, room));
    return [
      row.flatMap((cell, index): readonly Span[] => {
        const isLast = index === row.length - 1;
        const text = isLast ? first : cell.text;
        const fill = ' '.repeat(Math.max(0, (widths[index] ?? 0) - text.length));
        const span = { ...cell, text };
        if (head[index]?.align === 'right') return [{ text: `${gap}${fill}` }, span];
        return [{ text: gap }, span, ...(isLast || fill === '' ? [] : [{ text: fill }])];
      }),
      ...others.map((text): Row => [{ text: ' '.repeat(indent) }, { ...last, text }]),
    ];
  });
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
