/** How far a phase has come, in words and as a bar (pure but for what `countProgress` is given). */
import type { Counter, Phase } from './runtime.ts';

export type Tally = {
  readonly phase: Phase;
  readonly done: number;
  /** 0: not known yet. */
  readonly total: number;
  readonly startedMs: number;
};

/** `total` grows while repositories are listed, so it is no promise. */
const words: Readonly<Record<Phase, { readonly noun: string; readonly about: string }>> = {
  reading: { noun: 'tags', about: 'about ' },
  deleting: { noun: 'tags and manifests', about: '' },
};

/** `reading: 12,000 of about 40,000 tags, 230/s, about 2 min left`. */
export function renderProgress(tally: Tally, nowMs: number): string {
  return `${tally.phase}: ${renderTally(tally, nowMs)}`;
}

const barWidth = 24;

/** The same as one line with a bar in front, not longer than `columns`. */
export function renderBar(tally: Tally, nowMs: number, columns: number): string {
  const share = tally.total === 0 ? 0 : Math.min(1, tally.done / tally.total);
  const full = Math.floor(share * barWidth);
  const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
  // The last column makes some terminals begin a new line.
  return `${tally.phase} ${bar} ${renderTally(tally, nowMs)}`.slice(0, Math.max(columns - 1, 0));
}

function renderTally({ phase, done, total, startedMs }: Tally, nowMs: number): string {
  const { noun, about } = words[phase];
  const of = total > 0 ? ` of ${about}${grouped(total)}` : '';
  const seconds = (nowMs - startedMs) / 1000;
  const rate = seconds > 0 ? done / seconds : 0;
  const pace = rate === 0 ? [] : [rate < 10 ? `${rate.toFixed(1)}/s` : `${grouped(Math.round(rate))}/s`];
  const left = rate === 0 || total <= done ? [] : [`about ${renderLeft((total - done) / rate)} left`];
  return [`${grouped(done)}${of} ${noun}`, ...pace, ...left].join(', ');
}

/** `40 s`, `2 min`, `1.5 h`. */
function renderLeft(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** `12,000`, whatever the language of the machine. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/**
 * Milliseconds to the next line of a log: 5 s, and a twelfth of the time that the phase has taken so far. So an hour makes some
 * 60 lines and six hours, the longest that GitHub lets a job run, some 85.
 */
export function seldom(elapsedMs: number): number {
  return Math.max(5_000, elapsedMs / 12);
}

export type ProgressOptions = {
  /** Milliseconds. */
  readonly now: () => number;
  /** How long after the last showing the next one comes at the earliest; the first, after the phase began. */
  readonly everyMs: (elapsedMs: number) => number;
  readonly show: (tally: Tally, nowMs: number) => void;
  /** Nothing is under way any more. */
  readonly end?: () => void;
  /** Calls now and then, until it is told to stop: then what is shown is of now, also while nothing advances. */
  readonly repeat?: (show: () => void) => () => void;
};

export function countProgress({ now, everyMs, show, end, repeat }: ProgressOptions): (phase: Phase) => Counter {
  return (phase) => {
    const startedMs = now();
    let shownMs = startedMs;
    let done = 0;
    let total = 0;
    const showWhereDue = (): void => {
      const nowMs = now();
      if (nowMs - shownMs < everyMs(nowMs - startedMs)) return;
      shownMs = nowMs;
      show({ phase, done, total, startedMs }, nowMs);
    };
    const stop = repeat?.(showWhereDue);
    return {
      expect(more) {
        total += more;
      },
      advance(by = 1) {
        done += by;
        showWhereDue();
      },
      end() {
        stop?.();
        end?.();
      },
    };
  };
}
