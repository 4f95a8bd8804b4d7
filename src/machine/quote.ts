/** The one place that turns text into a word of a shell. */

/**
 * One word of a POSIX shell that is exactly `text`, whatever is in it: `it's` → `'it'\''s'`. In single quotes nothing has a
 * meaning but the quote itself (POSIX, XCU 2.2.2). Throws TypeError for NUL, which no word can hold, and for half a
 * surrogate pair, which would arrive as another character.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('A word of a shell cannot hold a NUL character.');
  if (!text.isWellFormed()) throw new TypeError('A word of a shell cannot hold half a character.');
  return `'${text.replaceAll("'", "'\\''")}'`;
}
