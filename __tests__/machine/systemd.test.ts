// A registry that is a service of systemd: of a real one, and what is read of its answers.

import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findService, MachineError, type FoundService } from '../../src/machine/index.ts';
import { answerOf } from '../../src/machine/answer.ts';
import { readUnit } from '../../src/machine/systemd.ts';
import { freePort } from '../real/registry-process.ts';
import { answering, answers, blobFile, withGarbage } from './registry-containers.ts';
import { startSystemd } from './systemd-lab.ts';

const nobody = 65_534;
const secret = 'correct horse (battery) $HOME %n staple';

const systemd = await startSystemd();
if (typeof systemd === 'string') test.skip(`a registry of a real systemd: ${systemd}`, () => undefined);
else
  describe('a registry of a real systemd', () => {
    afterAll(() => systemd.close());

    type Unit = { readonly unit: string; readonly root: string; readonly url: string; readonly config: string };
    type Changes = { readonly service?: string; readonly more?: string };
    let counter = 0;

    /** Installs a unit such as Debian's package has one, started as nobody, and waits for its answer. */
    const started = async (line: '2.8' | '3.1', { service, more = '' }: Changes = {}): Promise<Unit> => {
      counter += 1;
      const name = `registry${counter}`;
      const port = await freePort();
      const { outside, inside } = systemd.shared;
      for (const part of [name, join(name, 'storage')]) {
        mkdirSync(join(outside, part));
        chmodSync(join(outside, part), 0o700);
        chownSync(join(outside, part), nobody, nobody);
      }
      const config = join(inside, name, 'config.yml');
      writeFileSync(
        join(outside, name, 'config.yml'),
        `version: 0.1\nstorage:\n  filesystem: {rootdirectory: /nowhere}\n  delete: {enabled: true}\nhttp: {addr: "127.0.0.1:${port}"}\n`,
        { mode: 0o644 },
      );
      const root = join(inside, name, 'storage');
      const variables = `REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=${root}\n`;
      writeFileSync(join(outside, `${name}.env`), variables, { mode: 0o600 });
      writeFileSync(
        join(outside, 'unit'),
        `[Unit]
Description=A registry
[Service]
User=nobody
Restart=always
EnvironmentFile=${join(inside, `${name}.env`)}
Environment="REGISTRY_HTTP_SECRET=${secret.replaceAll('%', '%%')}"
RuntimeDirectory=${name}
ExecStartPre=/bin/true
${service ?? `ExecStart=${systemd.programs[line] ?? ''} serve ${config}`}
${more}
[Install]
WantedBy=multi-user.target
`,
      );
      await systemd.done(`cp /srv/unit /etc/systemd/system/${name}.service && systemctl daemon-reload
systemctl enable --quiet ${name} 2>/dev/null; systemctl start ${name}`);
      const url = `http://127.0.0.1:${port}`;
      if (service === undefined) await answering(url);
      return { unit: `${name}.service`, root: join(outside, name, 'storage'), url, config };
    };
    const find = (unit: string): Promise<FoundService> =>
      findService(systemd.host, { service: { kind: 'systemd', unit } });
    const run = (service: FoundService, text: string): Promise<string> =>
      systemd.done(`rp_run=unit1\n${service.functions}\n${text}`);

    describe.each(['2.8', '3.1'] as const)('distribution %s', (line) => {
      const program = systemd.programs[line];
      if (program === undefined) {
        test.skip('it is missing', () => undefined);
        return;
      }

      test('is found, stopped, collected and started', async () => {
        const at = await started(line);
        const { kept, gone } = await withGarbage(at.url);
        const short = at.unit.replace('.service', '');
        const service = await find(short);
        expect(service).toEqual({
          shown: `systemd:${short}`,
          version: { text: expect.stringContaining(line), major: Number(line[0]) },
          configPath: at.config,
          storage: { driver: 'filesystem', root: at.root.replace(systemd.shared.outside, systemd.shared.inside) },
          readOnly: false,
          cache: { kind: 'none' },
          instances: [{ id: at.unit, name: at.unit }],
          notes: [],
          functions: service.functions,
        });
        const dead = join(at.root, blobFile(gone.digest));
        expect(await run(service, 'svc_is_running && svc_is_up && svc_prepare')).toBe('');
        expect(await run(service, 'svc_collect_check')).toMatch(/blobs marked, 3 blobs/);
        expect(existsSync(dead)).toBe(true);
        expect(await answers(at.url)).toBe(true);
        await run(service, 'svc_stop');
        expect(await answers(at.url)).toBe(false);
        await run(service, '! svc_is_up && ! svc_is_running');
        expect(await run(service, 'svc_collect_offline')).toMatch(/blobs marked, 3 blobs/);
        expect(existsSync(dead)).toBe(false);
        await run(service, 'svc_start');
        await answering(at.url);
        await run(service, 'svc_is_running && svc_collect_kill && svc_cleanup');
        expect(await systemd.done('ls /run/systemd/system /run')).not.toContain('registry-prune');
        // What the registry's unit has for a directory is still there.
        expect((await systemd.done('ls /run')).split('\n')).toContain(short);
        const headers = { accept: kept.mediaType };
        expect((await fetch(`${at.url}/v2/team/app/manifests/${kept.digest}`, { headers })).status).toBe(200);
      });

      test('a collector runs as the registry does, with its variables, and no secret leaves', async () => {
        const at = await started(line);
        const service = await find(at.unit);
        expect(JSON.stringify(service)).not.toContain('horse');
        writeFileSync(
          join(systemd.shared.outside, 'spy'),
          `id -un\ntr '\\0' '\\n' </proc/$$/environ | grep REGISTRY_ | sort\n`,
          { mode: 0o644 },
        );
        // In the place of the collector: who it is, and what it has.
        const functions = service.functions.replaceAll(`${program} garbage-collect`, '/bin/sh /srv/spy');
        const seen = await run({ ...service, functions }, 'svc_prepare && svc_collect_offline; svc_cleanup');
        expect(seen).toBe(
          `nobody\nREGISTRY_HTTP_SECRET=${secret}\nREGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=${service.storage.root ?? ''}\n`,
        );
      });

      test("a collector's failure is its status", async () => {
        const at = await started(line);
        const service = await find(at.unit);
        const ran = await systemd.host.run(`rp_run=unit1\n${service.functions}\nsvc_collect_online_check`);
        expect(ran.stdout).toContain('Path not found');
        expect(ran.status).toBe(1);
        await run(service, 'svc_cleanup');
      });

      test('a collector under way is ended', async () => {
        const at = await started(line);
        const service = await find(at.unit);
        const functions = service.functions.replaceAll(`${program} garbage-collect`, '/bin/sleep 1000');
        const text = await run(
          { ...service, functions: functions.replaceAll(`/bin/sleep 1000 ${at.config}`, '/bin/sleep 1000') },
          `svc_prepare || exit 9
svc_collect_offline & svc_pid=$!
until systemctl show --property=ActiveState registry-prune-unit1.service | grep -q activating; do sleep 0.1; done
svc_collect_kill || exit 8
wait $svc_pid && exit 7
systemctl show --property=ActiveState registry-prune-unit1.service; svc_cleanup`,
        );
        expect(text).toMatch(/ActiveState=(?:failed|inactive)/);
        expect(await answers(at.url)).toBe(true);
      });
    });

    test.each([
      ['a user that exists only while it runs', 'DynamicUser=yes', 'DynamicUser=yes'],
      ['a name that it needs', 'Environment=MY=%n', 'what its name means'],
    ] as const)('%s is refused, and still runs', async (_, more, words) => {
      const at = await started('2.8', { more });
      expect((await find(at.unit)).refusal?.what).toContain(words);
      expect(await answers(at.url)).toBe(true);
    });

    test('what is no registry, or does not run, is told', async () => {
      await expect(find('rp-nobody')).rejects.toThrow('There is no unit rp-nobody on a host (not-found)');
      const other = await started('2.8', { service: 'ExecStart=/bin/sleep 1000' });
      await expect(find(other.unit)).rejects.toThrow('runs no registry');
      await systemd.done(`systemctl stop ${other.unit}`);
      await expect(find(other.unit)).rejects.toThrow(`The unit ${other.unit} on a host isn't running (inactive)`);
      await systemd.done('cp /bin/sleep /srv/docker');
      const container = await started('2.8', { service: 'ExecStart=/srv/docker 1000' });
      await expect(find(container.unit)).rejects.toMatchObject({
        message: `systemd:${container.unit} on a host runs a container (docker)`,
        wayOut: 'Name the container itself in registry-service: docker:NAME or podman:NAME.',
      });
    });
  });

describe("what is read of systemd's answer", () => {
  const asked = { unit: 'registry', shown: 'systemd:registry', host: 'a host' };
  const good = `property Id=registry.service
property LoadState=loaded
property ActiveState=active
property MainPID=7
property DynamicUser=no
property RootDirectory=
property RootImage=
property TriggeredBy=
property UnitFileState=enabled
user 0
called registry
program /usr/bin/registry
version registry github.com/docker/distribution v2.8.3
configpath /etc/docker/registry/config.yml
file k storage.filesystem
read
`;
  const read = (text: string): FoundService => readUnit(answerOf(text), asked);
  const refusal = (text: string): string => {
    try {
      return read(text).refusal?.what ?? '';
    } catch (error) {
      if (error instanceof MachineError) return error.message;
      throw error;
    }
  };

  test('a unit as it should be', () => {
    const found = read(good);
    expect(found.refusal).toBeUndefined();
    expect(found.offlineRefusal).toBeUndefined();
    expect(found.notes).toEqual([]);
  });

  test.each([
    ['not root', good.replace('user 0', 'user 1000'), 'needs root there'],
    [
      'a root of its own',
      good.replace('RootDirectory=', 'RootDirectory=/srv/x'),
      'root directory than its host (/srv/x)',
    ],
    ['an odd path', good.replace('/etc/docker/', '/etc/a b/'), "can't be written in a unit"],
    ['in memory', good.replace('k storage.filesystem', 's storage inmemory'), 'keeps everything in memory'],
    ['no systemd', 'fail no-systemd', 'There is no systemd on a host'],
    ['a bus that is away', 'fail no-answer\nwords Failed to connect', "doesn't answer on a host: Failed to connect"],
    ['another program', good.replace(/^version .*$/m, 'version nginx/1'), 'it calls itself "nginx/1"'],
    ['no configuration', good.replace(/^configpath .*\n/m, ''), 'nor by REGISTRY_CONFIGURATION_PATH'],
    ['an environment that may not be seen', `${good}no-environment\n`, 'may not see the environment'],
  ])('%s', (_, text, words) => {
    expect(refusal(text)).toContain(words);
  });

  test('a socket that starts it forbids a stop, and that it is not enabled is told', () => {
    const found = read(good.replace('TriggeredBy=', 'TriggeredBy=registry.socket').replace('=enabled', '=disabled'));
    expect(found.offlineRefusal?.what).toContain('registry.socket starts it again');
    expect(found.notes).toEqual([
      "registry.service isn't enabled: a reboot during the collection would leave it stopped.",
    ]);
  });
});
