/** What a collection does and leaves on its host, seen from beside it: the host of these suites is this machine. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lockPrefix } from '../../../src/gc/index.ts';
import { phases, type Phase } from '../../../src/gc/events.ts';
import type { Engine } from '../engine.ts';
import type { ContainedRegistry } from './contained-registry.ts';

/** As far as it tells a registry from others. */
export type Watched = Pick<ContainedRegistry, 'id' | 'storage'> & {
  /** Where its host has its /tmp, as seen from here. */
  readonly tmp?: string;
};

const labelOfCollectors = 'registry-prune.registry';

/** The directories of the registry's jobs, those of runs that are long over among them; without those of these names. */
export function jobsOf({ id, tmp = '/tmp' }: Watched, without: ReadonlySet<string> = new Set()): readonly string[] {
  return readdirSync(tmp)
    .filter((name) => /^registry-prune-[0-9a-f]{32}$/.test(name) && !without.has(name))
    .map((name) => join(tmp, name))
    .filter((directory) => textOf(join(directory, 'job')).includes(id));
}

/** The jobs whose process is there. */
export function runningJobsOf(registry: Watched): readonly number[] {
  return jobsOf(registry)
    .map((directory) => Number(textOf(join(directory, 'pid')).split(' ')[0]))
    .filter((pid) => pid > 0 && isRunning(pid));
}

export function locksOf({ id, tmp = '/tmp' }: Watched): readonly string[] {
  const prefix = lockPrefix({ shown: 'docker:registry', instances: [{ id, name: 'registry' }] });
  return readdirSync(tmp).filter((name) => join('/tmp', name).startsWith(prefix));
}

/** Waits until the registry was started in vain so many times. */
export async function untilTried(registry: Watched, times: number): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!jobsOf(registry).some((job) => textOf(join(job, 'log')).includes(` tried ${times}`))) {
    if (Date.now() > deadline) throw new Error(`It was not tried ${times} times.`);
    await wait(50);
  }
}

/** The processes that collect in the registry's storage, whatever started them: not those of a dry run. */
export function collectorsOf({ storage }: Watched): readonly number[] {
  return processes().filter((pid) => {
    const words = textOf(`/proc/${pid}/cmdline`).split('\0');
    return words[1] === 'garbage-collect' && !words.includes('--dry-run') && sees(pid, storage);
  });
}

/** The clients that this machine's runs have for the SSH server at a port. */
export function sshClientsTo(port: number): readonly number[] {
  return processes().filter((pid) => {
    const words = textOf(`/proc/${pid}/cmdline`).split('\0');
    // One with -G only asks its configuration.
    if (words[0] !== 'ssh' || words.includes('-G')) return false;
    return words.some((word, place) => word === '-p' && words[place + 1] === String(port));
  });
}

/** What may not be there after a run. */
export async function leftBy(engine: Engine, registry: Watched): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const all = ['ps', '--all', '--format', '{{.Names}}', '--filter', `label=${labelOfCollectors}=${registry.id}`];
  const containers = (await engine.docker(all)).split('\n').filter((name) => name !== '');
  return { locks: locksOf(registry), containers, collectors: collectorsOf(registry), jobs: runningJobsOf(registry) };
}

export const nothingLeft = { locks: [], containers: [], collectors: [], jobs: [] };

export async function removeJobs(registry: Watched): Promise<void> {
  for (const directory of jobsOf(registry)) await rm(directory, { recursive: true, force: true });
}

export type PhaseWatch = {
  /** Resolves as soon as the next job of the registry says that it is in this phase. */
  reached(phase: Phase): Promise<void>;
  readonly seen: readonly Phase[];
  stop(): void;
};

/** Follows the log of the job that comes next, as it grows. */
export function watchPhases(registry: Watched): PhaseWatch {
  const before = new Set(readdirSync(registry.tmp ?? '/tmp'));
  const seen: Phase[] = [];
  const waiting = new Map<Phase, () => void>();
  let directory: string | undefined;
  const look = (): void => {
    directory ??= jobsOf(registry, before)[0];
    if (directory === undefined) return;
    const said = [...textOf(join(directory, 'log')).matchAll(/^@[0-9a-f]+ phase (\w+)$/gm)].map(([, phase]) => phase);
    for (const phase of phases.filter((each) => said.includes(each) && !seen.includes(each))) {
      seen.push(phase);
      waiting.get(phase)?.();
    }
  };
  // A phase can be over within some ten milliseconds.
  const timer = setInterval(look, 4);
  return {
    seen,
    reached: (phase) =>
      new Promise((resolve) => {
        if (seen.includes(phase)) resolve();
        else waiting.set(phase, resolve);
      }),
    stop: () => {
      clearInterval(timer);
    },
  };
}

/**
 * Waits until the registry's jobs have ended and it answers. Resolves to the seconds from the end of the last collector that
 * was seen to the first answer; 0 where none was. Throws after three minutes.
 */
export async function untilBack(registry: Watched & Pick<ContainedRegistry, 'isAnswering'>): Promise<number> {
  const begun = Date.now();
  let collectorEnded: number | undefined;
  let answered: number | undefined;
  while (Date.now() - begun < 180_000) {
    if (collectorsOf(registry).length > 0) {
      collectorEnded = Date.now();
      answered = undefined;
    } else if (await registry.isAnswering()) {
      answered ??= Date.now();
      if (runningJobsOf(registry).length === 0) return (answered - (collectorEnded ?? answered)) / 1_000;
    } else answered = undefined;
    await wait(50);
  }
  throw new Error(
    `The registry isn't back: ${jobsOf(registry)
      .map((job) => textOf(join(job, 'log')))
      .join('\n')}`,
  );
}

export function kill9(pids: readonly number[]): void {
  for (const pid of pids) signal(pid, 'SIGKILL');
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in this moment.
  }
}

function processes(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Not one that has ended, and whose parent hasn't looked yet. */
function isRunning(pid: number): boolean {
  const [, state = 'Z'] = /^\d+ \(.*\) (\S)/s.exec(textOf(`/proc/${pid}/stat`)) ?? [];
  return state !== 'Z';
}

function sees(pid: number, storage: string): boolean {
  try {
    const [inside, outside] = [statSync(`/proc/${pid}/root/var/lib/registry`), statSync(storage)];
    return inside.ino === outside.ino && inside.dev === outside.dev;
  } catch {
    return false;
  }
}

/** Empty for what is gone. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
