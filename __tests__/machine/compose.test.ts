// A registry that is a service of a compose file, by the real docker-compose on a real engine.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeEngine } from '../real/engine.ts';
import { whatIsHere } from '../real/registries.ts';
import { freePort } from '../real/registry-process.ts';
import { answering, answers, blobFile, lab, withGarbage, type Lab } from './registry-containers.ts';

const program = whatIsHere().tools.find(({ name }) => name === 'docker-compose')?.path;

describeEngine('a registry of a compose file', (engine) => {
  if (program === undefined) {
    test.skip('docker-compose is missing', () => undefined);
    return;
  }
  let at: Lab;
  let file = '';
  let root = '';
  beforeAll(() => {
    at = lab(engine());
  });
  afterAll(() => at.close());

  const compose = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(program, ['-f', file, ...args], { env: at.engine.env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`docker-compose ${args.join(' ')}: ${stderr}`);
  };
  afterEach(() => {
    if (file !== '') compose('down', '--volumes');
  });

  /** Writes the file in a directory with a blank in its name, and starts what is in it. */
  const up = async (...args: readonly string[]): Promise<string> => {
    const directory = join(at.directory(), `${at.name()} files`);
    const port = await freePort();
    mkdirSync(directory);
    file = join(directory, "the registry's.yml");
    root = join(directory, 'storage');
    writeFileSync(
      file,
      JSON.stringify({
        version: '3.4',
        services: {
          registry: {
            image: await at.engine.importRegistry('2.8'),
            restart: 'unless-stopped',
            volumes: [`${root}:/var/lib/registry`],
            environment: { REGISTRY_HTTP_SECRET: 'a $$b "c"' },
            ...(args.length === 0 && { ports: [`${at.engine.address}:${port}:5000`] }),
          },
          other: {
            image: await at.engine.importRegistry('2.8'),
            entrypoint: 'sleep',
            command: '1000',
            stop_signal: 'SIGKILL',
          },
        },
      }),
    );
    compose('up', '--detach', ...args);
    if (args.length === 0) await answering(`http://${at.engine.address}:${port}`);
    return `http://${at.engine.address}:${port}`;
  };

  test('is found, stopped, collected and started', async () => {
    const url = await up();
    const { gone } = await withGarbage(url);
    const service = await at.find(`compose:${file}#registry`);
    expect(service).toMatchObject({
      shown: `compose:${file}#registry`,
      version: { major: 2 },
      storage: { driver: 'filesystem', root: '/var/lib/registry' },
      instances: [{ name: expect.stringContaining('registry') }],
    });
    expect(service.refusal).toBeUndefined();
    expect(service.offlineRefusal).toBeUndefined();
    await at.done(service, 'svc_prepare && svc_stop');
    expect(await answers(url)).toBe(false);
    await at.done(service, 'svc_collect_offline >/dev/null 2>&1 && svc_start');
    expect(existsSync(join(root, blobFile(gone.digest)))).toBe(false);
    await answering(url);
    const format = '{{.HostConfig.RestartPolicy.Name}}';
    expect(await at.engine.docker(['container', 'inspect', '--format', format, service.instances[0]?.id ?? ''])).toBe(
      'unless-stopped',
    );
    await at.done(service, 'svc_cleanup');
  });

  test('of several containers is stopped and started whole', async () => {
    await up('--scale', 'registry=2');
    const service = await at.find(`compose:${file}#registry`);
    expect(service.instances).toHaveLength(2);
    expect(service.offlineRefusal).toBeUndefined();
    await at.done(service, 'svc_is_running && svc_prepare && svc_stop');
    expect((await at.shell(service, 'svc_is_up')).status).not.toBe(0);
    await at.done(service, 'svc_start && svc_is_running && svc_cleanup');
    await at.engine.docker(['stop', service.instances[1]?.id ?? '']);
    expect((await at.shell(service, 'svc_is_running')).status).not.toBe(0);
    expect((await at.shell(service, 'svc_is_up')).status).toBe(0);
  });

  test('that is not there is told apart', async () => {
    await up();
    expect((await at.refused(`compose:${file}.gone#registry`)).what).toContain("isn't there, or can't be read");
    expect((await at.refused(`compose:${file}#nobody`)).what).toMatch(
      /has no container on this machine: .*services that run: other, registry/,
    );
    expect((await at.refused(`compose:${file}#other`)).what).toContain('runs no registry');
    compose('stop', 'registry');
    expect((await at.refused(`compose:${file}#registry`)).what).toMatch(/isn't running|has no container/);
  });
});
