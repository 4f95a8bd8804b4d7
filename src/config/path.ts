/** Paths of files: on the registry's host, and where this program runs. */
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';

/** Longer than any path that a Linux system takes (PATH_MAX). */
const mostLength = 4096;

/** Of a file of this machine, as written: relative to where the program runs unless it begins at the root. */
export function parseOwnPath(text: string): Parsed<string> {
  if (/\p{Cc}/u.test(text) || text.length > mostLength)
    return refused(`${quote(text)} is no path: it holds a control character, or is too long.`);
  return /[/\\]$/.test(text) ? refused(`${quote(text)} is a directory. Give the file's path.`) : parsed(text);
}

/** An absolute path of a file, as written. `what` names it in the error: `The compose file`. */
export function parseHostPath(text: string, what: string): Parsed<string> {
  if (/\p{Cc}/u.test(text) || text.length > mostLength)
    return refused(`${what} ${quote(text)} is no path: it holds a control character, or is too long.`);
  if (!text.startsWith('/'))
    return refused(`${what} ${quote(text)} is not an absolute path. Give the path on the host from / on.`);
  return text.endsWith('/') ? refused(`${what} ${quote(text)} is a directory. Give the file's path.`) : parsed(text);
}
