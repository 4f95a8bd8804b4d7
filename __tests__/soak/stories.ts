/** What one random run is: a repository or two, rules, and what goes on meanwhile. */
import { expect } from '@jest/globals';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import type { Plan } from '../../src/model/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import type { Pushed } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { memoryRuntime } from '../support/runtime.ts';
import { fill, now, type Scene } from './content.ts';
import { breakRegistry } from './faults.ts';
import { falseSuccess, objections, plansAnIndex, strippedSubjects, type Ran } from './oracle.ts';
import { letOthersIn, type Deed } from './others.ts';
import type { Random } from './random.ts';
import { makeRules, type Rules } from './rules.ts';
import { lookAt, type Truth } from './truth.ts';

type Stage = {
  readonly registry: SandboxRegistry;
  readonly random: Random;
  readonly rules: Rules;
  readonly scenes: readonly Scene[];
  /** By repository. */
  readonly pushed: ReadonlyMap<string, readonly Pushed[]>;
};

/** Answers how many tags its first run planned to delete. */
export type Story = (random: Random) => Promise<number>;

/** The chance decides which registry, what it holds and what is asked for. */
async function onStage(random: Random, options: SandboxOptions, act: (staged: Stage) => Promise<Ran | undefined>) {
  const profile = random.pick(['distribution-2.8', 'distribution-3.1', 'oci-1.1'] as const);
  const registry = await startSandboxRegistry({ ...options, profile });
  try {
    const names = random.pick<readonly string[]>([['apps/web'], ['apps/web'], ['apps/web', 'apps/api']]);
    const scenes = names.map((repository) => ({ registry, repository, random }));
    const pushed = new Map<string, readonly Pushed[]>();
    for (const scene of scenes) pushed.set(scene.repository, await fill(scene));
    const ran = await act({ registry, random, rules: makeRules(random), scenes, pushed });
    return ran?.plan.repositories.flatMap(({ tags }) => tags).length ?? 0;
  } finally {
    await registry.close();
  }
}

type Seen = {
  /** `undefined` where the run ended before it could write a report. */
  readonly ran: Ran | undefined;
  /** With the log, so that a test that fails shows it. */
  readonly failures: readonly string[];
};

/** One request at a time, unless the inputs say otherwise: what comes at a given one comes there again. */
async function pruneOn(
  { registry, random, rules }: Stage,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const told = { registry: registry.url, repositories: 'apps/*', concurrency: '1', ...rules.inputs, ...inputs };
  const runtime = { ...memoryRuntime({ inputs: told, now }), random: () => random.next() };
  await run(runtime, prune);
  const read = (ending: string): unknown => {
    const path = [...runtime.memory.keys()].find((each) => each.endsWith(ending));
    return path === undefined ? undefined : JSON.parse(runtime.memory.get(path) ?? '');
  };
  const report = read('report.json') as RunReport | undefined;
  const plan = read('plan.json') as Plan | undefined;
  const failed = runtime.failures.length > 0;
  return {
    ran: report && plan && { registry, rules, plan, report, failed },
    failures: failed ? [...runtime.failures, ...runtime.lines] : [],
  };
}

const look = ({ registry, scenes }: Stage): readonly Truth[] =>
  scenes.map(({ repository }) => lookAt(registry, repository));

/** Nobody else is there and nothing fails: all is done at once, and a second run finds nothing more to do. */
async function runInPeace(staged: Stage): Promise<Ran | undefined> {
  const before = look(staged);
  const { ran, failures } = await pruneOn(staged, { concurrency: String(staged.random.between(1, 16)) });
  expect(failures).toEqual([]);
  for (const truth of before) {
    expect(ran && objections(ran, truth, truth, [])).toEqual([]);
    expect(ran && falseSuccess(ran, truth, [])).toEqual([]);
    expect(ran && strippedSubjects(ran, truth)).toEqual([]);
  }
  const again = await pruneOn(staged);
  expect(again.failures).toEqual([]);
  // A platform takes no place in keep-last while its index does: with the index gone it does, and pushes another out.
  const freed = ran !== undefined && before.some((truth) => plansAnIndex(ran, truth));
  if (!freed) expect(again.ran?.plan.repositories).toEqual([]);
  return ran;
}

/** A run with others at work in each repository; what they did, and the truth that they made. */
async function runAmongOthers(staged: Stage) {
  const before = look(staged);
  const after = look(staged);
  const guests = staged.scenes.flatMap((scene, place) => {
    const truth = after[place];
    return truth === undefined ? [] : letOthersIn(scene, staged.pushed.get(scene.repository) ?? [], truth);
  });
  const seen = await pruneOn(staged);
  for (const guest of guests) guest.stop();
  const deeds = guests.map((guest): readonly Deed[] => guest.deeds);
  for (const [place, truth] of after.entries())
    if (seen.ran === undefined) expect(lookAt(staged.registry, truth.repository).tags).toEqual(truth.tags);
    else expect(objections(seen.ran, before[place] ?? truth, truth, deeds[place] ?? [])).toEqual([]);
  return { ...seen, after, deeds };
}

export const inPeace: Story = (random) => onStage(random, {}, runInPeace);

export const amongOthers: Story = (random) =>
  onStage(random, {}, async (staged) => {
    const { ran, failures, after, deeds } = await runAmongOthers(staged);
    for (const [place, truth] of after.entries())
      expect(ran && falseSuccess(ran, truth, deeds[place] ?? [])).toEqual([]);
    // Only what came too late to be seen can make such a run fail.
    if (deeds.flat().every(({ late }) => !late)) expect(failures).toEqual([]);
    await runInPeace(staged);
    return ran;
  });

export const onABrokenRegistry: Story = (random) =>
  onStage(random, {}, async (staged) => {
    const before = look(staged);
    const repair = breakRegistry(staged.registry, random);
    const { ran, failures } = await pruneOn(staged);
    repair();
    if (ran === undefined) expect(failures).not.toEqual([]);
    for (const truth of before) {
      if (ran === undefined) expect(lookAt(staged.registry, truth.repository)).toEqual(truth);
      else {
        expect(objections(ran, truth, truth, [])).toEqual([]);
        expect(falseSuccess(ran, truth, [])).toEqual([]);
      }
    }
    await runInPeace(staged);
    return ran;
  });

export const amongOthersOnABrokenRegistry: Story = (random) =>
  onStage(random, {}, async (staged) => {
    const repair = breakRegistry(staged.registry, random);
    const { ran } = await runAmongOthers(staged);
    repair();
    await runInPeace(staged);
    return ran;
  });

/** A dry run, a guard that refuses, a registry that doesn't delete: nothing is written, nothing changes. */
export const withoutWrites: Story = (random) => {
  const kind = random.pick(['dry-run', 'max-deletions', 'disabled', 'read-only', 'no-right'] as const);
  const account = { username: 'someone', password: 'something-long' };
  const rights = { '*': ['pull', 'push'] } as const;
  const options: SandboxOptions = kind === 'no-right' ? { auth: { kind: 'basic', ...account, rights } } : {};
  return onStage(random, options, async (staged) => {
    const { registry } = staged;
    if (kind === 'disabled' || kind === 'read-only') registry.setDeletes(kind);
    const before = look(staged);
    const { ran } = await pruneOn(staged, {
      ...(kind === 'dry-run' ? { 'dry-run': 'true' } : kind === 'max-deletions' ? { 'max-deletions': '0' } : {}),
      ...(kind === 'no-right' ? account : {}),
    });
    expect(look(staged)).toEqual(before);
    expect(ran?.failed).toBe(kind !== 'dry-run' && ran?.plan.repositories.length !== 0);
    const writes = registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
    const probes = writes.filter(({ method, path }) => method === 'DELETE' && path.includes('/manifests/'));
    expect(writes).toEqual(kind === 'dry-run' || kind === 'max-deletions' ? [] : probes);
    return ran;
  });
};
