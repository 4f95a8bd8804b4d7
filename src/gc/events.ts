/** What the job says in its log, read (pure). */
import { parseDigest, parseRepositoryName, type Digest, type RepositoryName } from '../model/index.ts';

export const phases = [
  'prepare',
  'check',
  'ready',
  'stopping',
  'stopped',
  'unlinking',
  'collecting',
  'collected',
  /** For an engine that died under the collector. */
  'waiting',
  'flushing',
  'starting',
  'started',
  'cleaning',
] as const;
export type Phase = (typeof phases)[number];

/** Why the job failed, the first reason. */
export const failures = [
  'lock',
  'prepare',
  'cache',
  'check',
  'alone',
  'abort',
  'signal',
  'stop',
  'work',
  'collector',
  'rise',
  'kill',
  'flush',
  'start',
  'job',
] as const;
export type Failure = (typeof failures)[number];

export type JobEvent =
  | { readonly kind: 'phase'; readonly phase: Phase }
  | { readonly kind: 'count'; readonly marked: number; readonly eligible: number; readonly deleted: number }
  /** A line of the collector, and the status that it ended with. `of`: its dry run or the collection. */
  | { readonly kind: 'line'; readonly of: 'check' | 'collect'; readonly line: string }
  | { readonly kind: 'exit'; readonly of: 'check' | 'collect'; readonly status: number }
  /** `since`: seconds since the epoch, by the host's clock. */
  | { readonly kind: 'busy'; readonly since: number; readonly run: string; readonly who: string }
  /** The lock of a run that died was taken over. */
  | { readonly kind: 'took'; readonly run: string }
  /** The registry was started in vain so many times. */
  | { readonly kind: 'tried'; readonly times: number }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'away'; readonly seconds: number }
  /** What was made for the collection couldn't be removed, twice. */
  | { readonly kind: 'left' }
  | { readonly kind: 'end'; readonly status: 'done' | 'failed' | 'nothing' | 'busy' }
  /** It is there and has nothing to say. */
  | { readonly kind: 'alive' }
  /** Its process is gone and has not said its end. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unlinked'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'spared'; readonly repository: RepositoryName; readonly why: string }
  | { readonly kind: 'removed'; readonly repository: RepositoryName }
  /** A line of something that the job ran; foreign. */
  | { readonly kind: 'said'; readonly text: string };

const ends: Readonly<Record<string, 'done' | 'failed' | 'nothing' | 'busy'>> = {
  '0': 'done',
  '1': 'failed',
  '2': 'nothing',
  '75': 'busy',
};

/** What a line of the log says; `undefined` for an empty one, and for words of the job that aren't known. */
export function parseEvent(mark: string, line: string): JobEvent | undefined {
  const own = `@${mark} `;
  if (line.startsWith(own)) return parseOwn(line.slice(own.length));
  if (line.trim() === '') return undefined;
  return parseWork(line) ?? { kind: 'said', text: line };
}

function parseOwn(text: string): JobEvent | undefined {
  const [kind = '', first = '', second = '', third = ''] = text.split(' ');
  const of = first === 'check' ? 'check' : 'collect';
  switch (kind) {
    case 'phase': {
      const phase = phases.find((known) => known === first);
      return phase && { kind, phase };
    }
    case 'fail': {
      const failure = failures.find((known) => known === first);
      return failure && { kind: 'failure', failure };
    }
    case 'count':
      return { kind, marked: numberOf(first), eligible: numberOf(second), deleted: numberOf(third) };
    case 'summary':
    case 'words':
      return { kind: 'line', of, line: restOf(text, 2) };
    case 'exit':
      // A status that nobody could learn is no success.
      return { kind, of, status: /^\d+$/.test(second) ? Number(second) : 255 };
    case 'busy':
      return { kind, since: numberOf(first), run: second, who: restOf(text, 3) };
    case 'took':
      return { kind, run: first };
    case 'tried':
      return { kind, times: numberOf(first) };
    case 'away':
      return { kind, seconds: numberOf(first) };
    case 'end': {
      const status = ends[first];
      return status && { kind, status };
    }
    case 'left':
    case 'alive':
    case 'gone':
      return { kind };
    default:
      return undefined;
  }
}

/** The lines of the work between stop and collector: `@unlinked REPOSITORY DIGEST`, `@spared REPOSITORY WHY`, `@removed REPOSITORY`. */
function parseWork(line: string): JobEvent | undefined {
  const [kind, name = '', digestText = ''] = line.split(' ');
  const repository = parseRepositoryName(name);
  if (repository === undefined) return undefined;
  const digest = parseDigest(digestText);
  if (kind === '@unlinked' && digest !== undefined) return { kind: 'unlinked', repository, digest };
  if (kind === '@spared') return { kind: 'spared', repository, why: restOf(line, 2) };
  if (kind === '@removed') return { kind: 'removed', repository };
  return undefined;
}

function numberOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : 0;
}

function restOf(text: string, words: number): string {
  return text.split(' ').slice(words).join(' ');
}
