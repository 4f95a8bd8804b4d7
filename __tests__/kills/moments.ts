/** The moments of a run, told by its requests, and which of them a kill takes. */
import type { Random } from '../../sandbox/random.ts';
import type { RecordedRequest } from '../../sandbox/registry.ts';
import type { Relay } from '../../sandbox/relay.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Step } from './step.ts';

/** In the order in which a run goes through them, repository by repository from `asking` on. */
export const phases = ['looking', 'asking', 'journaled', 'tags', 'manifests', 'between', 'proof', 'reported'] as const;
/**
 * `looking`: reading what is there. `asking`: whether the registry deletes here. `journaled`: after the journal, before the
 * first change. `tags`: deleting tags by themselves, by their names or by a placeholder. `manifests`: deleting manifests.
 * `between`: looking again between two batches. `proof`: after the last change. `reported`: nothing is left but to end.
 */
export type Phase = (typeof phases)[number];

type Asked = Pick<RecordedRequest, 'method' | 'path'>;

/** Of each request of a run. `manifests`: all that was there before it. `changes`: see `changesIn`, of a whole run. */
export function phasesOf(
  requests: readonly Asked[],
  manifests: ReadonlySet<string>,
  changes: ReadonlyMap<string, number>,
): readonly Phase[] {
  const deletes = new Map<string, number>();
  const done = new Map<string, number>();
  return requests.map(({ method, path }): Phase => {
    const { repository, reference } = partsOf(path);
    const probes = deletes.get(repository) ?? 0;
    if (method === 'DELETE') deletes.set(repository, probes + 1);
    // The first two of a repository are of things that never existed.
    if (method === 'DELETE' && probes < 2) return 'asking';
    const changed = done.get(repository) ?? 0;
    if (!isReading(method)) {
      done.set(repository, changed + 1);
      return method === 'DELETE' && manifests.has(reference) ? 'manifests' : 'tags';
    }
    if (probes < 2) return probes === 0 ? 'looking' : 'asking';
    if (changed === 0) return 'journaled';
    return changed < (changes.get(repository) ?? 0) ? 'between' : 'proof';
  });
}

/** How many requests of a run changed something, by the last part of the repository's name. */
export function changesIn(requests: readonly Asked[]): ReadonlyMap<string, number> {
  const writes = requests.filter(({ method }) => !isReading(method));
  const found = Map.groupBy(writes, ({ path }) => partsOf(path).repository);
  const probes = 2;
  return new Map([...found].map(([repository, all]) => [repository, all.length - probes]));
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

function partsOf(path: string): { readonly repository: string; readonly reference: string } {
  const [, repository = '', reference = ''] =
    /^\/v2\/(?:[^/]+\/)*?([^/]+)\/(?:manifests|blobs|tags|referrers)\/([^?]*)/.exec(path) ?? [];
  return { repository, reference };
}

/**
 * `unsent`: the request never reaches the registry. `under-way`: the registry carries it out, and nobody hears its answer.
 * `answered`: so long after its answer. Whatever else had been sent by then is carried out, but for `unsent`.
 */
export type Moment =
  | {
      readonly at: 'request';
      readonly nth: number;
      readonly when: 'unsent' | 'under-way' | 'answered';
      readonly delayMs: number;
    }
  | { readonly at: 'report' };

/** Those in which something changes more often than the others. */
const likely: readonly Phase[] = [...phases, 'journaled', 'tags', 'tags', 'manifests', 'manifests', 'between'];

/** Phases are drawn first, since by their requests most kills would fall into the looking. `among`: only of these. */
export function drawMoment(run: readonly Phase[], random: Random, among: readonly Phase[] = phases): Moment {
  const there = new Set<Phase>([...run, 'reported']);
  const phase = random.any(likely.filter((each) => there.has(each) && among.includes(each))) ?? 'reported';
  const places = run.flatMap((each, place) => (each === phase ? [place + 1] : []));
  const nth = random.any(places);
  if (nth === undefined) return { at: 'report' };
  const when = random.pick(['unsent', 'under-way', 'under-way', 'answered'] as const);
  return { at: 'request', nth, when, delayMs: random.between(0, 6) };
}

/**
 * Starts the step behind the relay, kills it at that moment, and resolves when it is gone and all that it had sent is
 * done. A step that is through before that moment comes ends by itself. The relay has no other clients.
 */
export async function killAt(relay: Relay, moment: Moment, start: () => Step): Promise<Step> {
  relay.forgetRequests();
  const started: { step?: Step } = {};
  const kill = async (): Promise<void> => started.step?.kill();
  const stop = moment.at === 'request' ? arm(relay, moment, kill, () => started.step?.hasEnded() ?? false) : undefined;
  const step = start();
  started.step = step;
  if (moment.at === 'report') {
    while (!step.hasEnded() && !step.hasReported()) await sleep(5);
    await step.kill();
  }
  await step.ended;
  await relay.quiet();
  stop?.();
  return step;
}

function arm(
  relay: Relay,
  { nth, when, delayMs }: Moment & { readonly at: 'request' },
  kill: () => Promise<void>,
  isDead: () => boolean,
): () => void {
  const match = { path: /./, nth };
  if (when === 'answered')
    return relay.answer(match, (answer) => {
      setTimeout(() => void kill(), delayMs);
      return answer;
    });
  relay.before(match, kill);
  if (when === 'under-way') return () => undefined;
  const lost = { kind: 'answer', moment: 'before', answer: { status: 502, drop: 'connection' } } as const;
  return relay.fault({ path: /./ }, () => (isDead() ? lost : undefined));
}
