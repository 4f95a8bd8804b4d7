/** From the first signal to the end of the process, by a clock of the test's own. */
import { expect, test } from '@jest/globals';
import {
  Interrupted,
  interruptionLimits,
  listenForSignals,
  unlessAborted,
  type Interruption,
} from '../../src/runtime/interruption.ts';

type Lab = Interruption & {
  readonly send: (signal: 'SIGINT' | 'SIGTERM') => void;
  /** What is due by then, in its order. */
  readonly wait: (untilMs: number) => void;
  readonly said: string[];
  readonly left: () => number;
};

function lab(): Lab {
  const listeners = new Map<string, () => void>();
  let timers: { readonly ms: number; readonly then: () => void }[] = [];
  const said: string[] = [];
  let left = 0;
  const interruption = listenForSignals({
    limits: interruptionLimits,
    on: (signal, heard) => void listeners.set(signal, heard),
    after: (ms, then) => void timers.push({ ms, then }),
    heard: (signal, times) => void said.push(`${signal} ${times}`),
    leave: () => {
      left += 1;
    },
  });
  return {
    ...interruption,
    said,
    left: () => left,
    send: (signal) => listeners.get(signal)?.(),
    wait(untilMs) {
      const due = timers.filter(({ ms }) => ms <= untilMs).sort((one, other) => one.ms - other.ms);
      timers = timers.filter((timer) => !due.includes(timer));
      for (const { then } of due) then();
    },
  };
}

test('without a signal nothing ends', () => {
  const { interrupted, outOfTime, wait, left } = lab();
  wait(Number.POSITIVE_INFINITY);
  expect([interrupted.aborted, outOfTime.aborted, left()]).toEqual([false, false, 0]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the run at once, what is under way later, and the process', (by) => {
  const { interrupted, outOfTime, send, wait, left, said } = lab();
  send(by);
  expect(interrupted.reason).toMatchObject({ name: 'Interrupted', by, message: `The run was interrupted by ${by}` });
  expect(said).toEqual([`${by} 1`]);
  wait(interruptionLimits.finishMs - 1);
  expect(outOfTime.aborted).toBe(false);
  wait(interruptionLimits.finishMs);
  expect(outOfTime.reason).toMatchObject({ name: 'Interrupted', by, message: expect.stringContaining('no answer') });
  expect(left()).toBe(0);
  wait(interruptionLimits.leaveMs);
  expect(left()).toBe(1);
});

test('all of it is within 5 seconds', () => {
  expect(interruptionLimits.finishMs).toBeLessThan(interruptionLimits.leaveMs);
  expect(interruptionLimits.leaveMs).toBeLessThan(5_000);
});

test('a second signal neither kills the run nor gives it more time', () => {
  const { interrupted, send, wait, left, said } = lab();
  send('SIGINT');
  const { reason } = interrupted as { readonly reason: unknown };
  send('SIGTERM');
  send('SIGINT');
  expect(interrupted.reason).toBe(reason);
  expect(said).toEqual(['SIGINT 1', 'SIGTERM 2', 'SIGINT 3']);
  wait(interruptionLimits.leaveMs);
  expect(left()).toBe(1);
});

test('work is waited for until the signal, and its own end counts where it comes first', async () => {
  const ending = new AbortController();
  const { signal } = ending;
  expect(await unlessAborted(signal, Promise.resolve('done'))).toBe('done');
  await expect(unlessAborted(signal, Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  const waiting = unlessAborted(signal, new Promise(() => undefined));
  ending.abort(new Interrupted('SIGTERM'));
  await expect(waiting).rejects.toBe(signal.reason);
  await expect(unlessAborted(signal, new Promise(() => undefined))).rejects.toBe(signal.reason);
});
