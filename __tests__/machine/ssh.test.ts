import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Host, Ran } from '../../src/machine/index.ts';
import { behavesAsHost, errorOf } from './host-contract.ts';
import { makeKeys } from '../real/ssh-server.ts';
import { describeSsh } from './ssh-lab.ts';

/** Processes with their arguments and their parents. */
function processes(): readonly { readonly pid: number; readonly parent: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command === '' ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
}

/** Starts a script that says so and goes on, and resolves once it has. */
async function begin(host: Host, script: string): Promise<{ readonly end: Promise<Ran> }> {
  const prepared = await host.prepare();
  return new Promise((resolve, reject) => {
    const end = prepared.run(`echo begun; ${script}`, {
      onLine: () => {
        resolve({ end });
      },
    });
    end.catch(reject);
  });
}

describeSsh('a host by SSH', (lab) => {
  behavesAsHost(() => lab().open());

  test('is named as a person would', async () => {
    const { server, ssh, open } = lab();
    expect((await open()).name).toBe(`${server.user}@127.0.0.1:${server.port}`);
    expect((await open({ ...ssh, user: 'somebody' })).name).toBe(`somebody@127.0.0.1:${server.port}`);
    expect((await open({ host: '::1' })).name).toBe(`${server.user}@::1`);
    expect((await open({ host: '::1', port: 2222, user: 'ops' })).name).toBe('ops@[::1]:2222');
  });

  test('that hangs up in the middle of a script', async () => {
    const host = await lab().open();
    const { end } = await begin(host, 'exec sleep 20');
    expect(lab().server.killSessions()).toBeGreaterThan(0);
    const error = await errorOf(end);
    expect(error.kind).toBe('cut');
    expect(error.message).toBe(
      `The connection to ${host.name} was cut before the script's end: Connection to 127.0.0.1 closed by remote host.`,
    );
    expect(error.wayOut).toContain('run again');
    expect((await host.run('echo back')).stdout).toBe('back\n');
  });

  test('whose client is killed in the middle of a script, which goes on there', async () => {
    const { open, temp } = lab();
    const host = await open();
    const [file, gone] = [join(temp, 'went-on'), join(temp, 'gone')];
    const { end } = await begin(host, `trap '' PIPE; until [ -e '${gone}' ]; do sleep 0.1; done; : >'${file}'`);
    for (const { pid, parent, command } of processes())
      if (parent === process.pid && command.startsWith('ssh -F')) process.kill(pid, 'SIGKILL');
    expect((await errorOf(end)).kind).toBe('cut');
    writeFileSync(gone, '');
    while (!existsSync(file)) await sleep(50);
  });

  test('that hangs up while a connection is waiting for its script', async () => {
    const host = await lab().open();
    const prepared = await host.prepare();
    lab().server.killSessions();
    expect((await errorOf(prepared.run('true'))).kind).toBe('cut');
  });

  test('gets no half of a script', async () => {
    const { open, temp, server } = lab();
    const host = await open();
    const file = join(temp, 'ran');
    const prepared = await host.prepare();
    // More than all buffers on the way hold: it is still travelling when the session ends.
    const running = errorOf(prepared.run(`: >'${file}'\n${': nothing\n'.repeat(3_000_000)}`));
    server.killSessions();
    expect((await running).kind).toBe('cut');
    await host.run('sleep 0.5');
    expect(existsSync(file)).toBe(false);
  });

  test('sees nothing of this environment', async () => {
    const { open, server } = lab();
    await server.restart({ env: { DOCKER_HOST: 'unix:///tmp/other.sock' } });
    const host = await open(undefined, { env: { ...process.env, INPUT_PASSWORD: 'secret', GITHUB_TOKEN: 'secret' } });
    const { stdout } = await host.run('env');
    expect(stdout).toContain('DOCKER_HOST=unix:///tmp/other.sock\n');
    expect(stdout).not.toContain('secret');
    await server.restart({ env: {} });
  });

  test('never has the key or the passphrase in an argument or in a file', async () => {
    const { open, server, ssh, temp, home } = lab();
    const passphrase = 'correct horse battery';
    const { key, publicKey } = makeKeys(home, 'secret', { passphrase });
    await server.authorize(publicKey);
    const commands = new Set<string>();
    const look = (): void => {
      for (const { command } of processes()) commands.add(command);
    };
    const looking = setInterval(look, 1);
    const host = await open({ ...ssh, key, passphrase });
    const { end } = await begin(host, 'sleep 1');
    look();
    const folder = readdirSync(temp).map((name) => join(temp, name));
    const files = readdirSync(temp, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    await end;
    clearInterval(looking);
    expect(folder).toHaveLength(1);
    expect(files.map((entry) => entry.name).sort()).toEqual(['askpass', 'config', 'known_hosts']);
    const seen = [...commands];
    for (const started of ['ssh-agent -a', 'ssh -F'])
      expect(seen.some((command) => command.startsWith(started))).toBe(true);
    const secrets = [passphrase, ...key.split('\n').filter((line) => line.length > 40)];
    for (const secret of secrets) {
      expect(seen.filter((command) => command.includes(secret))).toEqual([]);
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
    await host.close();
    expect(readdirSync(temp)).toEqual([]);
    expect(processes().filter(({ command }) => command.includes(temp))).toEqual([]);
  });

  test('takes its agent along when this process is killed', async () => {
    const { ssh, temp, home } = lab();
    const program = `
      import { sshHost } from ${JSON.stringify(new URL('../../src/machine/index.ts', import.meta.url).href)};
      await sshHost(JSON.parse(process.env.OPTIONS));
      console.log('open');
      setInterval(() => {}, 1000);`;
    const options = { ssh, env: process.env, tempDir: temp, homeDir: home };
    const child = spawn('node', ['--input-type=module', '-e', program], {
      env: { PATH: process.env.PATH, OPTIONS: JSON.stringify(options) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const agents = (): number => processes().filter(({ command }) => command.includes(temp)).length;
    expect(agents()).toBeGreaterThan(0);
    child.kill('SIGKILL');
    // It looks every ten seconds.
    while (agents() > 0) await sleep(100);
  });
});
