/** Long lines as a terminal shows them whole (pure). */

/**
 * Lines of at most so many columns, broken at spaces; a word that is longer stands as it is. Those after the first begin with
 * `hang` spaces. Spaces within a line are kept: they may be columns.
 */
export function foldLine(text: string, columns: number, hang = 0): readonly string[] {
  const lines: string[] = [];
  let rest = text.trimEnd();
  let words = rest.search(/\S/);
  while (rest.length > columns) {
    const before = rest.lastIndexOf(' ', columns);
    const at = before > words ? before : rest.indexOf(' ', Math.max(columns, words));
    if (at === -1) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = ' '.repeat(hang) + rest.slice(at).trimStart();
    words = hang;
  }
  return [...lines, rest];
}

/**
 * Text of several lines, none of them broken in the middle of a word, as a terminal would. Where a line has columns, what follows
 * stands below the last of them. Lines that are indented without any are examples to copy, and are left as they are.
 */
export function foldText(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const inFront = /^.*\S {2,}(?=\S)/.exec(line)?.[0].length ?? 0;
      if (inFront === 0 && line.startsWith('   ')) return [line];
      return foldLine(line, columns, inFront <= columns / 2 ? inFront : 4);
    })
    .join('\n');
}
