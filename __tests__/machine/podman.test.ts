// A registry in a container of a real Podman, whose storage is a directory of this suite.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findService, localHost, type FoundService, type Host } from '../../src/machine/index.ts';
import { describeEngine, type Engine, type RegistryLine } from '../real/engine.ts';
import { freePort } from '../real/registry-process.ts';
import { whatIsHere } from '../real/registries.ts';
import { answering, answers, blobFile, runOf, withGarbage } from './registry-containers.ts';

type Podman = {
  readonly host: Host;
  podman(...args: readonly string[]): string;
  registry(
    line: RegistryLine,
    ...more: readonly string[]
  ): Promise<{ name: string; id: string; url: string; root: string }>;
  find(name: string): Promise<FoundService>;
  done(service: FoundService, text: string): Promise<string>;
  close(): Promise<void>;
};

/** Images come from the engine: `docker save`, `podman load`. */
async function startPodman(engine: Engine): Promise<Podman> {
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-podman-'));
  const settings = join(directory, 'storage.conf');
  writeFileSync(
    settings,
    // Not mounted upon itself: a clean-up that conmon still has under way would leave that mount behind, and it stays busy.
    `[storage]\ndriver = "overlay"\ngraphroot = "${join(directory, 'graph')}"\nrunroot = "${join(directory, 'run')}"\n` +
      '[storage.options.overlay]\nskip_mount_home = "true"\n',
  );
  // Its own locks and state, too: those of the machine's containers are numbered in one place.
  const more = join(directory, 'containers.conf');
  writeFileSync(
    more,
    `[engine]\ntmp_dir = "${join(directory, 'tmp')}"\nvolume_path = "${join(directory, 'volumes')}"\nlock_type = "file"\n`,
  );
  const env = { ...engine.env, CONTAINERS_STORAGE_CONF: settings, CONTAINERS_CONF: more };
  const podman = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('podman', args, { encoding: 'utf8', env });
    if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const images = new Map<RegistryLine, string>();
  for (const line of ['2.8', '3.1'] as const) {
    const archive = join(directory, `${line}.tar`);
    const image = await engine.importRegistry(line);
    await engine.docker(['save', '--output', archive, image]);
    podman('load', '--quiet', '--input', archive);
    await rm(archive);
    images.set(line, image);
  }
  const host = localHost({ env });
  let counter = 0;
  return {
    host,
    podman,
    async registry(line, ...more) {
      counter += 1;
      const name = `rp-podman-${counter}`;
      const root = mkdtempSync(join(directory, 'storage-'));
      const port = await freePort();
      const id = podman(
        ...['run', '--detach', '--name', name, '--network', 'host', '--volume', `${root}:/var/lib/registry`],
        ...['--env', `REGISTRY_HTTP_ADDR=127.0.0.1:${port}`],
        // Its defaults are more than some machines allow.
        ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096'],
        ...more,
        images.get(line) ?? '',
      );
      const url = `http://127.0.0.1:${port}`;
      await answering(url);
      return { name, id, url, root };
    },
    find: (name) => findService(host, { service: { kind: 'podman', name } }),
    async done(service, text) {
      const { status, stdout, stderr } = await host.run(`rp_run=${runOf(service)}\n${service.functions}\n${text}`);
      if (status !== 0) throw new Error(`${text} ended with ${status}: ${stderr}`);
      return stdout;
    },
    async close() {
      await host.close();
      podman('rm', '--all', '--force', '--time', '0');
      podman('rmi', '--all', '--force');
      // The same clean-up may still write here.
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

const here = whatIsHere().tools.some(({ name }) => name === 'podman') && process.getuid?.() === 0;
if (!here) test.skip('a registry in a container of Podman: podman is missing, or this is not root', () => undefined);
else
  describeEngine('a registry in a container of Podman', (engine) => {
    let at: Podman;
    beforeAll(async () => {
      at = await startPodman(engine());
    });
    afterAll(() => at.close());

    describe.each(['2.8', '3.1'] as const)('distribution %s', (line) => {
      test('is found as it is, and what a reboot means is told', async () => {
        const registry = await at.registry(line, '--env', 'REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":true}');
        const { functions, ...found } = await at.find(registry.name);
        expect(found).toMatchObject({
          shown: `podman:${registry.name}`,
          version: { major: Number(line[0]) },
          storage: { driver: 'filesystem', root: '/var/lib/registry' },
          readOnly: true,
          instances: [{ id: registry.id, name: registry.name }],
          notes: [expect.stringContaining('a reboot during the collection would leave it stopped')],
        });
        expect(found.refusal).toBeUndefined();
        expect(found.offlineRefusal).toBeUndefined();
        expect(functions).not.toContain('docker ');
      });

      test('is stopped, collected and started', async () => {
        const registry = await at.registry(line, '--restart', 'always', '--env', 'SECRET=a "b" $c # d');
        const { gone } = await withGarbage(registry.url);
        const service = await at.find(registry.name);
        expect(service.notes).toEqual([]);
        const dead = join(registry.root, blobFile(gone.digest));
        expect(await at.done(service, 'svc_is_running && svc_prepare')).toBe('');
        expect(await at.done(service, 'svc_collect_check')).toContain('blobs marked');
        expect(existsSync(dead)).toBe(true);
        await at.done(service, 'svc_stop');
        expect(await answers(registry.url)).toBe(false);
        expect(
          await at.done(service, 'printf "%s\\n" "ls /var/lib/registry/docker/registry/v2" | svc_offline_inside'),
        ).toBe('blobs\nrepositories\n');
        expect(await at.done(service, 'svc_collect_offline 2>&1')).toContain('blobs marked');
        expect(existsSync(dead)).toBe(false);
        await at.done(service, 'svc_start');
        await answering(registry.url);
        await at.done(service, 'svc_is_up && svc_collect_kill && svc_cleanup');
        expect(at.podman('ps', '--all', '--quiet', '--filter', `label=registry-prune.registry=${registry.id}`)).toBe(
          '',
        );
      });

      test('is collected while it runs, and restarted', async () => {
        const registry = await at.registry(line);
        const { gone } = await withGarbage(registry.url);
        const service = await at.find(registry.name);
        expect(await at.done(service, 'svc_collect_online_check')).toContain('blobs marked');
        await at.done(service, 'svc_collect_online >/dev/null 2>&1 && svc_restart');
        expect(existsSync(join(registry.root, blobFile(gone.digest)))).toBe(false);
        await answering(registry.url);
      });
    });

    test.each([
      ['--label', 'PODMAN_SYSTEMD_UNIT=registry.service', 'refusal', 'belongs to the unit registry.service of systemd'],
      ['--rm', '--quiet', 'offlineRefusal', 'was started with --rm'],
    ] as const)('%s %s is refused, and still runs', async (flag, value, field, words) => {
      const registry = await at.registry('2.8', flag, value);
      expect((await at.find(registry.name))[field]?.what).toContain(words);
      expect(await answers(registry.url)).toBe(true);
    });

    test('a second registry on the same storage forbids a stop', async () => {
      const first = await at.registry('2.8');
      const second = await at.registry(
        '3.1',
        '--volume',
        `${first.root}:/data`,
        '--env',
        'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/data',
      );
      expect((await at.find(first.name)).offlineRefusal?.what).toContain(`in the container ${second.name}`);
    });

    test('no such container, and which ones there are', async () => {
      const { name } = await at.registry('2.8');
      await expect(at.find('rp-nobody')).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(`^There is no container rp-nobody on this machine; running there: .*${name} \\(`),
        ),
      });
    });
  });
