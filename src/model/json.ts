/** Values as JSON text in pieces: a run over 100,000 tags has files that would not fit into memory as one string twice. */

/** Stands for an array whose items are made when they are written. */
export class Items<Item> implements Iterable<Item> {
  readonly #make: () => Iterable<Item>;

  constructor(make: () => Iterable<Item>) {
    this.#make = make;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#make()[Symbol.iterator]();
  }
}

type Replacer = (key: string, value: unknown) => unknown;

/**
 * The pieces of `JSON.stringify(value, replace, 2)`, without line break at the end. Down to `depth` levels each value is
 * a piece of its own; a value below that is one with all it holds. A property that is `undefined` after `replace` is left out.
 */
export function* printJson(value: unknown, depth: number, replace: Replacer = (_, same) => same): Iterable<string> {
  yield* print(replace('', value), { depth, replace, indent: '\n' });
}

type Printing = { readonly depth: number; readonly replace: Replacer; readonly indent: string };

function* print(value: unknown, printing: Printing): Iterable<string> {
  const { depth, replace, indent } = printing;
  const isList = Array.isArray(value) || value instanceof Items;
  if (value instanceof Items ? false : depth <= 0 || typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value, replace, 2) as string | undefined;
    yield (text ?? 'null').replaceAll('\n', indent);
    return;
  }
  const inner: Printing = { depth: depth - 1, replace, indent: `${indent}  ` };
  let begun = false;
  for (const [key, part] of isList ? numbered(value) : Object.entries(value as object)) {
    const shown = replace(key, part);
    if (shown === undefined && !isList) continue;
    yield `${begun ? ',' : isList ? '[' : '{'}${inner.indent}${isList ? '' : `${JSON.stringify(key)}: `}`;
    yield* print(shown, inner);
    begun = true;
  }
  yield begun ? `${indent}${isList ? ']' : '}'}` : isList ? '[]' : '{}';
}

function* numbered(items: Iterable<unknown>): Iterable<readonly [string, unknown]> {
  let place = 0;
  for (const item of items) yield [String(place++), item];
}
