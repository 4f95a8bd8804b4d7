/** ls: repositories and their tags, as they are now. It changes nothing, and has no door on GitHub. */
import pMap from 'p-map';
import { loadLsConfig, secretsOf } from '../config/index.ts';
import { ContentMemory, listRepositories, observe } from '../inventory/index.ts';
import { program, type Problem, type Snapshot, type Tag } from '../model/index.ts';
import { atOnce } from '../registry/index.ts';
import { listRepository, renderListing, renderProblem, type Listing } from '../report/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { whileLooking } from './interruption.ts';
import { openRegistry } from './open.ts';
import { instantOf } from './start.ts';
import { alone } from './survey.ts';

export async function list(runtime: Runtime): Promise<void> {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  const config = loadLsConfig(runtime.inputs, (path) => runtime.files.readText(path));
  const now = (): Listing['at'] => instantOf(runtime.now());
  const registry = await openRegistry(runtime, config);
  try {
    await whileLooking(runtime, () => registry.ping());
    const { repositories, problems } = await whileLooking(runtime, () =>
      listRepositories(registry, [config.repositories]),
    );
    const memory = new ContentMemory({ limitBytes: 0 });
    const progress = runtime.progress?.('reading');
    const look = { registry, memory, now, dated: (tags: readonly Tag[]) => new Set(tags), progress };
    const seen = await whileLooking(runtime, () =>
      pMap(
        repositories,
        (repository) => alone(repository, async () => (await observe({ ...look, repository })) ?? missing(repository)),
        atOnce(registry),
      ),
    ).finally(() => progress?.end());
    const snapshots = seen.filter((each): each is Snapshot => 'manifests' in each);
    const failures = [
      ...problems,
      ...seen.flatMap((each): readonly Problem[] =>
        'what' in each ? [each] : 'failures' in each ? each.failures : [],
      ),
    ];
    const listing: Listing = {
      format: 'registry-prune.listing',
      version: 1,
      program,
      registry: registry.origin,
      at: now(),
      repositories: snapshots.map(listRepository),
    };
    runtime.setOutput('listing', runtime.withoutSecrets(JSON.stringify(listing, undefined, 2)));
    runtime.draw?.(renderListing(listing, runtime.columns));
    for (const problem of snapshots.flatMap((each) => each.problems)) runtime.log.warning(renderProblem(problem));
    for (const failure of failures) runtime.fail(renderProblem(failure));
  } finally {
    await registry.close();
  }
}

function missing(repository: string): Problem {
  return {
    at: repository,
    what: 'the registry has no such repository',
    wayOut: 'Check its spelling, and that the account may see it.',
  };
}
