// The functions of a registry in Kubernetes, run on this machine with the real kubectl.

import { afterEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item } from './objects.ts';
import { runId, secret, startLab, type Lab, type Setup } from './lab.ts';

let lab: Lab | undefined;

async function start(setup: Setup = {}): Promise<Lab> {
  lab = await startLab(setup);
  return lab;
}

afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const base = (storage: string): string => join(storage, 'docker/registry/v2');
const blobs = (storage: string): number =>
  readdirSync(join(base(storage), 'blobs/sha256')).flatMap((part) =>
    readdirSync(join(base(storage), 'blobs/sha256', part)),
  ).length;

/** The collector waits for ever where it reads a manifest: a pipe to which nobody writes. */
function blockCollector(storage: string): () => void {
  const revisions = join(base(storage), 'repositories/team/app/_manifests/revisions/sha256');
  const [hex = ''] = readdirSync(revisions);
  const data = join(base(storage), 'blobs/sha256', hex.slice(0, 2), hex, 'data');
  renameSync(data, `${storage}.data`);
  if (spawnSync('mkfifo', [data]).status !== 0) throw new Error('There is no pipe.');
  return () => {
    rmSync(data);
    renameSync(`${storage}.data`, data);
  };
}

/** Collectors that run on this storage, as processes of this machine. */
const collectors = (lab: Lab): readonly string[] =>
  lab.pods().filter((pod) => lab.api.processOf(pod, 'registry') !== undefined && pod.endsWith('-collect'));

const summary = /^\d+ blobs marked, 3 blobs and 0 manifests eligible for deletion$/m;

describe('collecting offline', () => {
  test('stops every pod, collects in one of its own, and brings the registry back', async () => {
    const { find, run, workload, pods, storage, api } = await start();
    const found = await find();
    api.asked.length = 0;
    const before = blobs(storage);
    const check = await run(found, 'svc_prepare && svc_collect_check');
    expect(check.stderr).toBe('');
    expect(check.status).toBe(0);
    expect(check.stdout).toMatch(summary);
    expect(blobs(storage)).toBe(before);
    const stop = await run(
      found,
      'svc_is_running && svc_is_up && ! svc_is_stopped && svc_stop && svc_is_stopped && ! svc_is_up && ! svc_is_running',
    );
    expect(stop).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(workload()).toEqual({ replicas: 0, kept: '1' });
    const inside = await run(found, "printf 'ls /mnt/registry; cat; exit 7' | svc_offline_inside");
    expect(inside).toMatchObject({ status: 7, stdout: 'docker\n' });
    const collect = await run(found, 'svc_collect_offline');
    expect(collect.stderr).toBe('');
    expect(collect.status).toBe(0);
    expect(collect.stdout).toMatch(summary);
    expect(blobs(storage)).toBe(before - 3);
    const back = await run(found, 'svc_start && svc_is_running && svc_start && svc_cleanup && svc_cleanup');
    expect(back).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(workload()).toEqual({ replicas: 1, kept: undefined });
    expect(pods()).toEqual(['registry-pod2']);

    const changing = api.asked.filter(({ method, path }) => method !== 'GET' && !path.includes('/exec?'));
    const written = changing.map(
      ({ method, path, body }) =>
        reviewed(body) ??
        [`${method} ${path.replace(/\?.*/, '')}`, ...(body === undefined ? [] : [JSON.stringify(body, null, 2)])].join(
          '\n',
        ),
    );
    expectFixture('offline.requests.txt', `${written.join('\n\n')}\n`);
  });

  test('passes on every line of a log once, though its connection is cut', async () => {
    const { find, run, api } = await start();
    const found = await find();
    const whole = await run(found, 'svc_collect_check');
    api.cutNextLog(150);
    const cut = await run(found, 'svc_collect_check');
    // The collector finds what it sweeps in any order, and says when it began.
    const lines = (text: string) =>
      text
        .replaceAll(/time="[^"]*"/g, '')
        .split('\n')
        .sort();
    expect(lines(cut.stdout)).toEqual(lines(whole.stdout));
    expect(cut.status).toBe(0);
  });

  test("has the collector's own status and words where it fails", async () => {
    const { find, run, storage, workload } = await start();
    const found = await find();
    expect((await run(found, 'svc_stop')).status).toBe(0);
    rmSync(join(storage, 'docker'), { recursive: true });
    const ran = await run(found, 'svc_collect_offline');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('failed to garbage collect: failed to mark');
    expect((await run(found, 'svc_start')).status).toBe(0);
    expect(workload()).toEqual({ replicas: 1, kept: undefined });
  });

  test('ends a collector that is under way, and its pod with it', async () => {
    const lab = await start();
    const { find, run, storage, pods } = lab;
    const found = await find();
    const unblock = blockCollector(storage);
    expect((await run(found, 'svc_stop')).status).toBe(0);
    const collecting = run(found, 'svc_collect_offline');
    while (collectors(lab).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await run(found, 'svc_collect_kill && svc_collect_kill')).status).toBe(0);
    const ended = await collecting;
    expect(ended.status).not.toBe(0);
    expect(pods()).toEqual([]);
    unblock();
    expect((await run(found, 'svc_start')).status).toBe(0);
  });

  test('says which pods do not end, and leaves what brings the registry back', async () => {
    const { find, run, workload, api } = await start({ podSpec: { terminationGracePeriodSeconds: 1 } });
    const found = await find();
    api.hold(/^registry-pod1$/);
    const ran = await run(found, 'svc_stop');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(
      /^error: deployments\.apps\/registry was scaled to 0, and after 3 seconds these are still there: pod\/registry-pod1\n$/,
    );
    expect(workload()).toEqual({ replicas: 0, kept: '1' });
  });

  test('does not begin without every right that it needs', async () => {
    const { find, run, api, workload } = await start();
    const found = await find();
    for (const right of ['patch deployments', 'create pods', 'delete pods', 'get pods/log']) {
      const permit = api.forbid(right);
      const ran = await run(found, 'svc_prepare');
      expect(ran.status).toBe(1);
      expect(ran.stderr).toMatch(/^error: the account of kubectl may not: .* in namespace infra\n$/);
      permit();
    }
    expect(workload()).toEqual({ replicas: 1, kept: undefined });
  });

  test('finds a workload changed since it was looked at, and makes no pod of it', async () => {
    const { find, run, api, pods } = await start();
    const found = await find();
    const item = api.get('deployments', 'infra', 'registry');
    if (item === undefined) throw new Error('There is no deployment.');
    const text = JSON.stringify(item).replace('"image":"registry:2"', '"image":"registry:3"');
    api.put('deployments', JSON.parse(text) as Item);
    const ran = await run(found, 'svc_collect_check');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("error: deployments.apps/registry isn't as it was seen");
    expect(pods().filter((name) => name.startsWith('registry-prune'))).toEqual([]);
  });

  test('never has a secret in an argument', async () => {
    const { find, run, argumentsSeen } = await start();
    const found = await find();
    const ran = await run(found, 'svc_prepare && svc_collect_check && svc_stop && svc_collect_offline; svc_start');
    expect(ran.status).toBe(0);
    expect(argumentsSeen()).toContain('patch --local');
    expect(argumentsSeen()).not.toContain(secret);
    expect(ran.stdout + ran.stderr).not.toContain(secret);
  });

  test('gives way to a run of another machine that is at work', async () => {
    const { find, run, workload } = await start();
    const found = await find();
    expect((await run(found, 'rp_run=other; svc_prepare')).status).toBe(0);
    const ran = await run(found, 'svc_prepare; rp_status=$?; svc_cleanup; exit $rp_status');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toBe(
      'error: another run is at work on deployments.apps/registry, in pod/registry-prune-other-files\n',
    );
    expect((await run(found, 'rp_run=other; svc_cleanup; svc_prepare && svc_cleanup')).status).toBe(0);
    expect(workload().replicas).toBe(1);
  });

  test("another pod that wouldn't see the same files is found before the stop", async () => {
    const { find, run, api } = await start();
    const found = await find();
    const item = api.get('deployments', 'infra', 'registry');
    const text = JSON.stringify(item).replace('"claimName":"registry-data"', '"claimName":"another"');
    // The pods stay as they are: somebody changed the workload a moment ago.
    if (item !== undefined) Object.assign(item, JSON.parse(text));
    const ran = await run(found, 'svc_prepare; rp_status=$?; svc_cleanup; exit $rp_status');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain(
      "error: another pod of deployments.apps/registry doesn't see the same configuration, settings and files as registry-pod1",
    );
  });
});

describe('a volume that one pod may hold', () => {
  test('is looked at in the running pod before the stop, and in one of its own after it', async () => {
    const { find, run, pods, storage } = await start({ accessModes: ['ReadWriteOncePod'] });
    const found = await find();
    const before = blobs(storage);
    const check = await run(found, 'svc_prepare && svc_collect_check');
    expect(check).toMatchObject({ status: 0, stdout: expect.stringMatching(summary) });
    expect(pods()).toEqual(['registry-pod1']);
    const ran = await run(found, 'svc_stop && svc_collect_offline; svc_start && svc_cleanup');
    expect(ran.status).toBe(0);
    expect(blobs(storage)).toBe(before - 3);
  });
});

describe('an image without a digest', () => {
  test('is compared with the one that runs', async () => {
    const { find, run } = await start({ imageID: `sha256:${'b'.repeat(64)}` });
    const found = await find();
    expect(await run(found, 'svc_collect_check')).toMatchObject({ status: 0, stdout: expect.stringMatching(summary) });
    const other = { ...found, functions: found.functions.replaceAll('b'.repeat(64), 'c'.repeat(64)) };
    const ran = await run(other, 'svc_collect_check');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('error: the image is not the one that the registry runs');
  });
});

describe('collecting online', () => {
  test('collects in the running pod, and replaces it', async () => {
    const { find, run, pods, storage } = await start({
      container: { env: [{ name: 'REGISTRY_STORAGE_MAINTENANCE_READONLY', value: '{enabled: true}' }] },
    });
    const found = await find();
    expect(found.readOnly).toBe(true);
    const before = blobs(storage);
    const check = await run(found, 'svc_collect_online_check');
    expect(check).toMatchObject({ status: 0, stdout: expect.stringMatching(summary) });
    expect(blobs(storage)).toBe(before);
    const ran = await run(found, 'svc_collect_online');
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(summary) });
    expect(blobs(storage)).toBe(before - 3);
    expect((await run(found, 'svc_restart && svc_is_running')).status).toBe(0);
    expect(pods()).toEqual(['registry-pod2']);
  });

  test('reads the files of the running registry', async () => {
    const { find, run } = await start();
    const ran = await run(await find(), "printf 'ls /mnt/registry/docker/registry; echo oh >&2; exit 3' | svc_inside");
    expect(ran.status).toBe(3);
    expect(ran.stdout).toBe('v2\n');
    expect(ran.stderr).toContain('oh\n');
  });

  test('ends a collector in the running pod, and nothing else there', async () => {
    const { find, run, storage, pods } = await start();
    const found = await find();
    blockCollector(storage);
    const collecting = run(found, 'svc_collect_online');
    const working = async () =>
      (
        await run(
          found,
          `printf "cat /proc/[0-9]*/cmdline | tr '\\\\\\\\000' ' ' | grep -q 'garbage[-]collect'" | svc_inside`,
        )
      ).status;
    while ((await working()) !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await run(found, 'svc_collect_kill')).status).toBe(0);
    expect((await collecting).status).not.toBe(0);
    expect(await working()).toBe(1);
    expect(pods()).toEqual(['registry-pod1']);
  });
});

/** A question for a right, in one line. */
function reviewed(body: unknown): string | undefined {
  const { spec } = (body ?? {}) as {
    readonly spec?: { readonly resourceAttributes?: Readonly<Record<string, string>> };
  };
  const wanted = spec?.resourceAttributes;
  if (wanted === undefined) return undefined;
  return `may it ${wanted.verb ?? ''} ${[wanted.resource, wanted.subresource ?? wanted.name].filter(Boolean).join('/')}?`;
}

/** The requests that change something, as they were read and agreed to. `UPDATE_SCENARIOS=1` writes them anew. */
function expectFixture(name: string, text: string): void {
  const file = join(import.meta.dirname, name);
  const seen = text.replaceAll(runId, 'RUN');
  if (process.env.UPDATE_SCENARIOS === '1' || !existsSync(file)) writeFileSync(file, seen);
  expect(seen).toBe(readFileSync(file, 'utf8'));
}
