// The whole job on a registry in Kubernetes: what src/gc does with the functions of src/machine.

import { afterEach, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { collectOn, until } from '../../gc/collecting.ts';
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

/** A pod of the workload that runs is a registry that answers: none of these has a Service. */
const answers = ({ api }: Lab): boolean =>
  api
    .list('pods', 'infra')
    .some(
      ({ metadata, status }) =>
        metadata.ownerReferences !== undefined &&
        metadata.deletionTimestamp === undefined &&
        status?.phase === 'Running',
    );

async function collecting(lab: Lab, changes: Parameters<typeof collectOn>[2] = {}) {
  const service = await lab.find();
  const plain = { service, answers: () => Promise.resolve(answers(lab)), bytes: () => Promise.resolve(1) };
  return collectOn(lab.host, plain as unknown as Parameters<typeof collectOn>[1], {
    ...changes,
    limits: { wordSeconds: 30, answerMs: 20_000, ...changes.limits },
  });
}

describe('a whole collection in Kubernetes', () => {
  test('offline, with work on the files while the registry is stopped', async () => {
    const lab = await start();
    const { collection, lines } = await collecting(lab, {
      offlineWork: 'echo @removed team/old; ls /mnt/registry >&2',
    });
    expect({ ...collection, lines }).toMatchObject({
      service: 'kubectl:infra/registry',
      result: 'done',
      blobs: 3,
      manifests: 0,
    });
    expect(collection.why).toBeUndefined();
    expect(collection.awaySeconds).toBeGreaterThanOrEqual(0);
    expect(lab.workload()).toEqual({ replicas: 1, kept: undefined });
    expect(lab.pods()).toEqual(['registry-pod2']);
  });

  test('with nothing to collect: no pod is replaced', async () => {
    const lab = await start();
    expect((await collecting(lab)).collection.result).toBe('done');
    const { collection } = await collecting(lab);
    expect(collection.result).toBe('skipped');
    expect(lab.pods()).toEqual(['registry-pod2']);
    expect(lab.workload()).toEqual({ replicas: 1, kept: undefined });
  });

  test('online', async () => {
    const lab = await start({
      container: { env: [{ name: 'REGISTRY_STORAGE_MAINTENANCE_READONLY', value: '{enabled: true}' }] },
    });
    const { collection } = await collecting(lab, { mode: 'online' });
    expect(collection).toMatchObject({ result: 'done', blobs: 3 });
    expect(lab.pods()).toEqual(['registry-pod2']);
  });

  test('whose job is killed while the registry is stopped: another one brings it back', async () => {
    const lab = await start();
    const run = collecting(lab);
    await until(() => lab.workload().replicas === 0, 'the stop');
    const job = lab.jobs().at(0);
    if (job === undefined) throw new Error('There is no job.');
    process.kill(-job, 'SIGKILL');
    const { collection } = await run;
    expect(collection.result).toBe('failed');
    expect(lab.workload()).toEqual({ replicas: 1, kept: undefined });
    expect(answers(lab)).toBe(true);
    expect(lab.pods()).toEqual(['registry-pod2']);
    if (collection.log !== undefined) rmSync(collection.log, { recursive: true });
  });
});
