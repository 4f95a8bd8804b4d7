/** Questions that are put once, however many want the answer. */

/** Runs the first call for a key; the others wait for its answer. */
export function once<Key, Value>(
  running: Map<Key, Promise<Value>>,
  key: Key,
  run: () => Promise<Value>,
): Promise<Value> {
  const known = running.get(key);
  if (known !== undefined) return known;
  const started = run();
  running.set(key, started);
  return started;
}

const settled = Promise.resolve();

/** The same for what leaves its result elsewhere: once it is over all share one promise. */
export async function onceDone<Key>(
  running: Map<Key, Promise<void>>,
  key: Key,
  run: () => Promise<void>,
): Promise<void> {
  await once(running, key, run);
  running.set(key, settled);
}
