/**
 * How many requests may be under way: additive increase, multiplicative decrease. Pure but for its own state; it knows
 * no clock.
 *
 * Refused (429, 503): half of it, at least 1. The requests that were under way together with the refused one don't halve
 * it again: each belongs to an era, and only the present one counts.
 *
 * Slower: three quarters of it. Latencies are compared like with like: by kind of request (HEAD of a manifest, GET of
 * one, …), good answers alone, by the median of a window, so that neither a slow answer now and then nor a jittery
 * network counts. What a kind takes at its best (the baseline) is the smallest median so far, forgotten slowly. A window
 * is slow if its median is above 3 times the baseline AND more than 100 ms above it, and if the bound was reached by
 * half of its requests or more: else fewer wouldn't help.
 *
 *   3 times:     a registry that does c requests at once and has 3c under way takes three times as long and answers not
 *                one more in a second. Less is no loss: the equilibrium is at 2 to 3 times what it can do at once.
 *   100 ms:      below that, it is as much our own process that is measured: a registry beside us, on the same cores,
 *                goes from 1 to 30 ms under 16 requests, and is well.
 *   windows:     4 answers for each place, 32 at least. With latencies spread as wide as log-normal, sigma 1 (every
 *                tenth takes 3.6 times the median), the medians of 64 stay within a factor of 2.5 of each other.
 *   1/256:       of the way from the baseline to a higher median is forgotten by each window that isn't slow: a registry
 *                that became slower bit by bit, over tens of thousands of answers, isn't held to its first minute.
 *   a quarter:   slowness alone goes no lower. It isn't a refusal, and may be none of our doing: a cache that ends,
 *                other people's load. Slow even with a quarter, it is this registry's speed: that becomes the baseline.
 *
 * Good answers, as many as the bound is: one more, until all of it is back. After a slow window the count begins only
 * when the next window could have ended, since it would otherwise rise while it is still slow.
 */

export type Measured = {
  /** Only latencies of one kind are compared. */
  readonly kind: string;
  readonly durationMs: number;
  /** As many were under way as may be. */
  readonly full: boolean;
};

export type Pressure = {
  readonly bound: number;
  /** Changes whenever the bound falls. */
  readonly era: number;
  pushedBack(era: number): void;
  /** Good, or at least no refusal. */
  answered(era: number, measured?: Measured): void;
};

type Gauge = { durations: number[]; full: number; baselineMs?: number };

const slowFactor = 3;
const slowMs = 100;
const forgetting = 1 / 256;

export function makePressure(most: number): Pressure {
  const gauges = new Map<string, Gauge>();
  const floor = Math.ceil(most / 4);
  let bound = most;
  let era = 0;
  let good = 0;

  const windowSize = (): number => Math.max(32, 4 * bound);

  const lower = (to: number): void => {
    bound = to;
    era += 1;
    // What was measured under more of them says nothing of fewer.
    for (const gauge of gauges.values()) empty(gauge);
  };

  const judge = (gauge: Gauge): void => {
    const median = medianOf(gauge.durations);
    const baseline = gauge.baselineMs ?? median;
    const full = gauge.full * 2 >= gauge.durations.length;
    empty(gauge);
    const isSlow = full && median > baseline * slowFactor && median > baseline + slowMs;
    if (!isSlow) {
      gauge.baselineMs = Math.min(median, baseline + (median - baseline) * forgetting);
      return;
    }
    if (bound <= floor) {
      gauge.baselineMs = median;
      return;
    }
    lower(Math.max(floor, Math.floor((bound * 3) / 4)));
    good = -windowSize();
  };

  return {
    get bound() {
      return bound;
    },
    get era() {
      return era;
    },
    pushedBack(of) {
      good = Math.min(good, 0);
      if (of === era) lower(Math.max(1, Math.floor(bound / 2)));
    },
    answered(of, measured) {
      if (bound < most) {
        good += 1;
        if (good >= bound) {
          good = 0;
          bound += 1;
        }
      }
      if (measured === undefined || of !== era) return;
      const gauge = gauges.get(measured.kind) ?? { durations: [], full: 0 };
      gauges.set(measured.kind, gauge);
      gauge.durations.push(measured.durationMs);
      if (measured.full) gauge.full += 1;
      if (gauge.durations.length >= windowSize()) judge(gauge);
    },
  };
}

function empty(gauge: Gauge): void {
  gauge.durations = [];
  gauge.full = 0;
}

function medianOf(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/**
 * The kind of a request whose time doesn't hang on the size of what it is about; `undefined` for every other: a listing
 * and a delete by digest take as long as the repository has tags, a blob as long as it is, an upload opens anything.
 */
export function kindOf(method: string, { pathname }: URL): string | undefined {
  const [, what, reference] = /\/v2\/.+\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
  if (what === undefined || reference === undefined) return undefined;
  const by = /:|%3a/i.test(reference) ? 'digest' : 'tag';
  if (method === 'HEAD') return `HEAD ${what} by ${by}`;
  if (method === 'GET' && what === 'manifests') return `GET ${what} by ${by}`;
  return method === 'DELETE' && what === 'manifests' && by === 'tag' ? 'DELETE tag' : undefined;
}
