import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeKeys } from '../real/ssh-server.ts';
import { describeSsh, without } from './ssh-lab.ts';

/** An agent of the runner with these keys, while `work` runs. */
async function withAgent<T>(folder: string, keys: readonly string[], work: (socket: string) => Promise<T>): Promise<T> {
  const socket = join(folder, `runner-${keys.length}`);
  const agent = spawn('ssh-agent', ['-a', socket, 'sh', '-c', 'echo; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(agent.stdout, 'data');
  try {
    for (const input of keys)
      execFileSync('ssh-add', ['-q', '-'], { input, env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
    return await work(socket);
  } finally {
    agent.stdin.end();
    await once(agent, 'exit');
  }
}

describeSsh('ssh-key', (lab) => {
  for (const [kind, format] of [
    ['ed25519', 'RFC4716'],
    ['ecdsa', 'RFC4716'],
    ['rsa', 'RFC4716'],
    ['rsa', 'PEM'],
    ['ecdsa', 'PKCS8'],
  ] as const)
    test(`of kind ${kind} in the format ${format} lets in, with and without a passphrase`, async () => {
      const { home, server, ssh, open } = lab();
      for (const passphrase of ['', ' päss "word" $(id) \\ ']) {
        const { key, publicKey } = makeKeys(home, `key${passphrase.length}`, { kind, format, passphrase });
        await server.authorize(publicKey);
        const host = await open({ ...ssh, key, ...(passphrase !== '' && { passphrase }) });
        expect((await host.run('echo in')).stdout).toBe('in\n');
      }
    });

  test('may have lost its last line break, or have those of another system', async () => {
    const { ssh, open } = lab();
    for (const key of [ssh.key.trimEnd(), ssh.key.replaceAll('\n', '\r\n'), `${ssh.key}\n\n`])
      expect((await (await open({ ...ssh, key })).run('echo in')).stdout).toBe('in\n');
  });

  test('with a wrong passphrase is refused at once', async () => {
    const { home, ssh, errorOf, temp } = lab();
    const { key } = makeKeys(home, 'key', { passphrase: 'right' });
    const error = await errorOf({ ...ssh, key, passphrase: 'wrong' });
    expect(error.kind).toBe('key');
    expect(error.message).toBe("ssh-key-passphrase doesn't open ssh-key");
    expect(readdirSync(temp)).toEqual([]);
  });

  test('without its passphrase is refused', async () => {
    const { home, ssh, errorOf } = lab();
    for (const format of ['RFC4716', 'PEM']) {
      const { key } = makeKeys(home, `key-${format}`, { kind: 'rsa', passphrase: 'right', format });
      const error = await errorOf({ ...ssh, key });
      expect(error.kind).toBe('key');
      expect(error.message).toBe('ssh-key is encrypted, and there is no ssh-key-passphrase');
    }
  });

  test('that is no private key is refused, and not quoted', async () => {
    const { ssh, errorOf, server } = lab();
    const lines = ssh.key.split('\n');
    for (const key of [
      'garbage-secret',
      server.keys.publicKey,
      [lines[0], 'garbage-secret', ...lines.slice(2)].join('\n'),
      lines.slice(0, 3).join('\n'),
      'PuTTY-User-Key-File-3: ssh-ed25519\n',
    ]) {
      const error = await errorOf({ ...ssh, key });
      expect(error.kind).toBe('key');
      expect(error.message).toContain('ssh-key is no private key that OpenSSH reads');
      expect(error.message).not.toContain('garbage-secret');
      expect(error.message).not.toContain('\n');
      expect(error.wayOut).toContain('-----BEGIN');
    }
  });

  test('that the host does not know is refused, with the user and the ways to log in', async () => {
    const { home, ssh, errorOf, server } = lab();
    const { key } = makeKeys(home, 'other');
    const error = await errorOf({ ...ssh, key });
    expect(error.kind).toBe('denied');
    expect(error.message).toBe(`${server.user}@127.0.0.1 was not let in (it takes publickey, and not the ssh-key)`);
    expect(error.wayOut).toContain(`~/.ssh/authorized_keys of ${server.user}`);
    expect((await errorOf({ ...ssh, user: 'nobody-at-all' })).message).toContain(
      'nobody-at-all@127.0.0.1 was not let in',
    );
  });

  test('alone is offered: neither the agent of the runner nor the keys of its home help a wrong one', async () => {
    const { home, temp, ssh, errorOf, configure } = lab();
    const { key } = makeKeys(home, 'other');
    configure('id_ed25519', ssh.key);
    await withAgent(temp, [ssh.key], async (SSH_AUTH_SOCK) => {
      const error = await errorOf({ ...ssh, key }, { env: { ...process.env, SSH_AUTH_SOCK } });
      expect(error.kind).toBe('denied');
    });
  });

  test('is not needed where the agent of the runner has one', async () => {
    const { temp, ssh, open, errorOf, home } = lab();
    const withoutKey = without(ssh, 'key');
    await withAgent(temp, [ssh.key], async (SSH_AUTH_SOCK) => {
      const host = await open(withoutKey, { env: { ...process.env, SSH_AUTH_SOCK } });
      expect((await host.run('echo "in:$SSH_AUTH_SOCK"')).stdout).toBe('in:\n');
    });
    const others = Array.from({ length: 7 }, (_unused, index) => makeKeys(home, `other-${index}`).key);
    await withAgent(temp, others, async (SSH_AUTH_SOCK) => {
      const error = await errorOf(withoutKey, { env: { ...process.env, SSH_AUTH_SOCK } });
      expect(error.kind).toBe('denied');
      expect(error.message).toContain('too many keys');
      expect(error.wayOut).toContain('ssh-key');
    });
  });

  test("is not needed where the runner's configuration names one, with its certificate", async () => {
    const { home, server, ssh, open, configure, errorOf } = lab();
    const { publicKey: authority } = makeKeys(home, 'ca');
    makeKeys(home, 'certified');
    const at = (name: string): string => join(home, name);
    execFileSync('ssh-keygen', ['-q', '-s', at('ca'), '-I', 'test', '-n', server.user, at('certified.pub')]);
    configure('config', `Host *\nIdentityFile "${at('certified')}"\nCertificateFile "${at('certified-cert.pub')}"\n`);
    const withoutKey = without(ssh, 'key');
    expect((await errorOf(withoutKey)).kind).toBe('denied');
    await server.authorize(authority, 'cert-authority');
    const host = await open(withoutKey);
    expect((await host.run('echo in')).stdout).toBe('in\n');
    // The key from the input, the certificate from the configuration.
    configure('config', `CertificateFile "${at('certified-cert.pub')}"\n`);
    const withKey = await open({ ...ssh, key: readFileSync(at('certified'), 'utf8') });
    expect((await withKey.run('echo in')).stdout).toBe('in\n');
  });

  test('that is a file of the runner with a passphrase: denied, and told why that may be', async () => {
    const { home, server, ssh, errorOf, configure } = lab();
    const { publicKey } = makeKeys(home, 'locked', { passphrase: 'right' });
    await server.authorize(publicKey);
    configure('config', `IdentityFile "${join(home, 'locked')}"\n`);
    const withoutKey = without(ssh, 'key');
    const error = await errorOf(withoutKey);
    expect(error.kind).toBe('denied');
    expect(error.wayOut).toContain('a key file with a passphrase works only through an agent');
  });

  test('is told from a host that takes no keys', async () => {
    const { server, errorOf } = lab();
    await server.restart({ settings: ['PubkeyAuthentication no', 'PasswordAuthentication yes'] });
    const error = await errorOf();
    expect(error.kind).toBe('denied');
    expect(error.message).toContain('it takes password');
    expect(error.wayOut).toContain('PubkeyAuthentication yes');
    await server.restart({ settings: [] });
  });

  test('needs the tools of OpenSSH on this machine', async () => {
    const { home, errorOf } = lab();
    const none = await errorOf(undefined, { env: { PATH: home } });
    expect(none.kind).toBe('no-client');
    expect(none.message).toContain('There is no ssh on this machine');
    expect(none.wayOut).toContain('openssh-client');
  });
});
