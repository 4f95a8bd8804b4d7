/** What one random run is: what goes on while the program runs, and what must hold afterwards. */
import { isDeepStrictEqual } from 'node:util';
import { breakLine } from '../../sandbox/random-faults.ts';
import { randomFrom, type Random } from '../../sandbox/random.ts';
import type { SandboxOptions } from '../../sandbox/registry.ts';
import type { DoneFault } from '../../sandbox/relay.ts';
import { falseSuccess, keptIn, objections, plansAnIndex, strippedSubjects } from './oracle.ts';
import { letOthersIn, type Deed } from './others.ts';
import { look, onItsWay, onStage, pruneOn, type Seen, type Stage, type Way } from './stage.ts';
import type { Tally } from './tally.ts';
import type { Truth } from './truth.ts';
import { demand, demandNone } from './violation.ts';

/** Rejects with a `Violation` where something that must hold doesn't. */
export type Story = (random: Random, tally: Tally) => Promise<void>;

/** Nobody else is there and nothing fails: all is done at once, and a second run (now and then) finds nothing more to do. */
async function runInPeace(staged: Stage): Promise<void> {
  const before = look(staged);
  const { ran, failed, log } = await pruneOn(staged, { inputs: { concurrency: String(staged.random.between(1, 16)) } });
  demand('status', !failed && ran !== undefined, 'it failed, and nothing was wrong', log);
  if (ran === undefined) return;
  for (const truth of before) {
    demandNone('loss', objections(ran, truth, truth, []), log);
    demandNone('status', falseSuccess(ran, truth, []), log);
    demandNone('other', strippedSubjects(ran, truth), log);
  }
  count(staged, before, before);
  // A platform takes no place in keep-last while its index does: with the index gone it does, and pushes another out.
  if (before.some((truth) => plansAnIndex(ran, truth)) || staged.random.chance(0.7)) return;
  const again = await pruneOn(staged);
  const more = again.ran?.plan.repositories.flatMap(({ tags, manifests }) => [...tags, ...manifests]);
  demand('status', !again.failed, 'it failed the second time, and nothing was wrong', again.log);
  demand('other', more?.length === 0, 'the second run found more to do', again.log);
}

function count({ registry, tally }: Stage, before: readonly Truth[], after: readonly Truth[]): void {
  for (const { repository, tags, manifests } of before) {
    const { store } = registry;
    tally.tagsGone += [...tags.keys()].filter((tag) => !store.tags(repository).has(tag)).length;
    tally.manifestsGone += [...manifests.keys()].filter((digest) => !store.manifests(repository).has(digest)).length;
  }
  for (const truth of after) tally.kept += keptIn(registry, truth);
}

type Around = { readonly others?: true; readonly faults?: true };

/** A run with others at work in each repository, on a way that fails, or both. */
async function runThroughAll(staged: Stage, around: Around): Promise<void> {
  await onItsWay(staged, (way) => runOn(staged, way, around));
  await runInPeace(staged);
}

async function runOn(staged: Stage, way: Way, around: Around): Promise<void> {
  const { random, tally } = staged;
  const before = look(staged);
  // What ought to be there: the program's doing apart.
  const after = look(staged);
  const guests = staged.scenes.map((scene, place) => {
    const truth = after[place];
    const pushed = staged.pushed.get(scene.repository) ?? [];
    return around.others && truth ? letOthersIn(scene, { pushed, truth, relay: way.relay }) : undefined;
  });
  const repair = around.faults && breakWay(way, random);
  const told = await pruneOn(staged, { way, inputs: random.chance(0.3) ? { 'cache-file': '/tmp/run/cache' } : {} });
  repair?.();
  const deeds = guests.map((stop): readonly Deed[] => stop?.() ?? []);
  const seen = { ...told, log: [...told.log, ...deeds.flat().map(showDeed), ...way.relay.faults.map(showFault)] };

  tally.deeds += deeds.flat().length;
  for (const { fault } of way.relay.faults) tally.faults.set(fault.kind, (tally.faults.get(fault.kind) ?? 0) + 1);
  tally.planned += seen.ran?.plan.repositories.flatMap(({ tags }) => tags).length ?? 0;
  count(staged, before, after);
  judge(staged, seen, { before, after, deeds });
  // Only what comes while it deletes, and a way that fails, can make such a run fail.
  if (around.faults !== true && deeds.flat().every(({ late, meanwhile }) => !late && !meanwhile))
    demand('status', !seen.failed, 'it failed, and nothing was wrong', seen.log);
}

function showDeed({ repository, tag, digest, late, before }: Deed): string {
  const deed = digest === undefined ? 'deleted' : `pushed ${digest} to`;
  return `somebody ${deed} ${repository}:${tag} before ${before}${late ? ', too late to be seen' : ''}`;
}

function showFault({ fault, request: { method, path } }: DoneFault): string {
  return `fault: ${JSON.stringify(fault)} at ${method} ${path}`;
}

function breakWay({ relay, foreign }: Way, random: Random): () => void {
  // A chance of its own: how often it is asked hangs on the requests.
  const faults = randomFrom(random.between(1, 2 ** 31));
  return breakLine(relay, { random: faults, foreign: foreign.url, stalls: { left: random.between(0, 2) } });
}

type Course = {
  readonly before: readonly Truth[];
  readonly after: readonly Truth[];
  readonly deeds: readonly (readonly Deed[])[];
};

function judge(staged: Stage, { ran, failed, log }: Seen, { before, after, deeds }: Course): void {
  const { registry } = staged;
  for (const [place, truth] of after.entries()) {
    const done = deeds[place] ?? [];
    if (ran === undefined) {
      const now = look({ ...staged, scenes: staged.scenes.slice(place, place + 1) })[0];
      demand('status', failed, 'it wrote no report, and the step did not fail', log);
      demand('loss', isDeepStrictEqual(now?.tags, truth.tags), 'it wrote no report, and the tags changed', log);
      const gone = [...truth.manifests.keys()].filter(
        (digest) => !registry.store.manifests(truth.repository).has(digest),
      );
      demandNone('loss', done.length > 0 ? [] : gone.map((digest) => `it wrote no report, and ${digest} is gone`), log);
    } else {
      demandNone('loss', objections(ran, before[place] ?? truth, truth, done), log);
      demandNone('status', falseSuccess(ran, truth, done), log);
    }
  }
}

export const inPeace: Story = (random, tally) => onStage({ random, tally }, runInPeace);

export const amongOthers: Story = (random, tally) =>
  onStage({ random, tally }, (staged) => runThroughAll(staged, { others: true }));

export const onABrokenWay: Story = (random, tally) =>
  onStage({ random, tally }, (staged) => runThroughAll(staged, { faults: true }));

export const amongOthersOnABrokenWay: Story = (random, tally) =>
  onStage({ random, tally }, (staged) => runThroughAll(staged, { others: true, faults: true }));

/** A dry run, a guard that refuses, a registry that doesn't delete: nothing is written, nothing changes. */
export const withoutWrites: Story = (random, tally) => {
  const kind = random.pick(['dry-run', 'max-deletions', 'disabled', 'read-only', 'no-right'] as const);
  const account = { username: 'someone', password: 'something-long' };
  const rights = { '*': ['pull', 'push'] } as const;
  const options: SandboxOptions = kind === 'no-right' ? { auth: { kind: 'basic', ...account, rights } } : {};
  return onStage({ random, tally, options }, async (staged) => {
    const { registry } = staged;
    if (kind === 'disabled' || kind === 'read-only') registry.setDeletes(kind);
    const before = look(staged);
    const { ran, log } = await pruneOn(staged, {
      inputs: {
        ...(kind === 'dry-run' ? { 'dry-run': 'true' } : kind === 'max-deletions' ? { 'max-deletions': '0' } : {}),
        ...(kind === 'no-right' ? account : {}),
      },
    });
    demand('loss', isDeepStrictEqual(look(staged), before), `${kind}: something changed`, log);
    const fails = kind !== 'dry-run' && ran?.plan.repositories.length !== 0;
    demand('status', ran?.failed === fails, `${kind}: it ${fails ? 'succeeded' : 'failed'}`, log);
    const writes = registry.requests.filter(
      ({ method, server }) => server === 'registry' && method !== 'GET' && method !== 'HEAD' && method !== 'POST',
    );
    const probes = writes.filter(({ method, path }) => method === 'DELETE' && path.includes('/manifests/'));
    const allowed = kind === 'dry-run' || kind === 'max-deletions' ? 0 : probes.length;
    demand('other', writes.length === allowed, `${kind}: it wrote`, log);
    count(staged, before, before);
  });
};
