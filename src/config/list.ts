/** Lists in an input: one a line, or comma-separated. */

/**
 * The items, without the space around them. A comma inside `{ } ( ) [ ]` or a `/…/` separates nothing, and neither does
 * one behind a backslash. A line break always separates, so that a bracket that was never closed takes no more than
 * its own line with it.
 */
export function splitList(text: string): readonly string[] {
  return text
    .split(/\r\n|\r|\n/)
    .flatMap(splitLine)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const closing: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };

function splitLine(line: string): readonly string[] {
  const items: string[] = [];
  let item = '';
  /** What closes the brackets around this place, the innermost last; inside `[ ]` and `/…/` the others mean nothing. */
  let open: string[] = [];
  const characters = line.matchAll(/\\.|./gsu);
  for (const [character] of characters) {
    const inside = open.at(-1);
    if (character === ',' && inside === undefined) {
      items.push(item);
      item = '';
      continue;
    }
    if (character === inside) open = open.slice(0, -1);
    else if (character === '/' && /^\s*!?$/.test(item)) open = ['/'];
    else if (inside !== ']' && inside !== '/') open.push(...opens(character));
    item += character;
  }
  return [...items, item];
}

function opens(character: string): readonly string[] {
  const close = closing[character];
  return close === undefined ? [] : [close];
}
