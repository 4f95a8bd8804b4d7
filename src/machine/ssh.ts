/** The registry's host by SSH: the system's own OpenSSH client, which knows the user's configuration. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshConfig } from '../config/index.ts';
import { startAgent, type Agent } from './agent.ts';
import { connect, type Client, type ClientEnd } from './connection.ts';
import { clientEnvironment, type Environment } from './environment.ts';
import { MachineError } from './errors.ts';
import type { Host } from './host.ts';
import { cutError, sshError } from './openssh-errors.ts';
import { runProgram, type ProgramRun } from './program.ts';
import { scriptHost } from './script-host.ts';
import { parseSshTarget, parseSshVersion, renderSshSettings, type SshTarget, type SshVersion } from './ssh-settings.ts';
import { shown } from './text.ts';

export type SshOptions = {
  readonly ssh: SshConfig;
  readonly env: Environment;
  /** Where the run's private directory is made, if its path is one that OpenSSH can use. */
  readonly tempDir: string;
  /** Where the user keeps `.ssh`, beside the home that the user database names: in a container job the two differ. */
  readonly homeDir: string;
  /** From the start of ssh to the answer of a shell. */
  readonly patienceMs?: number;
};

// More than ssh's own limits for a connection and a jump host before it.
const defaultPatienceMs = 60_000;

/**
 * A host that every script reaches over a connection of its own. Nothing is connected yet; a key that can't be used, a
 * configuration that ssh doesn't take, or a missing ssh are said here. Throws MachineError.
 */
export async function sshHost({ ssh, env, tempDir, homeDir, patienceMs }: SshOptions): Promise<Host> {
  const environment = clientEnvironment(env);
  const version = await findVersion(environment);
  const otherHome = homeOf() === homeDir ? undefined : homeDir;
  for (const home of [homeOf(), homeDir]) await checkOwner(join(home, '.ssh', 'config'));
  const directory = await makeDirectory(tempDir);
  let agent: Agent | undefined;
  const cleanUp = async (): Promise<void> => {
    await agent?.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { key, passphrase, knownHosts } = ssh;
    if (key !== undefined)
      agent = await startAgent({
        directory,
        env: environment,
        key,
        ...(passphrase !== undefined && { passphrase }),
      });
    const knownHostsFile = join(directory, 'known_hosts');
    if (knownHosts !== undefined) await writePrivate(knownHostsFile, knownHosts);
    const settingsFile = join(directory, 'config');
    const settings = renderSshSettings({
      version,
      ...(agent && { agentSocket: agent.socket }),
      ...(knownHosts !== undefined && { knownHostsFile }),
      ...(otherHome !== undefined && { otherHome }),
    });
    await writePrivate(settingsFile, settings);
    const destination = destinationOf(ssh, settingsFile);
    // The agent also is the one of programs that the user's configuration starts.
    const clientEnv = agent ? { ...environment, SSH_AUTH_SOCK: agent.socket } : environment;
    const target = await findTarget({ ssh, destination, env: clientEnv });
    const client = sshClient({ ssh, target, destination, env: clientEnv, patienceMs: patienceMs ?? defaultPatienceMs });
    return scriptHost({ name: client.name, open: (signal) => connect(client, signal), cleanUp });
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** What comes after `ssh` and its own options, up to the host. The user, the port and the host are checked by their grammar. */
function destinationOf({ host, user, port }: SshConfig, settingsFile: string): readonly string[] {
  return [
    ...['-F', settingsFile],
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', `${port}`]),
    ...['--', host],
  ];
}

function sshClient(options: {
  readonly ssh: SshConfig;
  readonly target: SshTarget;
  readonly destination: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly patienceMs: number;
}): Client {
  const { ssh, target, destination, env, patienceMs } = options;
  const name = nameOf(ssh, target);
  const failed = ({ status, stdout, stderr }: ClientEnd): MachineError =>
    sshError({
      name,
      target,
      hasKey: ssh.key !== undefined,
      hasKnownHosts: ssh.knownHosts !== undefined,
      status,
      stdout,
      stderr,
    });
  return {
    name,
    program: 'ssh',
    // Every shell that anybody logs in with knows exec: csh and fish as well.
    args: [...destination, 'exec sh -s'],
    env,
    // A ProxyCommand of the configuration.
    endsWhole: true,
    patienceMs,
    missing,
    refused: failed,
    // 255 is ssh's own. With any other status the shell there has ended before its time, and said why.
    cut: ({ status, stderr }) =>
      status === undefined || status === 255 || status === 0 ? cutError(name, stderr) : undefined,
  };
}

function nameOf({ host, port }: SshConfig, { user }: SshTarget): string {
  const address = port === undefined || port === 22 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return user === '' ? address : `${shown(user)}@${address}`;
}

async function findVersion(env: Readonly<Record<string, string>>): Promise<SshVersion> {
  let run: ProgramRun;
  try {
    run = await runProgram('ssh', ['-V'], { env });
  } catch (error) {
    throw missing(error as Error);
  }
  const said = `${run.stderr}${run.stdout}`;
  const version = parseSshVersion(said);
  if (version) return version;
  throw new MachineError({
    kind: 'no-client',
    what: `The ssh of this machine is not OpenSSH's: ${shown(said)}`,
    wayOut: 'Install the OpenSSH client there: openssh-client (Debian, Alpine) or openssh-clients (Fedora).',
  });
}

/** Asks ssh where its configuration leads, without connecting. */
async function findTarget(options: {
  readonly ssh: SshConfig;
  readonly destination: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): Promise<SshTarget> {
  const { ssh, destination, env } = options;
  const run = await runProgram('ssh', ['-G', ...destination], { env });
  if (run.status === 0) return parseSshTarget(run.stdout);
  const asGiven: SshTarget = { user: ssh.user ?? '', hostname: ssh.host, port: ssh.port ?? 22, isBehind: false };
  throw sshError({
    name: nameOf(ssh, asGiven),
    target: asGiven,
    hasKey: ssh.key !== undefined,
    hasKnownHosts: ssh.knownHosts !== undefined,
    status: undefined,
    stdout: '',
    stderr: run.stderr,
  });
}

function missing(cause: Error): MachineError {
  return new MachineError({
    kind: 'no-client',
    what: `There is no ssh on this machine that can be started (${cause.message})`,
    wayOut: 'Install the OpenSSH client there: openssh-client (Debian, Alpine) or openssh-clients (Fedora).',
    cause,
  });
}

/** The home of the user database: OpenSSH asks nothing else. */
function homeOf(): string {
  try {
    return userInfo().homedir;
  } catch {
    // No such user: ssh will say so itself.
    return '/';
  }
}

/** As ssh does for the files that it finds by itself, and doesn't for those that another file includes. */
async function checkOwner(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return;
  const isOurs = found.uid === 0 || found.uid === process.getuid?.();
  if (isOurs && (found.mode & 0o022) === 0) return;
  throw new MachineError({
    kind: 'no-client',
    what: `Others than the user who runs the job may write ${shown(file)}, so ssh must not follow it`,
    wayOut: `On the machine that runs the job: chmod go-w ${shown(file)}, and make it that user's own.`,
  });
}

// A socket's path has room for 104 bytes on some systems, and ssh hands the file on to a jump host's ssh unquoted.
const usable = /^\/[\w/.+-]{1,70}$/;

async function makeDirectory(tempDir: string): Promise<string> {
  const parent = [tempDir, tmpdir()].find((path) => usable.test(path)) ?? '/tmp';
  // mkdtemp's mode is 0700.
  return mkdtemp(join(parent, 'registry-prune-ssh-'));
}

function writePrivate(file: string, text: string): Promise<void> {
  return writeFile(file, text, { mode: 0o600, flag: 'wx' });
}
