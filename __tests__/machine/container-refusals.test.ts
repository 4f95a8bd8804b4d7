// What must not be collected, on a real engine: one sentence each, before anything is touched, and it still runs.

import { spawnSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findService, type Host } from '../../src/machine/index.ts';
import { until } from '../gc/collecting.ts';
import { describeEngine } from '../real/engine.ts';
import { otherHost } from './other-host.ts';
import { lab, type Lab, type Registry } from './registry-containers.ts';

const config = '/etc/docker/registry/config.yml';

describeEngine('a registry in a container that must not be collected', (engine) => {
  let at: Lab;
  beforeAll(() => {
    at = lab(engine());
  });
  afterAll(() => at.close());

  const refusedOn = (host: Host, name: string): Promise<unknown> =>
    findService(host, { service: { kind: 'docker', name } }).catch((error: unknown) => error);

  /** Looks for it, and that it runs afterwards as before. */
  const looked = async (registry: Registry): Promise<Awaited<ReturnType<Lab['find']>>> => {
    const found = await at.find(`docker:${registry.name}`);
    expect(await at.isRunning(registry.id)).toBe(true);
    return found;
  };

  describe('that can not even be found', () => {
    test('no docker on the host', async () => {
      const path = at.directory();
      const error = await refusedOn(otherHost(['/bin/sh', '-s'], { PATH: path }), 'registry');
      expect(error).toMatchObject({ kind: 'service', message: 'There is no docker on a host' });
    });

    test('no engine that answers', async () => {
      const env = { PATH: process.env.PATH ?? '', DOCKER_HOST: 'unix:///nowhere/docker.sock' };
      expect(await refusedOn(otherHost(['sh', '-s'], env), 'registry')).toMatchObject({
        message: expect.stringMatching(/^Docker doesn't answer on a host: .*unix:\/\/\/nowhere\/docker.sock/),
        wayOut: 'Start it there: systemctl start docker.',
      });
    });

    const root = process.getuid?.() === 0;
    (root ? test : test.skip)('no right to use it', async () => {
      const { env } = at.engine;
      const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s'] as const;
      expect(
        await refusedOn(
          otherHost(nobody, { PATH: env.PATH ?? '', HOME: '/', DOCKER_HOST: at.engine.host }),
          'registry',
        ),
      ).toMatchObject({
        message: expect.stringMatching(/^The user on a host may not use docker: permission denied/),
        wayOut: expect.stringContaining('usermod -aG docker'),
      });
    });

    test('no such container, and which ones there are', async () => {
      const { name } = await at.registry('2.8');
      const refused = await at.refused('docker:rp-nobody');
      expect(refused.what).toMatch(/^There is no container rp-nobody on this machine; running there: /);
      expect(refused.what).toContain(`${name} (registry-prune-test/registry-2.8:`);
    });

    test.each([
      ['stopped', ['stop'], "isn't running"],
      ['paused', ['pause'], 'is paused'],
    ] as const)('one that is %s', async (_, [verb], words) => {
      const { name } = await at.registry('2.8');
      await at.engine.docker([verb, name]);
      expect((await at.refused(`docker:${name}`)).what).toBe(
        `The container ${name} (docker:${name} on this machine) ${words}`,
      );
      if (verb === 'pause') await at.engine.docker(['unpause', name]);
    });

    test('one that starts again and again', async () => {
      const name = at.name();
      const image = await at.engine.importRegistry('2.8');
      await at.engine.run(['--name', name, '--restart', 'always', '--entrypoint', 'false', image]);
      // Between two waits it runs for a moment, and a look may fall into that. The waits grow, so one falls into a wait.
      let what;
      do {
        ({ what } = await at.refused(`docker:${name}`));
        expect(what).toContain(name);
      } while (!what.endsWith('starts again and again'));
      await at.engine.docker(['rm', '--force', name]);
    });

    test.each([
      ['nothing that serves', ['sleep', '1000'], 'runs no registry: no process in it was started as "registry serve"'],
      [
        'another program that serves',
        ['sh', '-c', 'cd /tmp && echo "while :; do sleep 1; done" >serve && exec sh serve'],
        'runs another program than distribution: it calls itself',
      ],
    ] as const)('one that runs %s', async (_, [entrypoint, ...command], words) => {
      const name = at.name();
      const image = await at.engine.importRegistry('2.8');
      await at.engine.run(['--name', name, '--entrypoint', entrypoint, image, ...command]);
      // A shell has the arguments of its program only once it has become it.
      await until(async () => (await at.refused(`docker:${name}`)).what.includes(words), words);
      await at.engine.docker(['rm', '--force', name]);
    });

    test('one whose configuration is not where it is said to be', async () => {
      const { name, id } = await at.registry('2.8');
      expect(await at.refused(`docker:${name}`, '/etc/other.yml')).toEqual({
        what: `docker:${name} on this machine has no configuration that can be read at /etc/other.yml`,
        wayOut: "Correct registry-config: it is the file's path in the container.",
      });
      expect(await at.isRunning(id)).toBe(true);
    });

    test('one whose configuration is not understood', async () => {
      const { name } = await at.registry('2.8');
      await at.engine.docker(['exec', name, 'sh', '-c', `echo 'proxy: &x {secret: 1}' >>${config}`]);
      const { what, wayOut } = await at.refused(`docker:${name}`);
      expect(what).toMatch(/^What line \d+ says of the registry's configuration .* isn't understood here/);
      expect(what).not.toContain('secret');
      expect(wayOut).toContain('registry-config');
    });
  });

  describe('in neither mode', () => {
    test.each([
      [
        'the in-memory driver',
        ['--env', 'REGISTRY_STORAGE=inmemory'],
        'keeps everything in memory (storage: inmemory)',
      ],
      [
        'a container of a pod',
        ['--label', 'io.kubernetes.pod.name=registry-7'],
        'is one of the pod registry-7 of Kubernetes',
      ],
      ['a task of Swarm', ['--label', 'com.docker.swarm.service.id=abc'], 'is a task of a Swarm service'],
      [
        'a container of a unit',
        ['--label', 'PODMAN_SYSTEMD_UNIT=container-registry.service'],
        'belongs to the unit container-registry.service',
      ],
    ] as const)('%s', async (_, args, words) => {
      const registry = await at.registry('2.8', { arguments: args });
      const { refusal } = await looked(registry);
      expect(refusal?.at).toBe(`docker:${registry.name} on this machine`);
      expect(refusal?.what).toContain(words);
      expect(refusal?.wayOut).not.toBe('');
    });

    test('a pull-through cache', async () => {
      const remote = await at.registry('2.8');
      const format = '{{.NetworkSettings.IPAddress}}';
      const address = await at.engine.docker(['container', 'inspect', '--format', format, remote.id]);
      const registry = await at.registry('2.8', {
        arguments: ['--env', `REGISTRY_PROXY_REMOTEURL=http://${address}:5000`],
      });
      expect((await looked(registry)).refusal?.what).toContain('pull-through cache of another registry');
    });

    test.each([
      ['--tmpfs', ['--tmpfs', '/var/lib/registry']],
      ['a mount of type tmpfs', ['--mount', 'type=tmpfs,target=/var/lib/registry']],
      ['a volume in memory', undefined],
    ] as const)('storage in memory: %s', async (_, given) => {
      const volume = at.name();
      if (given === undefined)
        await at.engine.docker([
          ...['volume', 'create', '--driver', 'local', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', volume],
        ]);
      const registry = await at.registry('2.8', { storage: given ?? ['--volume', `${volume}:/var/lib/registry`] });
      const { refusal } = await looked(registry);
      expect(refusal?.what).toBe(
        `the storage of the container ${registry.name} (/var/lib/registry) is in memory, a tmpfs: a stop or a restart would empty it`,
      );
    });

    test('storage that is mounted read-only', async () => {
      const root = at.directory();
      const registry = await at.registry('2.8', { storage: ['--volume', `${root}:/var/lib/registry:ro`] });
      expect((await looked(registry)).refusal?.what).toContain('mounted read-only');
    });

    test('another container that can write to the storage', async () => {
      const registry = await at.registry('2.8');
      const image = await at.engine.importRegistry('2.8');
      await mkdir(join(registry.root, 'docker'), { recursive: true });
      const [writer, reader] = [at.name(), at.name()];
      await at.engine.run([
        '--name',
        reader,
        '--volume',
        `${registry.root}:/backup:ro`,
        '--entrypoint',
        'sleep',
        image,
        '1000',
      ]);
      expect((await looked(registry)).refusal).toBeUndefined();
      await at.engine.run([
        '--name',
        writer,
        '--volume',
        `${registry.root}/docker:/x`,
        '--entrypoint',
        'sleep',
        image,
        '1000',
      ]);
      expect((await looked(registry)).refusal?.what).toBe(
        `the container ${writer} has the registry's storage, too, and can write there`,
      );
      await at.engine.docker(['rm', '--force', writer, reader]);
    });

    test("another container in the network of the registry's", async () => {
      const registry = await at.registry('2.8');
      const name = at.name();
      const image = await at.engine.importRegistry('2.8');
      await at.engine.run([
        '--name',
        name,
        '--network',
        `container:${registry.name}`,
        '--entrypoint',
        'sleep',
        image,
        '1000',
      ]);
      expect((await looked(registry)).refusal?.what).toContain(`the container ${name} uses the network`);
      await at.engine.docker(['rm', '--force', name]);
    });

    test('a process with other variables than its container', async () => {
      const root = at.directory();
      const registry = await at.registry('2.8', {
        storage: ['--volume', `${root}:/data`],
        arguments: ['--entrypoint', 'sh'],
        command: [
          '-c',
          `export REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/data REGISTRY_HTTP_SECRET=x; exec registry serve ${config}`,
        ],
      });
      expect((await looked(registry)).refusal?.what).toContain(
        'has another REGISTRY_HTTP_SECRET, REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY than the container',
      );
    });
  });

  describe('only while it runs', () => {
    test('one that was started with --rm', async () => {
      const registry = await at.registry('2.8', { arguments: ['--rm'] });
      const { refusal, offlineRefusal } = await looked(registry);
      expect(refusal).toBeUndefined();
      expect(offlineRefusal).toEqual({
        at: `docker:${registry.name} on this machine`,
        what: `the container ${registry.name} was started with --rm: stopped, it would be gone`,
        wayOut: 'Start it without --rm and with --restart=always, or use garbage-collect: online.',
      });
    });

    test('storage in the container itself', async () => {
      const registry = await at.registry('2.8', {
        arguments: ['--env', 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/own'],
      });
      const found = await looked(registry);
      expect(found.refusal).toBeUndefined();
      expect(found.offlineRefusal?.what).toContain('(/own) is in the container itself, on no volume');
      // It can still be collected online, for which nothing has to be prepared.
      expect((await at.shell(found, 'svc_prepare && svc_cleanup')).status).toBe(0);
    });

    test('a configuration that was changed in the container', async () => {
      const registry = await at.registry('2.8');
      await at.engine.docker(['exec', registry.name, 'sh', '-c', `echo '# mine' >>${config}`]);
      expect((await looked(registry)).offlineRefusal?.what).toContain(`${config} was changed in the container`);
    });

    test('a configuration that is mounted is no changed one', async () => {
      const directory = at.directory();
      await chmod(directory, 0o755);
      const { name } = await at.registry('2.8');
      await at.engine.docker(['cp', `${name}:${config}`, join(directory, 'my.yml')]);
      const registry = await at.registry('2.8', {
        arguments: ['--volume', `${join(directory, 'my.yml')}:/settings/my.yml:ro`],
        command: ['serve', '/settings/my.yml'],
      });
      const found = await looked(registry);
      expect(found.configPath).toBe('/settings/my.yml');
      expect(found.offlineRefusal).toBeUndefined();
      expect((await at.shell(found, 'svc_prepare && svc_cleanup')).stderr).toBe('');
    });

    test('a variable of several lines', async () => {
      const registry = await at.registry('2.8', { arguments: ['--env', 'MOTTO=one\ntwo', '--env', 'PLAIN=a\\nb'] });
      expect((await looked(registry)).offlineRefusal?.what).toContain('the variable MOTTO of the container');
    });
  });

  const root = process.getuid?.() === 0;
  (root ? test : test.skip)('is not stopped where a new container of its image sees other files', async () => {
    const registry = await at.registry('2.8');
    const service = await looked(registry);
    const directory = join(registry.root, 'docker');
    await mkdir(directory);
    // Mounted after the registry was started, which goes on without it.
    const mounted = (...args: readonly string[]): void => {
      const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    };
    mounted('-t', 'tmpfs', 'none', directory);
    try {
      await mkdir(join(directory, 'registry/v2/repositories'), { recursive: true });
      const { status, stderr } = await at.shell(service, 'svc_prepare');
      expect(status).not.toBe(0);
      expect(stderr).toContain("doesn't see the storage and the configuration that the registry has");
      expect(await at.isRunning(registry.id)).toBe(true);
      expect((await at.shell(service, 'svc_cleanup')).status).toBe(0);
    } finally {
      spawnSync('umount', [directory]);
    }
  });
});
