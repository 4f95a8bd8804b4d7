/** What a storage takes on its disk. */
import { quote } from '../machine/index.ts';
import { shown, StorageError } from './error.ts';
import { storageFolder } from './layout.ts';
import type { StorageShell } from './shell.ts';

/** Bytes, in blocks of the disk as `du` counts them. Throws StorageError. */
export async function measure(shell: StorageShell, root: string): Promise<number> {
  const path = `${root}/${storageFolder}`;
  const { status, stdout, stderr } = await shell.run(`LC_ALL=C du -sk ${quote(path)}\n`);
  // A file that goes away meanwhile is an error of du's, and its sum is right all the same.
  const kibibytes = /^(\d+)[ \t]/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1];
  if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  throw new StorageError(
    'unread',
    `The size of the registry's storage at ${shown(path)} can't be told: ${shown(stderr) || `exit status ${status}`}.`,
    "Check that the host's account may read it.",
  );
}
