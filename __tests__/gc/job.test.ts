// The job on this machine, under every shell that a host may have, around a real registry: whatever fails, the registry
// answers again and no lock is left.

import { rm } from 'node:fs/promises';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { collectOn } from './collecting.ts';
import {
  heldCollector,
  leftovers,
  registryProgram,
  shellHost,
  shells,
  smallTree,
  startPlainService,
  type PlainService,
  type Step,
} from './plain-service.ts';

const majors = ([2, 3] as const).filter((major) => registryProgram(major) !== undefined);
const major = majors[0];

for (const shell of shells) {
  // Both ways of starting the collector; which shell has which doesn't matter.
  const standsBy = shell !== 'bash';
  const told = standsBy ? ['told'] : [];
  describe(`under ${shell}${standsBy ? ', with a collector that waits' : ''}`, () => {
    const here = shellHost(shell);
    if (here === undefined || major === undefined) {
      test.skip(here === undefined ? `${shell} isn't here` : 'distribution is not here', () => undefined);
      return;
    }
    const { host, close } = here;
    let plain: PlainService;

    afterAll(close);
    afterEach(async () => {
      await plain.close();
    });
    const left = (): readonly string[] => leftovers(plain.service);
    /** Nothing but the logs of the failure, which are taken away here. */
    const onlyLog = async (log: string | undefined): Promise<void> => {
      expect(left()).toEqual([log]);
      await rm(log ?? '', { recursive: true });
    };

    test.each(majors)('distribution %s: what is collected is what the storage no longer has', async (each) => {
      plain = await startPlainService({ major: each, standsBy });
      const blobs = plain.blobs();
      const { collection, lines } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'done', blobs: 3, manifests: 0, unlinked: [], spared: [] });
      expect(blobs - plain.blobs()).toBe(collection.blobs);
      expect((collection.before ?? 0) - (collection.after ?? 0)).toBeGreaterThanOrEqual(3 * 20_000);
      expect(collection.awaySeconds).toBeGreaterThan(0);
      expect(collection.log).toBeUndefined();
      expect(plain.calls()).toEqual(['prepare', 'check', ...told, 'stop', 'collect', 'start', 'cleanup']);
      expect(await plain.answers()).toBe(true);
      expect(lines).toEqual(
        expect.arrayContaining(['the registry is stopped', 'garbage is collected', 'the registry is started']),
      );
      expect(left()).toEqual([]);
    });

    test('nothing to collect: the registry is not stopped', async () => {
      plain = await startPlainService({ major, standsBy, tree: { ...smallTree, orphans: 0 } });
      const { collection } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'skipped', blobs: 0 });
      expect(collection.awaySeconds).toBeUndefined();
      expect(plain.calls()).toEqual(['prepare', 'check', 'cleanup']);
      expect(left()).toEqual([]);
    });

    test('an empty storage: the registry is not stopped', async () => {
      plain = await startPlainService({ major, standsBy, tree: undefined });
      const { collection } = await collectOn(host, plain, { offlineWork: 'echo never' });
      expect(collection.result).toBe('skipped');
      expect(plain.calls()).not.toContain('stop');
    });

    test('work on the storage is done between stop and collector, also where nothing else is to collect', async () => {
      plain = await startPlainService({ major, standsBy, tree: { ...smallTree, orphans: 0 } });
      const [digest = ''] = plain.digests;
      const offlineWork = [
        `rm -r '${plain.root}/docker/registry/v2/repositories/apps/web/_manifests/revisions/${digest.replace(':', '/')}'`,
        `rm -r '${plain.root}/docker/registry/v2/repositories/apps/web/_manifests/tags/build-1'`,
        `printf '%s\\n' '@unlinked apps/web ${digest}' '@spared apps/api changed: a tag was pushed' '@removed apps/old' '@unlinked Bad/NAME ${digest}' something`,
      ].join('\n');
      const { collection } = await collectOn(host, plain, { offlineWork });
      expect(plain.calls()).toEqual([
        'prepare',
        'check',
        ...told,
        'stop',
        'offline-inside',
        'collect',
        'start',
        'cleanup',
      ]);
      expect(collection).toMatchObject({
        result: 'done',
        // The manifest and its config.
        blobs: 2,
        unlinked: [{ repository: 'apps/web', digest }],
        spared: [{ repository: 'apps/api', why: 'changed: a tag was pushed' }],
        removedRepositories: ['apps/old'],
      });
      expect(left()).toEqual([]);
    });

    test.each<[Step, string, boolean]>([
      [
        'prepare',
        "the collector couldn't be prepared; nothing was stopped. The host said: the fault of prepare",
        false,
      ],
      ['check', "the collector's dry run failed; nothing was stopped. The host said: the fault of check", false],
      [
        'stop',
        "the registry couldn't be stopped; nothing was collected. The host said: the fault of stop. The registry answers again",
        true,
      ],
      [
        'offline-inside',
        "links in the storage couldn't be removed; nothing was collected. The host said: the fault of offline-inside. The registry answers again",
        true,
      ],
      ['collect', 'the collector failed. The host said: the fault of collect. The registry answers again', true],
    ])('%s fails', async (step, what, stops) => {
      plain = await startPlainService({ major, standsBy });
      plain.fail(step, 1);
      const { collection } = await collectOn(host, plain, { offlineWork: ':' });
      expect(collection).toMatchObject({ result: 'failed', why: { what }, blobs: 0 });
      expect(plain.calls().includes('stop')).toBe(stops);
      expect(plain.calls().at(-1)).toBe('cleanup');
      expect(plain.blobs()).toBe(3 + 2 + 2 * smallTree.revisions);
      expect(await plain.answers()).toBe(true);
      await onlyLog(collection.log);
    });

    test('a collector that should wait and does not: nothing is stopped', async () => {
      plain = await startPlainService({ major, standsBy: true });
      plain.fail('told', 1);
      const { collection } = await collectOn(host, plain, { limits: { wordSeconds: 2 } });
      expect(collection.why?.what).toBe(
        "the collector couldn't be prepared; nothing was stopped. The host said: the fault of told",
      );
      expect(plain.calls()).not.toContain('stop');
      await onlyLog(collection.log);
    });

    test('a waiting collector that ends at the stop: the registry is started again at once', async () => {
      plain = await startPlainService({ major, standsBy: true });
      plain.before('told', 'echo @waiting; while svc_is_running; do sleep 0.02; done; echo gone; exit 1');
      const { collection } = await collectOn(host, plain, { offlineWork: 'sleep 0.5' });
      expect(collection.why?.what).toBe('the collector failed. The host said: gone. The registry answers again');
      expect(collection.awaySeconds).toBeGreaterThan(0);
      expect(await plain.answers()).toBe(true);
      await onlyLog(collection.log);
    });

    test('a start that fails twice is tried again', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.fail('start', 2);
      const { collection } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'done', blobs: 3 });
      expect(plain.calls().filter((name) => name === 'start')).toHaveLength(3);
      expect(await plain.answers()).toBe(true);
      expect(left()).toEqual([]);
    });

    test('a clean-up that fails once is tried again', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.fail('cleanup', 1);
      const { collection, lines } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'done', blobs: 3 });
      expect(plain.calls().slice(-3)).toEqual(['start', 'cleanup', 'cleanup']);
      expect(lines.filter((line) => line.includes('removed'))).toEqual([]);
      expect(left()).toEqual([]);
    });

    test('a clean-up that fails twice is given up, and the log says so', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.fail('cleanup', 99);
      const { collection, lines } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'done', blobs: 3 });
      expect(plain.calls().slice(-3)).toEqual(['start', 'cleanup', 'cleanup']);
      expect(lines).toContain(
        "what was made for the collection couldn't be removed there; the next one removes it. The host said: the fault of cleanup",
      );
      expect(left()).toEqual([]);
    });

    test('a clean-up that fails takes no other failure’s words', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.fail('stop', 1);
      plain.fail('cleanup', 1);
      const { collection } = await collectOn(host, plain);
      expect(collection.why?.what).toContain('The host said: the fault of stop. The registry answers again');
      await onlyLog(collection.log);
    });

    test('a registry that never starts again: it was tried, and the failure says where to look', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.fail('start', 99);
      const { collection } = await collectOn(host, plain);
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain("the registry didn't start again");
      expect(collection.why?.what).toContain('the fault of start');
      expect(collection.why?.wayOut).toContain(`The logs lie in ${collection.log ?? '?'} there`);
      expect(collection.awaySeconds).toBeUndefined();
      await onlyLog(collection.log);
    });

    test('a collector that is given what it does not understand fails, though its status is 0', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.before('collect', 'echo "Error: unknown shorthand flag"; svc_collector() { return 0; }');
      const { collection } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'failed', blobs: 0 });
      expect(collection.why?.what).toContain('the collector failed. The host said: Error: unknown shorthand flag');
      expect(await plain.answers()).toBe(true);
      await onlyLog(collection.log);
    });

    test('a registry that comes up under the collector: the collector is ended, the registry restarted', async () => {
      plain = await startPlainService({ major, standsBy });
      plain.before('collect', `svc_up; ${heldCollector}`);
      const { collection } = await collectOn(host, plain);
      expect(collection.result).toBe('failed');
      expect(plain.calls()).toContain('restart');
      expect(await plain.answers()).toBe(true);
      await onlyLog(collection.log);
    });

    test('something else answers at the address: nothing is collected', async () => {
      plain = await startPlainService({ major, standsBy });
      const blobs = plain.blobs();
      const { collection } = await collectOn(host, plain, { registryAnswers: () => Promise.resolve(true) });
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain(
        "something answered at the registry's address while the registry was stopped",
      );
      expect(plain.calls()).not.toContain('collect');
      expect(plain.blobs()).toBe(blobs);
      expect(await plain.answers()).toBe(true);
      await onlyLog(collection.log);
    });

    test('an address that does not answer before the stop: nothing is stopped', async () => {
      plain = await startPlainService({ major, standsBy });
      const { collection } = await collectOn(host, plain, { registryAnswers: () => Promise.resolve(false) });
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain('it did not answer at its address');
      expect(plain.calls()).not.toContain('stop');
      await onlyLog(collection.log);
    });

    test('online: collected beside the running registry, which is restarted', async () => {
      plain = await startPlainService({ major, standsBy, readOnly: true });
      const { collection } = await collectOn(host, plain, { mode: 'online' });
      expect(collection).toMatchObject({ result: 'done', blobs: 3, mode: 'online' });
      expect(plain.calls()).toEqual(['prepare', 'check', 'collect', 'restart', 'cleanup']);
      expect(left()).toEqual([]);
    });

    test('online: a collector that fails is followed by the restart all the same', async () => {
      plain = await startPlainService({ major, standsBy, readOnly: true });
      plain.fail('collect', 1);
      const { collection } = await collectOn(host, plain, { mode: 'online' });
      expect(collection.result).toBe('failed');
      expect(plain.calls()).toContain('restart');
      expect(await plain.answers()).toBe(true);
      await onlyLog(collection.log);
    });

    test('online, and the registry takes pushes: refused', async () => {
      plain = await startPlainService({ major, standsBy });
      const { collection } = await collectOn(host, plain, { mode: 'online' });
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain('the registry takes pushes');
      expect(plain.calls()).toEqual([]);
      expect(left()).toEqual([]);
    });
  });
}
