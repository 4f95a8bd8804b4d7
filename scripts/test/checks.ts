// The checks that read the source and run nothing of it. Each counts as one test.

import { spawn } from 'node:child_process';
import { type Tally } from './tally.ts';

type Check = { readonly name: string; readonly script: string; readonly args: readonly string[] };

// Run as files of node_modules, so that neither PATH nor a shell has a say.
const checks: readonly Check[] = [
  { name: 'types (tsc)', script: 'node_modules/typescript/bin/tsc', args: ['--noEmit'] },
  { name: 'lint (eslint)', script: 'node_modules/eslint/bin/eslint.js', args: ['--max-warnings', '0', '.'] },
  { name: 'format (prettier)', script: 'node_modules/prettier/bin/prettier.cjs', args: ['--check', '.'] },
];

function run(check: Check): Promise<{ readonly ok: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [check.script, ...check.args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      resolve({ ok: false, output: error.message });
    });
    child.on('close', (status) => {
      resolve({ ok: status === 0, output });
    });
  });
}

/** Runs them one after the other. What a failed one printed is printed, with its name before it. */
export async function runChecks(say: (line: string) => void): Promise<Tally> {
  let failed = 0;
  for (const check of checks) {
    const { ok, output } = await run(check);
    say(`   ${ok ? 'ok    ' : 'FAILED'} ${check.name}`);
    if (ok) continue;
    failed += 1;
    say(output.trimEnd());
  }
  return { passed: checks.length - failed, failed, skipped: 0 };
}
