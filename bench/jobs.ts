/** The processes that are measured: our run, the bundle's, and the bare loop. Each ends before its answer is given. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { withFolder } from './folder.ts';
import type { Usage } from './usage.ts';

/** As the action has it where nothing is said. */
export const concurrency = 16;

export type Inputs = Readonly<Record<string, string>>;
export type PruneRun = Usage & {
  readonly outputs: ReadonlyMap<string, string>;
};

const usageSchema = z.object({ ms: z.number(), cpuMs: z.number(), maxRssBytes: z.number() });
const prune = join(import.meta.dirname, 'job-prune.ts');
/** What is committed, or another one to compare with it. */
export const bundle = process.env.BENCH_BUNDLE ?? join(import.meta.dirname, '../dist/index.js');

/** A run from the sources. */
export async function runPrune(inputs: Inputs): Promise<PruneRun> {
  return (await runStep([prune], inputs)).run;
}

/** `METHOD PATH` of each request of such a run, in the order in which they ended, as the client counts them. */
export async function requestsOfPrune(inputs: Inputs): Promise<readonly string[]> {
  // A line for each is written only where a run is debugged. That costs time, so this run isn't one to be measured.
  const { log } = await runStep([prune], inputs, { RUNNER_DEBUG: '1' });
  return log.flatMap((line) => /^::debug::([A-Z]+ \S+) (?:\d+|no answer) \d+ ms$/.exec(line)?.[1] ?? []);
}

/** A run of the bundle, as GitHub starts it, with what a step's `env` adds; the usage is of the whole process. */
export async function runBundle(inputs: Inputs, env: NodeJS.ProcessEnv = {}): Promise<PruneRun> {
  return (await runStep(['--import', join(import.meta.dirname, 'usage-at-exit.mjs'), bundle], inputs, env)).run;
}

async function runStep(
  args: readonly string[],
  inputs: Inputs,
  more: NodeJS.ProcessEnv = {},
): Promise<{ readonly run: PruneRun; readonly log: readonly string[] }> {
  return withFolder(tmpdir(), async (folder) => {
    const at = (name: string): string => join(folder, name);
    const variables = Object.entries({ concurrency: String(concurrency), ...inputs });
    for (const name of ['output', 'summary']) writeFileSync(at(name), '');
    const env = {
      ...Object.fromEntries(variables.map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
      HOME: folder,
      RUNNER_TEMP: folder,
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_ACTIONS: 'true',
      ...more,
    };
    const usage = await runNode(args, env, folder);
    const outputs = readFileSync(at('output'), 'utf8').matchAll(/^([\w-]+)<<(.+)\n([\s\S]*?)\n?\2$/gm);
    const run = { ...usage, outputs: new Map([...outputs].map(([, name = '', , text = '']) => [name, text])) };
    return { run, log: readFileSync(at('log'), 'utf8').split('\n') };
  });
}

/** The bare loop over these requests. */
export function runLoop(url: string, requests: readonly string[]): Promise<Usage> {
  return withFolder(tmpdir(), async (folder) => {
    const file = join(folder, 'requests');
    writeFileSync(file, requests.join('\n'));
    const job = join(import.meta.dirname, 'job-loop.ts');
    return runNode([job, url, file, String(concurrency)], {}, folder);
  });
}

/** Throws with the end of its output where the process fails. Its output goes to a file: reading it here would cost it time. */
async function runNode(args: readonly string[], env: Readonly<Record<string, string>>, folder: string): Promise<Usage> {
  const usage = join(folder, 'usage.json');
  const log = openSync(join(folder, 'log'), 'w');
  const profiled = process.env.BENCH_PROFILES;
  const flags = profiled === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiled}`];
  try {
    const child = spawn(process.execPath, [...flags, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env, BENCH_USAGE: usage },
      cwd: folder,
      stdio: ['ignore', log, log],
    });
    const end = (): void => {
      child.kill('SIGKILL');
    };
    process.on('exit', end);
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    process.off('exit', end);
    if (status !== 0) {
      const words = readFileSync(join(folder, 'log'), 'utf8')
        .split('\n')
        .filter((line) => !line.startsWith('::debug::'));
      throw new Error(`${args.join(' ')} ended with ${status ?? 'a signal'}:\n${words.slice(-15).join('\n')}`);
    }
  } finally {
    closeSync(log);
  }
  return usageSchema.parse(JSON.parse(readFileSync(usage, 'utf8')));
}
