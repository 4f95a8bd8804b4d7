/** The journal of an earlier run, as a file from hands that may have edited it: to undo that run, or to finish it. */
import { JournalError, longestJournal, readJournal, type ReadJournal } from '../execute/index.ts';
import type { Digest, Origin, Plan, Problem, RepositoryName } from '../model/index.ts';
import type { Files } from '../runtime/index.ts';

/** Throws JournalError. Nothing was asked of the registry by then. */
export async function openJournalFile(files: Files, file: string, registry: Origin): Promise<ReadJournal> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await files.readBytes(file, longestJournal);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JournalError(`The journal ${file} can't be read: ${why}`, 'Check journal-file; nothing was changed.');
  }
  if (bytes === undefined)
    throw new JournalError(
      `There is no journal ${file}. Nothing was changed.`,
      'Give journal-file the path to which the artifact of the run that is to be undone or finished was downloaded.',
    );
  return readJournal(bytes, { registry, file });
}

/** What a run that was interrupted had set about to delete of a plan, be it gone by now or not. */
export type Begun = {
  readonly taken: ReadonlyMap<RepositoryName, ReadonlySet<Digest>>;
  /** How many manifests. */
  readonly journaled: number;
  readonly warnings: readonly Problem[];
};

/** Throws JournalError, also where the journal isn't of a run that carried out this plan or a part of it. */
export async function readBegun(files: Files, file: string, plan: Plan): Promise<Begun> {
  const { manifests, warnings } = await openJournalFile(files, file, plan.registry);
  const named = new Map(
    plan.repositories.map((each) => [
      each.repository,
      new Set([...each.manifests, ...each.tags].map(({ digest }) => digest)),
    ]),
  );
  const taken = new Map<RepositoryName, Set<Digest>>();
  for (const { repository, digest } of manifests) {
    if (named.get(repository)?.has(digest) !== true)
      throw new JournalError(
        `The journal ${file} is of another run: it has ${repository}@${digest}, which the plan does not name. Nothing was changed.`,
        'Give the plan-file and the journal-file of one and the same run. A plan that a dry run of apply wrote needs no journal.',
      );
    const digests = taken.get(repository) ?? new Set();
    taken.set(repository, digests.add(digest));
  }
  return { taken, journaled: manifests.length, warnings };
}
