/** The processes that are measured: our run, the bundle's, and the bare loop. Each ends before its answer is given. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Usage } from './usage.ts';

/** As the action has it where nothing is said. */
export const concurrency = 16;

export type Inputs = Readonly<Record<string, string>>;
export type PruneRun = Usage & {
  /** `METHOD PATH` of each, in the order in which they ended, as the client counts them. */
  readonly requests: readonly string[];
  readonly outputs: ReadonlyMap<string, string>;
};

const usageSchema = z.object({ ms: z.number(), cpuMs: z.number(), maxRssBytes: z.number() });
const root = join(import.meta.dirname, '..');

/** A run from the sources. */
export function runPrune(inputs: Inputs): Promise<PruneRun> {
  return runStep([join(import.meta.dirname, 'job-prune.ts')], inputs);
}

/** A run of the bundle, as GitHub starts it; the usage is of the whole process. */
export function runBundle(inputs: Inputs): Promise<PruneRun> {
  return runStep(['--import', join(import.meta.dirname, 'usage-at-exit.mjs'), join(root, 'dist/index.js')], inputs);
}

async function runStep(args: readonly string[], inputs: Inputs): Promise<PruneRun> {
  return inFolder(async (folder) => {
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
      // On GitHub a line is written for each request, whether anybody debugs or not: here it is what counts them.
      GITHUB_ACTIONS: 'true',
    };
    const usage = await runNode(args, env, folder);
    const lines = readFileSync(at('log'), 'utf8').split('\n');
    const requests = lines.flatMap((line) => /^::debug::([A-Z]+ \S+) (?:\d+|no answer) \d+ ms$/.exec(line)?.[1] ?? []);
    const outputs = readFileSync(at('output'), 'utf8').matchAll(/^([\w-]+)<<(.+)\n([\s\S]*?)\n?\2$/gm);
    return { ...usage, requests, outputs: new Map([...outputs].map(([, name = '', , text = '']) => [name, text])) };
  });
}

/** The bare loop over these requests. */
export function runLoop(url: string, requests: readonly string[]): Promise<Usage> {
  return inFolder(async (folder) => {
    const file = join(folder, 'requests');
    writeFileSync(file, requests.join('\n'));
    const job = join(import.meta.dirname, 'job-loop.ts');
    return runNode([job, url, file, String(concurrency)], {}, folder);
  });
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-prune-bench-job-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
