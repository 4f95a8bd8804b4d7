// A registry in a container of a real engine: what it is found to be, and what its shell functions do.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../gc/collecting.ts';
import { describeEngine } from '../real/engine.ts';
import { answering, answers, blobFile, lab, runOf, withGarbage, type Lab } from './registry-containers.ts';

const configPaths = { '2.8': '/etc/docker/registry/config.yml', '3.1': '/etc/distribution/config.yml' } as const;

describeEngine('a registry in a container of Docker', (engine) => {
  let at: Lab;
  beforeAll(() => {
    at = lab(engine());
  });
  afterAll(() => at.close());

  const policyOf = (id: string): Promise<string> =>
    at.engine.docker(['container', 'inspect', '--format', '{{json .HostConfig.RestartPolicy}}', id]);
  const ours = (id: string): Promise<string> =>
    at.engine.docker(['ps', '--all', '--quiet', '--filter', `label=registry-prune.registry=${id}`]);

  describe.each(['2.8', '3.1'] as const)('distribution %s', (line) => {
    test('is found as it is', async () => {
      const registry = await at.registry(line);
      const { functions, ...found } = await at.find(`docker:${registry.name}`);
      expect(found).toEqual({
        shown: `docker:${registry.name}`,
        version: { text: expect.stringContaining(line), major: Number(line[0]) },
        configPath: configPaths[line],
        storage: { driver: 'filesystem', root: '/var/lib/registry' },
        readOnly: false,
        cache: { kind: 'inmemory' },
        instances: [{ id: registry.id, name: registry.name }],
        notes: [],
      });
      expect(functions).not.toBe('');
      // By a part of its ID, too.
      expect((await at.find(`docker:${registry.id.slice(0, 12)}`)).instances).toEqual(found.instances);
    });

    test('is found as its environment and its arguments say', async () => {
      const registry = await at.registry(line, {
        storage: ['--volume', `${at.directory()}:/data`],
        arguments: [
          ...['--env', 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/data/deep'],
          ...['--env', 'REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":true}'],
          ...['--env', 'REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR='],
          ...['--env', `REGISTRY_CONFIGURATION_PATH=${configPaths[line]}`, '--init'],
        ],
        command: ['serve'],
      });
      const found = await at.find(`docker:${registry.name}`);
      expect(found.refusal).toBeUndefined();
      expect(found.offlineRefusal).toBeUndefined();
      expect(found).toMatchObject({
        configPath: configPaths[line],
        storage: { driver: 'filesystem', root: '/data/deep' },
        readOnly: true,
        cache: { kind: 'none' },
      });
    });

    test('is stopped, collected and started', async () => {
      const registry = await at.registry(line, { arguments: ['--restart', 'on-failure:3'] });
      const { kept, gone } = await withGarbage(registry.url);
      const service = await at.find(`docker:${registry.name}`);
      const dead = join(registry.root, blobFile(gone.digest));
      const run = (text: string): Promise<string> => at.done(service, text);

      expect(await run('svc_is_running && svc_is_up')).toBe('');
      expect(await run('printf "%s\\n" "ls /var/lib/registry/docker/registry/v2" | svc_inside')).toBe(
        'blobs\nrepositories\n',
      );
      expect(await run('svc_prepare')).toBe('');
      expect(await run('svc_collect_check')).toMatch(/blobs marked, 3 blobs and 0 manifests eligible/);
      expect(existsSync(dead)).toBe(true);
      expect(await answers(registry.url)).toBe(true);

      await run('svc_stop');
      expect(await answers(registry.url)).toBe(false);
      expect(JSON.parse(await policyOf(registry.id))).toMatchObject({ Name: 'always' });
      expect((await at.shell(service, 'svc_is_up')).status).not.toBe(0);
      expect((await at.shell(service, 'svc_is_running')).status).not.toBe(0);
      expect(await run('printf "%s\\n" "ls /var/lib/registry/docker/registry/v2" | svc_offline_inside')).toBe(
        'blobs\nrepositories\n',
      );
      expect(await run('printf "%s\\n" "exit 7" | svc_offline_inside || echo "$?"')).toBe('7\n');
      expect(await run('svc_collect_offline 2>&1')).toContain('blobs marked');
      expect(existsSync(dead)).toBe(false);

      await run('svc_start');
      await answering(registry.url);
      expect(JSON.parse(await policyOf(registry.id))).toEqual({ Name: 'on-failure', MaximumRetryCount: 3 });
      await run('svc_is_running && svc_collect_kill && svc_cleanup');
      expect(await ours(registry.id)).toBe('');
      expect(
        (await fetch(`${registry.url}/v2/team/app/manifests/${kept.digest}`, { headers: { accept: kept.mediaType } }))
          .status,
      ).toBe(200);
      // Once more, as a job does that isn't sure whether it did.
      await run('svc_start && svc_cleanup');
    });

    test('is collected while it runs, and restarted', async () => {
      const registry = await at.registry(line);
      const { gone } = await withGarbage(registry.url);
      const service = await at.find(`docker:${registry.name}`);
      const dead = join(registry.root, blobFile(gone.digest));
      const check = await at.shell(service, 'svc_collect_online_check');
      expect(check.stdout).toMatch(/blobs marked/);
      expect(existsSync(dead)).toBe(true);
      const before = await at.engine.docker(['container', 'inspect', '--format', '{{.State.StartedAt}}', registry.id]);
      expect((await at.shell(service, 'svc_collect_online && svc_restart')).status).toBe(0);
      expect(existsSync(dead)).toBe(false);
      await answering(registry.url);
      const after = await at.engine.docker(['container', 'inspect', '--format', '{{.State.StartedAt}}', registry.id]);
      expect(after).not.toBe(before);
    });

    test("the status of a collector that fails is the collector's", async () => {
      // Nothing was ever pushed: there is no directory of repositories.
      const registry = await at.registry(line);
      const service = await at.find(`docker:${registry.name}`);
      for (const name of ['svc_collect_check', 'svc_collect_online_check', 'svc_prepare && svc_collect_offline']) {
        const { status, stderr } = await at.shell(service, name);
        expect({ name, status }).toEqual({ name, status: 1 });
        expect(stderr).toContain('Path not found');
      }
      await at.shell(service, 'svc_cleanup');
    });
  });

  test('what a run that died has changed is put back by the next', async () => {
    const registry = await at.registry('2.8', { arguments: ['--restart', 'on-failure:2'] });
    const dead = await at.find(`docker:${registry.name}`);
    // It died while the registry was stopped, and the engine started that again.
    await at.done(dead, 'svc_prepare && svc_stop');
    await at.engine.docker(['start', registry.name]);
    expect(JSON.parse(await policyOf(registry.id))).toMatchObject({ Name: 'always' });
    const next = await at.find(`docker:${registry.name}`);
    await at.done(next, 'svc_prepare && svc_cleanup');
    expect(JSON.parse(await policyOf(registry.id))).toEqual({ Name: 'on-failure', MaximumRetryCount: 2 });
    expect(await ours(registry.id)).toBe('');
  });

  test('a collector has the very variables of the registry, and no secret stands anywhere else', async () => {
    const secret = 'pass$word "quoted" \'single\' `tick` \\n #hash ümläut';
    const registry = await at.registry('2.8', {
      arguments: [
        ...['--env', `REGISTRY_HTTP_SECRET=${secret}`, '--env', 'EMPTY=', '--env', 'TAIL=blank  '],
        ...['--add-host', 'store.internal:192.0.2.7', '--user', '0:0', '--group-add', '4711', '--cap-drop', 'MKNOD'],
        ...['--dns', '192.0.2.53', '--ulimit', 'nofile=2048:4096', '--security-opt', 'no-new-privileges'],
      ],
    });
    const found = await at.find(`docker:${registry.name}`);
    expect(found.offlineRefusal).toBeUndefined();
    expect(JSON.stringify(found)).not.toContain('pass$word');
    expect((await at.shell(found, 'svc_prepare')).stderr).toBe('');
    const variables = (name: string): Promise<string> =>
      at.engine.docker(['container', 'inspect', '--format', '{{json .Config.Env}}', name]);
    const of = async (name: string): Promise<readonly string[]> =>
      (JSON.parse(await variables(name)) as string[]).sort();
    expect(await of(`registry-prune-${runOf(found)}`)).toEqual(await of(registry.name));
    const part = async (name: string): Promise<unknown> => {
      const host = JSON.parse(
        await at.engine.docker(['container', 'inspect', '--format', '{{json .HostConfig}}', name]),
      ) as Record<string, unknown>;
      return ['ExtraHosts', 'GroupAdd', 'CapDrop', 'Dns', 'Ulimits', 'SecurityOpt', 'NetworkMode'].map(
        (key) => host[key],
      );
    };
    expect(await part(`registry-prune-${runOf(found)}`)).toEqual(await part(registry.name));
    expect((await at.shell(found, 'svc_cleanup')).status).toBe(0);
  });

  test('in networks of its own, the collector is in the same', async () => {
    const [first, second] = [at.name(), at.name()];
    await at.engine.docker(['network', 'create', first]);
    await at.engine.docker(['network', 'create', second]);
    try {
      const registry = await at.registry('2.8', { arguments: ['--network', first] });
      await at.engine.docker(['network', 'connect', second, registry.name]);
      const service = await at.find(`docker:${registry.name}`);
      expect((await at.shell(service, 'svc_prepare')).stderr).toBe('');
      const networks = await at.engine.docker([
        ...['container', 'inspect', '--format', '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}'],
        `registry-prune-${runOf(service)}`,
      ]);
      expect(networks.trim().split(' ').sort()).toEqual([first, second].sort());
      expect((await at.shell(service, 'svc_cleanup')).status).toBe(0);
    } finally {
      const there = (await at.engine.docker(['ps', '--all', '--quiet', '--filter', `network=${first}`])).split('\n');
      await at.engine.docker(['rm', '--force', ...there]);
      await at.engine.docker(['network', 'rm', first, second]);
    }
  });

  test('a collector is ended, whoever started it', async () => {
    const registry = await at.registry('2.8');
    const service = await at.find(`docker:${registry.name}`);
    // As a collector's process looks: its first argument.
    await at.engine.docker([
      ...['exec', '--detach', registry.name, 'sh', '-c'],
      'cd /tmp && echo "while :; do sleep 1; done" >garbage-collect && exec sh garbage-collect /etc/config.yml',
    ]);
    const runs = async (): Promise<boolean> => {
      const { refusal } = await at.find(`docker:${registry.name}`);
      return refusal?.what.includes('a garbage collection runs in the container') === true;
    };
    await until(runs, 'the shell has become what looks like a collector');
    await at.engine.docker([
      ...['run', '--detach', '--name', 'registry-prune-feed', '--label', `registry-prune.registry=${registry.id}`],
      ...['--entrypoint', 'sleep', await at.engine.importRegistry('2.8'), '1000'],
    ]);
    expect((await at.shell(service, 'svc_collect_kill')).status).toBe(0);
    expect((await at.find(`docker:${registry.name}`)).refusal).toBeUndefined();
    expect(await at.isRunning('registry-prune-feed')).toBe(false);
    expect((await at.shell(service, 'svc_cleanup')).status).toBe(0);
    expect(await ours(registry.id)).toBe('');
    expect(await at.isRunning(registry.id)).toBe(true);
  });

  test('is collected by the image it was made of, wherever its name has gone', async () => {
    const name = `rp-moved-${process.pid}:2`;
    const registry = await at.registry('2.8');
    await at.engine.docker(['tag', await at.engine.importRegistry('3.1'), name]);
    const service = await at.find(`docker:${registry.name}`);
    await at.done(service, 'svc_prepare');
    const image = (of: string): Promise<string> =>
      at.engine.docker(['container', 'inspect', '--format', '{{.Image}}', of]);
    expect(await image(`registry-prune-${runOf(service)}`)).toBe(await image(registry.name));
    await at.done(service, 'svc_cleanup');
    await at.engine.docker(['rmi', name]);
  });

  test('replicas of it are restarted online, and forbid a stop', async () => {
    const first = await at.registry('2.8');
    const second = await at.registry('2.8', { storage: ['--volume', `${first.root}:/var/lib/registry`] });
    const service = await at.find(`docker:${first.name}`);
    expect(service.offlineRefusal).toMatchObject({
      what: expect.stringContaining(`a second registry runs on the same storage, in the container ${second.name}`),
    });
    expect(service.instances.map(({ name }) => name)).toEqual([first.name, second.name]);
    const started = (): Promise<string> =>
      at.engine.docker(['container', 'inspect', '--format', '{{.State.StartedAt}}', second.id]);
    const before = await started();
    expect((await at.shell(service, 'svc_prepare && svc_restart')).status).toBe(0);
    expect(await started()).not.toBe(before);
  });

  test("another run's collector forbids nothing: that run is waited for, or it is dead and what it left goes", async () => {
    const registry = await at.registry('2.8');
    const dead = await at.find(`docker:${registry.name}`);
    await at.done(dead, 'svc_prepare');
    const service = await at.find(`docker:${registry.name}`);
    expect(service.refusal).toBeUndefined();
    expect(service.offlineRefusal).toBeUndefined();
    await at.done(service, 'svc_prepare && svc_cleanup');
    const left = ['ps', '--all', '--quiet', '--filter', `label=registry-prune.registry=${registry.id}`];
    expect(await at.engine.docker(left)).toBe('');
  });

  test('one that looks after the whole host is told, and forbids nothing', async () => {
    const registry = await at.registry('2.8');
    const parent = join(registry.root, '..');
    const name = at.name();
    const image = await at.engine.importRegistry('2.8');
    await at.engine.run(['--name', name, '--volume', `${parent}:/host`, '--entrypoint', 'sleep', image, '1000']);
    const service = await at.find(`docker:${registry.name}`);
    expect(service.refusal).toBeUndefined();
    expect(service.offlineRefusal).toBeUndefined();
    expect(service.notes).toEqual([expect.stringContaining(name)]);
    await at.engine.docker(['rm', '--force', name]);
  });

  test('its storage behind a link is the directory that the link leads to', async () => {
    const root = at.directory();
    await mkdir(join(root, 'real'));
    await writeFile(join(root, 'real', 'x'), '');
    const registry = await at.registry('2.8', {
      storage: ['--volume', `${root}:/srv`],
      arguments: ['--env', 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/srv/link'],
      command: ['serve', configPaths['2.8']],
    });
    await at.engine.docker(['exec', registry.name, 'sh', '-c', 'rm -rf /srv/link && ln -s real /srv/link']);
    const service = await at.find(`docker:${registry.name}`);
    expect(service.offlineRefusal).toBeUndefined();
    expect((await at.shell(service, 'svc_prepare && svc_cleanup')).status).toBe(0);
  });
});
