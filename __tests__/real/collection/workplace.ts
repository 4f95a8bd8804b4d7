/** A runner here, a host over SSH there: what the suites of this folder have in common. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGarbage } from '../../../src/commands/gc.ts';
import { prune } from '../../../src/commands/prune.ts';
import { run } from '../../../src/commands/run.ts';
import { nodeFiles, type Runtime } from '../../../src/runtime/index.ts';
import { memoryRuntime, type MemoryRuntime } from '../../support/runtime.ts';
import type { Engine } from '../engine.ts';
import { startSshServer, type SshServer, type SshServerOptions } from '../ssh-server.ts';

export type Inputs = Readonly<Record<string, string>>;

/** An SSH server whose sessions find the engine, as on the registry's host. */
export function sshToEngine(engine: Engine, options: SshServerOptions = {}): Promise<SshServer> {
  const { env, ...others } = options;
  return startSshServer({
    ...others,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', DOCKER_HOST: engine.host, ...env },
  });
}

/** The inputs that lead to it. */
export function overSsh(server: SshServer): Inputs {
  return {
    'ssh-host': `${server.user}@${server.host}:${server.port}`,
    'ssh-key': server.keys.key,
    'ssh-known-hosts': server.knownHosts(),
  };
}

export const pruneOverSsh = (inputs: Inputs, given: GivenRuntime = {}): Promise<MemoryRuntime> =>
  carryOut(prune, inputs, given);
export const collectOverSsh = (inputs: Inputs, given: GivenRuntime = {}): Promise<MemoryRuntime> =>
  carryOut(collectGarbage, inputs, given);

export type GivenRuntime = {
  readonly env?: Readonly<Record<string, string>>;
  /** Each plain line of the log, as it comes. */
  readonly onLine?: (line: string) => void;
};

/** On the machine's own clock, with files on the disk. */
async function carryOut(
  command: (runtime: Runtime) => Promise<void>,
  inputs: Inputs,
  { env = {}, onLine = () => undefined }: GivenRuntime,
): Promise<MemoryRuntime> {
  const tempDir = await mkdtemp(join(tmpdir(), 'registry-prune-runner-'));
  try {
    const runtime = memoryRuntime({
      inputs,
      env: { PATH: process.env.PATH, ...env },
      realTime: true,
      tempDir,
      homeDir: tempDir,
      files: nodeFiles,
    });
    const info = (line: string): void => {
      runtime.log.info(line);
      onLine(line);
    };
    await run({ ...runtime, log: { ...runtime.log, info }, random: Math.random }, command);
    return runtime;
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}
