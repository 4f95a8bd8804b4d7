/**
 * prune: list, decide, plan; then, unless this is a dry run or a guard refuses, carry the plan out repository by
 * repository; then say what came of it. A dry run ends before the first request that could change anything, and
 * nothing below this file knows that there are dry runs.
 */
import { loadConfig, secretsOf, type Config } from '../config/index.ts';
import { carryOut, openJournal } from '../execute/index.ts';
import { ContentMemory, ReferrersSupport } from '../inventory/index.ts';
import { parseInstant, program, type Instant, type Plan, type RepositoryPlan, type Snapshot } from '../model/index.ts';
import { encode, guard } from '../plan/index.ts';
import type { RepositoryReport, RunReport } from '../report/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { openRegistry } from './open.ts';
import { claimsBehind, lookOutside } from './outside.ts';
import { policyDigest } from './policy-digest.ts';
import { logReferences, logRepository, publish } from './publish.ts';
import { survey, type Surveyed } from './survey.ts';

export async function prune(runtime: Runtime): Promise<void> {
  const config = readConfig(runtime);
  const clock = (): Instant => instantOf(runtime.now());
  const startedAt = clock();
  const path = fileNames(runtime, startedAt);
  const memory = new ContentMemory();
  const referrers = new ReferrersSupport();
  const outside = await lookOutside(runtime, config);
  const registry = await openRegistry(runtime, config);
  try {
    await registry.ping();
    const tools = { registry, memory, now: clock, random: runtime.random };
    const { surveyed, failures, references } = await survey({ ...tools, referrers, outside, policy: config.policy });
    logReferences(runtime, references);

    const plans = surveyed.filter(isDue).map((each) => each.plan);
    const plan: Plan = {
      format: 'registry-prune.plan',
      version: 1,
      program,
      registry: registry.origin,
      madeAt: clock(),
      configDigest: policyDigest(config.policy),
      claims: plans.flatMap(claimsBehind),
      repositories: plans,
    };
    await runtime.files.writePrivateFile(path('plan.json'), encode(plan));
    // A percentage is of all tags seen, also in repositories where nothing is to be done.
    const looked = surveyed.flatMap((each) => each.plan ?? []);
    const refused = guard(looked, config.maxDeletions);
    const goesAhead = !config.dryRun && refused === undefined && plans.length > 0;

    const journal = goesAhead ? await openJournal(runtime.files, path('journal.jsonl')) : undefined;
    const repositories: RepositoryReport[] = [];
    try {
      for (const each of surveyed) {
        const site = journal && { ...tools, repository: each.repository, journal };
        const carried =
          site && isDue(each)
            ? await carryOut(site, { ...each, confirm: () => outside.confirm(each.plan), referrers })
            : undefined;
        const report = reportOf(each, carried);
        logRepository(runtime, report, !goesAhead);
        repositories.push(report);
      }
    } finally {
      await journal?.close();
    }

    const report: RunReport = {
      format: 'registry-prune.report',
      version: 1,
      program,
      registry: registry.origin,
      dryRun: config.dryRun,
      startedAt,
      finishedAt: clock(),
      repositories,
      references,
      warnings: outside.warnings,
      failures: [...(refused === undefined ? [] : [refused]), ...failures],
      planFile: path('plan.json'),
      ...(journal === undefined ? {} : { journalFile: path('journal.jsonl') }),
    };
    await publish(runtime, report, path('report.json'));
  } finally {
    await registry.close();
  }
}

type Due = Surveyed & { readonly plan: RepositoryPlan; readonly snapshot: Snapshot };

function isDue(surveyed: Surveyed): surveyed is Due {
  return surveyed.snapshot !== undefined && surveyed.plan !== undefined && surveyed.plan.tags.length > 0;
}

function readConfig(runtime: Runtime): Config {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  return loadConfig(runtime.inputs, (path) => runtime.files.readText(path));
}

function reportOf(surveyed: Surveyed, carried: Awaited<ReturnType<typeof carryOut>> | undefined): RepositoryReport {
  return {
    repository: surveyed.repository,
    state: surveyed.state,
    decisions: surveyed.decisions,
    plan: carried?.plan ?? surveyed.plan,
    outcomes: carried?.outcomes ?? [],
    proofs: carried?.proofs ?? [],
    warnings: surveyed.warnings,
    failures: [...surveyed.failures, ...(carried?.problems ?? [])],
  };
}

/** Several steps of a job share one directory, so a run's files carry its start and a random part. */
function fileNames(runtime: Runtime, startedAt: Instant): (ending: string) => string {
  const run = `${startedAt.replace(/[^0-9]/g, '').slice(0, 14)}-${Math.floor(runtime.random() * 0xffffff).toString(16)}`;
  return (ending) => `${runtime.tempDir}/registry-prune-${run}.${ending}`;
}

function instantOf(date: Date): Instant {
  const instant = parseInstant(date);
  if (instant === undefined) throw new Error(`The clock of this machine says ${date.getTime()}, which is no date.`);
  return instant;
}
