// A collection as the tests ask for it: this machine's clock, patience that fits them.

import { setTimeout as sleep } from 'node:timers/promises';
import { collect, type CollectLimits, type CollectOptions } from '../../src/gc/index.ts';
import type { Host } from '../../src/machine/index.ts';
import type { Collection } from '../../src/model/index.ts';
import type { PlainService } from './plain-service.ts';

/** Long enough for two slow cores, short enough to be waited for. */
export const shortPatience: Partial<CollectLimits> = {
  wordSeconds: 8,
  startPauseSeconds: 0,
  startTries: 4,
  engineSeconds: 6,
  lockMs: 1_000,
  lockPauseMs: 200,
  answerMs: 3_000,
  reconnectMs: 15_000,
  reconnectPauseMs: 200,
};

export type Told = { readonly collection: Collection; readonly lines: readonly string[] };

export async function collectOn(host: Host, plain: PlainService, changes: Partial<CollectOptions> = {}): Promise<Told> {
  const lines: string[] = [];
  const collection = await collect({
    host,
    service: plain.service,
    mode: 'offline',
    registryAnswers: plain.answers,
    storage: { bytes: plain.bytes },
    who: 'the tests',
    say: (line) => void lines.push(line),
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
    ...changes,
    limits: { ...shortPatience, ...changes.limits },
  });
  return { collection, lines };
}

/** Waits until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, patienceMs = 30_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${what}`);
    await sleep(30);
  }
}
