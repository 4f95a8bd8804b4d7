/** Which story a seed tells. */
import { randomFrom } from '../../sandbox/random.ts';
import { amongOthers, amongOthersOnABrokenWay, inPeace, onABrokenWay, withoutWrites, type Story } from './stories.ts';
import type { Tally } from './tally.ts';

/** By seed, in turn. */
const stories: readonly Story[] = [
  amongOthersOnABrokenWay,
  onABrokenWay,
  amongOthersOnABrokenWay,
  amongOthers,
  amongOthersOnABrokenWay,
  onABrokenWay,
  amongOthersOnABrokenWay,
  inPeace,
  amongOthersOnABrokenWay,
  withoutWrites,
];

/** Rejects with a `Violation` where something doesn't hold. The same seed has the same run again. */
export async function runSeed(seed: number, tally: Tally): Promise<void> {
  await stories[seed % stories.length]?.(randomFrom(seed), tally);
}
