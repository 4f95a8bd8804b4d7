// `npm run soak`: thousands of random runs (`__tests__/soak`), each to be had again by its seed. Writes what came of them
// into bench/RESULTS.md. `npm run soak -- 500 --seed 20001` has 500 runs from that seed on; what fails is shown with its
// seed and, alone (`npm run soak -- 1 --seed N`), with its log.

import { runSeed } from '../__tests__/soak/runs.ts';
import { emptyTally } from '../__tests__/soak/tally.ts';
import { Violation, type ViolationKind } from '../__tests__/soak/violation.ts';
import { countAndSeed } from './count-and-seed.ts';
import { machine } from './machine.ts';
import { writeSection } from './results.ts';
import { describeSoak } from './soak/describe.ts';

const usual = 10_000;
/** So that the page is of many runs, whoever tries a few. */
const leastToWrite = 1_000;

const { count, firstSeed } = countAndSeed(usual, 'runs');

const tally = emptyTally();
const violations: { readonly seed: number; readonly kind: ViolationKind }[] = [];
const begun = performance.now();
const minutes = (): number => (performance.now() - begun) / 60_000;

for (let done = 0; done < count; done += 1) {
  const seed = firstSeed + done;
  try {
    await runSeed(seed, tally);
  } catch (error) {
    violations.push({ seed, kind: error instanceof Violation ? error.kind : 'other' });
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(`\nseed ${seed}: ${count === 1 ? text : text.split('\n\n', 1).join('')}\n`);
  }
  if ((done + 1) % 100 === 0)
    console.log(
      `${done + 1} of ${count} runs, ${violations.length} that broke a promise, ${tally.requests} requests, ${minutes().toFixed(1)} minutes`,
    );
}

const described = describeSoak({ firstSeed, count, minutes: minutes(), machine: machine(), tally, violations });
console.log(`\n${described}`);
if (count >= leastToWrite) writeSection('soak', described);
else console.log(`\nNothing is written into bench/RESULTS.md for fewer than ${leastToWrite} runs.`);
process.exitCode = violations.length > 0 ? 1 : 0;
