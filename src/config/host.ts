/** The machine that the registry runs on, as far as the inputs say it. */
import { parseHostPath } from './path.ts';
import type { Reader } from './read.ts';
import { valueOf } from './rule.ts';
import { parseService } from './service.ts';
import type { Service } from './service.ts';
import { parseKnownHosts, parsePassphrase, parseSshHost, parseSshKey } from './ssh.ts';
import type { SshConfig } from './ssh.ts';

export type HostConfig = {
  readonly service: Service;
  /** Absolute path of the registry's configuration where the service sees it; else it is found. */
  readonly registryConfig?: string;
  /** Without it: this very machine. */
  readonly ssh?: SshConfig;
};

type SshName = 'ssh-host' | 'ssh-key' | 'ssh-key-passphrase' | 'ssh-known-hosts';
export type HostName = 'registry-service' | 'registry-config' | SshName;

/** `undefined` where anything is wrong with it, and that was reported. */
export function readHost(reader: Reader<HostName>): HostConfig | undefined {
  const service = valueOf(reader.read('registry-service', parseService));
  const registryConfig = valueOf(reader.read('registry-config', (path) => parseHostPath(path, 'The file')));
  if (service?.kind === 'command' && reader.text('registry-config') === undefined)
    reader.refuse('registry-config', "A program of yours doesn't tell where the registry's configuration is. Say it.");
  const ssh = readSsh(reader);
  if (service === undefined) return undefined;
  return { service, ...(registryConfig !== undefined && { registryConfig }), ...(ssh !== undefined && { ssh }) };
}

function readSsh({ read, text, refuse }: Reader<SshName>): SshConfig | undefined {
  const host = valueOf(read('ssh-host', parseSshHost));
  const key = valueOf(read('ssh-key', (pem) => parseSshKey(pem, text('ssh-key-passphrase') !== undefined)));
  const passphrase = valueOf(
    read('ssh-key-passphrase', (secret) => parsePassphrase(secret, text('ssh-key') !== undefined)),
  );
  const knownHosts = valueOf(read('ssh-known-hosts', parseKnownHosts));
  if (text('ssh-host') === undefined)
    for (const name of ['ssh-key', 'ssh-known-hosts'] as const)
      if (text(name) !== undefined)
        refuse(name, 'It was given without an ssh-host: this very machine needs no login. Give both or neither.');
  if (host === undefined) return undefined;
  return {
    ...host,
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(knownHosts !== undefined && { knownHosts }),
  };
}
