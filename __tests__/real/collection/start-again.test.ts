// A registry that doesn't come back at once: it is asked to start until what keeps it down is gone, or is named.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { collect } from '../../../src/gc/index.ts';
import { findService, openHost } from '../../../src/machine/index.ts';
import { describeEngine } from '../engine.ts';
import { expectLog, failingPolicy, meanwhile, sentenceOf, startFailing, type Failing } from './failing.ts';
import { collectorsOf, kill9, untilTried, watchPhases } from './host-watch.ts';

jest.setTimeout(180_000);

describeEngine('a registry that is asked to start again', (engine) => {
  let failing: Failing;
  beforeAll(async () => {
    failing = await startFailing(engine());
  });
  afterAll(() => failing.close());

  test('after a collector that was killed half way', async () => {
    const { registry } = failing;
    const watch = watchPhases(registry);
    const running = failing.pruned();
    await Promise.race([watch.reached('collecting'), running]);
    let killed: readonly number[] = [];
    while (killed.length === 0 && !watch.seen.includes('collected')) {
      await wait(2);
      killed = collectorsOf(registry);
      kill9(killed);
    }
    watch.stop();
    const sentence = sentenceOf(await running);
    expect(sentence).toMatch(/the collector (failed|ended with status).*\. The registry answers again/);
    expectLog(sentence);
    await failing.expectAlive();
  });

  describe('a port that somebody else takes while it is stopped', () => {
    /** Resolves to the container that has it. */
    async function takenPort(): Promise<string> {
      const { registry } = failing;
      let taker = '';
      await meanwhile(registry, 'stopped', async () => {
        const port = `${engine().address}:${new URL(registry.url).port}:5000`;
        taker = await engine().run(['--publish', port, '--entrypoint', 'sleep', registry.image, '600']);
      });
      return taker;
    }

    test('for a while: it is started once the port is free, and all is well', async () => {
      const taking = takenPort();
      const running = failing.pruned();
      const taker = await taking;
      await untilTried(failing.registry, 1);
      await engine().docker(['rm', '--force', taker]);
      const done = await running;
      expect(done.failures).toEqual([]);
      expect(done.lines.join('\n')).toMatch(/the registry doesn't start yet \(try 1\).*port is already allocated/);
      await failing.expectAlive();
    });

    test('for good: said, with the log, and that it must be started', async () => {
      const { registry } = failing;
      registry.litter();
      const taking = takenPort();
      const collection = await collectHere();
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toMatch(
        /^the registry didn't start again.*The host said: .*port is already allocated.*\. The registry doesn't answer$/,
      );
      expect(collection.why?.wayOut).toContain('Start it by hand now.');
      expectLog(collection.why?.wayOut ?? '');
      await engine().docker(['rm', '--force', await taking]);
      await engine().docker(['start', registry.name]);
      await engine().docker(['update', '--restart', failingPolicy, registry.name]);
      await failing.expectAlive();
    });
  });

  /** Without the door, and less patient than it. */
  async function collectHere(): ReturnType<typeof collect> {
    const { registry, server } = failing;
    const directory = await mkdtemp(join(tmpdir(), 'registry-prune-runner-'));
    const ssh = {
      ...{ host: server.host, port: server.port, user: server.user },
      ...{ key: server.keys.key, knownHosts: server.knownHosts() },
    };
    const host = await openHost({ ssh, env: process.env, tempDir: directory, homeDir: directory });
    try {
      return await collect({
        host,
        service: await findService(host, { service: { kind: 'docker', name: registry.name } }),
        mode: 'offline',
        registryAnswers: () => registry.isAnswering(),
        who: 'the tests',
        say: () => undefined,
        now: () => new Date(),
        sleep: (ms) => wait(ms),
        limits: { startTries: 2, startPauseSeconds: 1, answerMs: 500 },
      });
    } finally {
      await host.close();
      await rm(directory, { recursive: true, force: true });
    }
  }
});
