// `npm run simulate`: what a run costs over registries of sizes that nobody has at hand. Writes the tables into
// docs/scale.md. With `--measure` it measures instead what the simulation takes for granted of a registry on a disk, and
// writes nothing.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureReads } from './simulation/measure.ts';
import { inScaleDocument } from './simulation/write.ts';

const [option] = process.argv.slice(2);
if (option === '--measure') console.log(await measureReads());
else if (option === undefined) {
  const page = join(import.meta.dirname, '../docs/scale.md');
  const results = readFileSync(join(import.meta.dirname, 'RESULTS.md'), 'utf8');
  const before = readFileSync(page, 'utf8');
  const after = inScaleDocument(before, results);
  if (after !== before) writeFileSync(page, after);
  console.log(after === before ? 'docs/scale.md is current.' : 'docs/scale.md has new tables.');
} else {
  console.error(`There is no ${option} here: --measure, or nothing.`);
  process.exit(1);
}
