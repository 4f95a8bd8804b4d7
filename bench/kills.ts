// `npm run kills`: SIGKILL at random moments (`__tests__/kills`), each to be had again by its seed, on real registries of both
// lines by turns. Writes what came of them into bench/RESULTS.md. `npm run kills -- 20 --seed 1001` has 20 from that seed on; what
// fails is shown with its seed and, alone (`npm run kills -- 1 --seed N`), with the logs of its runs.

import { realRegistries, type RunningRegistry } from '../__tests__/real/registries.ts';
import type { Line } from '../__tests__/kills/content.ts';
import { killOnce, type Place } from '../__tests__/kills/kill.ts';
import { emptyTally, killsOf } from '../__tests__/kills/tally.ts';
import { describeKills, type Broken } from './kills/describe.ts';
import { countAndSeed } from './count-and-seed.ts';
import { machine } from './machine.ts';
import { placeFor } from './place.ts';
import { writeSection } from './results.ts';

const usual = 200;

const { count, firstSeed } = countAndSeed(usual, 'kills');

/** By the seed, so that a seed alone says all. */
const lineOf = (seed: number): Line => (seed % 2 === 0 ? '2.8' : '3.1');
/** A registry's log is kept while it runs. */
const killsOfARegistry = 50;

const registries = realRegistries().filter(({ name }) => name.startsWith('distribution '));
const tally = emptyTally();
const broken: Broken[] = [];
const begun = performance.now();
const minutes = (): number => (performance.now() - begun) / 60_000;
let seed = firstSeed;

/** A registry of each line on fresh storages, for some of the kills. */
async function someKills(directory: string): Promise<void> {
  const open: RunningRegistry[] = [];
  try {
    const places = new Map<Line, Place>();
    for (const line of ['2.8', '3.1'] as const) {
      const registry = registries.find(({ version }) => version.startsWith(`${line}.`));
      if (registry === undefined) throw new Error(`distribution ${line} is missing: see CONTRIBUTING.md.`);
      const running = await registry.start({ root: `${directory}/${line}` });
      open.push(running);
      places.set(line, { storage: running, line, folder: directory });
    }
    for (let done = 0; done < killsOfARegistry && wantsMore(); done += 1) {
      const place = places.get(lineOf(seed));
      if (place !== undefined) await killWith(place);
      seed += 1;
    }
  } finally {
    for (const running of open) await running.close();
  }
}

async function killWith(place: Place): Promise<void> {
  try {
    console.log(`seed ${seed} on ${place.line}: ${await killOnce(place, { seed, tally })}`);
  } catch (error) {
    broken.push({ seed, line: place.line });
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(`\nseed ${seed}: ${count === 1 ? text : text.split('\n\n', 1).join('')}\n`);
  }
  const kills = killsOf(tally);
  if (kills % 10 === 0)
    console.log(`${kills} of ${count} kills, ${broken.length} that broke a promise, ${minutes().toFixed(1)} minutes`);
}

/** A run may be through before its moment comes; if most are, something else is wrong. */
function wantsMore(): boolean {
  return killsOf(tally) < count && seed - firstSeed < 2 * count;
}

const place = placeFor(1000);
while (wantsMore()) await place.within(someKills);

const described = describeKills({
  firstSeed,
  lastSeed: seed - 1,
  minutes: minutes(),
  machine: `${machine()}, ${registries.map(({ name }) => name).join(' and ')}, storage ${place.shown}`,
  tally,
  broken,
});
console.log(`\n${described}`);
if (count >= usual) writeSection('kills', described);
else console.log(`\nNothing is written into bench/RESULTS.md for fewer than ${usual} kills.`);
process.exitCode = broken.length > 0 || killsOf(tally) < count ? 1 : 0;
