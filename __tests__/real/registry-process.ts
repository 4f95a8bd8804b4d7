// A real registry while it runs: a child process, or a container where only an engine is at hand.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch, Places } from './registry-settings.ts';

/** One run of a registry. After `stop` or `kill9` it is over; a restart is another run. */
export type Run = {
  readonly pid: number;
  /** Whether it has ended, by itself or not. */
  ended(): boolean;
  log(): string;
  /** Asks it to end, and waits for it. */
  stop(): Promise<void>;
  /** Ends it as a crash would, and waits for it. */
  kill9(): Promise<void>;
};

// A registry that was stopped in the middle of a request finishes it first, which takes it a moment.
const patienceToStopMs = 5_000;
const patienceToStartMs = 30_000;

/** Starts the registry as a program of this machine. */
export function runProgram(path: string, launch: Launch): Run {
  // REGISTRY_* variables of the person who runs the tests would override the configuration.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('REGISTRY_'));
  const child = spawn(path, launch.arguments, {
    env: { ...Object.fromEntries(inherited), ...launch.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const keep = (chunk: Buffer): void => {
    log += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => {
    log += error.message;
  });
  const killWithTests = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', killWithTests);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await endOf(child, signal, hasEnded);
    process.off('exit', killWithTests);
  };
  return {
    pid: child.pid ?? -1,
    ended: hasEnded,
    log: () => log,
    stop: () => end('SIGTERM'),
    kill9: () => end('SIGKILL'),
  };
}

async function endOf(child: ChildProcess, signal: NodeJS.Signals, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  const late = new AbortController();
  const kill = sleep(patienceToStopMs, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => false,
  );
  await exit;
  late.abort();
  await kill;
}

function docker(...args: readonly string[]): string {
  const run = spawnSync('docker', args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`docker ${args.join(' ')}: ${run.stderr.trim()}`);
  return run.stdout.trim();
}

/**
 * Starts the registry as a container. `outside` are the places on this machine; inside they are `containerPlaces`.
 * Exercised only on machines with an engine that has pulled the image.
 */
export function runContainer(image: string, launch: Launch, outside: Places): Run {
  const name = `registry-prune-test-${randomBytes(6).toString('hex')}`;
  const user = process.getuid && process.getgid ? [`--user=${process.getuid()}:${process.getgid()}`] : [];
  docker(
    ...['run', '--detach', `--name=${name}`, ...user, `--publish=${outside.address}:5000`],
    ...['--volume', `${outside.root}:${containerPlaces.root}`],
    ...['--volume', `${outside.settings}:${containerPlaces.settings}:ro`],
    ...Object.entries(launch.env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...['--entrypoint', 'registry', image, ...launch.arguments],
  );
  let last = '';
  let gone = false;
  const log = (): string => {
    const logs = gone ? undefined : spawnSync('docker', ['logs', name], { encoding: 'utf8' });
    if (logs?.status === 0) last = logs.stdout + logs.stderr;
    return last;
  };
  const end = (command: readonly string[]): Promise<void> => {
    if (!gone) {
      docker(...command, name);
      log();
      docker('rm', '--force', name);
      gone = true;
    }
    return Promise.resolve();
  };
  return {
    pid: Number(docker('inspect', '--format', '{{.State.Pid}}', name)),
    ended: () => gone || docker('inspect', '--format', '{{.State.Running}}', name) !== 'true',
    log,
    stop: () => end(['stop', '--time=5']),
    // Killing what has already ended is an error of docker's.
    kill9: () => end(['rm', '--force']),
  };
}

/** Where a container sees its storage and its settings. */
export const containerPlaces: Places = { address: ':5000', root: '/var/lib/registry', settings: '/settings' };

/**
 * A loopback port that nobody listens on. Below the range that the system gives to outgoing connections, so that a
 * registry that is restarted finds its port still free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Waits until the registry answers on `/v2/`, with whatever status. Throws with its log where it ends before. */
export async function answering(run: Run, url: string): Promise<void> {
  const deadline = Date.now() + patienceToStartMs;
  for (;;) {
    if (run.ended()) throw new Error(`The registry ended right after its start. Its log:\n${run.log()}`);
    const answer = await fetch(`${url}/v2/`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer) return;
    if (Date.now() > deadline) {
      await run.kill9();
      throw new Error(`The registry doesn't answer on ${url} after ${patienceToStartMs} ms. Its log:\n${run.log()}`);
    }
    await sleep(20);
  }
}
