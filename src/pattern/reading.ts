/** All the ways in which a tag can be read by one sequence of texts and placeholders. */
import { meaningOf, parseValue, type Placeholder, type Value } from './placeholder.ts';

/** Whether the tag's characters from `from` up to `to` may stand here, whatever a placeholder makes of them. */
export type Spans = (tag: string) => (from: number, to: number) => boolean;

/** One stretch of a pattern: text, or a placeholder with what may stand in it. */
export type Item = {
  readonly placeholder?: Placeholder;
  /** Some character of it is written out, so that it doesn't match just anything. */
  readonly literal: boolean;
  readonly spans: Spans;
};

/** So many readings of one tag no rule was meant for: `{group}-{group}-{group}-{group}` over a hundred hyphens. */
export const readingLimit = 1000;

/**
 * The values of the placeholders, left to right, for each way in which `items` cover the whole tag; ways that mean
 * the same are told once, the one with the longer values first. With more ways than the limit: some of them, more
 * than the limit.
 *
 * What the items from `index` on make of the tag from `from` on is asked for once, so the work grows with the
 * tag's length times the items, never with the number of ways to get there.
 */
export function readValues(items: readonly Item[], tag: string): readonly (readonly Value[])[] {
  const stretches = items.map(({ placeholder, spans }) => ({ placeholder, fits: spans(tag) }));
  const known: (readonly Tail[] | undefined)[] = [];

  const readFrom = (index: number, from: number): readonly Tail[] =>
    (known[index * (tag.length + 1) + from] ??= readNew(index, from));

  const readNew = (index: number, from: number): readonly Tail[] => {
    const stretch = stretches[index];
    if (stretch === undefined) return [{ meaning: '', values: [] }]; // the last one went to the end of the tag
    const isLast = index === stretches.length - 1;
    const found = new Map<string, Tail>();
    for (let to = tag.length; to >= (isLast ? tag.length : from) && found.size <= readingLimit; to--) {
      if (!stretch.fits(from, to)) continue;
      const head = readHead(stretch.placeholder, tag.slice(from, to));
      if (head === undefined) continue;
      for (const tail of readFrom(index + 1, to)) {
        const meaning = `${head.map(meaningOf).join('')} ${tail.meaning}`; // a tag holds no blank
        if (!found.has(meaning)) found.set(meaning, { meaning, values: [...head, ...tail.values] });
      }
    }
    return [...found.values()];
  };

  return readFrom(0, 0).map((tail) => tail.values);
}

type Tail = { readonly meaning: string; readonly values: readonly Value[] };

/** What a stretch of the pattern adds to the values, or `undefined` where its placeholder doesn't match the text. */
function readHead(placeholder: Placeholder | undefined, text: string): readonly Value[] | undefined {
  if (placeholder === undefined) return [];
  const value = parseValue(placeholder, text);
  return value === undefined ? undefined : [value];
}
