/** What comes after the deletions: the disk is given back on the registry's host, and what stays is proven once more. */
import { outcomesOfUnlinking, probe, proveBlobs } from '../execute/index.ts';
import { collect, nameOfRun } from '../gc/index.ts';
import { program, type Collection, type Problem, type RepositoryName } from '../model/index.ts';
import { matchRepository } from '../pattern/index.ts';
import type { Registry } from '../registry/index.ts';
import { renderCollection, type RepositoryReport } from '../report/index.ts';
import { Interrupted, unlessAborted, type Runtime } from '../runtime/index.ts';
import { mayBeEmpty, renderOffline } from '../storage/index.ts';
import type { Errand } from './clean.ts';
import type { Ground, Grounds } from './ground.ts';
import type { Done } from './done.ts';

export type Reclaimed = {
  /** With what came of them on the host. */
  readonly repositories: readonly RepositoryReport[];
  readonly collection?: Collection;
  readonly failures: readonly Problem[];
};

export type ReclaimOptions = {
  readonly errand: Errand;
  readonly grounds: Grounds;
  readonly registry: Registry;
  /** What came of the deletions. */
  readonly done: readonly Done[];
};

/** Never rejects for what is wrong with the host: the deletions before it are to be reported. */
export async function reclaim(runtime: Runtime, options: ReclaimOptions): Promise<Reclaimed> {
  const { errand, grounds, done } = options;
  const repositories = done.map(({ report }) => report);
  if (errand.garbageCollect === 'off') return { repositories, failures: [] };
  if (runtime.interrupted.aborted) return notCollected(done, notBegun, 'interrupted');
  const doubt = doubtOf(repositories);
  if (doubt !== undefined) return notCollected(done, doubt);
  const emptied = await emptiable(options);
  if (errand.door !== 'gc' && !done.some(hasLess) && emptied.length === 0) {
    runtime.log.info('Nothing was deleted, so nothing is collected.');
    return { repositories, failures: [] };
  }
  let ground: Ground;
  try {
    ground = await unlessAborted(runtime.interrupted, grounds.enter());
  } catch (error) {
    if (error instanceof Interrupted) return notCollected(done, notBegun, 'interrupted');
    return notCollected(done, grounds.problemOf(error));
  }
  const collection = await give(runtime, options, ground, emptied);
  if (collection === 'interrupted') return notCollected(done, notBegun, 'interrupted');
  const { title, lines } = renderCollection(collection);
  runtime.log.group(title, lines);
  const settled = done.map((each) => withUnlinked(each, collection));
  try {
    const proving = unlessAborted(runtime.interrupted, prove(options, ground, collection, settled));
    return { repositories: await proving, collection, failures: [] };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { repositories: settled, collection, failures: collection.result === 'done' ? [unprovenThen] : [] };
  }
}

function notCollected(done: readonly Done[], why: Problem, interrupted?: 'interrupted'): Reclaimed {
  const nothing = { unlinked: [], spared: [], why };
  return { repositories: done.map((each) => withUnlinked(each, nothing, interrupted)), failures: [why] };
}

const notBegun: Problem = {
  at: 'garbage-collect',
  what: 'nothing was collected, because the run was interrupted before',
  wayOut: 'Run it again, or collect with the gc door.',
};

const unprovenThen: Problem = {
  at: 'garbage-collect',
  what: 'the run was interrupted before it was proven that everything kept has its layers still',
  wayOut: 'The gc door proves it: let it run once more.',
};

/** With what came of the manifests that were left until the registry was stopped. */
function withUnlinked(
  { report, carried }: Done,
  { unlinked, spared, why }: Pick<Collection, 'unlinked' | 'spared' | 'why'>,
  interrupted?: 'interrupted',
): RepositoryReport {
  const deferred = carried?.deferred;
  if (deferred === undefined) return report;
  const outcomes = outcomesOfUnlinking([deferred], { unlinked, spared, failure: interrupted ?? why });
  const failures = outcomes.flatMap((outcome) => (outcome.result === 'failed' && why === undefined ? outcome.why : []));
  return { ...report, outcomes: [...report.outcomes, ...outcomes], failures: [...report.failures, ...failures] };
}

/** What the journal can put back today, a collection makes final. */
function doubtOf(repositories: readonly RepositoryReport[]): Problem | undefined {
  const doubtful = repositories
    .flatMap(({ proofs }) => proofs)
    .filter(({ result }) => result !== 'present' && result !== 'moved' && result !== 'healed');
  const [first] = doubtful;
  if (first === undefined) return undefined;
  return {
    at: 'garbage-collect',
    what: `nothing was collected, because ${first.repository}:${first.tag} was to stay and is not proven to be there, and a collection would make that final`,
    wayOut: 'Look into it first: the journal file has what was deleted. Then collect with the gc door.',
  };
}

/** Whether something was taken from it, or waits to be taken while the registry is stopped. */
function hasLess({ report: { outcomes }, carried }: Done): boolean {
  return carried?.deferred !== undefined || outcomes.some(({ result }) => result === 'done');
}

async function emptiable({ errand, grounds, done }: ReclaimOptions): Promise<readonly RepositoryName[]> {
  if (!errand.removeEmptyRepositories) return [];
  const stored = await grounds.stored();
  const plans = done.flatMap(({ report: { plan } }) => plan ?? []);
  const isOurs = (name: RepositoryName): boolean =>
    errand.repositories.some((patterns) => matchRepository(patterns, name));
  return stored === undefined ? [] : mayBeEmpty(stored, plans).filter(isOurs);
}

async function give(
  runtime: Runtime,
  { errand, registry, done }: ReclaimOptions,
  { host, service, storage }: Ground,
  removeEmpty: readonly RepositoryName[],
): Promise<Collection | 'interrupted'> {
  const unlink = done.flatMap(({ carried }) => carried?.deferred ?? []);
  const hasWork = storage !== undefined && (unlink.length > 0 || removeEmpty.length > 0);
  const mode = errand.garbageCollect === 'online' ? 'online' : 'offline';
  const readOnly = mode === 'online' ? await isReadOnly(runtime, registry, done) : undefined;
  if (runtime.interrupted.aborted) return 'interrupted';
  return collect({
    host,
    // What the registry answers outweighs what its configuration says: 2.x and 3.x ignore one form of the setting.
    service: readOnly === undefined ? service : { ...service, readOnly },
    mode,
    registryAnswers: () => registry.answers(knockMs),
    ...(storage === undefined ? {} : { storage }),
    ...(hasWork && mode === 'offline'
      ? { offlineWork: renderOffline({ root: storage.root, unlink, removeEmpty }) }
      : {}),
    who: nameOfRun(program, registry.origin),
    say: (line) => {
      // The last word on it is the report's.
      if (!runtime.interrupted.aborted) runtime.log.info(line);
    },
    now: runtime.now,
    sleep: runtime.sleep,
    interrupted: runtime.interrupted,
  });
}

/** A registry near by answers within milliseconds, and the question is put while it is away. */
const knockMs = 2_000;

/** As the registry itself says where it is asked to delete what never existed; `undefined`: it doesn't say. */
async function isReadOnly(runtime: Runtime, registry: Registry, done: readonly Done[]): Promise<boolean | undefined> {
  const [known] = done.filter(({ report }) => report.state === 'read');
  if (known === undefined) return undefined;
  const { repository } = known.report;
  // Two questions that change nothing; an interruption is looked for after them.
  const asked = { registry: registry.finishing, repository, referrers: 'unknown', random: runtime.random } as const;
  const { abilities } = await probe(asked);
  return abilities.deletes === 'unknown' ? undefined : abilities.deletes === 'read-only';
}

/** Everything kept in the repositories that this run has touched; the gc door looks after all of them. */
async function prove(
  { errand, registry, done }: ReclaimOptions,
  { service }: Ground,
  collection: Collection,
  repositories: readonly RepositoryReport[],
): Promise<readonly RepositoryReport[]> {
  // A registry that didn't come back is said once, not for every tag.
  if (collection.result === 'skipped' || !(await registry.answers(knockMs))) return repositories;
  const readBytes = service.cache.kind === 'redis';
  return Promise.all(
    repositories.map(async (report, place) => {
      const each = done[place];
      const manifests = each?.surveyed.snapshot?.manifests;
      const isTouched = errand.door === 'gc' || (each !== undefined && hasLess(each));
      if (!isTouched || report.plan === undefined || manifests === undefined) return report;
      const { repository, plan } = report;
      const proven = await proveBlobs({ registry, repository, stays: plan.stays, manifests, readBytes });
      return {
        ...report,
        proofs: [...report.proofs, ...proven.proofs],
        failures: [...report.failures, ...proven.problems],
      };
    }),
  );
}
