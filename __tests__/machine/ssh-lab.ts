// What the suites about SSH share: a server, folders for a run, and hosts that are closed behind them.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from '@jest/globals';
import type { SshConfig } from '../../src/config/index.ts';
import { sshHost, type Host, type MachineError, type SshOptions } from '../../src/machine/index.ts';
import { sshServerMissing, startSshServer, type SshServer } from '../real/ssh-server.ts';
import { errorOf } from './host-contract.ts';

export type SshLab = {
  readonly server: SshServer;
  /** The temporary folder of the run. */
  readonly temp: string;
  /** A home folder with nothing in it but what `configure` puts there. */
  readonly home: string;
  /** The server's address, and the key that it lets in. */
  readonly ssh: SshConfig & { readonly key: string; readonly knownHosts: string };
  /** Writes a file of `.ssh` in that home. */
  readonly configure: (file: string, text: string) => string;
  /** Opens one that is closed after the test. Without anything else: this lab's server with its key. */
  readonly open: (ssh?: SshConfig, options?: Partial<SshOptions>) => Promise<Host>;
  /** The error of opening it and running a script there. */
  readonly errorOf: (ssh?: SshConfig, options?: Partial<SshOptions>) => Promise<MachineError>;
};

/** The same value without some of its fields. */
export function without<T extends object, K extends keyof T>(value: T, ...names: readonly K[]): Omit<T, K> {
  const copy = { ...value };
  for (const name of names) Reflect.deleteProperty(copy, name);
  return copy;
}

/** A suite with an sshd of its own; one skipped test that says why, where there is none. */
export function describeSsh(title: string, body: (lab: () => SshLab) => void): void {
  describe(title, () => {
    if (sshServerMissing !== undefined) {
      test.skip(sshServerMissing, () => undefined);
      return;
    }
    let server: SshServer | undefined;
    let lab: SshLab | undefined;
    let folder = '';
    const hosts: Host[] = [];
    beforeAll(async () => {
      server = await startSshServer();
    });
    beforeEach(() => {
      if (!server) throw new Error('The server has not started.');
      folder = mkdtempSync(join(tmpdir(), 'registry-prune-ssh-lab-'));
      lab = labOf(server, folder, hosts);
    });
    afterEach(async () => {
      for (const host of hosts.splice(0)) await host.close();
      await rm(folder, { recursive: true, force: true });
    });
    afterAll(() => server?.stop());
    body(() => {
      if (!lab) throw new Error('Only within a test.');
      return lab;
    });
  });
}

function labOf(server: SshServer, folder: string, hosts: Host[]): SshLab {
  const temp = join(folder, 'temp');
  const home = join(folder, 'home');
  mkdirSync(temp);
  mkdirSync(join(home, '.ssh'), { recursive: true });
  // Those of the person who runs the tests are no matter of ours.
  const env = { ...process.env, SSH_AUTH_SOCK: undefined };
  const ssh = { host: server.host, port: server.port, key: server.keys.key, knownHosts: server.knownHosts() };
  const open: SshLab['open'] = async (wanted = ssh, options = {}) => {
    const host = await sshHost({ ssh: wanted, env, tempDir: temp, homeDir: home, ...options });
    hosts.push(host);
    return host;
  };
  return {
    server,
    temp,
    home,
    ssh,
    configure(file, text) {
      const path = join(home, '.ssh', file);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    open,
    errorOf: (wanted, options) => errorOf(open(wanted, options).then((host) => host.run('true'))),
  };
}
