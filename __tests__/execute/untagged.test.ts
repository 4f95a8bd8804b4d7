/** Untagged manifests while a plan is carried out: what is left until the registry is stopped, and what goes before. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { pushImage, tag, type Pushed } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { carryOut, openJournal, outcomesOfUnlinking, type CarriedOut, type Order } from '../../src/execute/index.ts';
import { ContentMemory, observe, ReferrersSupport } from '../../src/inventory/index.ts';
import type { Decision, Digest, Instant, JournalEntry, Outcome, StoredRepository } from '../../src/model/index.ts';
import { build } from '../../src/plan/index.ts';
import { untagged } from '../../src/policy/index.ts';
import { digestOf, instantOf, repositoryOf } from '../arbitraries/names.ts';
import { clientOf } from '../inventory/sandbox.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';

const repository = repositoryOf('apps/web');
const now = (): Instant => instantOf('2026-11-22T01:30:00Z');
const then = instantOf('2026-10-01T00:00:00Z');
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Lab = {
  readonly sandbox: SandboxRegistry;
  readonly runtime: MemoryRuntime;
  /** What the storage says: every manifest, all pushed long ago. */
  stored(): StoredRepository;
  /** Plans these tags and every untagged manifest, and carries the plan out. */
  run(doomed: readonly string[], order: Partial<Order>): Promise<CarriedOut>;
};

async function start(options: SandboxOptions = {}): Promise<Lab> {
  const sandbox = await startSandboxRegistry(options);
  const registry = clientOf(sandbox.url);
  open.push(sandbox, registry);
  const runtime = memoryRuntime();
  const memory = new ContentMemory();
  const stored = (): StoredRepository => ({
    tags: new Map(),
    revisions: new Map(
      [...sandbox.store.manifests(repository).keys()].map((digest) => [digest as Digest, { at: then, mtime: 1 }]),
    ),
  });
  return {
    sandbox,
    runtime,
    stored,
    async run(doomed, order) {
      const look = { registry, repository, memory, now };
      const snapshot = await observe({ ...look, stored: stored(), untagged: true, dated: () => new Set() });
      if (snapshot === undefined) throw new Error('The repository is not there.');
      const decisions = [...snapshot.tags].map(([name, state]): Decision => ({
        tag: name,
        verdict: doomed.includes(name) ? 'delete' : 'keep',
        because: [{ kind: 'no-rule' }],
        image: 'unknown',
        ...(state.kind === 'points' && { digest: state.digest }),
      }));
      const plan = build(snapshot, decisions, untagged({ snapshot, graceSeconds: 0, now: now() }));
      sandbox.forgetRequests();
      const journal = await openJournal(runtime.files, '/tmp/journal');
      const site = { registry, repository, memory, journal, now, random: () => 0.5 };
      const referrers = new ReferrersSupport();
      const confirm = (): Promise<never[]> => Promise.resolve([]);
      return carryOut(site, { plan, snapshot, confirm, referrers, stored: stored(), ...order });
    },
  };
}

const push = ({ sandbox }: Lab, seed: string, ...tags: readonly string[]): Promise<Pushed> =>
  pushImage(sandbox, { repository, tags, seed });
const methods = ({ sandbox }: Lab): readonly string[] => [...new Set(sandbox.requests.map(({ method }) => method))];
const journaled = ({ runtime }: Lab): readonly string[] =>
  (runtime.memory.get('/tmp/journal') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as JournalEntry).digest);
const resultsOf = (outcomes: readonly Outcome[]): object =>
  Object.fromEntries(
    outcomes.map(({ subject, result }) => [subject.kind === 'tag' ? subject.tag : subject.digest, result]),
  );

describe('where the registry will be stopped', () => {
  test('they are journaled, looked at again, and left: nothing is asked that only a deletion needs', async () => {
    const lab = await start({ deletes: 'disabled' });
    await push(lab, 'kept', 'v1');
    const loose = await push(lab, 'loose');
    const done = await lab.run([], { unlinks: true });
    expect(done).toMatchObject({ outcomes: [], proofs: [], problems: [], abilities: undefined });
    expect(done.deferred).toEqual({ repository, digests: [loose.digest], expected: lab.stored() });
    expect(journaled(lab)).toEqual([loose.digest]);
    expect([...methods(lab)].sort()).toEqual(['GET', 'HEAD']);
  });

  test('what goes with a tag goes before, and is proven', async () => {
    const lab = await start();
    await push(lab, 'kept', 'v1');
    const old = await push(lab, 'old', 'v0');
    const loose = await push(lab, 'loose');
    const done = await lab.run(['v0'], { unlinks: true });
    expect(resultsOf(done.outcomes)).toEqual({ v0: 'done', [old.digest]: 'done' });
    expect(done.proofs.map(({ tag: proven, result }) => [proven, result])).toEqual([['v1', 'present']]);
    expect(done.deferred?.digests).toEqual([loose.digest]);
    expect([...lab.sandbox.store.manifests(repository).keys()]).toContain(loose.digest);
  });

  test('one that got a tag meanwhile is spared', async () => {
    const lab = await start();
    await push(lab, 'kept', 'v1');
    const loose = await push(lab, 'loose');
    // The first list is that of the look which the plan is made from.
    lab.sandbox.before({ method: 'GET', path: /tags\/list/, nth: 2 }, () => tag(lab.sandbox, loose, 'back'));
    const done = await lab.run([], { unlinks: true });
    expect(done.deferred).toBeUndefined();
    expect(done.outcomes).toMatchObject([
      { subject: { digest: loose.digest }, result: 'spared', why: 'gained-a-kept-tag' },
    ]);
  });

  test('where the registry deletes nothing, what goes with a tag fails, and so does the rest of the repository', async () => {
    const lab = await start({ deletes: 'disabled' });
    const old = await push(lab, 'old', 'v0');
    const loose = await push(lab, 'loose');
    const done = await lab.run(['v0'], { unlinks: true });
    expect(resultsOf(done.outcomes)).toEqual({ v0: 'failed', [old.digest]: 'failed', [loose.digest]: 'failed' });
    expect(done.deferred).toBeUndefined();
  });

  test('where the registry goes away in the middle, nothing is left for later', async () => {
    const lab = await start();
    await push(lab, 'old', 'v0');
    const loose = await push(lab, 'loose');
    const deletion = { method: 'DELETE', path: /manifests\/sha256:(?!8{64})/ };
    lab.sandbox.answer(deletion, { status: 200, drop: 'connection' });
    const done = await lab.run(['v0'], { unlinks: true });
    expect(done.problems.length).toBeGreaterThan(0);
    expect(done.deferred).toBeUndefined();
    expect(resultsOf(done.outcomes)).toMatchObject({ [loose.digest]: 'spared' });
  });
});

describe('where it will not', () => {
  test('they go by the API like all else', async () => {
    const lab = await start();
    await push(lab, 'kept', 'v1');
    const loose = await push(lab, 'loose');
    const done = await lab.run([], {});
    expect(resultsOf(done.outcomes)).toEqual({ [loose.digest]: 'done' });
    expect(done.deferred).toBeUndefined();
    expect(journaled(lab)).toEqual([loose.digest]);
  });

  test('one that was pushed again since the look is spared, by what the storage says right before', async () => {
    const lab = await start();
    await push(lab, 'kept', 'v1');
    const loose = await push(lab, 'loose');
    const later = new Map([[loose.digest as Digest, { at: now(), mtime: 2 }]]);
    const done = await lab.run([], { storedNow: () => Promise.resolve({ tags: new Map(), revisions: later }) });
    expect(resultsOf(done.outcomes)).toEqual({ [loose.digest]: 'spared' });
    expect([...lab.sandbox.store.manifests(repository).keys()]).toContain(loose.digest);
  });

  test('one that its storage has no more is left alone, and so is all where the storage does not answer', async () => {
    const lab = await start();
    await push(lab, 'kept', 'v1');
    const loose = await push(lab, 'loose');
    const gone = await lab.run([], { storedNow: () => Promise.resolve(undefined) });
    expect(resultsOf(gone.outcomes)).toEqual({ [loose.digest]: 'spared' });
    const silent = await lab.run([], { storedNow: () => Promise.reject(new Error('the host is gone')) });
    expect(resultsOf(silent.outcomes)).toEqual({ [loose.digest]: 'failed' });
    expect(silent.problems).toMatchObject([{ what: 'the host is gone' }]);
    expect([...lab.sandbox.store.manifests(repository).keys()]).toContain(loose.digest);
  });

  test('the storage is asked again only where that matters', async () => {
    const lab = await start();
    await push(lab, 'kept', 'v1');
    await push(lab, 'old', 'v0');
    const storedNow = (): Promise<never> => Promise.reject(new Error('it was asked'));
    expect((await lab.run(['v0'], { storedNow })).problems).toEqual([]);
    await push(lab, 'loose');
    expect((await lab.run([], { storedNow, unlinks: true })).problems).toEqual([]);
  });
});

describe('what the work on the storage told', () => {
  const [one, two, three] = [digestOf(1), digestOf(2), digestOf(3)];
  const other = repositoryOf('apps/api');
  const expected: StoredRepository = { tags: new Map(), revisions: new Map() };
  const deferred = [
    { repository, digests: [one, two], expected },
    { repository: other, digests: [three], expected },
  ];
  const tell = (told: Partial<Parameters<typeof outcomesOfUnlinking>[1]>): readonly object[] =>
    outcomesOfUnlinking(deferred, { unlinked: [], spared: [], ...told });

  test('each manifest has its outcome, and one that nothing was told of has failed', () => {
    expect(
      tell({
        unlinked: [{ repository, digest: one }],
        spared: [{ repository: other, why: 'changed: tags/new/current/link is new, or was written again' }],
      }),
    ).toMatchObject([
      { repository, subject: { digest: one }, result: 'done', via: 'unlink-revision' },
      { repository, subject: { digest: two }, result: 'failed', why: { what: 'its link was not removed' } },
      { repository: other, subject: { digest: three }, result: 'spared', why: 'moved' },
    ]);
  });

  test('what could not be removed has failed, with the reason; one that went before that is gone', () => {
    const outcomes = tell({
      unlinked: [{ repository, digest: two }],
      spared: [{ repository, why: `failed: ${one} can not be removed` }],
    });
    expect(outcomes).toMatchObject([
      { result: 'failed', why: { at: `apps/web@${one}`, what: `its link was not removed: ${one} can not be removed` } },
      { result: 'done' },
      { result: 'failed' },
    ]);
  });

  test('where it never came to that, the reason is told of each', () => {
    const failure = { at: 'docker:registry', what: 'it could not be stopped', wayOut: 'Look at its log.' };
    expect(tell({ failure })).toMatchObject([failure, failure, failure].map((why) => ({ result: 'failed', why })));
  });
});
