/**
 * A pod's container as processes of this machine: namespaces of their own for processes and mounts, its volumes bound below
 * /mnt, its environment and nothing else.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export type Mount = { readonly from: string; readonly to: string; readonly readOnly: boolean };

export type ContainerProcess = {
  /** What it has printed so far, and what it prints from now on; `undefined` at its end. */
  readonly follow: (onData: (chunk: Buffer | undefined) => void) => () => void;
  readonly printed: () => Buffer;
  /** When its command itself runs, or it has ended before. */
  readonly started: Promise<void>;
  readonly ended: Promise<number>;
  readonly exec: (command: readonly string[]) => ChildProcessWithoutNullStreams;
  /** TERM, and KILL after a second. */
  readonly stop: () => void;
};

const root = process.getuid?.() === 0;

export function startContainer(options: {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
}): ContainerProcess {
  const prepare = [
    'set -e',
    'mount -t proc proc /proc',
    'mount -t tmpfs tmpfs /mnt',
    ...options.mounts.flatMap(({ from, to, readOnly }) => [
      `mkdir -p '${to}'`,
      `mount --bind '${from}' '${to}'`,
      ...(readOnly ? [`mount -o remount,bind,ro '${to}'`] : []),
    ]),
    'cd /',
    'exec env -i "$@"',
  ].join('\n');
  const env = Object.entries(options.env).map(([name, value]) => `${name}=${value}`);
  const child = spawn(
    'unshare',
    [
      ...(root ? [] : ['--user', '--map-root-user']),
      ...['--mount', '--pid', '--fork', '--kill-child', '--', 'sh', '-c', prepare, 'sh', ...env],
      ...options.command,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const chunks: Buffer[] = [];
  const followers = new Set<(chunk: Buffer | undefined) => void>();
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    for (const follower of followers) follower(chunk);
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  const end = { over: false };
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => {
      resolve(127);
    });
    child.on('close', (status, signal) => {
      end.over = true;
      for (const follower of followers) follower(undefined);
      resolve(status ?? (signal === 'SIGKILL' ? 137 : 143));
    });
  });
  /** Process 1 of the container, as this machine sees it. */
  const first = () => (child.pid === undefined ? undefined : childrenOf(child.pid).at(0));
  const runs = () => {
    const pid = first();
    const command = pid === undefined ? '' : commandOf(pid);
    return command !== '' && !command.includes(prepare) && !command.startsWith('env\0-i');
  };
  const started = (async () => {
    while (!end.over && !runs()) await setTimeout(10);
  })();
  return {
    follow(onChunk) {
      for (const chunk of chunks) onChunk(chunk);
      if (end.over) onChunk(undefined);
      else followers.add(onChunk);
      return () => followers.delete(onChunk);
    },
    printed: () => Buffer.concat(chunks),
    started,
    ended,
    exec: (command) =>
      spawn('nsenter', [
        ...(root ? [] : ['--user', '--preserve-credentials']),
        ...['--target', String(first() ?? 0), '--mount', '--pid', '--', 'env', '-i', ...env],
        ...command,
      ]),
    stop() {
      const pid = first();
      if (pid !== undefined) signal(pid, 'SIGTERM');
      void Promise.race([ended, setTimeout(1500, undefined, { ref: false })]).then(() => child.kill('SIGKILL'));
    },
  };
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}
