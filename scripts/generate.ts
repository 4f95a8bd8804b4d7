/**
 * Writes action.yml and action-types.yml of each door, what those of them start that are not the bundle itself, the tables
 * of README.md and policy.schema.json from the definitions in src/config/: `node scripts/generate.ts`.
 * With `--check` it writes nothing, shows what is not current, and exits with 1 if anything isn't.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { generated } from './generate/documents.ts';

const root = join(import.meta.dirname, '..');

function currentText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The first lines that differ, as a diff shows them. */
function difference(current: string, wanted: string): string {
  const [was, is] = [current.split('\n'), wanted.split('\n')];
  const from = is.findIndex((line, index) => line !== was[index]);
  const first = from === -1 ? is.length : from;
  const shown = 3;
  return [
    `@@ line ${first + 1} @@`,
    ...was.slice(first, first + shown).map((line) => `-${line}`),
    ...is.slice(first, first + shown).map((line) => `+${line}`),
  ].join('\n');
}

const check = process.argv.includes('--check');
for (const { name, render } of generated) {
  const path = join(root, name);
  const current = currentText(path);
  const wanted = render(current);
  if (current === wanted) continue;
  if (check) {
    process.exitCode = 1;
    console.error(`${name} is not current; run: node scripts/generate.ts\n${difference(current ?? '', wanted)}`);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    console.log(`wrote ${name}`);
  }
}
