/**
 * Text from outside, made harmless to the runner (pure). The runner reads commands from what a step prints:
 * `::name::` where a line begins so, spaces aside, and `##[name]` anywhere in a line (actions/runner,
 * `ActionCommand.TryParseV2` and `TryParse`). A registry that could choose a line of our log could set outputs with it.
 */

/** Controls (line breaks and the escape of terminal colours among them), and marks that turn or hide the text beside them. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const known: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': ' ' };

/** One line that the runner takes for text: what can't be seen is written out (`\n`, `\u{1b}`), commands are broken up. */
export function plainText(text: string): string {
  return text
    .replace(unseen, (mark) => known[mark] ?? `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`)
    .replaceAll('##[', '# #[')
    .replace(/^(\s*):(?=:)/, '$1: ');
}

/** Several lines, each of them plain. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plainText).join('\n');
}
