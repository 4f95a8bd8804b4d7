/**
 * SIGKILL for the built action on real registries, in the phases in which it matters most. `npm run kills` has hundreds, at any
 * moment, and the same seeds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeDistribution } from '../real/pruning.ts';
import type { RunningRegistry } from '../real/registries.ts';
import { killOnce } from './kill.ts';
import type { Phase } from './moments.ts';
import { emptyTally, killsOf } from './tally.ts';

// Five processes each; on a busy machine one takes seconds.
jest.setTimeout(180_000);

const cases: readonly (readonly [phase: Phase, seed: number])[] = [
  ['journaled', 1],
  ['tags', 2],
  ['manifests', 3],
];

describeDistribution('a run that is killed', (registry) => {
  const line = registry.version.startsWith('2.') ? '2.8' : '3.1';
  let running: RunningRegistry;
  let folder: string;
  beforeAll(async () => {
    running = await registry.start();
    folder = mkdtempSync(join(tmpdir(), 'registry-prune-kills-'));
  });
  afterAll(async () => {
    await running.close();
    rmSync(folder, { recursive: true });
  });

  test.each(cases)('while it is at “%s” is finished by a rerun, and undone by a restore', async (phase, seed) => {
    const tally = emptyTally();
    await killOnce({ storage: running, line, folder }, { seed, tally, among: [phase] });
    expect(killsOf(tally) + tally.ended).toBe(1);
    expect(tally).toMatchObject({ reruns: 1, restoresAfterRerun: 1 });
    expect(tally.same + tally.finished).toBe(1);
    expect(tally.tagsPut).toBeGreaterThan(0);
    expect(tally.manifestsPut).toBeGreaterThan(0);
  });
});
