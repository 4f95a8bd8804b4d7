/** How many requests are under way at once. */

export type Turn = { readonly era: number };
export type Limiter = {
  take(): Promise<Turn>;
  /** `pushed-back`: the registry answered that it is too much (429, 503). */
  give(turn: Turn, went: 'well' | 'pushed-back'): void;
  /** The bound of this moment. */
  readonly bound: number;
};

/**
 * At most `most` turns at once. Halved when the registry pushes back, and one more again after as many good answers as
 * the bound is: the requests that were under way together with the refused one don't halve it again.
 */
export function makeLimiter(most: number): Limiter {
  const waiting: (() => void)[] = [];
  let bound = most;
  let underWay = 0;
  let era = 0;
  let good = 0;

  const admit = (): void => {
    while (underWay < bound) {
      const next = waiting.shift();
      if (next === undefined) return;
      underWay += 1;
      next();
    }
  };

  return {
    get bound() {
      return bound;
    },
    take() {
      return new Promise((resolve) => {
        waiting.push(() => {
          resolve({ era });
        });
        admit();
      });
    },
    give(turn, went) {
      underWay -= 1;
      if (went === 'pushed-back') {
        good = 0;
        if (turn.era === era) {
          era += 1;
          bound = Math.max(1, Math.floor(bound / 2));
        }
      } else if (bound < most) {
        good += 1;
        if (good >= bound) {
          good = 0;
          bound += 1;
        }
      }
      admit();
    },
  };
}
