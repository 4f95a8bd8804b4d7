/** The configuration that the ssh of a run gets: what always holds, then the user's own (pure). */

export type SshVersion = { readonly major: number; readonly minor: number };

export type SshSettings = {
  readonly version: SshVersion;
  /**
   * Socket of the agent that holds the one key to offer; what `IdentityFile` lines of the configuration name for a host comes
   * after it, since ssh can't be told to forget them, and a jump host may need them. Absent: the user's agents and keys.
   */
  readonly agentSocket?: string;
  /** Absent: the user's and the system's. */
  readonly knownHostsFile?: string;
  /** A home directory beside the one of the user database, where the user's configuration is looked for first. */
  readonly otherHome?: string;
};

/**
 * A file for `ssh -F`. In ssh_config(5) the first value of an option wins, so nothing that comes later changes what stands
 * here. It is a file rather than options because ssh hands that, and no option, on to the ssh that `ProxyJump` starts:
 * a jump host's key is checked just as strictly. Paths in `settings` are made of letters, digits and `/._+-`.
 */
export function renderSshSettings({ version, agentSocket, knownHostsFile, otherHome }: SshSettings): string {
  const isAtLeast = (major: number, minor: number): boolean =>
    version.major > major || (version.major === major && version.minor >= minor);
  const ssh = otherHome === undefined ? undefined : `${otherHome}/.ssh`;
  const lines = [
    // The host is who it says, whatever anybody has configured.
    'StrictHostKeyChecking yes',
    'VerifyHostKeyDNS no',
    'UpdateHostKeys no',
    'NoHostAuthenticationForLocalhost no',
    // Nobody is there to be asked.
    'BatchMode yes',
    'RequestTTY no',
    'EscapeChar none',
    'LogLevel ERROR',
    // The connection carries a script and what it says.
    'ClearAllForwardings yes',
    'ForwardAgent no',
    'ForwardX11 no',
    'Tunnel no',
    'PermitLocalCommand no',
    'RemoteCommand none',
    'ControlMaster no',
    'ControlPath none',
    'ControlPersist no',
    'AddKeysToAgent no',
    // 8.7 made configuration of what were only flags before.
    ...(isAtLeast(8, 7) ? ['SessionType default', 'StdinNull no', 'ForkAfterAuthentication no'] : []),
    // Noticed within a minute: a host that doesn't answer 20 s long, a connection that is silent for 10 s and four questions.
    'ConnectTimeout 20',
    'ServerAliveInterval 10',
    'ServerAliveCountMax 4',
    ...(agentSocket === undefined ? [] : [`IdentityAgent ${agentSocket}`, 'IdentitiesOnly no', 'IdentityFile none']),
    ...(knownHostsFile === undefined
      ? []
      : [
          `UserKnownHostsFile ${knownHostsFile}`,
          'GlobalKnownHostsFile /dev/null',
          ...(isAtLeast(8, 5) ? ['KnownHostsCommand none'] : []),
        ]),
    ...(ssh === undefined ? [] : [`Include "${ssh}/config"`]),
    'Include ~/.ssh/config',
    'Include /etc/ssh/ssh_config',
    // `%` begins a token there.
    ...(ssh === undefined || knownHostsFile !== undefined
      ? []
      : [
          'Host *',
          `UserKnownHostsFile "${ssh.replaceAll('%', '%%')}/known_hosts" ~/.ssh/known_hosts ~/.ssh/known_hosts2`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** From `ssh -V`: `OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.11`. Undefined: another program. */
export function parseSshVersion(text: string): SshVersion | undefined {
  const [, major, minor] = /OpenSSH(?:_for_Windows)?_(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** Where the connection really goes, by the user's configuration. */
export type SshTarget = {
  readonly user: string;
  readonly hostname: string;
  readonly port: number;
  /** Under which name the host's key is known, where that isn't its own. */
  readonly hostKeyAlias?: string;
  /** Whether there is a host, or a program, in between. */
  readonly isBehind: boolean;
};

/** From `ssh -G`: a line for each option, in lower case, and its value. */
export function parseSshTarget(text: string): SshTarget {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) values.set(line.slice(0, space), line.slice(space + 1));
  }
  const alias = values.get('hostkeyalias');
  const isSet = (name: string): boolean => !['none', undefined].includes(values.get(name));
  return {
    user: values.get('user') ?? '',
    hostname: values.get('hostname') ?? '',
    port: Number(values.get('port') ?? 22),
    ...(alias !== undefined && alias !== 'none' && { hostKeyAlias: alias }),
    isBehind: isSet('proxyjump') || isSet('proxycommand'),
  };
}
