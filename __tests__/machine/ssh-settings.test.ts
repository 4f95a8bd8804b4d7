import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseSshTarget, parseSshVersion, renderSshSettings } from '../../src/machine/ssh-settings.ts';
import { sshServerMissing } from '../real/ssh-server.ts';

describe("ssh's settings", () => {
  test('leave out what older versions do not know', () => {
    const old = renderSshSettings({ version: { major: 8, minor: 0 }, knownHostsFile: '/tmp/k' });
    expect(old).not.toMatch(/SessionType|StdinNull|ForkAfterAuthentication|KnownHostsCommand/);
    expect(old).toContain('StrictHostKeyChecking yes\n');
    const between = renderSshSettings({ version: { major: 8, minor: 5 }, knownHostsFile: '/tmp/k' });
    expect(between).toContain('KnownHostsCommand none\n');
    expect(between).not.toContain('SessionType');
    expect(renderSshSettings({ version: { major: 10, minor: 0 } })).toContain('SessionType default\n');
  });

  test('put what always holds before what anybody has configured', () => {
    const text = renderSshSettings({
      version: { major: 9, minor: 2 },
      otherHome: '/github/home',
      agentSocket: '/tmp/a',
    });
    const lines = text.trimEnd().split('\n');
    const firstInclude = lines.findIndex((line) => line.startsWith('Include'));
    expect(lines.slice(firstInclude)).toEqual([
      'Include "/github/home/.ssh/config"',
      'Include ~/.ssh/config',
      'Include /etc/ssh/ssh_config',
      'Host *',
      'UserKnownHostsFile "/github/home/.ssh/known_hosts" ~/.ssh/known_hosts ~/.ssh/known_hosts2',
    ]);
    for (const line of ['StrictHostKeyChecking yes', 'BatchMode yes', 'IdentityAgent /tmp/a', 'ForwardAgent no'])
      expect(lines.indexOf(line)).toBeLessThan(firstInclude);
  });

  const real = sshServerMissing === undefined ? test : test.skip;
  real('are what ssh itself makes of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-prune-settings-'));
    try {
      const version = parseSshVersion(execFileSync('sh', ['-c', 'ssh -V 2>&1'], { encoding: 'utf8' }));
      if (!version) throw new Error('No version.');
      const file = join(folder, 'config');
      writeFileSync(file, renderSshSettings({ version, otherHome: join(folder, '100% home'), agentSocket: '/tmp/a' }));
      const shown = execFileSync('ssh', ['-F', file, '-G', '-l', 'ops', '-p', '2222', '--', '::1'], {
        encoding: 'utf8',
      });
      expect(parseSshTarget(shown)).toEqual({ user: 'ops', hostname: '::1', port: 2222, isBehind: false });
      for (const line of ['stricthostkeychecking true', 'batchmode yes', 'identityagent /tmp/a', 'identityfile none'])
        expect(shown).toContain(`${line}\n`);
      expect(shown).toMatch(/^userknownhostsfile .*100(?:%%|%) home\/\.ssh\/known_hosts /m);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('of a target: who and where, and whether something is in between', () => {
    expect(parseSshTarget('user ops\nhostname 10.0.0.1\nport 2222\nproxyjump none\n')).toEqual({
      user: 'ops',
      hostname: '10.0.0.1',
      port: 2222,
      isBehind: false,
    });
    expect(parseSshTarget('user ops\nhostname a\nport 22\nproxyjump jump\nhostkeyalias b\n')).toEqual({
      user: 'ops',
      hostname: 'a',
      port: 22,
      hostKeyAlias: 'b',
      isBehind: true,
    });
  });

  test.each([
    ['OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.11 19 Sep 2023', { major: 9, minor: 2 }],
    ['OpenSSH_for_Windows_8.1p1, LibreSSL 3.0.2', { major: 8, minor: 1 }],
    ['OpenSSH_10.0p2, LibreSSL 3.9.2', { major: 10, minor: 0 }],
    ['Dropbear v2022.83', undefined],
  ])('%s', (text, version) => {
    expect(parseSshVersion(text)).toEqual(version);
  });
});
