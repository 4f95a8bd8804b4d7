/**
 * Random runs of the whole command: random repositories, rules and accounts, others at work meanwhile, a way to the
 * registry that fails. SOAK_RUNS says how many (the command runs some three times in each), SOAK_SEED the first seed. A
 * failure names its seed, and `SOAK_SEED=… SOAK_RUNS=1` has the same run again. `npm run soak` has thousands of them.
 */
import { expect, test } from '@jest/globals';
import { runSeed } from './runs.ts';
import { emptyTally } from './tally.ts';

const firstSeed = Number(process.env.SOAK_SEED ?? '1');
const runs = Number(process.env.SOAK_RUNS ?? '200');
const runsPerTest = 10;
/** A run that doesn't end is told from a slow machine by its own bound (`stage.ts`), and not by this. */
const timeoutMs = 3_600_000;

const seeds = Array.from({ length: runs }, (_, place) => firstSeed + place);
const shares = Map.groupBy(seeds, (seed) => Math.floor((seed - firstSeed) / runsPerTest));

test.each([...shares.values()].map((share) => [share[0], share] as const))(
  'random runs from seed %i: nothing is lost, nothing is told, nothing is half done, nothing is said that is not so',
  async (_, share) => {
    const tally = emptyTally();
    for (const seed of share) {
      try {
        await runSeed(seed, tally);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        throw new Error(`SOAK_SEED=${seed} SOAK_RUNS=1 has this failure again: ${what}`, { cause: error });
      }
    }
    // A share in which nothing was to be deleted and nothing went wrong would have shown nothing.
    if (share.length < runsPerTest) return;
    expect(tally.tagsGone).toBeGreaterThan(0);
    expect(tally.kept).toBeGreaterThan(0);
    expect(tally.faults.size).toBeGreaterThan(0);
  },
  timeoutMs,
);
