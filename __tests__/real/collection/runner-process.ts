/** A run in a process of its own, as a runner starts it, so that it can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SshServer } from '../ssh-server.ts';
import { kill9, sshClientsTo } from './host-watch.ts';
import { overSsh, type Inputs } from './workplace.ts';

export type RunnerProcess = {
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Everything that it wrote. */
  log(): string;
  /** Kills it, and its connections: nothing of it gets a last word. */
  kill9(): Promise<void>;
};

/** Starts the door `gc`, over this server. */
export function startRunner(server: SshServer, inputs: Inputs): RunnerProcess {
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-runner-'));
  const program = join(directory, 'gc.mjs');
  // The program knows its door by the name of the file that node starts.
  const source = pathToFileURL(join(import.meta.dirname, '../../../src/index.ts')).href;
  writeFileSync(program, `import ${JSON.stringify(source)};\n`);
  const all = Object.entries({ ...inputs, ...overSsh(server) });
  const env = {
    ...Object.fromEntries(all.map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text] as const)),
    PATH: process.env.PATH,
    HOME: directory,
    RUNNER_TEMP: directory,
  };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const ended = once(child, 'exit').then(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    ended,
    log: () => log,
    async kill9() {
      child.kill('SIGKILL');
      kill9(sshClientsTo(server.port));
      await ended;
    },
  };
}
