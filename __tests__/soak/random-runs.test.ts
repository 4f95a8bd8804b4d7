/**
 * Random runs of the whole command: random repositories and rules, others at work meanwhile, a registry that fails.
 * SOAK_RUNS says how many (the command runs some three times in each), SOAK_SEED the first seed. A failure names its seed, and `SOAK_SEED=… SOAK_RUNS=1` has the
 * same run again.
 */
import { expect, test } from '@jest/globals';
import { randomFrom } from './random.ts';
import {
  amongOthers,
  amongOthersOnABrokenRegistry,
  inPeace,
  onABrokenRegistry,
  withoutWrites,
  type Story,
} from './stories.ts';

const firstSeed = Number(process.env.SOAK_SEED ?? '1');
const runs = Number(process.env.SOAK_RUNS ?? '100');
/** A test's share: it ends within the time that a test has, on a slow machine too. */
const runsPerTest = 10;

/** By seed, in turn. */
const stories: readonly Story[] = [
  amongOthers,
  onABrokenRegistry,
  inPeace,
  amongOthersOnABrokenRegistry,
  amongOthers,
  onABrokenRegistry,
  withoutWrites,
];

const seeds = Array.from({ length: runs }, (_, place) => firstSeed + place);
const shares = Map.groupBy(seeds, (seed) => Math.floor((seed - firstSeed) / runsPerTest));

test.each([...shares.values()].map((share) => [share[0], share] as const))(
  'random runs from seed %i: nothing is lost, nothing is half done, nothing is said that is not so',
  async (_, share) => {
    let planned = 0;
    for (const seed of share) {
      try {
        planned += (await stories[seed % stories.length]?.(randomFrom(seed))) ?? 0;
      } catch (error) {
        throw new Error(`SOAK_SEED=${seed} SOAK_RUNS=1 has this failure again`, { cause: error });
      }
    }
    // A share in which nothing was to be deleted would have shown nothing.
    if (share.length === runsPerTest) expect(planned).toBeGreaterThan(0);
  },
);
