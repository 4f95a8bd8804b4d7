/** Waiting that ends with the run, and what ends it. */
import { setMaxListeners } from 'node:events';

export type Sleeper = { readonly sleep: (ms: number) => Promise<void>; readonly signal?: AbortSignal | undefined };

/** Rejects with the signal's reason as soon as it is aborted. */
export async function sleepUnlessAborted(ms: number, { sleep, signal }: Sleeper): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return sleep(ms);
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([sleep(ms), aborted]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}

export type Ends = {
  /** Ends everything. */
  readonly stop: AbortSignal;
  /** Ends what need not be finished; it is aborted by `stop`, too. */
  readonly halt: AbortSignal;
};

/** Signals of our own, since every request that waits or is under way listens to them. */
export function endsOf(given: {
  readonly signal?: AbortSignal | undefined;
  readonly interrupted?: AbortSignal | undefined;
}): Ends {
  const stop = follow(given.signal);
  // The first one's reason counts.
  return { stop, halt: follow(given.interrupted, stop) };
}

function follow(...outer: readonly (AbortSignal | undefined)[]): AbortSignal {
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  for (const signal of outer) {
    if (signal?.aborted === true) own.abort(signal.reason);
    signal?.addEventListener(
      'abort',
      () => {
        own.abort(signal.reason);
      },
      { once: true },
    );
  }
  return own.signal;
}
