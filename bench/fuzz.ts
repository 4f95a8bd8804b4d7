// `npm run fuzz`: 100,000 texts for every parser of foreign text (`__tests__/fuzz`). Writes what came of them into
// bench/RESULTS.md. `npm run fuzz -- 5000 --seed 7` tries 5,000 others each and writes nothing; a text that breaks a parser is
// shown with its seed, as short as it can be made.

import fc from 'fast-check';
import { parsers, tryOne } from '../__tests__/fuzz/parsers.ts';
import { foreignTexts } from '../__tests__/fuzz/texts.ts';
import { countAndSeed } from './count-and-seed.ts';
import { machine } from './machine.ts';
import { table, writeSection } from './results.ts';

const usual = 100_000;

const { count, firstSeed: seed } = countAndSeed(usual, 'texts');

const begun = performance.now();
const rows: (readonly string[])[] = [];
let broken = 0;
for (const parser of parsers) {
  let [read, refused, slowestMs] = [0, 0, 0];
  const found = fc.check(
    fc.property(foreignTexts(parser.samples), (text) => {
      const from = performance.now();
      if (tryOne(parser, text) === 'read') read += 1;
      else refused += 1;
      slowestMs = Math.max(slowestMs, performance.now() - from);
    }),
    { numRuns: count, seed },
  );
  if (found.failed) {
    broken += 1;
    const why = found.errorInstance instanceof Error ? found.errorInstance.stack : String(found.errorInstance);
    console.log(`${parser.name}, --seed ${seed}: ${JSON.stringify(found.counterexample)}\n${why}\n`);
  }
  const number = (value: number): string => value.toLocaleString('en-US');
  rows.push([
    ...[parser.name, number(read + refused), number(refused), `${Math.ceil(slowestMs)} ms`],
    found.failed ? '**1 or more**' : '0',
  ]);
  console.log(rows.at(-1)?.join(' · '));
}
const minutes = Math.round((performance.now() - begun) / 60_000);
const described = [
  `\`npm run fuzz${count === usual ? '' : ` -- ${count}`}\`, ${minutes} minutes: ${machine()}.`,
  '',
  table(['parser of', 'texts:', 'refused with a reason:', 'longest:', 'crashes, traces in all objects:'], rows),
].join('\n');
console.log(`\n${described}`);
if (count >= usual) writeSection('fuzz', described);
process.exitCode = broken > 0 ? 1 : 0;
