// The engine dies in the middle of a collection and comes back: so does the registry, whatever its restart policy is, and
// no collector runs under it. An engine of the suite's own, which dies once for all registries on it.

import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { MemoryRuntime } from '../../support/runtime.ts';
import { describeEngine } from '../engine.ts';
import type { SshServer } from '../ssh-server.ts';
import { collectorsOf, removeJobs, runningJobsOf, signal, watchPhases } from './host-watch.ts';
import { collectingInputs, expectSurvival, startLaidRegistry, type LaidRegistry } from './laid-registry.ts';
import { collectOverSsh, overSsh, sshToEngine } from './workplace.ts';

jest.setTimeout(300_000);

const laid = { revisions: 1_500, garbage: 100 };
const kinds = [
  ['no', '3.1'],
  ['unless-stopped', '2.8'],
  ['always', '3.1'],
] as const;

type Place = { readonly registry: LaidRegistry; readonly policy: string };
type Held = { readonly run: Promise<MemoryRuntime>; readonly pids: readonly number[] };

describeEngine(
  'an engine that dies and is started again',
  (engine) => {
    let server: SshServer;
    const places: Place[] = [];

    beforeAll(async () => {
      server = await sshToEngine(engine());
      for (const [policy, line] of kinds) {
        const args = ['--restart', policy];
        places.push({ policy, registry: await startLaidRegistry(engine(), line, laid, { args }) });
      }
    });
    afterEach(async () => {
      for (const { registry } of places) await removeJobs(registry);
    });
    afterAll(async () => {
      await server.stop();
      for (const { registry } of places) await registry.close();
    });

    /** Starts a run, and holds its job, or its collector, as soon as that phase is reached. */
    async function runUntil(registry: LaidRegistry, phase: 'stopped' | 'collecting'): Promise<Held> {
      registry.litter();
      const watch = watchPhases(registry);
      const run = collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) });
      await Promise.race([watch.reached(phase), run]);
      expect(watch.seen).toContain(phase);
      const find = phase === 'stopped' ? runningJobsOf : collectorsOf;
      // The collector is there a moment after its phase.
      while (find(registry).length === 0 && !watch.seen.includes('collected')) await wait(2);
      watch.stop();
      const pids = find(registry);
      for (const pid of pids) signal(pid, 'SIGSTOP');
      return { run, pids };
    }

    /** How often a collector was seen while the registry answered, until the runs are over. */
    async function conflicts(runs: Promise<unknown>): Promise<number> {
      let seen = 0;
      const end = new AbortController();
      void runs.finally(() => {
        end.abort();
      });
      while (!end.signal.aborted) {
        for (const { registry } of places)
          if (collectorsOf(registry).length > 0 && (await registry.isAnswering()) && collectorsOf(registry).length > 0)
            seen += 1;
        await wait(20);
      }
      return seen;
    }

    test.each(['collecting', 'stopped'] as const)('while the phase is %s', async (phase) => {
      const held = await Promise.all(places.map(({ registry }) => runUntil(registry, phase)));
      await engine().kill9();
      for (const { pids } of held) for (const pid of pids) signal(pid, 'SIGCONT');
      const runs = Promise.all(held.map(({ run }) => run));
      const conflicting = conflicts(runs);
      await engine().start();
      for (const done of await runs) expectClearEnd(done);
      expect(await conflicting).toBe(0);
      for (const { registry, policy } of places) await expectSurvival(engine(), registry, policy);
    });

    test('and the next run collects what is left', async () => {
      const runs = places.map(({ registry }) => collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) }));
      for (const done of await Promise.all(runs)) expect(done.failures).toEqual([]);
      for (const { registry, policy } of places) {
        await expectSurvival(engine(), registry, policy);
        expect(await registry.isClean()).toBe(true);
      }
    });
  },
  { isolated: true },
);

/** It went well, or one sentence says what happened, where the log is, and that the registry is back. */
function expectClearEnd(done: MemoryRuntime): void {
  if (done.failures.length === 0) return;
  const sentences = done.lines.filter((line) => /^error: (?!One thing went wrong)/.test(line));
  expect(sentences).toEqual([
    expect.stringMatching(
      / on root@127\.0\.0\.1:\d+: .*The registry answers again\. .*\/tmp\/registry-prune-[0-9a-f]{32}/,
    ),
  ]);
}
