/** What OpenSSH's client says when it can't go on, as one error with its way out (pure). */
import { MachineError, type MachineErrorFields } from './errors.ts';
import type { SshTarget } from './ssh-settings.ts';
import { shown } from './text.ts';

export type SshFailure = {
  /** As shown: `root@registry.example.com`. */
  readonly name: string;
  readonly target: SshTarget;
  /** Whether ssh-key was given. */
  readonly hasKey: boolean;
  /** Whether ssh-known-hosts was given. */
  readonly hasKnownHosts: boolean;
  /** Undefined where a signal ended ssh. */
  readonly status: number | undefined;
  /** What came before a shell answered. */
  readonly stdout: string;
  readonly stderr: string;
};

type Sentence = Pick<MachineErrorFields, 'kind' | 'what' | 'wayOut'>;

/** Of an ssh that ended before a shell answered. */
export function sshError(failure: SshFailure): MachineError {
  // Any other status is the one of what the host ran for us.
  if (failure.status !== undefined && failure.status !== 255) return new MachineError(noShell(failure));
  for (const [pattern, sentence] of sentences) {
    const match = pattern.exec(failure.stderr);
    if (match) return new MachineError(sentence(failure, match));
  }
  return new MachineError(other(failure));
}

// The first that fits is taken: what is said last is often only that it is over, so the reasons come first.
const sentences: readonly (readonly [RegExp, (failure: SshFailure, match: RegExpExecArray) => Sentence])[] = [
  [/^Host key for (.+) has changed and you have requested strict checking/m, changedHostKey],
  [/^No (\S+) host key is known for (.+) and you have requested strict checking/m, unknownHostKey],
  [/REVOKED HOST KEY/, revokedHostKey],
  [/^Host key verification failed/m, unverified],
  [/Too many authentication failures/, tooManyKeys],
  [/^(?:(\S+): )?Permission denied \(([^)]*)\)/m, denied],
  [/No supported authentication methods available/, noMethod],
  [/Bad configuration option|Bad owner or permissions|^\S+ line \d+: |terminating, \d+ bad/m, badConfiguration],
  [/No user exists for uid/, noUser],
  [/(?:exec|shell) request failed on channel/, noShell],
  [/Could not resolve hostname ([^:]+):/, notFound],
  [/stdio forwarding failed|open failed: (?:connect failed|administratively prohibited)/, jumpRefused],
  [/connect to host (\S+) port (\d+): Connection refused|: Connection refused/, refusedConnection],
  [/[Tt]imed out|not responding/, timedOut],
  [/No route to host|Network is unreachable|Host is down/, noRoute],
  [/Unable to negotiate with .*|no matching .* found.*/, noCommonWay],
  [
    /banner line (?:contains invalid characters|too long)|invalid SSH identification|Invalid SSH|Bad packet length/,
    noSshServer,
  ],
  [/Connection (?:closed|reset)|kex_exchange_identification/, hungUp],
];

function keyscan(host: string, { target, hasKnownHosts }: SshFailure): string {
  const [, bracketed, port] = /^\[(.+)\]:(\d+)$/.exec(host) ?? [];
  // A name that ssh doesn't look up under isn't the host's own.
  const scanned = host === target.hostKeyAlias || host === `[${target.hostKeyAlias}]:${target.port}`;
  const command = scanned
    ? `ssh-keyscan -p ${target.port} ${shown(target.hostname)}`
    : `ssh-keyscan -p ${port ?? '22'} ${shown(bracketed ?? host)}`;
  const named = scanned ? ` with ${shown(host)} in place of the host` : '';
  return `${hasKnownHosts ? 'ssh-known-hosts' : "ssh-known-hosts (or the runner's known_hosts)"}${named}:\n${command}`;
}

function unknownHostKey(failure: SshFailure, match: RegExpExecArray): Sentence {
  const [, type = '', host = ''] = match;
  return {
    kind: 'unknown-host-key',
    what: `The ${shown(type)} host key of ${shown(host)} is not known, so there was no login to ${failure.name}`,
    wayOut: `Run this line, compare what it prints with the keys on the host itself (/etc/ssh/ssh_host_*_key.pub), and put it into ${keyscan(host, failure)}`,
  };
}

function changedHostKey(failure: SshFailure, match: RegExpExecArray): Sentence {
  const host = match[1] ?? '';
  const fingerprint = /^(SHA256:[\w+/=]+)\.?$/m.exec(failure.stderr)?.[1];
  const type = /fingerprint for the (\S+) key/.exec(failure.stderr)?.[1];
  const sent = fingerprint === undefined ? '' : ` It sent ${shown(type ?? '')} ${fingerprint}.`;
  return {
    kind: 'changed-host-key',
    what: `The host key of ${shown(host)} has changed, so there was no login to ${failure.name}. This may be an attack: somebody in between who answers for the host.${sent}`,
    wayOut: `Only if the host was set up anew: run this line, compare what it prints with the keys on the host itself (/etc/ssh/ssh_host_*_key.pub), and put it in place of the host's old lines in ${keyscan(host, failure)}`,
  };
}

function revokedHostKey({ name, hasKnownHosts }: SshFailure): Sentence {
  return {
    kind: 'changed-host-key',
    what: `The host key of ${name} is marked as revoked in ${hasKnownHosts ? 'ssh-known-hosts' : "the runner's known_hosts"}. This may be an attack: somebody who has the host's old key`,
    wayOut: 'Give the host a new key, and put that into ssh-known-hosts.',
  };
}

function unverified({ name, stderr }: SshFailure): Sentence {
  return {
    kind: 'unknown-host-key',
    what: `The host key of ${name} could not be verified: ${shown(stderr)}`,
    wayOut: "Put the host's key, checked on the host itself, into ssh-known-hosts.",
  };
}

function denied({ name, hasKey, stderr }: SshFailure, match: RegExpExecArray): Sentence {
  const [line, account, methods = ''] = match;
  const who = account === undefined ? name : shown(account);
  const user = who.slice(0, who.lastIndexOf('@'));
  // Before it gives up, ssh says what was wrong with a key of this machine.
  const before = shown(stderr.slice(0, stderr.indexOf(line)));
  const takes = `it takes ${shown(methods.replaceAll(',', ', '))}`;
  const tried = hasKey ? 'not the ssh-key' : "none of the runner's keys";
  const authorized = `~/.ssh/authorized_keys of ${user === '' ? 'that user' : user} there`;
  let wayOut = `Give the private key of one that stands in ${authorized} as ssh-key, or as a key of the runner's agent; a key file with a passphrase works only through an agent.`;
  if (hasKey)
    wayOut = `Put the public key of ssh-key into ${authorized}, or name the right user in ssh-host: user@host.`;
  if (!methods.includes('publickey')) wayOut = 'Let sshd there accept keys: PubkeyAuthentication yes.';
  return {
    kind: 'denied',
    what: `${who} was not let in (${takes}, and ${tried})${before === '' ? '' : `: ${before}`}`,
    wayOut,
  };
}

function noMethod({ name }: SshFailure): Sentence {
  return {
    kind: 'denied',
    what: `${name} was not let in: the host takes no way to log in that ssh can go without a terminal`,
    wayOut: 'Let sshd there accept keys: PubkeyAuthentication yes.',
  };
}

function tooManyKeys({ name, hasKey }: SshFailure): Sentence {
  return {
    kind: 'denied',
    what: `${name} was not let in: the host hung up after too many keys that were not the right one`,
    wayOut: hasKey
      ? 'Take the IdentityFile lines for this host out of the SSH configuration: ssh-key comes before them and was not taken.'
      : 'Give the right key as ssh-key: then no other is offered. Or name it in the SSH configuration: IdentityFile, and IdentitiesOnly yes.',
  };
}

function badConfiguration({ name, stderr }: SshFailure): Sentence {
  return {
    kind: 'no-client',
    what: `ssh doesn't take the SSH configuration of this machine, so there was no login to ${name}: ${shown(stderr)}`,
    wayOut: 'Repair ~/.ssh/config or /etc/ssh/ssh_config on the machine that runs the job.',
  };
}

function noUser(): Sentence {
  return {
    kind: 'no-client',
    what: 'ssh refuses to start, because the user that runs the job has no name on this machine',
    wayOut: 'Run the job as a user that stands in /etc/passwd; in a container, without --user.',
  };
}

function notFound({ name }: SshFailure, match: RegExpExecArray): Sentence {
  return {
    kind: 'unreachable',
    what: `The host ${shown(match[1] ?? '')} of ${name} is not found: no such name`,
    wayOut:
      'Correct ssh-host. A name of an SSH configuration must be in ~/.ssh/config of the machine that runs the job.',
  };
}

function refusedConnection(failure: SshFailure, match: RegExpExecArray): Sentence {
  const [, host = failure.target.hostname, port = failure.target.port] = match;
  return {
    kind: 'unreachable',
    what: `${shown(host)} refuses connections on port ${port}, so ${failure.name} can't be reached`,
    wayOut: 'Start sshd there, or give the port it listens on: ssh-host: user@host:port.',
  };
}

function timedOut({ name, target }: SshFailure): Sentence {
  return {
    kind: 'unreachable',
    what: `${name} doesn't answer (${shown(target.hostname)}, port ${target.port})`,
    wayOut: 'Look whether the host runs, and whether a firewall lets this machine through to that port.',
  };
}

function noRoute({ name, target }: SshFailure): Sentence {
  return {
    kind: 'unreachable',
    what: `There is no way from this machine to ${name} (${shown(target.hostname)}, port ${target.port})`,
    wayOut: 'Run the job on a machine in the network of that host, or name a jump host in ~/.ssh/config: ProxyJump.',
  };
}

function jumpRefused({ name, stderr }: SshFailure): Sentence {
  return {
    kind: 'unreachable',
    what: `The jump host doesn't get through to ${name}: ${shown(stderr)}`,
    wayOut: 'Look whether the host runs, and whether the jump host may connect to it (AllowTcpForwarding).',
  };
}

function noCommonWay({ name }: SshFailure, match: RegExpExecArray): Sentence {
  return {
    kind: 'unreachable',
    what: `ssh and the host ${name} have no way in common: ${shown(match[0])}`,
    wayOut: 'Update OpenSSH on the host, or allow its old way for this host in ~/.ssh/config.',
  };
}

function noSshServer({ name, target }: SshFailure): Sentence {
  return {
    kind: 'unreachable',
    what: `What answers on port ${target.port} of ${name} is no SSH server`,
    wayOut: 'Give the port that sshd listens on: ssh-host: user@host:port.',
  };
}

function hungUp({ name, target, stderr }: SshFailure): Sentence {
  return {
    kind: 'unreachable',
    what: `${name} hung up before the login${target.isBehind ? ', or what is in between did' : ''}: ${shown(stderr)}`,
    wayOut:
      'Look into the log of sshd there: it limits logins (MaxStartups), or a firewall or a ban keeps this machine out.',
  };
}

function noShell({ name, status, stdout, stderr }: SshFailure): Sentence {
  const words = shown(`${stdout}\n${stderr}`);
  return {
    kind: 'unreachable',
    what: `No POSIX shell answered on ${name}: the login ended with status ${status ?? 255}${words === '' ? '' : `, after it said: ${words}`}`,
    wayOut:
      'Give that account a POSIX shell, and its key no command of its own (command= in authorized_keys, ForceCommand).',
  };
}

function other({ name, status, stderr }: SshFailure): Sentence {
  const words = shown(stderr);
  const how = status === undefined ? 'was ended' : `ended with status ${status}`;
  return {
    kind: 'unreachable',
    what: `ssh to ${name} ${how} before a shell answered${words === '' ? '' : `: ${words}`}`,
    wayOut: 'Try the same by hand on the machine that runs the job: ssh HOST sh.',
  };
}

const lastWords =
  /^(?:Connection (?:to|closed|reset)|Timeout, server|client_loop|Read from|Write failed|Received disconnect|Disconnected|packet_write|ssh_dispatch|Killed by signal).*/gm;

/** Of an ssh that ended in the middle of a script; `stderr` is the script's and ssh's own. */
export function cutError(name: string, stderr: string): MachineError {
  const words = shown([...stderr.matchAll(lastWords)].map((match) => match[0]).join(' '));
  return new MachineError({
    kind: 'cut',
    what: `The connection to ${name} was cut before the script's end${words === '' ? '' : `: ${words}`}`,
    wayOut:
      'Look whether that host and the network between are up, then run again. What was under way there may have gone on.',
  });
}
