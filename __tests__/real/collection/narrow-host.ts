/** A host with a /tmp of its own that has little room: in a mount namespace that its SSH server's sessions enter. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Phase } from '../../../src/gc/events.ts';
import type { Engine } from '../engine.ts';
import type { SshServer } from '../ssh-server.ts';
import { watchPhases, type Watched } from './host-watch.ts';
import { sshToEngine } from './workplace.ts';

export type NarrowHost = {
  readonly server: SshServer;
  /** Leaves no byte of it. */
  fill(): Promise<void>;
  /** The same, once the registry's next job reaches this phase. Resolves to whether it did before `run` was over. */
  fillIn(registry: Watched, phase: Phase, run: Promise<unknown>): Promise<boolean>;
  close(): Promise<void>;
};

const bytes = 512 * 1024;
// The engine's socket may lie below /tmp.
const setUp = `mount --bind "$1" /mnt && mount -t tmpfs -o size=${bytes} none /tmp && chmod 1777 /tmp && echo ready && exec sleep 3600`;

/** Needs root. */
export async function startNarrowHost(engine: Engine): Promise<NarrowHost> {
  const socket = engine.host.replace(/^unix:\/\//, '');
  const child = spawn('unshare', ['--mount', 'sh', '-c', setUp, 'sh', dirname(socket)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = child;
  await once(child.stdout, 'data');
  if (pid === undefined) throw new Error('unshare was not started.');
  const killWithTests = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', killWithTests);
  const server = await sshToEngine(engine, {
    env: { DOCKER_HOST: `unix:///mnt/${basename(socket)}` },
    settings: [`ForceCommand exec nsenter --target ${pid} --mount sh -c "$SSH_ORIGINAL_COMMAND"`],
  });
  const tmp = `/proc/${pid}/root/tmp`;
  const fill = async (): Promise<void> => {
    try {
      await writeFile(join(tmp, 'filler'), Buffer.alloc(2 * bytes, 'x'));
    } catch (error) {
      if (String(error).includes('ENOSPC')) return;
      throw error;
    }
    throw new Error('There is still room.');
  };
  return {
    server,
    fill,
    async fillIn(registry, phase, run) {
      const watch = watchPhases({ ...registry, tmp });
      await Promise.race([watch.reached(phase), run]);
      watch.stop();
      if (!watch.seen.includes(phase)) return false;
      await fill();
      return true;
    },
    async close() {
      await server.stop();
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      process.off('exit', killWithTests);
    },
  };
}
