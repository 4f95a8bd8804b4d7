// `npm run bench`: what deciding and deleting cost, on real registries whose storage is laid and not pushed. Writes the
// tables into bench/RESULTS.md and the picture docs/images/bench.svg. `npm run bench -- deleting start` measures only
// these; `--rounds 1` measures less often what is measured in rounds; `--quick` tries the benchmark itself at small sizes and
// writes nothing.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findAll } from '../scripts/provision/find.ts';
import { provision } from '../scripts/provision/index.ts';
import { measureDeleting } from './deleting.ts';
import { machine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { peerTools } from './peer-tools.ts';
import { measurePeers } from './peers.ts';
import { measureReading } from './reading.ts';
import { benchRegistries } from './registries.ts';
import { writeSection, type SectionName } from './results.ts';
import { fullScale, quickScale } from './scale.ts';
import { measureStart } from './start.ts';

const sections: readonly SectionName[] = ['start', 'reading', 'deleting', 'memory', 'peers'];

// So that what is to be ended with this process is: `exit` isn't told of a signal.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    process.exit(1);
  });

const given = process.argv.slice(2);
const quick = given.includes('--quick');
const roundsAt = given.indexOf('--rounds');
const rounds = roundsAt < 0 ? undefined : Number(given[roundsAt + 1]);
const names = given.filter(
  (argument, place) => argument !== '--quick' && (roundsAt < 0 || (place !== roundsAt && place !== roundsAt + 1)),
);
const unknown = names.filter((name) => name !== 'collection' && !sections.some((section) => section === name));
if (unknown.length > 0 || (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds > 0))) {
  console.error(`${given.join(' ')}: there is ${sections.join(', ')}, collection, --rounds and a number, and --quick.`);
  process.exit(1);
}
const usual = quick ? quickScale : fullScale;
const scale = rounds === undefined ? usual : { ...usual, rounds };

let found = findAll();
const wanted = ['distribution 2.8', 'distribution 3.1', 'skopeo', 'crane'];
if (found.missing.some(({ name }) => wanted.includes(name))) found = await provision(console.log);
const registries = benchRegistries(found);

const measurements: Readonly<Record<SectionName, () => Promise<string>>> = {
  start: () => measureStart(scale),
  reading: () => measureReading(registries, scale),
  deleting: () => measureDeleting(registries, scale),
  // Of the registry that answers faster: what our process holds doesn't depend on which it is.
  memory: () => measureMemory(registries.slice(-1), scale),
  peers: async () => measurePeers(registries, scale, await peerTools(found, console.log)),
};

for (const section of names.length === 0 ? sections : sections.filter((one) => names.includes(one))) {
  console.log(`\n${section}`);
  const begun = performance.now();
  const measured = await measurements[section]();
  const minutes = (performance.now() - begun) / 60_000;
  const today = new Date().toISOString().slice(0, 10);
  const command = `npm run bench -- ${section}${rounds === undefined ? '' : ` --rounds ${rounds}`}`;
  const versions = (section === 'memory' ? registries.slice(-1) : registries)
    .map(({ version }) => version)
    .join(' and ');
  const head = `\`${command}\`, ${today}, ${minutes.toFixed(0)} minutes: ${machine()}, distribution ${versions}, filesystem driver, over loopback.`;
  console.log(`\n${measured}\n`);
  if (!quick) writeSection(section, `${head}\n\n${measured}`);
}
// It has an engine to start, and writes its section by itself.
if (names.includes('collection'))
  execFileSync(process.execPath, [join(import.meta.dirname, 'collection.ts')], { stdio: 'inherit' });
