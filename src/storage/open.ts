/** A registry's storage, as the filesystem driver keeps it. */
import type { Instant, RepositoryName, StoredRegistry } from '../model/index.ts';
import { measure } from './bytes.ts';
import { readStorage } from './read.ts';
import type { StorageShell } from './shell.ts';

export type Storage = {
  /** Where the shell sees it: the `rootdirectory` of the registry's configuration. */
  readonly root: string;
  readonly shell: StorageShell;
  /**
   * One pass over the files: every tag with its digest and push time, every manifest with its time, on OUR clock. With
   * `repositories` these alone. Throws StorageError where it can't be read whole.
   */
  read(options: {
    readonly now: () => Instant;
    readonly repositories?: readonly RepositoryName[];
  }): Promise<StoredRegistry>;
  /** What it takes on the disk. Throws StorageError. */
  bytes(): Promise<number>;
};

export function openStorage({ shell, root }: { readonly shell: StorageShell; readonly root: string }): Storage {
  return { root, shell, read: (options) => readStorage(shell, root, options), bytes: () => measure(shell, root) };
}
