/** Waiting that ends with the run. */

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
