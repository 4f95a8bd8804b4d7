// A registry that a program of the user's own stops and starts: a real registry as a plain process.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { findService, localHost, quote, type FoundService, type Host } from '../../src/machine/index.ts';
import { until } from '../gc/collecting.ts';
import { freePort } from '../real/registry-process.ts';
import { describeReal } from '../real/suites.ts';
import { whatIsHere } from '../real/registries.ts';
import { answering, answers, blobFile, withGarbage } from './registry-containers.ts';

type Own = {
  readonly program: string;
  readonly config: string;
  readonly root: string;
  readonly url: string;
  readonly host: Host;
  find(): Promise<FoundService>;
  done(service: FoundService, text: string): Promise<string>;
};

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** A script such as a user writes, in a directory with a blank and a quote in its name. */
async function started(
  version: string,
  changes: { readonly storage?: string; readonly script?: string } = {},
): Promise<Own> {
  const found = whatIsHere().registries.find((one) => `distribution ${one.version}` === version);
  if (found?.run.kind !== 'program') throw new Error(`${version} is no program here.`);
  const directory = mkdtempSync(join(tmpdir(), "registry-prune own's "));
  const [program, config, root] = ['registry.sh', 'config.yml', 'storage'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const port = await freePort();
  writeFileSync(
    config,
    `version: 0.1\nstorage:\n${changes.storage ?? `  filesystem: {rootdirectory: ${JSON.stringify(root)}}\n  delete: {enabled: true}\n`}http: {addr: "127.0.0.1:${port}"}\n`,
  );
  writeFileSync(
    program,
    changes.script ??
      `#!/bin/sh
cd ${quote(directory)} || exit 1
case $1 in
  status) if kill -0 "$(cat pid 2>/dev/null)" 2>/dev/null; then echo running; else echo stopped; fi ;;
  start) nohup ${quote(found.run.path)} serve config.yml >log 2>&1 </dev/null & echo $! >pid ;;
  stop) kill "$(cat pid)"; while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.1; done ;;
  registry) shift; exec ${quote(found.run.path)} "$@" ;;
esac
`,
    { mode: 0o755 },
  );
  const host = localHost({ env: process.env });
  const url = `http://127.0.0.1:${port}`;
  toClose.push(async () => {
    spawnSync(program, ['stop'], { timeout: 5_000 });
    await host.close();
    rmSync(directory, { recursive: true, force: true });
  });
  if (changes.script === undefined) {
    spawnSync(program, ['start']);
    if (changes.storage === undefined) await answering(url);
  }
  return {
    program,
    config,
    root,
    url,
    host,
    find: () => findService(host, { service: { kind: 'command', program }, registryConfig: config }),
    async done(service, text) {
      const { status, stdout, stderr } = await host.run(`rp_run=own\n${service.functions}\n${text}`);
      if (status !== 0) throw new Error(`${text} ended with ${status}: ${stderr}`);
      return stdout;
    },
  };
}

describeReal("a registry of a program of one's own", (registry) => {
  if (!registry.name.startsWith('distribution')) {
    test.skip(`${registry.name} is another program`, () => undefined);
    return;
  }

  test('is found, stopped, collected and started', async () => {
    const own = await started(registry.name);
    const { gone } = await withGarbage(own.url);
    const service = await own.find();
    expect(service).toMatchObject({
      shown: `command:${own.program}`,
      version: { major: Number(registry.version[0]) },
      configPath: own.config,
      storage: { driver: 'filesystem', root: own.root },
      readOnly: false,
      instances: [{ id: own.program, name: own.program }],
      notes: ["What the registry's environment overrides in its configuration isn't known here."],
    });
    expect(await own.done(service, 'svc_collect_check')).toContain('blobs marked');
    expect(await own.done(service, `echo ${quote(`ls ${quote(own.root)}`)} | svc_inside`)).toBe('docker\n');
    await own.done(service, 'svc_prepare && svc_stop');
    expect(await answers(own.url)).toBe(false);
    await own.done(service, '! svc_is_running && ! svc_is_up');
    await own.done(service, 'svc_collect_offline >/dev/null 2>&1');
    expect(existsSync(join(own.root, blobFile(gone.digest)))).toBe(false);
    await own.done(service, 'svc_start && svc_start && svc_is_running && svc_cleanup');
    await answering(own.url);
    await own.done(service, 'svc_restart');
    await answering(own.url);
  });

  test('a collector of this configuration is ended, and no other', async () => {
    const own = await started(registry.name);
    const service = await own.find();
    // As a collector's process looks: its arguments.
    const script = 'while :; do sleep 1; done';
    const pids = await own.done(
      service,
      `cd ${quote(join(own.root, '..'))} && printf '%s\\n' ${quote(script)} >garbage-collect
nohup sh garbage-collect ${quote(own.config)} >/dev/null 2>&1 & echo $!
nohup sh garbage-collect /another/config.yml >/dev/null 2>&1 & echo $!`,
    );
    const [mine, other] = pids.split('\n').map(Number) as [number, number];
    // A shell has the arguments of its program only once it has become it, and a process that was ended stays in the
    // list until its parent has looked.
    const looks = (pid: number): boolean => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('garbage-collect');
      } catch {
        return false;
      }
    };
    await until(() => looks(mine) && looks(other), 'both to look like collectors');
    await own.done(service, 'svc_collect_kill');
    expect([looks(mine), looks(other)]).toEqual([false, true]);
    process.kill(other, 'SIGKILL');
  });

  test('in memory is refused', async () => {
    const own = await started(registry.name, { storage: '  inmemory: {}\n' });
    await answering(own.url);
    expect((await own.find()).refusal?.what).toContain('keeps everything in memory');
  });

  test('is told apart where it is stopped', async () => {
    const own = await started(registry.name);
    spawnSync(own.program, ['stop']);
    await expect(own.find()).rejects.toMatchObject({
      message: `command:${own.program} on this machine says that the registry is stopped`,
      wayOut: `Start it: ${own.program} start.`,
    });
  });

  test.each([
    ['#!/bin/sh\necho maybe\n', 'says neither running nor stopped when it is asked for the status: "maybe"'],
    [
      '#!/bin/sh\necho "I am lost" >&2; exit 3\n',
      'says neither running nor stopped when it is asked for the status: I am lost',
    ],
    ['#!/bin/sh\ncase $1 in status) echo running;; *) echo nginx/1.27;; esac\n', 'it calls itself "nginx/1.27"'],
  ])('a program that answers otherwise is refused: %j', async (script, words) => {
    const own = await started(registry.name, { script });
    await expect(own.find()).rejects.toMatchObject({
      kind: 'service',
      message: expect.stringContaining(words),
    });
  });
});

test('a program or a configuration that is not there is told', async () => {
  const host = localHost({ env: process.env });
  try {
    const find = (program: string, registryConfig?: string): Promise<unknown> =>
      findService(host, {
        service: { kind: 'command', program },
        ...(registryConfig !== undefined && { registryConfig }),
      });
    await expect(find('/nowhere/it', '/etc/passwd')).rejects.toThrow('there is no such program');
    await expect(find('/bin/true', '/nowhere/config.yml')).rejects.toThrow(
      "The configuration /nowhere/config.yml isn't there",
    );
    await expect(find('/bin/true')).rejects.toMatchObject({ wayOut: 'Set registry-config to its path on the host.' });
  } finally {
    await host.close();
  }
});
