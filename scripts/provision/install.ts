// The ways in which something that is missing gets onto this machine. Each returns why it didn't, in one line.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builtProgram, toolsDirectory } from './find.ts';
import type { Source } from './wanted.ts';

/** Told to the person who waits, one line each. */
export type Say = (line: string) => void;
/** Why it isn't there now; undefined where it is. */
export type Refusal = string | undefined;

export type Ran = { readonly status: number | undefined; readonly output: string };

/** Never rejects: a command that isn't there has no status, and its output says so. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
    // Not spawn's own `timeout`: its timer runs on after a command that isn't there, and keeps this process waiting.
    let tooLong = false;
    const timer = setTimeout(() => {
      tooLong = true;
      child.kill();
    }, options.timeoutMs);
    let output = '';
    const keep = (chunk: Buffer): void => {
      // The end of the output tells why; a build's progress before it can be long.
      output = (output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ status: undefined, output: error.message });
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      const late = `took more than ${options.timeoutMs / 60_000} minutes`;
      resolve(tooLong ? { status: undefined, output: late } : { status: status ?? undefined, output });
    });
  });
}

/** The line of a failed command's output that tells a reader most: an error of the client, else the last one. */
export function lastWord(output: string): string {
  const lines = output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const refusal = lines.map((line) => /reading \S+: (.+)$/.exec(line)?.[1]).find((words) => words !== undefined);
  if (refusal !== undefined) return `the module proxy answers ${refusal}`;
  const error = lines.find((line) => line.startsWith('E: ')) ?? lines.at(-1) ?? 'it failed without a word';
  return error.length > 200 ? `${error.slice(0, 200)}…` : error;
}

/** Whether apt-get is here and may install: it needs root. */
function whyNoApt(): Refusal {
  if (!existsSync('/usr/bin/apt-get')) return 'no apt-get on this machine';
  if (process.getuid?.() !== 0) return 'apt-get install needs root';
  return undefined;
}

// A machine that updates itself holds apt's lock for a while; two runs of ours side by side do, too.
const aptOptions = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'APT::Get::Lock::Timeout=300'];

/** What Debian starts with a package. The tests start their own, and nobody asked for one that listens. */
const startedBy: Readonly<Record<string, readonly string[]>> = {
  'docker-registry': ['docker-registry.service'],
  'docker.io': ['docker.socket', 'docker.service'],
  'openssh-server': ['ssh.socket', 'ssh.service'],
  'redis-server': ['redis-server.service'],
};

function aptInstall(packages: readonly string[]): Promise<Ran> {
  return run(
    'apt-get',
    [...aptOptions, 'install', '-q', '-y', '--no-install-recommends', '--no-upgrade', ...packages],
    { timeoutMs: 10 * 60_000, env: aptEnvironment },
  );
}

const aptEnvironment = { DEBIAN_FRONTEND: 'noninteractive' };

/**
 * Installs Debian packages that aren't there: all in one go, or, where that fails, each by itself, so that one that this
 * release doesn't have holds up no other. Answers for each package why it isn't there now.
 */
export async function installPackages(packages: readonly string[], say: Say): Promise<ReadonlyMap<string, Refusal>> {
  const forAll = (why: Refusal): ReadonlyMap<string, Refusal> => new Map(packages.map((one) => [one, why]));
  if (packages.length === 0) return forAll(undefined);
  const why = whyNoApt();
  if (why !== undefined) return forAll(why);
  say(`Installing ${packages.join(', ')} with apt-get…`);
  const update = await run('apt-get', [...aptOptions, 'update', '-q'], {
    timeoutMs: 10 * 60_000,
    env: aptEnvironment,
  });
  if (update.status !== 0) return forAll(`apt-get update: ${lastWord(update.output)}`);
  const reasons = new Map<string, Refusal>(packages.map((one) => [one, undefined]));
  if ((await aptInstall(packages)).status !== 0)
    for (const one of packages) {
      const alone = await aptInstall([one]);
      if (alone.status !== 0) reasons.set(one, `apt-get install: ${lastWord(alone.output)}`);
    }
  if (existsSync('/run/systemd/system'))
    for (const unit of packages.flatMap((one) => startedBy[one] ?? []))
      await run('systemctl', ['disable', '--now', unit], { timeoutMs: 60_000 });
  return reasons;
}

/**
 * Builds one program with Go into the cache. It is built beside its place and renamed into it, so that two runs at once
 * see a whole program or none; the second to finish finds the place taken and throws its own away.
 */
export async function buildWithGo(
  source: Source & { readonly kind: 'go' },
  options: { readonly say: Say; readonly timeoutMs: number; readonly isBuilt: () => boolean },
): Promise<Refusal> {
  const target = dirname(builtProgram(source));
  await mkdir(toolsDirectory(), { recursive: true });
  const built = await mkdtemp(join(toolsDirectory(), '.building-'));
  try {
    options.say(`Building ${source.package}@${source.version} with Go (minutes the first time, kept in ${target})…`);
    const ran = await run('go', ['install', `${source.package}@${source.version}`], {
      timeoutMs: options.timeoutMs,
      env: { GOBIN: built },
    });
    if (ran.status === undefined && ran.output.includes('ENOENT')) return 'no Go on this machine';
    if (ran.status !== 0) return `go install ${source.package}@${source.version}: ${lastWord(ran.output)}`;
    await rename(built, target).catch(async (error: unknown) => {
      // The place is taken: by a run beside this one, which is fine, or by a program for another kind of machine.
      if (options.isBuilt()) return;
      await rm(target, { recursive: true, force: true });
      await rename(built, target).catch(() => {
        throw error;
      });
    });
    return undefined;
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}

/** Pulls an image, where a container engine answers. */
export async function pullImage(image: string, say: Say): Promise<Refusal> {
  const engine = await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 30_000 });
  if (engine.status !== 0) return 'no Docker engine answers';
  say(`Pulling ${image}…`);
  const pulled = await run('docker', ['pull', '--quiet', image], { timeoutMs: 5 * 60_000 });
  return pulled.status === 0 ? undefined : `docker pull ${image}: ${lastWord(pulled.output)}`;
}
