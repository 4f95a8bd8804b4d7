// A collection whose connections are cut, at every step of it and at any moment: the run finds its job again, the registry
// answers, nothing that was kept is lost, and nothing is left on the host. Over real SSH, into real containers.

import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { Phase } from '../../../src/gc/events.ts';
import { randomFrom } from '../../../sandbox/random.ts';
import type { MemoryRuntime } from '../../support/runtime.ts';
import { describeEngine, type RegistryLine } from '../engine.ts';
import type { SshServer } from '../ssh-server.ts';
import { pullTools, referenceOf } from '../tools.ts';
import { kill9, removeJobs, sshClientsTo, watchPhases } from './host-watch.ts';
import {
  collectingInputs,
  expectKept,
  expectSurvival,
  keptRepository,
  startLaidRegistry,
  type LaidRegistry,
} from './laid-registry.ts';
import { collectOverSsh, overSsh, sshToEngine } from './workplace.ts';

jest.setTimeout(300_000);

const policies: Readonly<Record<RegistryLine, string>> = { '2.8': 'unless-stopped', '3.1': 'on-failure:3' };
const lines: readonly RegistryLine[] = ['2.8', '3.1'];
/** A collector's work of half a second or so. */
const laid = { revisions: 2_000, garbage: 300 };
const stages = ['prepare', 'check', 'ready', 'stopping', 'stopped', 'unlinking', 'collecting', 'starting'] as const;
/** For each line of distribution. */
const randomMoments = 10;

/** `client`: this end's ssh is killed. `session`: the other end's sshd is. */
type Way = 'client' | 'session';
type Place = { readonly server: SshServer; readonly registry: LaidRegistry };
type Moment = { readonly after: Phase; readonly ms: number; readonly way: Way };

describeEngine('a connection that is cut', (engine) => {
  const places = new Map<RegistryLine, Place>();

  beforeAll(async () => {
    for (const line of lines) {
      const registry = await startLaidRegistry(engine(), line, laid, {
        args: ['--restart', policies[line]],
      });
      places.set(line, { registry, server: await sshToEngine(engine()) });
    }
  });
  afterEach(async () => {
    for (const { registry } of places.values()) await removeJobs(registry);
  });
  afterAll(async () => {
    for (const { registry, server } of places.values()) {
      await server.stop();
      await registry.close();
    }
  });

  const placeOf = (line: RegistryLine): Place => {
    const place = places.get(line);
    if (place === undefined) throw new Error(`There is no registry of ${line}.`);
    return place;
  };
  const both = async (work: (line: RegistryLine) => Promise<void>): Promise<void> => {
    // Each waits for its host most of the time.
    const ended = await Promise.allSettled(lines.map(work));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  };

  function cut({ server }: Place, way: Way): number {
    if (way === 'session') return server.killSessions();
    const clients = sshClientsTo(server.port);
    kill9(clients);
    return clients.length;
  }

  /** A run that is cut at this moment: how many connections were, and what became of it. */
  async function runCut(line: RegistryLine, { after, ms, way }: Moment): Promise<number> {
    const place = placeOf(line);
    const { registry, server } = place;
    registry.litter();
    const watch = watchPhases(registry);
    const running = collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) });
    let cuts = 0;
    let done: MemoryRuntime | undefined;
    try {
      await Promise.race([watch.reached(after), running]);
      await wait(ms);
      // Between two connections there is none: then the next one is cut.
      while (cuts === 0 && (await Promise.race([running.then(() => false), wait(5).then(() => true)])))
        cuts = cut(place, way);
      done = await running;
      expect(done.failures).toEqual([]);
      await expectSurvival(engine(), registry, policies[line]);
      expect(await registry.isClean()).toBe(true);
      return cuts;
    } catch (error) {
      const log = (done ?? (await running)).lines.join('\n');
      throw new Error(`distribution ${line}, ${cuts} connections cut, phases ${watch.seen.join(' ')}:\n${log}`, {
        cause: error,
      });
    } finally {
      watch.stop();
    }
  }

  test.each(stages)('in the phase %s', async (after) => {
    await both(async (line) => {
      const way = line === '2.8' ? 'client' : 'session';
      expect(await runCut(line, { after, ms: 0, way })).toBeGreaterThan(0);
    });
  });

  const seeds = Array.from({ length: randomMoments }, () => Math.floor(Math.random() * 2 ** 32));
  test.each(seeds)('at a random moment, seed %d', async (seed) => {
    const random = randomFrom(seed);
    const moments = new Map(
      lines.map((line) => {
        const way = random.pick<Way>(['client', 'session']);
        return [line, { way, after: random.pick(stages), ms: random.between(0, 400) }] as const;
      }),
    );
    await both(async (line) => {
      const moment = moments.get(line);
      if (moment !== undefined) await runCut(line, moment);
    });
  });

  test('before the job is on the host: said, and the registry was never stopped', async () => {
    await both(async (line) => {
      const { registry, server } = placeOf(line);
      const startedAt = (): Promise<string> =>
        engine().docker(['inspect', '--format', '{{.State.StartedAt}}', registry.name]);
      const before = await startedAt();
      const running = collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) });
      while (sshClientsTo(server.port).length === 0) await wait(5);
      kill9(sshClientsTo(server.port));
      const { failures } = await running;
      expect(failures).toEqual([
        expect.stringMatching(/^(ssh|The connection) to root@127\S+ was (ended before|cut before) .*\n/),
      ]);
      expect(await startedAt()).toBe(before);
      await expectSurvival(engine(), registry, policies[line]);
    });
  });

  test('after all of it skopeo pulls what was kept', async () => {
    for (const { registry } of places.values()) {
      await expectKept(registry);
      for (const tool of pullTools())
        if (tool.name === 'skopeo') await tool.pull(referenceOf(registry.url, `${keptRepository}:build-1`));
    }
  });
});
