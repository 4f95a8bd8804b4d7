// A collection that fails on its host: the step fails and names the log there, the tags are reported as deleted, and the
// registry is asked to start until it does.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describeEngine } from '../engine.ts';
import { expectLog, meanwhile, sentenceOf, startFailing, type Failing } from './failing.ts';
import { watchPhases } from './host-watch.ts';

jest.setTimeout(180_000);

describeEngine('a collection that fails', (engine) => {
  let failing: Failing;
  beforeAll(async () => {
    failing = await startFailing(engine());
  });
  afterAll(() => failing.close());

  test('a manifest of schema 1 on 3.x: the dry run finds out, and nothing is stopped', async () => {
    const before = await failing.startedAt();
    const remove = await laySchema1(failing.registry.storage);
    const sentence = sentenceOf(await failing.pruned());
    await remove();
    expect(sentence).toMatch(/the collector's dry run failed; nothing was stopped\. The host said: .*schema/);
    expectLog(sentence);
    expect(await failing.startedAt()).toBe(before);
    await failing.expectAlive();
  });

  test('a configuration that is not there', async () => {
    const before = await failing.startedAt();
    const sentence = sentenceOf(await failing.pruned({ 'registry-config': '/etc/distribution/none.yml' }));
    expect(sentence).toMatch(/nothing was collected: .*\/etc\/distribution\/none\.yml/);
    expect(await failing.startedAt()).toBe(before);
    await failing.expectAlive();
  });

  test('a configuration that breaks while the registry is stopped: it is started until it is mended', async () => {
    const breaking = meanwhile(failing.registry, 'stopping', () => failing.configure('broken: ['));
    const watch = watchPhases(failing.registry);
    const running = failing.pruned();
    await breaking;
    await Promise.race([watch.reached('starting'), running]);
    watch.stop();
    // It starts and ends by turns, and nobody can foresee in which moment the job looks.
    await wait(3_000);
    await failing.configure();
    const sentence = sentenceOf(await running);
    expect(sentence).toMatch(/the collector (?:failed|ended with).*\. The registry answers again/);
    expectLog(sentence);
    await failing.expectAlive();
  });
});

/** A manifest of Docker schema 1, as an old registry left it. Answers with what takes it away again. */
async function laySchema1(storage: string): Promise<() => Promise<void>> {
  const manifest = JSON.stringify({
    schemaVersion: 1,
    name: 'apps/old',
    tag: '1',
    architecture: 'amd64',
    fsLayers: [],
    history: [],
    signatures: [],
  });
  const hex = createHash('sha256').update(manifest).digest('hex');
  const base = join(storage, 'docker/registry/v2');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  await write(join(base, 'blobs/sha256', hex.slice(0, 2), hex, 'data'), manifest);
  await write(join(base, 'repositories/apps/old/_manifests/revisions/sha256', hex, 'link'), `sha256:${hex}`);
  return () => rm(join(base, 'repositories/apps/old'), { recursive: true });
}
