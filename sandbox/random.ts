/** Chance that can be had again: the same seed, the same answers. */
export type Random = {
  /** As Math.random. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Item>(from: readonly [Item, ...Item[]]): Item;
  /** `undefined` of nothing. */
  any<Item>(from: readonly Item[]): Item | undefined;
  some<Item>(from: readonly Item[], most: number): readonly Item[];
};

/** mulberry32: 32 bits of state, as good as tests need. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const any = <Item>(from: readonly Item[]): Item | undefined => from[between(0, from.length - 1)];
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (from) => any(from) ?? from[0],
    any,
    some: (from, most) => from.filter(() => next() < most / Math.max(from.length, 1)),
  };
}
