/** How answers of scripts are read (pure). */

/** Lines of an answer by their first word, in their order. */
export type Answer = ReadonlyMap<string, readonly string[]>;

export function answerOf(text: string): Answer {
  const lines = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, word, rest = ''] = /^([a-z-]+)(?: (.*))?$/.exec(line) ?? [];
    if (word !== undefined) lines.set(word, [...(lines.get(word) ?? []), rest]);
  }
  return lines;
}

/** Answers behind each other, each begun by a line `begin …`. What comes before the first isn't among them. */
export function blocksOf(text: string): readonly Answer[] {
  return text
    .split(/^begin /m)
    .slice(1)
    .map(answerOf);
}
