import { describe, expect, test } from '@jest/globals';
import { makeLimiter, makePool, type Limiter, type PoolContext, type Turn } from '../../src/registry/limiter.ts';
import { seeded } from './simulation.ts';

/** Time that passes only when a test says so. */
class Clock implements PoolContext {
  atMs = 0;
  readonly random = seeded(7);
  readonly #sleepers: { readonly untilMs: number; readonly wake: () => void; readonly fail: (why: unknown) => void }[] =
    [];
  aborted = false;

  readonly now = (): number => this.atMs;

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake, fail) => {
      if (this.aborted) fail(new Error('aborted'));
      else this.#sleepers.push({ untilMs: this.atMs + ms, wake, fail });
    });

  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Wakes them one by one, at their times. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.atMs + ms;
    for (;;) {
      await settle();
      this.#sleepers.sort((a, b) => a.untilMs - b.untilMs);
      const next = this.#sleepers[0];
      if (next === undefined || next.untilMs > untilMs) break;
      this.#sleepers.shift();
      this.atMs = next.untilMs;
      next.wake();
    }
    this.atMs = untilMs;
  }

  abort(): void {
    this.aborted = true;
    for (const { fail } of this.#sleepers.splice(0)) fail(new Error('aborted'));
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Who got a turn, when, in order. */
function watch(clock: Clock, limiter: Limiter) {
  const got: { readonly who: string; readonly atMs: number; readonly turn: Turn }[] = [];
  let given = 0;
  return {
    got,
    names: () => got.map(({ who }) => who),
    ask(who: string, lane?: string): void {
      void limiter.take(lane).then((turn) => got.push({ who, atMs: clock.atMs, turn }));
    },
    /** The oldest that was not given back. */
    giveBack(went: 'well' | 'pushed-back' = 'well'): void {
      const first = got[given];
      if (first === undefined) throw new Error('nobody has a turn');
      given += 1;
      limiter.give(first.turn, went);
    },
  };
}
const start = (most: number): { clock: Clock; limiter: Limiter; seen: ReturnType<typeof watch> } => {
  const clock = new Clock();
  const limiter = makeLimiter(most, clock);
  return { clock, limiter, seen: watch(clock, limiter) };
};

describe('turns', () => {
  test('go round the repositories, whatever one of them has asked for', async () => {
    const { seen } = start(1);
    for (let index = 0; index < 5_000; index += 1) seen.ask(`big ${index}`, 'big');
    for (let index = 0; index < 10; index += 1) seen.ask(`small ${index}`, 'small');
    for (let index = 0; index < 5_010; index += 1) {
      await settle();
      seen.giveBack();
    }
    const names = seen.names();
    // The big one had the first turn before the small one came, and then every other one.
    expect(names.indexOf('small 9')).toBe(20);
    expect(names.slice(0, 20).filter((who) => who.startsWith('big'))).toHaveLength(11);
    expect(names).toHaveLength(5_010);
  });

  test('are counted over all origins, and one that pushes back doesn’t lower the bound of another', async () => {
    const pool = makePool(8, new Clock());
    const registry = pool.line('https://registry.example');
    const storage = pool.line('https://storage.example');
    expect(pool.line('https://registry.example')).toBe(registry);
    const turns = await Promise.all(Array.from({ length: 8 }, () => storage.take()));
    let late: Turn | undefined;
    void registry.take().then((turn) => (late = turn));
    await settle();
    expect(late).toBeUndefined();
    for (const turn of turns) storage.give(turn, 'pushed-back');
    await settle();
    expect(late).toBeDefined();
    expect([registry.bound, storage.bound]).toEqual([8, 4]);
  });

  test('of an origin that may not go are not waited for by the others', async () => {
    const clock = new Clock();
    const pool = makePool(2, clock);
    const held = pool.line('a');
    held.hold(1_000);
    let waited = false;
    void held.take().then(() => (waited = true));
    const free = pool.line('b');
    for (let index = 0; index < 5; index += 1) free.give(await free.take(), 'well');
    expect(waited).toBe(false);
    await clock.pass(2_000);
    expect(waited).toBe(true);
  });

  test('that were not used count neither as well nor as pushed back', async () => {
    const { limiter } = start(4);
    limiter.give(await limiter.take(), 'pushed-back');
    expect(limiter.bound).toBe(2);
    for (let index = 0; index < 50; index += 1) limiter.give(await limiter.take(), 'unsent');
    expect(limiter.bound).toBe(2);
  });
});

describe('a pause', () => {
  test('stops everybody until it is over; then the places open one by one', async () => {
    const { clock, limiter, seen } = start(8);
    seen.ask('first');
    await settle();
    limiter.hold(30_000);
    for (let index = 0; index < 20; index += 1) seen.ask(`waiting ${index}`);
    await clock.pass(29_999);
    expect(seen.names()).toEqual(['first']);
    await clock.pass(1_001);
    // All eight places, the one that was never given back among them.
    expect(seen.got).toHaveLength(8);
    const moments = seen.got.slice(1).map(({ atMs }) => atMs);
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(30_000);
    expect(new Set(moments).size).toBeGreaterThanOrEqual(6);
    expect(Math.max(...moments)).toBeLessThanOrEqual(31_000);
    expect(clock.sleeping).toBe(0);
  });

  test('that is made longer while it lasts, is', async () => {
    const { clock, limiter, seen } = start(2);
    limiter.hold(10_000);
    seen.ask('waiting');
    await clock.pass(5_000);
    limiter.hold(40_000);
    limiter.hold(20_000);
    await clock.pass(34_999);
    expect(seen.names()).toEqual([]);
    await clock.pass(1_001);
    expect(seen.names()).toEqual(['waiting']);
  });

  test('that begins while the places open, closes them again', async () => {
    const { clock, limiter, seen } = start(8);
    limiter.hold(10_000);
    for (let index = 0; index < 8; index += 1) seen.ask(`waiting ${index}`);
    await clock.pass(10_300);
    const before = seen.got.length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(8);
    limiter.hold(60_000);
    await clock.pass(49_600);
    expect(seen.got).toHaveLength(before);
    await clock.pass(2_000);
    expect(seen.got).toHaveLength(8);
  });

  test('that nobody waited for costs nobody anything', async () => {
    const { clock, limiter, seen } = start(2);
    limiter.hold(10_000);
    await clock.pass(10_000);
    seen.ask('late');
    await settle();
    expect(seen.got.map(({ who, atMs }) => [who, atMs])).toEqual([['late', 10_000]]);
  });

  test('ends at once when the run is aborted, in its middle and while the places open', async () => {
    for (const at of [5_000, 10_050]) {
      const { clock, limiter, seen } = start(4);
      limiter.hold(10_000);
      for (let index = 0; index < 4; index += 1) seen.ask(`waiting ${index}`);
      await clock.pass(at);
      clock.abort();
      await settle();
      expect(seen.got).toHaveLength(4);
      limiter.hold(60_000);
      seen.ask('after');
      seen.giveBack();
      await settle();
      expect(seen.names()).toContain('after');
    }
  });
});

describe('a limit that is counted down', () => {
  test('is the most that are under way, and one at the least, until it ends', async () => {
    const { clock, limiter, seen } = start(8);
    limiter.allow(3, 60_000);
    for (let index = 0; index < 12; index += 1) seen.ask(`${index}`);
    await settle();
    expect(seen.got).toHaveLength(3);
    limiter.allow(0, 60_000);
    seen.giveBack();
    seen.giveBack();
    await settle();
    expect(seen.got).toHaveLength(3);
    seen.giveBack();
    await settle();
    expect(seen.got).toHaveLength(4);
    await clock.pass(60_000);
    seen.giveBack();
    await settle();
    expect(seen.got).toHaveLength(12);
    expect(limiter.bound).toBe(8);
  });
});
