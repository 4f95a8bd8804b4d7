/** Text of a host, made fit to be shown. */

// Controls (line breaks and a terminal's escapes among them), and marks that turn or hide the text beside them.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu;

// Two sentences' worth: what a host says of itself is quoted, not reprinted.
const shownLength = 300;

/** One line without control characters: the last 300 characters, since what went wrong is said last. */
export function shown(text: string): string {
  const line = text.replace(unseen, ' ').trim();
  return line.length <= shownLength ? line : `…${line.slice(-shownLength)}`;
}
