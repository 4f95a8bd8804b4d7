/** A registry and its client in virtual time, without sockets and promises: what the bound makes of latencies. */
import { makePressure, type Pressure } from '../../src/registry/pressure.ts';

/** Numbers from 0 to 1 as Math.random gives them, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Asked = {
  readonly index: number;
  /** With this one. */
  readonly underWay: number;
  readonly random: () => number;
};

export type Told = { readonly durationMs: number; readonly kind?: string; readonly refused?: boolean };

export type Simulated = {
  /** After each answer. */
  readonly bounds: readonly number[];
  readonly durationMs: number;
};

/** `requests` of them, as many at once as the bound allows; `wanted` is how many the client would have under way. */
export function simulate(options: {
  readonly most: number;
  readonly requests: number;
  readonly seed: number;
  readonly wanted?: (index: number) => number;
  readonly answer: (asked: Asked) => Told;
  readonly pressure?: Pressure;
}): Simulated {
  const { most, requests, answer, wanted = () => Infinity } = options;
  const pressure = options.pressure ?? makePressure(most);
  const random = seeded(options.seed);
  const underWay: { readonly endsMs: number; readonly era: number; readonly told: Told }[] = [];
  const bounds: number[] = [];
  let nowMs = 0;
  for (let index = 0; bounds.length < requests;) {
    while (index < requests && underWay.length < Math.min(pressure.bound, wanted(index))) {
      const told = answer({ index, underWay: underWay.length + 1, random });
      underWay.push({ endsMs: nowMs + told.durationMs, era: pressure.era, told });
      index += 1;
    }
    underWay.sort((a, b) => a.endsMs - b.endsMs);
    const full = underWay.length >= pressure.bound;
    const next = underWay.shift();
    if (next === undefined) throw new Error('nothing is under way');
    nowMs = next.endsMs;
    const { durationMs, kind = 'HEAD', refused = false } = next.told;
    if (refused) pressure.pushedBack(next.era);
    else pressure.answered(next.era, { kind, durationMs, full });
    bounds.push(pressure.bound);
  }
  return { bounds, durationMs: nowMs };
}

/** Log-normal: half of them below the median, and some far above. */
export function logNormal(medianMs: number, sigma: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return medianMs * Math.exp(sigma * normal);
}
