// A host without room for the collection's own files: nothing is stopped, or the registry comes back without a byte.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Phase } from '../../../src/gc/events.ts';
import { describeEngine } from '../engine.ts';
import { sentenceOf, startFailing, type Failing } from './failing.ts';
import { startNarrowHost } from './narrow-host.ts';
import { overSsh } from './workplace.ts';

jest.setTimeout(180_000);

describeEngine('a full disk', (engine) => {
  if (process.getuid?.() !== 0) {
    test.skip('only root mounts a small file system', () => undefined);
    return;
  }
  let failing: Failing;
  beforeAll(async () => {
    failing = await startFailing(engine());
  });
  afterAll(() => failing.close());

  test('no room for the job: nothing is stopped', async () => {
    const before = await failing.startedAt();
    const narrow = await startNarrowHost(engine());
    try {
      await narrow.fill();
      const sentence = sentenceOf(await failing.pruned(overSsh(narrow.server)));
      expect(sentence).toContain("the collection couldn't be put into /tmp of the host; nothing was stopped");
      expect(await failing.startedAt()).toBe(before);
      await failing.expectAlive();
    } finally {
      await narrow.close();
    }
  });

  describe('no room left from a phase on', () => {
    test.each<Phase>(['ready', 'stopped', 'collecting'])('%s', async (phase) => {
      const narrow = await startNarrowHost(engine());
      try {
        const running = failing.pruned(overSsh(narrow.server));
        const isFull = await narrow.fillIn(failing.registry, phase, running);
        const done = await running;
        expect([isFull, done.failures]).toEqual([true, []]);
        await failing.expectAlive();
      } catch (error) {
        throw new Error('The run is over.', { cause: error });
      } finally {
        await narrow.close();
      }
    });
  });
});
