/** Columns, as a desk shows them. */
import type { Look, Row, Span } from '../runtime/index.ts';

export type Cell = { readonly text: string; readonly look?: Look };
export type Column = { readonly head: string; readonly align?: 'right' };

const gap = '  ';

/**
 * A head and its rows, each column as wide as its widest cell; the last one is cut where a row would be longer than `columns`.
 * Widths are counted in UTF-16 units: names and tags are ASCII.
 */
export function renderTable(
  head: readonly Column[],
  rows: readonly (readonly Cell[])[],
  columns?: number,
): readonly Row[] {
  const all: readonly (readonly Cell[])[] = [head.map((each): Cell => ({ text: each.head, look: 'faint' })), ...rows];
  const widths = head.map((_, index) => all.reduce((most, row) => Math.max(most, row[index]?.text.length ?? 0), 0));
  return all.map((row) => {
    let used = 0;
    return row.flatMap((cell, index): readonly Span[] => {
      const width = widths[index] ?? 0;
      const isLast = index === row.length - 1;
      const room = columns === undefined ? Infinity : Math.max(1, columns - used - gap.length);
      const text = isLast ? cut(cell.text, room) : cell.text;
      used += gap.length + width;
      const fill = ' '.repeat(Math.max(0, width - text.length));
      const span = { ...cell, text };
      if (head[index]?.align === 'right') return [{ text: `${gap}${fill}` }, span];
      return [{ text: gap }, span, ...(isLast || fill === '' ? [] : [{ text: fill }])];
    });
  });
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
