/**
 * Being told to end. A cancelled job's runner sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that
 * (actions/runner, `ProcessInvoker`); who stops a service or a container sends SIGTERM and kills 10 s later. So after the
 * first of these signals a run has 5 s, in three parts:
 *
 * 1. At once (`interrupted`): nothing new is begun, what only reads is given up, nothing is waited for. What changes
 *    something and is under way is finished.
 * 2. After `finishMs` (`outOfTime`): that is let go, too. What is known by then is written down.
 * 3. After `leaveMs` the process ends, whatever it is still at.
 */
import { setMaxListeners } from 'node:events';

/** What both signals are aborted with. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly wayOut = 'Run it again: what is done stays done, and what is left is planned anew.';
  /** The name of the signal: `SIGTERM`. */
  readonly by: string;

  /** `addition`: what is to be said of it, as the end of the sentence. */
  constructor(by: string, addition = '') {
    super(`The run was interrupted by ${by}${addition}`);
    this.by = by;
  }
}

export type Interruption = {
  /** The run is to end: nothing new is begun. Its reason is an `Interrupted`. */
  readonly interrupted: AbortSignal;
  /** What was still to be finished is let go. Its reason is another `Interrupted`; aborted only after the other. */
  readonly outOfTime: AbortSignal;
};

/** Milliseconds after the first signal. */
export type InterruptionLimits = { readonly finishMs: number; readonly leaveMs: number };

export const interruptionLimits: InterruptionLimits = {
  // A delete by digest reads every tag of the repository, 147 ms with 4,000 of them on a local disk; a placeholder needs
  // its PUT and its DELETE.
  finishMs: 3_000,
  // The report of 100,000 tags takes a second to write. What is left to 5 s is for the process's own end.
  leaveMs: 4_700,
};

export type InterruptionOptions = {
  /** As `process.on`. */
  readonly on: (signal: 'SIGINT' | 'SIGTERM', heard: () => void) => void;
  /** Calls `then` in so many milliseconds, if the process is there still. */
  readonly after: (ms: number, then: () => void) => void;
  /** Called with each signal; `times` counts them. */
  readonly heard: (signal: string, times: number) => void;
  /** Ends the process. */
  readonly leave: () => void;
  readonly limits: InterruptionLimits;
};

/** From the first signal on; those after it change nothing, so that none of them cuts off what the first began. */
export function listenForSignals({ on, after, heard, leave, limits }: InterruptionOptions): Interruption {
  const interrupted = new AbortController();
  const outOfTime = new AbortController();
  // Whatever is under way listens.
  setMaxListeners(0, interrupted.signal, outOfTime.signal);
  const { finishMs, leaveMs } = limits;
  let times = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    on(signal, () => {
      times += 1;
      if (times === 1) {
        // Before anything else: what comes below may throw, a log that nobody reads any more for one.
        after(leaveMs, leave);
        after(finishMs, () => {
          outOfTime.abort(new Interrupted(signal, `, and no answer came within ${finishMs / 1000} s`));
        });
        interrupted.abort(new Interrupted(signal));
      }
      heard(signal, times);
    });
  return { interrupted: interrupted.signal, outOfTime: outOfTime.signal };
}

/** What comes of the work; rejects with the signal's reason as soon as that is aborted, and then nobody waits for the work. */
export async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    reject(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
