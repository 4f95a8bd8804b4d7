import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { localHost } from '../../src/machine/index.ts';
import { behavesAsHost, errorOf } from './host-contract.ts';

// Other hosts' sh: Alpine's and Red Hat's.
for (const shell of ['busybox', 'bash'])
  describe(`this machine as host, with ${shell} as its sh`, () => {
    const path = execFileSync('sh', ['-c', `command -v ${shell} || :`], { encoding: 'utf8' }).trim();
    if (path === '') {
      test.skip(`${shell} is not installed`, () => undefined);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'registry-prune-shell-'));
    symlinkSync(path, join(folder, 'sh'));
    afterAll(() => rm(folder, { recursive: true, force: true }));
    behavesAsHost(() => Promise.resolve(localHost({ env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } })));
  });

describe('this machine as host', () => {
  behavesAsHost(() => Promise.resolve(localHost({ env: process.env })));

  test('says that its shell was ended', async () => {
    const host = localHost({ env: process.env });
    const error = await errorOf(host.run('kill -9 $$'));
    expect(error.kind).toBe('cut');
    expect(error.message).toBe("The shell on this machine ended before the script's end");
    await host.close();
  });

  test('says where there is no shell', async () => {
    const host = localHost({ env: { PATH: '/nowhere' } });
    const error = await errorOf(host.run('true'));
    expect(error.kind).toBe('no-client');
    expect(error.message).toContain('no shell on this machine');
    await host.close();
  });

  test("keeps the job's inputs, tokens and other secrets from the shell", async () => {
    const host = localHost({
      env: {
        ...{ PATH: process.env.PATH, HOME: '/home/runner', DOCKER_HOST: 'unix:///run/user/1/docker.sock' },
        ...{ INPUT_PASSWORD: 'secret-1', 'INPUT_SSH-KEY': 'secret-2', GITHUB_TOKEN: 'secret-3' },
        ...{ ACTIONS_RUNTIME_TOKEN: 'secret-4', REGISTRY_PRUNE_PASSPHRASE: 'secret-5', DEPLOY_KEY: 'secret-6' },
        ...{ DOCKER_AUTH_CONFIG: 'secret-7', RUNNER_TRACKING_ID: 'github_1', REGISTRY_PASSWORD: 'secret-8' },
      },
    });
    const { stdout } = await host.run('env');
    expect(stdout).toContain('HOME=/home/runner\n');
    expect(stdout).toContain('DOCKER_HOST=unix:///run/user/1/docker.sock\n');
    expect(stdout).not.toContain('secret');
    expect(stdout).not.toContain('RUNNER_TRACKING_ID');
    await host.close();
  });
});
