// Runs jest over __tests__ and counts what it did, from its own report.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { foundFileVariable } from '../provision/find.ts';
import { add, nothing, type Tally } from './tally.ts';

/** The part of jest's `--json` report that is counted here. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  /** Skipped. */
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  /** Suites whose file failed outside any test: an import, a syntax error, a describe block that throws. */
  numRuntimeErrorTestSuites: z.number(),
});

export type SuitesRun = {
  readonly tally: Tally;
  /** Names of the real registries that at least one suite started. */
  readonly started: ReadonlySet<string>;
  /** Whether these were all the suites. */
  readonly all: boolean;
};

/**
 * Whether jest says in this line that a coverage threshold isn't met. It says so nowhere in its report, so its words
 * (jest 30, @jest/reporters) have to do; a test holds them to what jest really prints.
 */
export function missesThreshold(line: string): boolean {
  return /Jest: (?:Coverage|Uncovered)/.test(line);
}

/**
 * What a run of jest comes to. `report` is undefined where it wrote none: no test matched, or it broke down; a failure
 * either way. Thresholds count as one test where coverage was asked for.
 */
export function countRun(run: {
  readonly report: unknown;
  readonly status: number | null;
  readonly coverage: boolean;
  readonly missedThreshold: boolean;
}): { readonly tally: Tally; readonly why: readonly string[] } {
  const parsed = reportSchema.safeParse(run.report);
  if (!parsed.success)
    return { tally: { ...nothing, failed: 1 }, why: ['jest ran no test: none matched, or it broke down (above).'] };
  const report = parsed.data;
  const coverage = run.missedThreshold ? { ...nothing, failed: 1 } : { ...nothing, passed: 1 };
  const tests: Tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  const tally = run.coverage ? add(tests, coverage) : tests;
  if (tests.passed + tests.failed + tests.skipped === 0)
    return { tally: { ...tally, failed: tally.failed + 1 }, why: ['jest ran no test.'] };
  if (run.status !== 0 && tally.failed === 0)
    return {
      tally: { ...tally, failed: 1 },
      why: [`jest ended with ${String(run.status)} though every test passed: its words are above.`],
    };
  return { tally, why: [] };
}

/** Runs jest on the suites that `jestArguments` select, all of them without any. */
export async function runSuites(options: {
  readonly directory: string;
  readonly foundFile: string;
  readonly jestArguments: readonly string[];
  /** More variables for the suites. */
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}): Promise<SuitesRun> {
  const reportFile = join(options.directory, 'jest.json');
  const all = options.jestArguments.length === 0;
  const ran = await runJest(
    [...options.jestArguments, `--coverage=${String(all)}`, '--json', `--outputFile=${reportFile}`],
    { ...options.env, [foundFileVariable]: options.foundFile },
  );
  const report: unknown = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined;
  const { tally, why } = countRun({ ...ran, report, coverage: all });
  for (const line of why) options.say(line);
  return { tally, started: startedIn(`${options.foundFile}.started`), all };
}

function startedIn(file: string): ReadonlySet<string> {
  return new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
}

function runJest(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number | null; readonly missedThreshold: boolean }> {
  // jest loads ESM through node's vm modules. As flags, so that what the tests start doesn't inherit them; jest hands
  // them to its workers by itself. Half a machine idles in jest's own choice of workers, on two cores.
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = ['node_modules/jest/bin/jest.js', '--maxWorkers=100%', ...args];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, ...jest], {
      // The report's text goes to a file; what is for the reader goes to stderr.
      stdio: ['inherit', 'inherit', 'pipe'],
      env: { ...process.env, ...env, ...(process.stderr.isTTY && { FORCE_COLOR: '1' }) },
    });
    let missed = false;
    let line = '';
    child.stderr.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      // A line can come in two chunks.
      line += chunk.toString();
      missed ||= missesThreshold(line);
      line = line.slice(line.lastIndexOf('\n') + 1);
    });
    child.on('error', (error) => {
      process.stderr.write(`jest didn't start: ${error.message}\n`);
      resolve({ status: null, missedThreshold: false });
    });
    child.on('close', (status) => {
      resolve({ status, missedThreshold: missed });
    });
  });
}
