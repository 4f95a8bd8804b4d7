/**
 * The story of the doors that delete, prune, gc and apply: see what is there, decide and plan, or see what is left of a plan;
 * then, unless this is a dry run, or a guard or the person at the terminal refuses, carry the plan out repository by repository and give the disk back; then
 * say what came of it. A dry run ends before the first request that could change anything, and nothing below this file knows
 * that there are dry runs.
 */
import type { Access, Config } from '../config/index.ts';
import { carryOut, openJournal } from '../execute/index.ts';
import { ContentMemory, doubtCatalog, ReferrersSupport } from '../inventory/index.ts';
import { program, showShard, type Instant, type Plan } from '../model/index.ts';
import type { RepositoryPatterns } from '../pattern/index.ts';
import { encode, guard } from '../plan/index.ts';
import { sizeOf, type RunReport } from '../report/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { declined } from './confirmation.ts';
import { doneWith, isDue, type Done } from './done.ts';
import { Grounds } from './ground.ts';
import { interruptedBy, whileLooking } from './interruption.ts';
import { openRegistry } from './open.ts';
import { claimsBehind, lookOutside } from './outside.ts';
import { policyDigest } from './policy-digest.ts';
import { logReferences, LogRoom, logShard, publish } from './publish.ts';
import type { Begun } from './read-journal.ts';
import { reclaim } from './reclaim.ts';
import { review } from './review.ts';
import { openCache, saveCache } from './remember.ts';
import { fileNames, instantOf } from './start.ts';
import { survey } from './survey.ts';

/** What a door asks for. */
export type Errand = Access &
  Config & {
    readonly door: 'prune' | 'gc' | 'apply';
    /** One that was made earlier: then no rule is asked, and what is still true of it is carried out. */
    readonly plan?: Plan;
    /** What another run had begun of it, which this one finishes. */
    readonly begun?: Begun;
    /** Which repositories are looked at: one list for each rule, or those of the door. */
    readonly repositories: readonly RepositoryPatterns[];
  };

export async function clean(runtime: Runtime, errand: Errand): Promise<void> {
  const clock = (): Instant => instantOf(runtime.now());
  const startedAt = clock();
  const path = fileNames(runtime, startedAt);
  const cache = await openCache(runtime, errand.cacheFile, startedAt);
  // Bytes are kept for the journal, and a dry run writes none.
  const memory = new ContentMemory({ ...(cache && { cache }), ...(errand.dryRun && { limitBytes: 0 }) });
  const referrers = new ReferrersSupport();
  const outside = await whileLooking(runtime, () => lookOutside(runtime, errand));
  const registry = await whileLooking(runtime, () => openRegistry(runtime, errand));
  const grounds = new Grounds(runtime, errand, registry, clock);
  try {
    await whileLooking(runtime, () => grounds.awaitRegistry());
    const { random, heap } = runtime;
    const tools = { registry, memory, now: clock, random };
    const stored = await whileLooking(runtime, () => grounds.stored());
    const reading = runtime.progress?.('reading');
    const looking = { ...tools, referrers, outside, ...errand, stored, progress: reading, heap };
    const { surveyed, elsewhere, catalog, failures, references } = await whileLooking(runtime, () =>
      errand.plan === undefined ? survey(looking) : review(errand.plan, { ...looking, taken: errand.begun?.taken }),
    ).finally(() => reading?.end());
    if (errand.shard !== undefined) logShard(runtime, errand.shard, surveyed.length, elsewhere);
    logReferences(runtime, references);
    // Before anything is deleted: a run that is ended there has learnt all the same.
    await saveCache(runtime, errand.cacheFile, cache);

    const plans = surveyed.filter(isDue).map((each) => each.plan);
    const plan: Plan = {
      format: 'registry-prune.plan',
      version: 1,
      program,
      registry: registry.origin,
      madeAt: clock(),
      configDigest: errand.plan?.configDigest ?? policyDigest(errand.policy),
      ...sharedBy(errand),
      claims: plans.flatMap(claimsBehind),
      repositories: plans,
    };
    const planFile = runtime.planFile ?? path('plan.json');
    await runtime.files.writePrivateFile(planFile, encode(plan));
    // A run that is killed from here on has told where they are. A dry run tells at its end, below its tables.
    if (!errand.dryRun) runtime.setOutput('plan-file', planFile);
    // A percentage is of all tags seen, also in repositories where nothing is to be done.
    const looked = surveyed.flatMap((each) => each.plan ?? []);
    const mayDelete = !errand.dryRun && plans.length > 0;
    const refused =
      guard(looked, errand.maxDeletions) ??
      (await whileLooking(runtime, () => declined(runtime, errand, surveyed, registry.origin))) ??
      (mayDelete ? await whileLooking(runtime, () => doubtCatalog(registry, catalog, looked)) : undefined);
    const goesAhead = !errand.dryRun && refused === undefined;
    const deletes = goesAhead && plans.length > 0;

    const journal = deletes ? await openJournal(runtime.files, path('journal.jsonl')) : undefined;
    if (deletes) runtime.setOutput('journal-file', path('journal.jsonl'));
    const done: Done[] = [];
    const log = new LogRoom();
    const deleting = deletes ? runtime.progress?.('deleting') : undefined;
    for (const each of plans) deleting?.expect(each.tags.length + each.manifests.length);
    if (deletes) heap?.waiting();
    try {
      for (const each of surveyed) {
        const site = journal && { ...tools, repository: each.repository, journal, progress: deleting };
        const carried =
          site && isDue(each)
            ? await carryOut(site, {
                ...each,
                confirm: () => outside.confirm(each.plan),
                referrers,
                stored: stored?.repositories.get(each.repository),
                storedNow: () => grounds.storedNow(each.repository),
                // While the registry is stopped for its collection, an untagged manifest costs nothing per tag.
                unlinks: errand.garbageCollect === 'offline',
              })
            : undefined;
        const one = doneWith(each, carried, { dryRun: errand.dryRun, dateSource: errand.policy.dateSource });
        log.show(runtime, one.report, !deletes);
        done.push(one);
      }
    } finally {
      deleting?.end();
      await journal?.close();
    }
    log.close(runtime);
    const reclaimed = goesAhead ? await reclaim(runtime, { errand, grounds, registry, done }) : undefined;

    const report: RunReport = {
      format: 'registry-prune.report',
      version: 1,
      program,
      ...(errand.door !== 'prune' && { door: errand.door }),
      ...interruptedBy(runtime),
      ...(errand.plan !== undefined && { applied: sizeOf(errand.plan, errand.begun?.journaled) }),
      registry: registry.origin,
      ...sharedBy(errand),
      dryRun: errand.dryRun,
      startedAt,
      finishedAt: clock(),
      repositories: reclaimed?.repositories ?? done.map((each) => each.report),
      references,
      warnings: [...outside.warnings, ...(errand.begun?.warnings ?? [])],
      failures: [...(refused === undefined ? [] : [refused]), ...failures, ...(reclaimed?.failures ?? [])],
      planFile,
      ...(journal === undefined ? {} : { journalFile: path('journal.jsonl') }),
      ...(reclaimed?.collection === undefined ? {} : { collection: reclaimed.collection }),
      ...(errand.dryRun ? grounds.planned() : {}),
    };
    await publish(runtime, report, path('report.json'), refused === undefined ? undefined : 'refused');
  } finally {
    await grounds.close();
    await registry.close();
  }
}

/** The part of plan and report that says which share of the work they are of. */
function sharedBy({ shard, plan }: Errand): { readonly shard?: string } {
  const shown = plan?.shard ?? (shard && showShard(shard));
  return shown === undefined ? {} : { shard: shown };
}
