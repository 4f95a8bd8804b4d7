/** What came of the manifests that waited until the registry was stopped. */
import type { Digest, Outcome, Problem, RepositoryName } from '../model/index.ts';
import type { Unlink } from '../storage/index.ts';
import { Ledger, manifestSubject } from './ledger.ts';

/** What the work on the storage told (see `renderOffline`). */
export type Unlinking = {
  readonly unlinked: readonly { readonly repository: RepositoryName; readonly digest: Digest }[];
  readonly spared: readonly { readonly repository: RepositoryName; readonly why: string }[];
  /** Why it didn't come to that, where it didn't. `interrupted`: the run was, and nothing was begun there. */
  readonly failure?: Problem | 'interrupted' | undefined;
};

/** One outcome for each manifest that was deferred: one of which nothing was told is there still. */
export function outcomesOfUnlinking(deferred: readonly Unlink[], told: Unlinking): readonly Outcome[] {
  const unlinked = Map.groupBy(told.unlinked, ({ repository }) => repository);
  const spared = new Map(told.spared.map(({ repository, why }) => [repository, why]));
  return deferred.flatMap(({ repository, digests }) => {
    const done = new Set(unlinked.get(repository)?.map(({ digest }) => digest));
    const why = spared.get(repository);
    const ledger = new Ledger(repository);
    for (const digest of digests) {
      const subject = manifestSubject(digest);
      if (done.has(digest)) ledger.done(subject, 'unlink-revision');
      else if (told.failure === 'interrupted') ledger.spared(subject, 'interrupted');
      else if (why?.startsWith('changed:') === true) ledger.spared(subject, 'moved');
      else ledger.failed(subject, told.failure ?? notRemoved(repository, digest, why));
    }
    return ledger.outcomes();
  });
}

function notRemoved(repository: RepositoryName, digest: Digest, why: string | undefined): Problem {
  return {
    at: `${repository}@${digest}`,
    what: `its link was not removed${why === undefined ? '' : `: ${why.replace(/^failed: /, '')}`}`,
    wayOut: "Check that the registry's account may write to its storage, and run it again.",
  };
}
