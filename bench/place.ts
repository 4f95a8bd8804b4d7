/** Where the storages of the measurements lie: in memory where there is room, since the disk isn't what is compared. */
import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { withFolder } from './folder.ts';

export type Place = {
  /** `in memory (/dev/shm)` or the file system's directory, as the results say it. */
  readonly shown: string;
  /** Makes a directory, and removes it with all that is in it when the work has ended. */
  readonly within: <Result>(work: (directory: string) => Promise<Result>) => Promise<Result>;
};

/** 100,000 images are 0.6 million files of a page each, and 0.9 million directories of about 1 KiB. */
const bytesOfAnImage = 6 * 4096 + 9 * 1024;
const filesOfAnImage = 15;

/** For storages of so many images. */
export function placeFor(images: number): Place {
  const memory = '/dev/shm';
  const parent = hasRoom(memory, images) ? memory : tmpdir();
  return {
    shown: parent === memory ? `in memory (${memory})` : `on disk (${parent})`,
    within: (work) => withFolder(parent, work),
  };
}

function hasRoom(directory: string, images: number): boolean {
  try {
    const { bavail, bsize, ffree } = statfsSync(directory);
    const available =
      Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
    // The registry and the programs that are measured need memory too.
    const bytes = images * bytesOfAnImage * 1.5 + 2 * 1024 ** 3;
    return bavail * bsize > bytes && available > bytes && ffree > images * filesOfAnImage * 1.2;
  } catch {
    return false;
  }
}
