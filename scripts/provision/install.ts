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

type Ran = { readonly status: number | undefined; readonly output: string };

function run(
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
function lastWord(output: string): string {
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

/** Installs Debian packages in one go. */
export async function installPackages(packages: readonly string[], say: Say): Promise<Refusal> {
  if (packages.length === 0) return undefined;
  const why = whyNoApt();
  if (why !== undefined) return why;
  say(`Installing ${packages.join(' and ')} with apt-get…`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', [...aptOptions, 'update', '-q'], { timeoutMs: 10 * 60_000, env });
  if (update.status !== 0) return `apt-get update: ${lastWord(update.output)}`;
  const install = await run(
    'apt-get',
    [...aptOptions, 'install', '-q', '-y', '--no-install-recommends', '--no-upgrade', ...packages],
    {
      timeoutMs: 10 * 60_000,
      env,
    },
  );
  if (install.status !== 0) return `apt-get install: ${lastWord(install.output)}`;
  // Debian starts an open registry on port 5000 with the package. The tests start their own.
  if (packages.includes('docker-registry') && existsSync('/run/systemd/system'))
    await run('systemctl', ['disable', '--now', 'docker-registry'], { timeoutMs: 60_000 });
  return undefined;
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
