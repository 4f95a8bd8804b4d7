// The whole runner is gone in the middle of a collection, its connections with it: the host finishes by itself. A job that
// waits for a word goes on without it after a minute, so all of them are waited for at the same time.

import { expect, jest, test } from '@jest/globals';
import type { Phase } from '../../../src/gc/events.ts';
import { describeEngine, type RegistryLine } from '../engine.ts';
import { watchPhases } from './host-watch.ts';
import { collectingInputs, expectSurvival, startLaidRegistry } from './laid-registry.ts';
import { startRunner } from './runner-process.ts';
import { sshToEngine } from './workplace.ts';

jest.setTimeout(300_000);

const policy = 'unless-stopped';
const laid = { revisions: 300, garbage: 300 };

/** Where the runner is killed, and whether all is collected without it. */
const ends: readonly (readonly [Phase, RegistryLine, boolean])[] = [
  ['prepare', '2.8', false],
  ['check', '3.1', false],
  ['ready', '2.8', false],
  ['stopping', '3.1', false],
  ['stopped', '2.8', false],
  ['collecting', '3.1', true],
  ['collecting', '2.8', true],
  ['starting', '3.1', true],
];

describeEngine('a runner that is gone', (engine) => {
  async function killedIn(phase: Phase, line: RegistryLine, isCollected: boolean): Promise<void> {
    const registry = await startLaidRegistry(engine(), line, laid, { args: ['--restart', policy] });
    const server = await sshToEngine(engine());
    registry.litter();
    const watch = watchPhases(registry);
    const runner = startRunner(server, collectingInputs(registry));
    try {
      await Promise.race([watch.reached(phase), runner.ended]);
      expect(watch.seen).toContain(phase);
      await runner.kill9();
      await expectSurvival(engine(), registry, policy);
      // What it was killed before may have happened all the same: its last word may have been on its way.
      if (isCollected) expect(await registry.isClean()).toBe(true);
    } catch (error) {
      const seen = `phases ${watch.seen.join(' ')}\n${runner.log()}`;
      throw new Error(`distribution ${line}, killed in the phase ${phase}: ${seen}`, { cause: error });
    } finally {
      watch.stop();
      await runner.kill9();
      await server.stop();
      await registry.close();
    }
  }

  test('whenever that is, the registry answers, and nothing is lost or left', async () => {
    const ended = await Promise.allSettled(ends.map((end) => killedIn(...end)));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  });
});
