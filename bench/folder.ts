/** A directory for a piece of work, gone afterwards in whatever way it ends, Ctrl-C included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export type Folder = { readonly path: string; readonly remove: () => void };

export function makeFolder(parent: string): Folder {
  const path = mkdtempSync(join(parent, 'registry-prune-bench-'));
  const removeIt = (): void => {
    // A process that was just killed may still close files in it.
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  process.on('exit', removeIt);
  return {
    path,
    remove() {
      process.off('exit', removeIt);
      removeIt();
    },
  };
}

export async function withFolder<Result>(parent: string, work: (path: string) => Promise<Result>): Promise<Result> {
  const folder = makeFolder(parent);
  try {
    return await work(folder.path);
  } finally {
    folder.remove();
  }
}
