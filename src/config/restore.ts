/** From inputs as text to one readonly value: the door that puts back. */
import { readAccess } from './access.ts';
import type { Access } from './access.ts';
import { doors } from './doors.ts';
import { parseOwnPath } from './path.ts';
import { readerOf, refuseProblems, refuseUnknown } from './read.ts';
import { valueOf } from './rule.ts';
import { parseBoolean } from './scalars.ts';

export type RestoreConfig = Access & {
  /** A path. */
  readonly journalFile: string;
  readonly dryRun: boolean;
};

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of a file that an input names. */
export function loadRestoreConfig(
  inputs: ReadonlyMap<string, string>,
  readFile: (path: string) => string,
): RestoreConfig {
  const reader = readerOf(doors.restore, inputs);
  const journalFile = valueOf(reader.read('journal-file', parseOwnPath));
  const access = readAccess(reader, readFile);
  const dryRun = valueOf(reader.read('dry-run', parseBoolean));
  refuseUnknown(doors.restore, inputs, reader.report);
  if (reader.problems.length > 0 || access === undefined || journalFile === undefined || dryRun === undefined)
    return refuseProblems(reader.problems);
  return { ...access, journalFile, dryRun };
}
