// A cancelled job: SIGINT and SIGTERM for the built action in the middle of its deletions, on real registries. Nothing new is
// deleted, what was under way is finished, and report and journal are whole: by them a rerun and a restore come to their ends.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import type { RecordedRequest } from '../../sandbox/registry.ts';
import { startRelay, type Relay } from '../../sandbox/relay.ts';
import type { RunReport } from '../../src/report/index.ts';
import { writtenDown } from '../kills/left.ts';
import { isPlaceholder, isSame, lookAt, missingIn, type State } from '../kills/state.ts';
import { startStep, type Start, type Step } from '../kills/step.ts';
import { allPullProblems, describeDistribution, type Whole } from './pruning.ts';
import type { RunningRegistry } from './registries.ts';

// Four processes each; on a busy machine one takes seconds.
jest.setTimeout(180_000);

// The promise is 5 s from the signal to the end. A machine that is shared may take long for a little work, not for ever.
const promisedMs = 5_000;
const generousMs = 4 * promisedMs;

type Signal = 'SIGINT' | 'SIGTERM';
type Laid = { readonly kept: readonly (readonly [tag: string, image: Whole])[]; readonly doomed: readonly string[] };

/** Three tags that go alone, from images that stay; three images that go; one of several platforms that stays. */
async function lay(running: RunningRegistry, repository: string): Promise<Laid> {
  const push = (number: number): Promise<Whole> =>
    pushImage(running, { repository, tags: [`build-${number}`], seed: String(number) });
  const kept: (readonly [string, Whole])[] = [];
  for (const number of [1, 2, 3]) {
    const image = await push(number);
    await tag(running, image, `stable-${number}`);
    kept.push([`stable-${number}`, image]);
  }
  const doomed = [await push(4), await push(5), await push(6)];
  const newest = await pushMultiPlatform(running, {
    repository,
    tags: ['build-7'],
    seed: '7',
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
  });
  return { kept: [...kept, ['build-7', newest]], doomed: doomed.map(({ digest }) => digest) };
}

describeDistribution('a run that is told to end', (registry) => {
  let running: RunningRegistry;
  let relay: Relay;
  let folder: string;
  let steps = 0;
  beforeAll(async () => {
    running = await registry.start();
    relay = await startRelay(running.url);
    folder = mkdtempSync(join(tmpdir(), 'registry-prune-signals-'));
  });
  afterAll(async () => {
    await relay.close();
    await running.close();
    rmSync(folder, { recursive: true });
  });

  const start = (door: Start['door'], inputs: Start['inputs']): Step => {
    steps += 1;
    const own = join(folder, String(steps));
    mkdirSync(own);
    return startStep({ door, folder: own, inputs: { registry: relay.url, concurrency: '1', ...inputs } });
  };
  const prune = (repository: string): Step =>
    start('index', { repositories: repository, tags: 'build-{number}', 'keep-last': '1' });
  const through = async (step: Step): Promise<Step> => {
    const { code } = await step.ended;
    expect({ code, log: code === 0 ? '' : step.log() }).toEqual({ code: 0, log: '' });
    return step;
  };

  test.each<[Signal, 'tag' | 'manifest']>([
    ['SIGINT', 'tag'],
    ['SIGTERM', 'tag'],
    ['SIGINT', 'manifest'],
    ['SIGTERM', 'manifest'],
  ])('%s while a %s is removed: that is finished, and nothing else is begun', async (signal, of) => {
    const repository = `signals/${signal.toLowerCase()}-${of}`;
    const undisturbed = `${repository}-undisturbed`;
    await lay(running, undisturbed);
    await through(prune(undisturbed));
    const wanted = await lookAt(running, undisturbed);
    const { kept, doomed } = await lay(running, repository);
    const before = await lookAt(running, repository);

    // By its name where the registry can, else by a placeholder over it.
    const path = of === 'tag' ? /\/manifests\/build-\d$/ : new RegExp(`/manifests/(?:${doomed.join('|')})$`);
    const step: { running?: Step } = {};
    let heardAt = 0;
    relay.forgetRequests();
    const asked = (request: RecordedRequest): boolean => isWrite(request) && path.test(request.path);
    relay.before(
      { method: of === 'tag' && registry.version.startsWith('2.') ? 'PUT' : 'DELETE', path, nth: 2 },
      async () => {
        step.running?.interrupt(signal);
        while (step.running?.log().includes(`${signal}: the run is`) === false) await sleep(5);
        heardAt = Date.now();
        expect(relay.requests.filter(asked)).toHaveLength(2);
        relay.forgetRequests();
      },
    );
    const interrupted = prune(repository);
    step.running = interrupted;
    const ending = await interrupted.ended;
    const endedAt = Date.now();
    await relay.quiet();
    expect(ending).toEqual({ code: 1, signal: null });
    expect(heardAt).toBeGreaterThan(0);
    expect(endedAt - heardAt).toBeLessThan(generousMs);

    // What covers a tag is taken away; nothing that was there is touched any more.
    const later = relay.requests.filter(isWrite);
    expect(later.filter(({ method }) => method !== 'DELETE')).toEqual([]);
    expect(
      later.filter(({ path: each }) => [...before.manifests.keys()].some((digest) => each.endsWith(digest))),
    ).toEqual([]);
    expect(later.filter(({ path: each }) => [...before.tags.keys()].some((name) => each.endsWith(`/${name}`)))).toEqual(
      [],
    );

    const now = await lookAt(running, repository, before.manifests.keys());
    expect([...now.tags.keys()].every((name) => before.tags.has(name))).toBe(true);
    expect([...now.tags].filter(([name, served]) => !isSame(served, before.tags.get(name)))).toEqual([]);
    expect([...now.linked.values()].filter(isPlaceholder)).toEqual([]);
    expect(missingIn(now, wanted)).toEqual([]);
    expect(await allPullProblems(running, kept)).toEqual([]);
    const gone = [...before.tags.keys()].filter((name) => !now.tags.has(name)).sort();
    expect(gone.length).toBeGreaterThanOrEqual(2);
    expect(gone.length).toBeLessThan(before.tags.size - wanted.tags.size);
    expectWhole(interrupted, { signal, repository, gone, before, now });

    const rerun = await through(prune(repository));
    const then = await lookAt(running, repository);
    expect([...then.tags.keys()].sort()).toEqual([...wanted.tags.keys()].sort());
    expect(missingIn(then, wanted)).toEqual([]);

    for (const each of [rerun, interrupted])
      await through(start('restore', { 'journal-file': each.path('journal.jsonl') ?? 'no journal' }));
    expect(missingIn(await lookAt(running, repository, before.manifests.keys()), before)).toEqual([]);
  });
});

const isWrite = ({ method }: RecordedRequest): boolean => ['PUT', 'DELETE', 'POST', 'PATCH'].includes(method);

type Facts = {
  readonly signal: Signal;
  readonly repository: string;
  readonly gone: readonly string[];
  readonly before: State;
  readonly now: State;
};

/** The report names what is gone, all of it and nothing else; the journal has its bytes. */
function expectWhole(step: Step, { signal, repository, gone, before, now }: Facts): void {
  const report = JSON.parse(step.file('report.json') ?? '{}') as RunReport;
  expect(report.interruptedBy).toBe(signal);
  const outcomes = report.repositories.flatMap((each) => each.outcomes);
  const deleted = outcomes.flatMap(({ subject, result }) =>
    subject.kind === 'tag' && result === 'done' ? [subject.tag] : [],
  );
  expect(deleted.sort()).toEqual(gone);
  const { journal } = writtenDown(repository, step.file('plan.json'), step.file('journal.jsonl'));
  for (const name of gone) {
    const was = before.tags.get(name);
    const line = journal.get(was?.digest ?? '');
    expect(line?.tags).toContain(name);
    expect(line?.bytes.equals(was?.bytes ?? new Uint8Array())).toBe(true);
  }
  for (const digest of before.manifests.keys()) if (!now.manifests.has(digest)) expect(journal.has(digest)).toBe(true);
}
