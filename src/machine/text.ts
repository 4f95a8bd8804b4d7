/** Text of a host, made fit to be shown. */
import { plainText } from '../runtime/index.ts';

// Two sentences' worth: what a host says of itself is quoted, not reprinted.
const shownLength = 300;

/** One line of at most 300 characters without control characters; the last lines of longer text, which say the error. */
export function shown(text: string): string {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => plainText(line).trim())
    .filter((line) => line !== '')
    .join(' ');
  return lines.length <= shownLength ? lines : `…${lines.slice(-shownLength)}`;
}
