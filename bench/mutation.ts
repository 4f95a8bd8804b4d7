// `npm run mutate`: Stryker changes policy/ and plan/ in one place after the other, and the suites of both must notice. Writes
// what came of it into bench/RESULTS.md. `npm run mutate -- src/plan/guard.ts` changes one file only, and writes nothing.
// coverage/mutation/report.html shows every mutant in its place.
//
// Stryker is no dependency of the project: whoever runs the tests would install its 176 packages, 64 MB. What
// bench/mutation/package-lock.json names is installed beside it, before the first run.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { machine } from './machine.ts';
import { describeMutation, isEnough, reportSchema } from './mutation/describe.ts';
import { writeSection } from './results.ts';

const root = join(import.meta.dirname, '..');
const place = join(import.meta.dirname, 'mutation');
const stryker = join(place, 'node_modules/@stryker-mutator/core');
/** With how many cases properties are tried: they are for each of some thousand mutants. */
const cases = '100';

/** Whether npm's own account of what it installed is as new as the lock file. */
function isInstalled(): boolean {
  const account = join(place, 'node_modules/.package-lock.json');
  return existsSync(account) && statSync(account).mtimeMs >= statSync(join(place, 'package-lock.json')).mtimeMs;
}

function runOrEnd(command: string, args: readonly string[], options: Parameters<typeof spawnSync>[2]): void {
  const run = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (run.status === 0) return;
  console.error(`${command} ${args.join(' ')} failed: ${run.error?.message ?? `exit code ${String(run.status)}`}.`);
  process.exit(1);
}

const files = process.argv.slice(2);
if (!isInstalled()) {
  console.log('First run: installing Stryker into bench/mutation/node_modules (npm ci).');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  runOrEnd('npm', args, { cwd: place, shell: process.platform === 'win32' });
}
const begun = performance.now();
runOrEnd(
  process.execPath,
  [
    ...[join(stryker, 'bin/stryker.js'), 'run', join(place, 'stryker.config.json')],
    ...(files.length > 0 ? ['--mutate', files.join(',')] : []),
  ],
  { cwd: root, env: { ...process.env, PROPERTY_CASES: cases } },
);

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const report = reportSchema.parse(read(join(root, 'coverage/mutation/report.json')));
const { version } = z.object({ version: z.string() }).parse(read(join(stryker, 'package.json')));
const described = describeMutation({
  report,
  command: ['npm run mutate', ...(files.length > 0 ? ['--', ...files] : [])].join(' '),
  minutes: (performance.now() - begun) / 60_000,
  machine: machine(),
  version,
});
console.log(`\n${described}`);
if (files.length === 0) writeSection('mutation', described);
process.exitCode = isEnough(report, files.length === 0 ? 'all' : 'some') ? 0 : 1;
