/** Where the storage's files are seen: a shell on the host, or in the registry's container. */

/**
 * Runs a POSIX script with `sh -s` (busybox's will do). With `onLine` it gives the standard output line by line as it
 * comes, and `stdout` is empty then.
 */
export type StorageShell = {
  run(
    script: string,
    onLine?: (line: string) => void,
  ): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }>;
};

/** The delimiter of every here-document. No line that is made of parsed names, digests and numbers is equal to it. */
const end = 'RP_END';

/** Lines as what a shell function prints: no argument is ever as long as a list. */
export function printing(name: string, lines: readonly string[]): string {
  return `${name}() {\ncat <<'${end}'\n${lines.map((line) => `${line}\n`).join('')}${end}\n}`;
}
