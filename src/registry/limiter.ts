/**
 * How many requests are under way at once, and whose turn it is.
 *
 * One pool for the whole run. In it a line for each origin, since it is an origin that pushes back, pauses and counts:
 * a storage that is slow doesn't slow the registry. In each line a lane for each repository, served in turn. Nobody who
 * has a turn waits for another one: the request for a token goes in the place of the one that needs it, so that one
 * place is enough.
 */
import { makeLanes } from './lanes.ts';
import { makePressure, type Measured } from './pressure.ts';

export type Turn = { readonly era: number };

export type Limiter = {
  /** Resolves when it is its turn. */
  take(lane?: string): Promise<Turn>;
  /** Resolves when there is no pause: for what goes in the place of somebody who has a turn. Rejects as `sleep` does. */
  pass(): Promise<void>;
  /** `pushed-back`: the registry answered that it is too much (429, 503). `unsent`: the turn was not used. */
  give(turn: Turn, went: 'well' | 'pushed-back' | 'unsent', measured?: Omit<Measured, 'full'>): void;
  /** No turn is given until then. The places open again one by one, each at a moment of its own. */
  hold(untilMs: number): void;
  /** No more than this many under way, at least one, until then. */
  allow(remaining: number, untilMs: number): void;
  /** The bound of this moment, as the pressure has it. */
  readonly bound: number;
};

export type Pool = {
  /** The one for this origin. */
  line(origin: string): Limiter;
};

export type PoolContext = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Rejects when the run is aborted: then nobody is held any more. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
};

/** Over which the places open again after a pause: all those who waited were told the same second. */
const spreadMs = 1_000;

const timeless: PoolContext = { now: () => 0, sleep: () => Promise.resolve(), random: () => 0 };

/** At most `most` turns at once, over all lines. */
export function makePool(most: number, context: PoolContext): Pool {
  const lines = new Map<string, Line>();
  const order: Line[] = [];
  let underWay = 0;
  let next = 0;

  // By turns again; a line that may not go is passed over, so that it keeps nobody else waiting.
  const admit = (): void => {
    let passed = 0;
    while (underWay < most && passed < order.length) {
      const line = order[next % order.length];
      next = (next + 1) % order.length;
      if (line?.admitOne() === true) {
        underWay += 1;
        passed = 0;
      } else passed += 1;
    }
  };
  const leave = (): void => {
    underWay -= 1;
    admit();
  };

  return {
    line(origin) {
      let line = lines.get(origin);
      if (line === undefined) {
        line = makeLine(most, { ...context, admit, leave });
        lines.set(origin, line);
        order.push(line);
      }
      return line;
    },
  };
}

/** A pool with one line. */
export function makeLimiter(most: number, context: PoolContext = timeless): Limiter {
  return makePool(most, context).line('');
}

type Line = Limiter & {
  /** Gives a turn to who is next, if anybody waits and may go. */
  admitOne(): boolean;
};

function makeLine(
  most: number,
  { now, sleep, random, admit, leave }: PoolContext & { readonly admit: () => void; readonly leave: () => void },
): Line {
  const waiting = makeLanes<(turn: Turn) => void>();
  const pressure = makePressure(most);
  let underWay = 0;
  let heldUntilMs = -Infinity;
  let waking = false;
  /** How many places are open again after a pause. */
  let open = Infinity;
  let openings = 0;
  let allowed = { remaining: Infinity, untilMs: -Infinity };

  const release = (): void => {
    heldUntilMs = -Infinity;
    open = Infinity;
    openings += 1;
    admit();
  };

  const openOneByOne = (): void => {
    const places = pressure.bound;
    openings += 1;
    const opening = openings;
    open = 0;
    for (let place = 0; place < places; place += 1)
      sleep(random() * spreadMs).then(() => {
        if (opening !== openings) return;
        open = open + 1 < places ? open + 1 : Infinity;
        admit();
      }, release);
  };

  // By the clock only at first: one that goes differently from `sleep` must not keep us here.
  const held = async (): Promise<void> => {
    for (let untilMs = now(); untilMs < heldUntilMs;) {
      const beganMs = untilMs;
      untilMs = heldUntilMs;
      await sleep(untilMs - Math.max(beganMs, now()));
    }
  };

  // One for all who wait, and only while somebody does.
  const wake = async (): Promise<void> => {
    if (waking) return;
    waking = true;
    try {
      await held();
    } catch {
      waking = false;
      release();
      return;
    }
    waking = false;
    heldUntilMs = -Infinity;
    openOneByOne();
  };

  const mayGo = (): boolean => {
    const at = now();
    if (waking || at < heldUntilMs) {
      void wake();
      return false;
    }
    const quota = at < allowed.untilMs ? Math.max(1, allowed.remaining) : Infinity;
    return underWay < Math.min(pressure.bound, quota, open);
  };

  return {
    get bound() {
      return pressure.bound;
    },
    take(lane = '') {
      return new Promise((resolve) => {
        waiting.put(lane, resolve);
        admit();
      });
    },
    pass: held,
    admitOne() {
      if (waiting.isEmpty || !mayGo()) return false;
      underWay += 1;
      waiting.take()?.({ era: pressure.era });
      return true;
    },
    give(turn, went, measured) {
      const full = underWay >= pressure.bound;
      underWay -= 1;
      if (went === 'pushed-back') pressure.pushedBack(turn.era);
      else if (went === 'well') pressure.answered(turn.era, measured && { ...measured, full });
      leave();
    },
    hold(untilMs) {
      heldUntilMs = Math.max(heldUntilMs, untilMs);
    },
    allow(remaining, untilMs) {
      allowed = { remaining, untilMs };
    },
  };
}
