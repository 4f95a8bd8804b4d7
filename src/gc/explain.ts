/** The sentences of a collection (pure): what it is doing, and what went wrong. */
import type { Problem } from '../model/index.ts';
import type { Failure, Phase } from './events.ts';

export const phaseWords: Readonly<Record<Phase, string | undefined>> = {
  prepare: undefined,
  check: 'dry run of the collector, beside the running registry',
  ready: undefined,
  stopping: 'the registry is stopped',
  stopped: undefined,
  unlinking: 'links of untagged manifests and empty repositories are removed',
  collecting: 'garbage is collected',
  collected: undefined,
  waiting: 'the collector is ended; an engine that is away is waited for',
  flushing: 'the descriptor cache in Redis is flushed',
  starting: 'the registry is started',
  started: undefined,
  cleaning: undefined,
};

export type FailureContext = {
  readonly at: string;
  /** What the collector, or what the host ran, said last: foreign, cleaned and short; empty where it said nothing. */
  readonly words: string;
  /** How the collector ended, where that is what failed: `ended with status 137`. */
  readonly how: string;
  /** The collector couldn't be ended at once: whatever runs it was away. */
  readonly waited: boolean;
  /** The registry's address answered while the registry was stopped. */
  readonly intruder: boolean;
};

type Sentences = { readonly what: string; readonly wayOut: string };

/** What a failure means, and what to do. Whether the registry runs again is said apart from it. */
export function explainFailure(failure: Failure, context: FailureContext): Problem {
  const { at, words, how, waited, intruder } = context;
  const said = words === '' ? '' : `. The host said: ${words}`;
  const sentences: Readonly<Record<Failure, Sentences>> = {
    lock: {
      what: `the lock of this registry couldn't be made in /tmp; nothing was stopped${said}`,
      wayOut: 'Make room in /tmp on the host, and let its user write there.',
    },
    prepare: {
      what: `the collector couldn't be prepared; nothing was stopped${said}`,
      wayOut: 'Set right what the host says, then run again.',
    },
    cache: {
      what: `the right to flush the descriptor cache in Redis couldn't be proven; nothing was stopped${said}`,
      wayOut:
        "Let the registry's Redis user run EVAL, SCAN and DEL on blobs::* and repository::*; a cache that outlives the collection would lose later pushes.",
    },
    check: {
      what: `${words === '' ? `the collector's dry run ${how}` : "the collector's dry run failed"}; nothing was stopped${said}`,
      wayOut: "Run the registry's garbage-collect --dry-run on the host, and set right what it says.",
    },
    alone: {
      what: 'no word came from this job in time, so the collection was given up; the registry was started again if it had been stopped',
      wayOut: 'See whether the connection to the host is stable, then run again.',
    },
    abort: intruder
      ? {
          what: "something answered at the registry's address while the registry was stopped, so the collection was given up: what is pushed there meanwhile would be lost",
          wayOut:
            'Let nothing else serve that address or that storage: no replica, no second instance, nothing that starts the registry by itself. Or collect with garbage-collect: online while the registry is read-only.',
        }
      : {
          what: 'the collection was given up before the registry was stopped: it did not answer at its address, so silence after its stop would prove nothing',
          wayOut: 'See whether this runner reaches the registry, then run again.',
        },
    signal: {
      what: 'the collection was ended by a signal on the host',
      wayOut: 'See who ended it (a shutdown, an administrator), then run again.',
    },
    stop: {
      what: `the registry couldn't be stopped; nothing was collected${said}`,
      wayOut: 'Set right what the host says, then run again.',
    },
    work: {
      what: `links in the storage couldn't be removed; nothing was collected${said}`,
      wayOut: 'Set right what the host says, then run again.',
    },
    collector: {
      what: `${words === '' ? `the collector ${how}` : 'the collector failed'}${waited ? ', and what runs it was away for a while' : ''}${said}`,
      wayOut: 'Read its whole output in the directory named below, set right what it says, and run again.',
    },
    rise: {
      what: 'the registry came up while its garbage was collected (its engine was restarted, or something started it); the collector was ended and the registry restarted',
      wayOut: 'What was pushed in that moment may be lost: push it again. Then run again.',
    },
    kill: {
      what: `the collector couldn't be ended${said}`,
      wayOut: 'See on the host whether it still runs, end it, then restart the registry before anything is pushed.',
    },
    flush: {
      what: `the descriptor cache in Redis couldn't be flushed after the collection${said}`,
      wayOut: 'Delete its keys blobs::* and repository::* by hand before anything is pushed.',
    },
    start: {
      what: `the registry didn't start again, though it was tried for more than a minute${said}`,
      wayOut: 'Start it by hand now.',
    },
    job: {
      what: `the collection's own script ended early${said}`,
      wayOut: 'Read its log in the directory named below, and report it.',
    },
  };
  return { at, ...sentences[failure] };
}
