/** The private agent of a run: it alone holds the ssh-key, in its memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MachineError } from './errors.ts';
import { runProgram, type ProgramRun } from './program.ts';
import { shown } from './text.ts';

export type Agent = {
  readonly socket: string;
  /** Ends it, and the key with it. */
  readonly close: () => Promise<void>;
};

export type AgentOptions = {
  /** The run's own, with mode 0700. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** As OpenSSH reads it. */
  readonly key: string;
  readonly passphrase?: string;
};

// ssh-add asks a program for the passphrase, since there is no terminal. It is asked once: ssh-add would ask again and
// again for one that is wrong. The mark that it leaves says that a passphrase was wanted.
const askPass = `#!/bin/sh
mkdir "$REGISTRY_PRUNE_ASKED" 2>/dev/null || exit 1
test "\${REGISTRY_PRUNE_PASSPHRASE+given}" = given && printf '%s\\n' "$REGISTRY_PRUNE_PASSPHRASE"
`;

/**
 * Starts ssh-agent and gives it the key on the standard input of ssh-add: neither the key nor the passphrase is ever in a file
 * or in an argument of a process. Throws MachineError where the key can't be used.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const socket = join(options.directory, 'agent');
  const agent = await launch(socket, options);
  try {
    await addKey(socket, options);
  } catch (error) {
    await agent.close();
    throw error;
  }
  return agent;
}

/**
 * ssh-agent with a command ends when the command has ended (it looks every 10 s). The command waits for the end of its input,
 * which is ours: however this process ends, kill -9 included, the key doesn't outlive it.
 */
async function launch(socket: string, { env }: AgentOptions): Promise<Agent> {
  const command = 'echo "$SSH_AGENT_PID"; exec cat >/dev/null';
  const child = spawn('ssh-agent', ['-a', socket, 'sh', '-c', command], { env, stdio: 'pipe', detached: true });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let said = '';
  let complaint = '';
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (said.includes('\n')) resolve(Number(said));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  child.on('error', (cause) => {
    reject(
      new MachineError({
        kind: 'no-client',
        what: `ssh-key needs ssh-agent, and that can't be started on this machine (${cause.message})`,
        wayOut: 'Install the OpenSSH client there: openssh-client (Debian, Alpine) or openssh-clients (Fedora).',
        cause,
      }),
    );
  });
  child.on('close', () => {
    reject(
      new MachineError({
        kind: 'no-client',
        what: `ssh-agent ended right after its start on this machine: ${shown(complaint)}`,
        wayOut: 'Look whether it can be started there by hand: ssh-agent sh.',
      }),
    );
  });
  const pid = await promise;
  const ended = once(child, 'exit');
  return {
    socket,
    async close() {
      child.stdin.destroy();
      if (Number.isInteger(pid) && pid > 1) endProcess(pid);
      if (child.exitCode === null && child.signalCode === null) await ended;
    },
  };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}

async function addKey(socket: string, { directory, env, key, passphrase }: AgentOptions): Promise<void> {
  const program = join(directory, 'askpass');
  const asked = join(directory, 'asked');
  await writeFile(program, askPass, { mode: 0o700, flag: 'wx' });
  let run: ProgramRun;
  try {
    run = await runProgram('ssh-add', ['-'], {
      // OpenSSH reads neither carriage returns nor a last line that isn't ended.
      input: `${key.replaceAll('\r', '').trimEnd()}\n`,
      env: {
        ...env,
        SSH_AUTH_SOCK: socket,
        SSH_ASKPASS: program,
        SSH_ASKPASS_REQUIRE: 'force',
        // Before OpenSSH 8.4 that was the sign for it.
        DISPLAY: env.DISPLAY ?? ':0',
        REGISTRY_PRUNE_ASKED: asked,
        ...(passphrase !== undefined && { REGISTRY_PRUNE_PASSPHRASE: passphrase.replace(/\r?\n$/, '') }),
      },
    });
  } catch (cause) {
    throw keyError(
      "ssh-key can't be used: ssh-add can't be started on this machine",
      'Install the OpenSSH client there: openssh-client (Debian, Alpine) or openssh-clients (Fedora).',
      cause,
    );
  }
  if (run.status === 0) return;
  const wasAsked = await stat(asked).then(
    () => true,
    () => false,
  );
  if (wasAsked)
    throw passphrase === undefined
      ? keyError('ssh-key is encrypted, and there is no ssh-key-passphrase', 'Set ssh-key-passphrase.')
      : keyError("ssh-key-passphrase doesn't open ssh-key", 'Correct the passphrase, or the key.');
  if (run.stderr.includes(program))
    throw keyError(
      `ssh-key-passphrase can't be handed over: ${shown(run.stderr)}`,
      'Let programs be started in RUNNER_TEMP: its file system may not be mounted with noexec.',
    );
  throw keyError(
    `ssh-key is no private key that OpenSSH reads: ${shown(run.stderr.replaceAll('"(stdin)"', ''))}`,
    'Store the whole file, from -----BEGIN to the end of the line with -----END: gh secret set REGISTRY_SSH_KEY < FILE.',
  );
}

function keyError(what: string, wayOut: string, cause?: unknown): MachineError {
  return new MachineError({ kind: 'key', what, wayOut, cause });
}
