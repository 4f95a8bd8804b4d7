/** `keep-referenced-in`: globs of files of the workspace. */
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { splitList } from './list.ts';

/** As written; that a glob matches no file is for whoever looks at the files to say. */
export function parseFiles(text: string): Parsed<readonly string[]> {
  const globs = splitList(text);
  if (globs.length === 0) return refused(`${quote(text)} has nothing between its commas.`);
  // A file's name may hold both, but a list of YAML or JSON that was copied here always does, and would match nothing.
  const odd = globs.find((glob) => /^-\s|["'`]/.test(glob));
  if (odd !== undefined)
    return refused(
      `${quote(odd)} holds a quotation mark or begins with "- ". Give one glob a line, or several with commas between, without quotes.`,
    );
  return globs.every((glob) => glob.startsWith('!'))
    ? refused(`${quote(globs.join(', '))} only excludes. Say which files to read, too.`)
    : parsed(globs);
}
