// The functions of a registry in Kubernetes, run on this machine with the real kubectl.

import { afterEach, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startLab, type Lab, type Setup } from './lab.ts';

let lab: Lab | undefined;

async function start(setup: Setup = {}): Promise<Lab> {
  lab = await startLab(setup);
  return lab;
}

afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const blobs = (storage: string): number => {
  const base = join(storage, 'docker/registry/v2/blobs/sha256');
  return readdirSync(base).flatMap((part) => readdirSync(join(base, part))).length;
};

describe('collecting offline', () => {
  test('stops every pod, collects in one of its own, and brings the registry back', async () => {
    const { find, run, workload, pods, storage } = await start();
    const found = await find();
    const before = blobs(storage);
    const check = await run(found, 'svc_prepare && svc_collect_check');
    expect(check.stderr).toBe('');
    expect(check.status).toBe(0);
    expect(check.stdout).toMatch(/^\d+ blobs marked, 3 blobs and 0 manifests eligible for deletion$/m);
    expect(blobs(storage)).toBe(before);
    const stop = await run(
      found,
      'svc_is_running && svc_is_up && ! svc_is_stopped && svc_stop && svc_is_stopped && ! svc_is_up',
    );
    expect(stop).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(workload()).toEqual({ replicas: 0, kept: '1' });
    const inside = await run(found, "printf 'ls /mnt/registry; cat; exit 7' | svc_offline_inside");
    expect(inside).toMatchObject({ status: 7, stdout: 'docker\n' });
    const collect = await run(found, 'svc_collect_offline');
    expect(collect.stderr).toBe('');
    expect(collect.status).toBe(0);
    expect(collect.stdout).toMatch(/^\d+ blobs marked, 3 blobs and 0 manifests eligible for deletion$/m);
    expect(blobs(storage)).toBe(before - 3);
    const restart = await run(found, 'svc_start && svc_is_running && svc_cleanup');
    expect(restart).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(workload()).toEqual({ replicas: 1, kept: undefined });
    expect(pods()).toEqual(['registry-pod2']);
  });
});
