import { existsSync, chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { freePort } from '../real/registry-process.ts';
import { startSshServer } from '../real/ssh-server.ts';
import { describeSsh, without } from './ssh-lab.ts';

async function listening(greet: (socket: Socket) => void): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    greet(socket);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port, server };
}

describeSsh('the way to a host by SSH', (lab) => {
  test('ends at a host key that nobody knows, with the line that gets it', async () => {
    const { server, ssh, errorOf } = lab();
    const withoutKnown = without(ssh, 'knownHosts');
    const error = await errorOf(withoutKnown);
    expect(error.kind).toBe('unknown-host-key');
    expect(error.message).toBe(
      `The ED25519 host key of [127.0.0.1]:${server.port} is not known, so there was no login to ${server.user}@127.0.0.1:${server.port}`,
    );
    expect(error.wayOut.split('\n').at(-1)).toBe(`ssh-keyscan -p ${server.port} 127.0.0.1`);
    expect(error.wayOut).toContain('ssh-known-hosts');
    const given = await errorOf({ ...ssh, knownHosts: ssh.knownHosts.replace(`${server.port}`, '22') });
    expect(given.kind).toBe('unknown-host-key');
  });

  test('ends at a host key that has changed, and says that it may be an attack', async () => {
    const { server, ssh, errorOf, open } = lab();
    await server.restart({ newHostKey: true });
    const error = await errorOf();
    expect(error.kind).toBe('changed-host-key');
    expect(error.message).toContain(`The host key of [127.0.0.1]:${server.port} has changed`);
    expect(error.message).toContain('may be an attack');
    expect(error.message).toMatch(/It sent ED25519 SHA256:[\w+/]{43}\./);
    expect(error.wayOut.split('\n').at(-1)).toBe(`ssh-keyscan -p ${server.port} 127.0.0.1`);
    const host = await open({ ...ssh, knownHosts: server.knownHosts() });
    expect((await host.run('echo in')).stdout).toBe('in\n');
  });

  test("takes the runner's known_hosts, and with ssh-known-hosts nothing else", async () => {
    const { server, ssh, configure, open, errorOf } = lab();
    configure('known_hosts', server.knownHosts());
    const withoutKnown = without(ssh, 'knownHosts');
    expect((await (await open(withoutKnown)).run('echo in')).stdout).toBe('in\n');
    const error = await errorOf({
      ...ssh,
      knownHosts: `elsewhere ${server.knownHosts().split(' ').slice(1).join(' ')}`,
    });
    expect(error.kind).toBe('unknown-host-key');
  });

  test('ends at a revoked host key', async () => {
    const { ssh, errorOf } = lab();
    const error = await errorOf({ ...ssh, knownHosts: `${ssh.knownHosts}@revoked ${ssh.knownHosts}` });
    expect(error.kind).toBe('changed-host-key');
    expect(error.message).toContain('revoked');
  });

  test('is not widened by any configuration', async () => {
    const { server, ssh, configure, open, errorOf, temp } = lab();
    const mark = join(temp, 'local-command');
    const lines = [
      'Host *',
      'StrictHostKeyChecking no',
      'VerifyHostKeyDNS yes',
      'NoHostAuthenticationForLocalhost yes',
      'UserKnownHostsFile /dev/null',
      'LogLevel QUIET',
      'RequestTTY force',
      'RemoteCommand echo another',
      'PermitLocalCommand yes',
      `LocalCommand touch ${mark}`,
      'ForwardAgent yes',
      'ForwardX11 yes',
      `RemoteForward ${await freePort()} 127.0.0.1:1`,
      `LocalForward ${await freePort()} 127.0.0.1:1`,
      'ControlMaster auto',
      `ControlPath ${join(temp, 'control')}`,
      'ControlPersist 60',
      'SessionType none',
      'StdinNull yes',
      'ForkAfterAuthentication yes',
      'BatchMode no',
      'IdentitiesOnly yes',
    ];
    configure('config', `${lines.join('\n')}\n`);
    const withoutKnown = without(ssh, 'knownHosts');
    expect((await errorOf(withoutKnown)).kind).toBe('unknown-host-key');
    const host = await open();
    const { stdout } = await host.run('echo "in:$SSH_AUTH_SOCK:$DISPLAY:$SSH_TTY"; test -t 1 || echo no terminal');
    expect(stdout).toBe('in:::\nno terminal\n');
    expect([mark, join(temp, 'control')].filter(existsSync)).toEqual([]);
    expect(server.log()).not.toContain('forward');
  });

  test("leads where the runner's configuration says", async () => {
    const { server, ssh, configure, open, errorOf } = lab();
    configure('config', `Host registry\n  HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n`);
    const named = without({ ...ssh, host: 'registry' }, 'port');
    const host = await open(named);
    expect(host.name).toBe(`${server.user}@registry`);
    expect((await host.run('echo in')).stdout).toBe('in\n');
    const unknown = without(named, 'knownHosts');
    expect((await errorOf(unknown)).wayOut).toContain(`\nssh-keyscan -p ${server.port} 127.0.0.1`);
    configure('config', `Host registry\n  HostName 127.0.0.1\n  Port ${server.port}\n  HostKeyAlias reg.example.com\n`);
    const error = await errorOf(unknown);
    expect(error.message).toContain('host key of reg.example.com is not known');
    expect(error.wayOut).toContain(
      `with reg.example.com in place of the host:\nssh-keyscan -p ${server.port} 127.0.0.1`,
    );
  });

  test('goes over a jump host, whose key is checked just as strictly', async () => {
    const { server, ssh, configure, open, errorOf } = lab();
    const jump = await startSshServer();
    try {
      await jump.authorize(server.keys.publicKey);
      configure(
        'config',
        `Host jump\n  HostName 127.0.0.1\n  Port ${jump.port}\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n` +
          `Host registry\n  HostName 127.0.0.1\n  Port ${server.port}\n  ProxyJump jump\n`,
      );
      const named = without({ ...ssh, host: 'registry' }, 'port');
      const host = await open({ ...named, knownHosts: server.knownHosts() + jump.knownHosts() });
      expect((await host.run('echo in')).stdout).toBe('in\n');
      expect(jump.log()).toContain('Accepted publickey');

      const error = await errorOf({ ...named, knownHosts: server.knownHosts() });
      expect(error.kind).toBe('unknown-host-key');
      expect(error.message).toContain(`host key of [127.0.0.1]:${jump.port} is not known`);
      expect(error.wayOut.split('\n').at(-1)).toBe(`ssh-keyscan -p ${jump.port} 127.0.0.1`);

      const nowhere = await freePort();
      configure(
        'config',
        `Host jump\n  HostName 127.0.0.1\n  Port ${jump.port}\n` +
          `Host registry\n  HostName 127.0.0.1\n  Port ${nowhere}\n  ProxyJump jump\n`,
      );
      const refused = await errorOf({ ...named, knownHosts: server.knownHosts() + jump.knownHosts() });
      expect(refused.kind).toBe('unreachable');
      expect(refused.message).toContain("The jump host doesn't get through");
    } finally {
      await jump.stop();
    }
  });

  test('ends where nobody is, and says where', async () => {
    const { ssh, errorOf } = lab();
    const port = await freePort();
    const refused = await errorOf({ ...ssh, port });
    expect(refused.kind).toBe('unreachable');
    expect(refused.message).toContain(`127.0.0.1 refuses connections on port ${port}`);
    const unknown = await errorOf({ ...ssh, host: 'no-such-host.invalid', port: 22, user: 'ops' });
    expect(unknown.kind).toBe('unreachable');
    expect(unknown.message).toBe(
      'The host no-such-host.invalid of ops@no-such-host.invalid is not found: no such name',
    );
  });

  test('ends at what is no SSH server, hangs up, or never answers', async () => {
    const { ssh, errorOf } = lab();
    const http = await listening((socket) => socket.end(`HTTP/1.1 400 Bad Request\r\n\r\n${'x'.repeat(300_000)}`));
    const closing = await listening((socket) => socket.destroy());
    const silent = await listening(() => undefined);
    try {
      expect((await errorOf({ ...ssh, port: http.port })).message).toContain('is no SSH server');
      expect((await errorOf({ ...ssh, port: closing.port })).message).toContain('hung up before the login');
      const error = await errorOf({ ...ssh, port: silent.port }, { patienceMs: 1_500 });
      expect(error.kind).toBe('unreachable');
      expect(error.message).toContain('No shell answered');
    } finally {
      for (const { server } of [http, closing, silent]) server.close();
    }
  });

  test('ends at a configuration that ssh does not take, or that others may write', async () => {
    const { errorOf, configure } = lab();
    const file = configure('config', 'Hots registry\n');
    const bad = await errorOf();
    expect(bad.kind).toBe('no-client');
    expect(bad.message).toContain("ssh doesn't take the SSH configuration of this machine");
    expect(bad.message).toContain('hots');
    configure('config', '');
    chmodSync(file, 0o666);
    const open = await errorOf();
    expect(open.kind).toBe('no-client');
    expect(open.wayOut).toContain(`chmod go-w ${file}`);
  });

  test('needs an ssh that is OpenSSH', async () => {
    const { errorOf, home } = lab();
    const other = join(home, 'ssh');
    writeFileSync(other, '#!/bin/sh\necho "Dropbear v2022.83" >&2\n', { mode: 0o755 });
    symlinkSync('/bin/sh', join(home, 'sh'));
    const error = await errorOf(undefined, { env: { PATH: home } });
    expect(error.kind).toBe('no-client');
    expect(error.message).toBe("The ssh of this machine is not OpenSSH's: Dropbear v2022.83");
  });
});
