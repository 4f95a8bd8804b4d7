/** Text of the host, made fit for one line (pure). */
import { plainText } from '../runtime/index.ts';

// Two sentences' worth; all of it is in the log on the host.
const shownLength = 300;

/** One line without control characters, shortened where it is long. */
export function clean(text: string): string {
  const line = plainText(text).trim();
  return line.length <= shownLength ? line : `${line.slice(0, shownLength)}…`;
}
