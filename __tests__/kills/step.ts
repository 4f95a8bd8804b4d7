/** The built action as a runner starts it: a process of its own, that can be killed, and what it leaves in its files. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '../../dist');

/** `code` is null where a signal ended it. */
export type Ending = { readonly code: number | null; readonly signal: string | null };

export type Step = {
  readonly ended: Promise<Ending>;
  hasEnded(): boolean;
  /** As a runner tells it to end. */
  interrupt(signal: 'SIGINT' | 'SIGTERM'): void;
  /** SIGKILL. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** All that it said. */
  log(): string;
  /** Whether it has told its outputs, which it does after everything else but its summary. */
  hasReported(): boolean;
  /** The text of the file that it has written under a name with this end, if it has. */
  file(ending: 'plan.json' | 'journal.jsonl' | 'report.json'): string | undefined;
  /** The path of the same. */
  path(ending: 'plan.json' | 'journal.jsonl'): string | undefined;
};

export type Start = {
  readonly door: 'index' | 'apply' | 'restore';
  readonly inputs: Readonly<Record<string, string>>;
  /** An empty folder of its own. */
  readonly folder: string;
  /** Where its summary goes. Without it to a file. */
  readonly summary?: string;
};

export function startStep({ door, inputs, folder, summary = join(folder, 'summary') }: Start): Step {
  const temp = join(folder, 'temp');
  const at = (name: string): string => join(folder, name);
  mkdirSync(temp, { recursive: true });
  for (const path of [at('output'), summary]) if (!existsSync(path)) writeFileSync(path, '');
  const log = openSync(at('log'), 'w');
  const child = spawn(process.execPath, [join(dist, `${door}.js`)], {
    env: {
      ...Object.fromEntries(Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
      PATH: process.env.PATH ?? '',
      HOME: folder,
      RUNNER_TEMP: temp,
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_ACTIONS: 'true',
    },
    cwd: folder,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const killWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', killWithUs);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('exit', killWithUs);
      resolve({ code, signal });
    });
  });
  const path = (ending: string): string | undefined => {
    const name = readdirSync(temp).find((each) => each.endsWith(`.${ending}`));
    return name === undefined ? undefined : join(temp, name);
  };
  return {
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    interrupt: (signal) => {
      child.kill(signal);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    log: () => readFileSync(at('log'), 'utf8'),
    hasReported: () => readFileSync(at('output'), 'utf8').includes('report-file<<'),
    file: (ending) => {
      const found = path(ending);
      return found === undefined ? undefined : readFileSync(found, 'utf8');
    },
    path,
  };
}
