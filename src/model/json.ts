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

export type PrintOptions = {
  readonly replace?: Replacer;
  /**
   * Whether a piece may stay as JSON has it without `replace`, which otherwise is asked of each of its values: a function
   * called a million times for a run over 100,000 tags.
   */
  readonly isFine?: (text: string) => boolean;
};

/**
 * The pieces of `JSON.stringify(value, replace, 2)`, without line break at the end. Down to `depth` levels each value is
 * a piece of its own; a value below that is one with all it holds. A property that is `undefined` after `replace` is left out.
 */
export function* printJson(value: unknown, depth: number, options: PrintOptions = {}): Iterable<string> {
  yield* print(options.replace === undefined ? value : options.replace('', value), { ...options, depth, indent: '\n' });
}

type Printing = PrintOptions & { readonly depth: number; readonly indent: string };

function* print(value: unknown, printing: Printing): Iterable<string> {
  const { depth, replace, isFine, indent } = printing;
  const isList = Array.isArray(value) || value instanceof Items;
  if (value instanceof Items ? false : depth <= 0 || typeof value !== 'object' || value === null) {
    const plain = replace === undefined || isFine !== undefined ? stringify(value) : undefined;
    const isDone = plain !== undefined && (replace === undefined || isFine?.(plain) === true);
    yield (isDone ? plain : stringify(value, replace)).replaceAll('\n', indent);
    return;
  }
  const inner: Printing = { ...printing, depth: depth - 1, indent: `${indent}  ` };
  let begun = false;
  for (const [key, part] of isList ? numbered(value) : Object.entries(value as object)) {
    const shown: unknown = replace === undefined ? part : replace(key, part);
    if (shown === undefined && !isList) continue;
    yield `${begun ? ',' : isList ? '[' : '{'}${inner.indent}${isList ? '' : `${JSON.stringify(key)}: `}`;
    yield* print(shown, inner);
    begun = true;
  }
  yield begun ? `${indent}${isList ? ']' : '}'}` : isList ? '[]' : '{}';
}

function stringify(value: unknown, replace?: Replacer): string {
  const text = JSON.stringify(value, replace, 2) as string | undefined;
  return text ?? 'null';
}

function* numbered(items: Iterable<unknown>): Iterable<readonly [string, unknown]> {
  let place = 0;
  for (const item of items) yield [String(place++), item];
}
