import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kindOf, makePressure } from '../../src/registry/pressure.ts';
import { logNormal, simulate, type Asked, type Told } from './simulation.ts';

const seeds = Array.from({ length: 6 }, (_, index) => index + 1);
const between = (fromMs: number, toMs: number, { random }: Asked): number => fromMs + (toMs - fromMs) * random();
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** So many at once take `ms`; more than that wait for each other. */
const capacity = (atOnce: number, ms: number, asked: Asked): Told => ({
  durationMs: between(0.8 * ms, 1.2 * ms, asked) * Math.max(1, asked.underWay / atOnce),
});

describe('all of the bound is kept, whatever the seed,', () => {
  test.each<readonly [string, (asked: Asked) => Told]>([
    ['where answers jitter between 1 and 10 ms', (asked) => ({ durationMs: between(1, 10, asked) })],
    ['where they spread widely around 150 ms', ({ random }) => ({ durationMs: logNormal(150, 1, random) })],
    ['where a registry beside us does two at once, of 1 ms', (asked) => capacity(2, 1, asked)],
    [
      'where every tenth answer takes 30 s',
      (asked) => ({ durationMs: asked.random() < 0.1 ? 30_000 : between(40, 60, asked) }),
    ],
    [
      'where one kind of request takes eighty times as long as another',
      (asked) =>
        // First the one kind, then both, then the other.
        asked.index < 2_000 || (asked.index < 4_000 && asked.index % 2 === 0)
          ? { kind: 'HEAD', durationMs: between(4, 6, asked) }
          : { kind: 'GET', durationMs: between(320, 480, asked) },
    ],
    [
      'where all of it takes twice as long as it did',
      (asked) => ({ durationMs: between(160, 240, asked) * (asked.index < 3_000 ? 1 : 2) }),
    ],
  ])('%s', (_, answer) => {
    // Alone at first, so that it is known how fast the registry is at its best.
    const wanted = (index: number): number => (index < 100 ? 1 : 64);
    for (const seed of seeds) {
      const { bounds } = simulate({ most: 16, requests: 6_000, seed, wanted, answer });
      expect(new Set(bounds)).toEqual(new Set([16]));
    }
  });
});

describe('latency that rises', () => {
  test('with the requests under way lowers them to what the registry can do, and costs no time', () => {
    for (const seed of seeds) {
      // Alone at first, then as many as may be.
      const wanted = (index: number): number => (index < 100 ? 1 : 64);
      const answer = (asked: Asked): Told => capacity(2, 100, asked);
      const { bounds, durationMs } = simulate({ most: 16, requests: 4_000, seed, wanted, answer });
      const settled = bounds.slice(1_000);
      // Between half and all of the 16, and never so few that the registry has nothing to do.
      expect(mean(settled)).toBeGreaterThan(4);
      expect(mean(settled)).toBeLessThan(12);
      expect(Math.min(...settled)).toBeGreaterThanOrEqual(4);
      // 3,900 requests, two at once, 100 ms each.
      expect(durationMs).toBeLessThan(1.05 * (100 * 100 + (3_900 / 2) * 100));
    }
  });

  test('because the registry does less for a while: the bound falls, and all of it comes back', () => {
    for (const seed of seeds) {
      const answer = (asked: Asked): Told => capacity(asked.index >= 1_000 && asked.index < 3_000 ? 2 : 16, 100, asked);
      const { bounds } = simulate({ most: 16, requests: 6_000, seed, answer });
      expect(new Set(bounds.slice(0, 1_000))).toEqual(new Set([16]));
      expect(Math.min(...bounds.slice(1_000, 3_000))).toBeLessThanOrEqual(7);
      expect(new Set(bounds.slice(4_000))).toEqual(new Set([16]));
    }
  });

  test('for good, and not for our sake: no lower than a quarter, and all of it comes back', () => {
    for (const seed of seeds) {
      const answer = (asked: Asked): Told => ({ durationMs: between(80, 120, asked) * (asked.index < 1_000 ? 1 : 10) });
      const { bounds } = simulate({ most: 16, requests: 4_000, seed, answer });
      expect(Math.min(...bounds)).toBe(4);
      expect(new Set(bounds.slice(2_500))).toEqual(new Set([16]));
    }
  });

  test('where fewer are under way than may be, lowers nothing', () => {
    const answer = (asked: Asked): Told => ({ durationMs: asked.index < 500 ? 50 : 5_000 });
    const { bounds } = simulate({ most: 16, requests: 3_000, seed: 1, wanted: () => 7, answer });
    expect(new Set(bounds)).toEqual(new Set([16]));
  });

  test('of answers to requests from before the bound fell counts no more', () => {
    const pressure = makePressure(8);
    for (let index = 0; index < 32; index += 1) pressure.answered(0, { kind: 'HEAD', durationMs: 50, full: true });
    pressure.pushedBack(0);
    const bounds = Array.from({ length: 200 }, () => {
      pressure.answered(0, { kind: 'HEAD', durationMs: 5_000, full: true });
      return pressure.bound;
    });
    expect(Math.min(...bounds)).toBe(4);
    expect(bounds.at(-1)).toBe(8);
  });
});

test('refusals above six at once keep it around six, and all of it comes back after them', () => {
  for (const seed of seeds) {
    const answer = (asked: Asked): Told => ({
      durationMs: between(40, 60, asked),
      refused: asked.index < 2_000 && asked.underWay > 6,
    });
    const { bounds } = simulate({ most: 16, requests: 3_000, seed, answer });
    const under = bounds.slice(100, 2_000);
    expect(Math.max(...under)).toBeLessThanOrEqual(7);
    expect(Math.min(...under)).toBeGreaterThanOrEqual(3);
    expect(bounds.at(-1)).toBe(16);
  }
});

test('whatever happens, the bound is between one and what was asked for', () => {
  const event = fc.record({
    refused: fc.boolean(),
    eraAgo: fc.nat(2),
    kind: fc.constantFrom('HEAD', 'GET', undefined),
    durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    full: fc.boolean(),
    times: fc.integer({ min: 1, max: 80 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.array(event, { maxLength: 60 }), (most, events) => {
      const pressure = makePressure(most);
      let lowest = most;
      let highest = most;
      for (const { refused, eraAgo, kind, durationMs, full, times } of events)
        for (let index = 0; index < times; index += 1) {
          const era = pressure.era - eraAgo;
          if (refused) pressure.pushedBack(era);
          else pressure.answered(era, kind === undefined ? undefined : { kind, durationMs, full });
          lowest = Math.min(lowest, pressure.bound);
          highest = Math.max(highest, pressure.bound);
        }
      expect(lowest).toBeGreaterThanOrEqual(1);
      expect(highest).toBe(most);
      for (let index = 0; index < most * most + 300; index += 1) pressure.answered(pressure.era);
      expect(pressure.bound).toBe(most);
    }),
    { numRuns: 200 },
  );
});

test.each<readonly [string, string, string | undefined]>([
  ['HEAD', '/v2/apps/web/manifests/1.0', 'HEAD manifests by tag'],
  ['HEAD', '/v2/apps/web/manifests/sha256:ab', 'HEAD manifests by digest'],
  ['GET', '/v2/apps/web/manifests/sha256%3Aab', 'GET manifests by digest'],
  ['HEAD', '/v2/apps/web/blobs/sha256:ab', 'HEAD blobs by digest'],
  ['DELETE', '/v2/apps/web/manifests/1.0', 'DELETE tag'],
  ['DELETE', '/v2/apps/web/manifests/sha256:ab', undefined],
  ['GET', '/v2/apps/web/blobs/sha256:ab', undefined],
  ['GET', '/v2/apps/web/tags/list', undefined],
  ['GET', '/v2/_catalog', undefined],
  ['PUT', '/v2/apps/web/manifests/1.0', undefined],
  ['POST', '/v2/apps/web/blobs/uploads/', undefined],
  ['GET', '/token', undefined],
])('%s %s is compared with %s', (method, path, expected) => {
  expect(kindOf(method, new URL(path, 'https://registry.example'))).toBe(expected);
});
