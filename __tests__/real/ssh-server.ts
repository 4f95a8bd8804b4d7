// A real sshd on a loopback port, as the current user, with keys of its own. It touches neither ~/.ssh nor /etc/ssh.

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './registry-process.ts';

export type SshServerOptions = {
  /** What every session finds in its environment. Names and values without spaces and quotes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Lines of sshd_config that come before ours, and so win. */
  readonly settings?: readonly string[];
};

export type KeyPair = {
  /** Text of the private key, as it would stand in an input. */
  readonly key: string;
  /** Line of an `authorized_keys`. */
  readonly publicKey: string;
};

export type SshServer = {
  readonly host: '127.0.0.1';
  /** Stays the same over restarts. */
  readonly port: number;
  /** Whom it lets in. */
  readonly user: string;
  /** Lets in without more ado. */
  readonly keys: KeyPair;
  /** The lines that ssh-keyscan would print for the host key of now. */
  knownHosts(): string;
  /** Lets in from now on; `options` as in `authorized_keys`: `command="…"`. */
  authorize(publicKey: string, options?: string): Promise<void>;
  /** Stops and starts on the same port; `newHostKey` as after setting up anew. Changes of options are kept. */
  restart(changes?: SshServerOptions & { readonly newHostKey?: boolean }): Promise<void>;
  /** Ends the processes of sshd that carry sessions, as a crash would, and tells how many. What they run is left alone. */
  killSessions(): number;
  /** Everything that it has written, of all starts. */
  log(): string;
  stop(): Promise<void>;
};

const places = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'];
// sshd insists on an empty directory of that name when root starts it; a service manager makes it.
const separation = '/run/sshd';
const patienceMs = 20_000;

const program = places.find(isExecutable);

/** Why there is no sshd to test against; undefined: there is one. */
export const sshServerMissing: string | undefined =
  program === undefined
    ? `sshd is not installed (looked at ${places.join(', ')})`
    : spawnSync('ssh', ['-V']).error
      ? 'ssh is not installed'
      : undefined;

/** `kind` as for ssh-keygen. */
export function makeKeys(
  directory: string,
  name: string,
  {
    kind = 'ed25519',
    passphrase = '',
    format = 'RFC4716',
  }: { kind?: string; passphrase?: string; format?: string } = {},
): KeyPair {
  const file = join(directory, name);
  const args = [
    '-q',
    '-t',
    kind,
    ...(kind === 'rsa' ? ['-b', '2048'] : []),
    '-m',
    format,
    '-C',
    name,
    '-N',
    passphrase,
  ];
  execFileSync('ssh-keygen', [...args, '-f', file], { stdio: 'pipe' });
  return { key: readFileSync(file, 'utf8'), publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
}

/** Starts one and waits until it takes connections. To be stopped. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  if (program === undefined) throw new Error(sshServerMissing);
  const sshd = program;
  if (process.getuid?.() === 0 && !existsSync(separation)) mkdirSync(separation, { mode: 0o755 });
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-sshd-'));
  const authorizedKeys = join(directory, 'authorized_keys');
  const keys = makeKeys(directory, 'user');
  const user = userInfo().username;
  let port = await freePort();
  let hostKeys = 0;
  let hostKey = makeKeys(directory, `host-${hostKeys}`);
  let asked = options;
  let authorized = `${keys.publicKey}\n`;
  let child: ChildProcess | undefined;
  let log = '';
  const killWithTests = (): void => {
    child?.kill('SIGKILL');
  };
  process.on('exit', killWithTests);

  const start = async (): Promise<boolean> => {
    await writeFile(authorizedKeys, authorized, { mode: 0o600 });
    const { env = {}, settings = [] } = asked;
    const lines = [
      ...settings,
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(directory, `host-${hostKeys}`)}`,
      `AuthorizedKeysFile ${authorizedKeys}`,
      // The directory is below /tmp, which everybody may write.
      'StrictModes no',
      'PidFile none',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'PermitUserEnvironment no',
      'PrintMotd no',
      'LogLevel VERBOSE',
      ...(Object.keys(env).length === 0
        ? []
        : [
            `SetEnv ${Object.entries(env)
              .map(([name, value]) => `${name}=${value}`)
              .join(' ')}`,
          ]),
    ];
    const file = join(directory, 'sshd_config');
    await writeFile(file, `${lines.join('\n')}\n`);
    const begun = log.length;
    const started = spawn(sshd, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    started.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (started.exitCode !== null || started.signalCode !== null) {
        if (log.slice(begun).includes('Address already in use')) return false;
        throw new Error(`sshd ended right after its start. Its log:\n${log.slice(begun)}`);
      }
      if (log.slice(begun).includes('Server listening') && (await answers(port))) return true;
      await sleep(20);
    }
    throw new Error(`sshd doesn't answer on port ${port} after ${patienceMs} ms. Its log:\n${log.slice(begun)}`);
  };
  const end = async (): Promise<void> => {
    const running = child;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const exit = once(running, 'exit');
    killAll(sessionsOf(running.pid));
    running.kill('SIGTERM');
    await exit;
  };
  while (!(await start())) port = await freePort();

  return {
    host: '127.0.0.1',
    port,
    user,
    keys,
    knownHosts: () => `[127.0.0.1]:${port} ${hostKey.publicKey.split(' ').slice(0, 2).join(' ')}\n`,
    async authorize(publicKey, keyOptions) {
      authorized += `${keyOptions === undefined ? '' : `${keyOptions} `}${publicKey}\n`;
      await writeFile(authorizedKeys, authorized);
    },
    async restart({ newHostKey = false, ...changes } = {}) {
      asked = { ...asked, ...changes };
      await end();
      if (newHostKey) {
        hostKeys += 1;
        hostKey = makeKeys(directory, `host-${hostKeys}`);
      }
      if (!(await start())) throw new Error(`Port ${port} was taken while sshd was stopped.`);
    },
    killSessions() {
      const sessions = sessionsOf(child?.pid);
      killAll(sessions);
      return sessions.length;
    },
    log: () => log,
    async stop() {
      await end();
      process.off('exit', killWithTests);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The processes named sshd below a process; before OpenSSH 9.8 all of them are, since then `sshd-session` as well. */
function sessionsOf(listener: number | undefined): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, name = '', parent = ''] = /^\d+ \((.*)\) \S (\d+)/s.exec(read(`/proc/${entry}/stat`)) ?? [];
    if (name.startsWith('sshd')) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)]);
  }
  const below = (pid: number): readonly number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return listener === undefined ? [] : below(listener);
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Its parent's end was its own.
    }
}

/** Empty for a process that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
