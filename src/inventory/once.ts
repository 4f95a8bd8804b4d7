/** Questions that are put once, however many want the answer. */

/**
 * Runs the first call for a key; who comes while it is under way waits for the same. What came of it is remembered where
 * it belongs, and not here once more: a promise for each of 100,000 images is 20 MB.
 */
export function once<Key, Value>(
  underWay: Map<Key, Promise<Value>>,
  key: Key,
  run: () => Promise<Value>,
): Promise<Value> {
  const known = underWay.get(key);
  if (known !== undefined) return known;
  const started = run().finally(() => underWay.delete(key));
  underWay.set(key, started);
  return started;
}
