import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeKeys } from '../real/ssh-server.ts';
import { describeSsh, type SshLab } from './ssh-lab.ts';

/** A key for which sshd runs `command`, whatever is asked for. */
async function keyWith({ home, server }: SshLab, name: string, command: string): Promise<string> {
  const { key, publicKey } = makeKeys(home, name);
  const file = join(home, `${name}.sh`);
  writeFileSync(file, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  await server.authorize(publicKey, `command="${file}"`);
  return key;
}

describeSsh('the shell of a login', (lab) => {
  for (const shell of ['bash', 'dash', 'tcsh', 'fish', 'zsh', 'busybox sh']) {
    const [program = '', ...args] = shell.split(' ');
    if (spawnSync(program, [...args, '-c', 'true']).error) {
      test.skip(`${shell} is not installed`, () => undefined);
      continue;
    }
    test(`may be ${shell}`, async () => {
      const { ssh, open } = lab();
      // As sshd does for an account with that shell.
      const key = await keyWith(lab(), program, `exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`);
      const host = await open({ ...ssh, key });
      const ran = await host.run(`for x in 'a "b"' '$c'; do echo "$x"; done; echo err >&2; exit 7`);
      expect(ran).toEqual({ status: 7, stdout: 'a "b"\n$c\n', stderr: 'err\n' });
    });
  }

  test('may talk before it begins, and mix up its streams', async () => {
    const { ssh, open, home, server } = lab();
    const talk = 'echo Welcome; printf "no line break"; echo warning >&2;';
    const talking = await keyWith(lab(), 'talking', `${talk} eval "$SSH_ORIGINAL_COMMAND"`);
    expect(await (await open({ ...ssh, key: talking })).run('echo out; echo err >&2')).toEqual({
      status: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const mixed = await keyWith(lab(), 'mixed', `${talk} exec 2>&1; eval "$SSH_ORIGINAL_COMMAND"`);
    expect((await (await open({ ...ssh, key: mixed })).run('echo out; echo err >&2; exit 2')).stdout).toBe(
      'out\nerr\n',
    );
    const banner = join(home, 'banner');
    writeFileSync(banner, 'AUTHORISED USE ONLY\n');
    await server.restart({ settings: [`Banner ${banner}`] });
    expect((await (await open()).run('echo err >&2')).stderr).toBe('err\n');
    await server.restart({ settings: [] });
  });

  test('has to be one', async () => {
    const { ssh, errorOf } = lab();
    for (const [name, command, said] of [
      [
        'nologin',
        'echo "This account is currently not available."; exit 1',
        'This account is currently not available.',
      ],
      [
        'git',
        'echo "fatal: Interactive git shell is not enabled." >&2; exit 128',
        'Interactive git shell is not enabled.',
      ],
      ['nothing', 'exit 0', 'the login ended with status 0'],
      ['escape', 'printf "\\033[31mred\\n::error::x\\n"; exit 1', 'red'],
    ] as const) {
      const error = await errorOf({ ...ssh, key: await keyWith(lab(), name, command) });
      expect(error.kind).toBe('unreachable');
      expect(error.message).toContain('No POSIX shell answered');
      expect(error.message).toContain(said);
      expect(error.message).not.toMatch(/\u001b|\n/);
      expect(error.wayOut).toContain('authorized_keys');
    }
    const own = await errorOf({ ...ssh, key: await keyWith(lab(), 'own', 'echo sorry >&2; exit 255') });
    expect(own.kind).toBe('unreachable');
    expect(own.message).toContain('sorry');
  });

  test('is not taken to be one that only repeats or reads what it is sent', async () => {
    const { ssh, errorOf } = lab();
    for (const command of ['cat', 'cat >/dev/null']) {
      const key = await keyWith(lab(), command.replaceAll(/\W/g, ''), command);
      const error = await errorOf({ ...ssh, key }, { patienceMs: 5_000 });
      expect(error.kind).toBe('unreachable');
      expect(error.message).toContain('No shell answered');
    }
  });
});
