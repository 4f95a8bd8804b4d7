/** restore: puts back what a journal holds and the registry misses, repository by repository. It deletes nothing. */
import { loadRestoreConfig, secretsOf } from '../config/index.ts';
import { findMissing, putBack } from '../execute/index.ts';
import { program, type Instant } from '../model/index.ts';
import type { RestoredRepository } from '../report/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { openRegistry } from './open.ts';
import { logRestored, publishRestore } from './publish.ts';
import { openJournalFile } from './read-journal.ts';
import { fileNames, instantOf } from './start.ts';

export async function restoreJournal(runtime: Runtime): Promise<void> {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  const config = loadRestoreConfig(runtime.inputs, (path) => runtime.files.readText(path));
  const { journalFile, dryRun, concurrency: atOnce } = config;
  const clock = (): Instant => instantOf(runtime.now());
  const startedAt = clock();
  const path = fileNames(runtime, startedAt);
  // All of it is right before anything of it is done.
  const { manifests, warnings } = await openJournalFile(runtime.files, journalFile, config.origin);
  const registry = await openRegistry(runtime, config);
  try {
    await registry.ping();
    const repositories: RestoredRepository[] = [];
    for (const [repository, journaled] of Map.groupBy(manifests, (each) => each.repository)) {
      const place = { registry, repository, atOnce };
      const missing = await findMissing(place, journaled);
      const restorations = dryRun ? missing.found : await putBack(place, missing);
      logRestored(runtime, { repository, restorations }, dryRun);
      repositories.push({ repository, restorations });
    }
    await publishRestore(
      runtime,
      {
        format: 'registry-prune.restore-report',
        version: 1,
        program,
        registry: registry.origin,
        dryRun,
        startedAt,
        finishedAt: clock(),
        journalFile,
        repositories,
        warnings,
      },
      path('report.json'),
    );
  } finally {
    await registry.close();
  }
}
