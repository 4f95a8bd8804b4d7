/** What came of putting back what a journal holds. */
import type { Digest, RepositoryName } from './names.ts';
import type { Subject } from './plan.ts';
import type { Problem } from './snapshot.ts';

/** One for each manifest of the journal, and one for each of its tags. */
export type Restoration = {
  readonly repository: RepositoryName;
  readonly subject: Subject;
  /** The manifest, or what the tag named. */
  readonly digest: Digest;
} & (
  | {
      /** `due`: missing, and nothing was tried yet; `there`: it was never gone, or was put back before. */
      readonly result: 'due' | 'there' | 'restored';
      /** Of a tag that a leftover placeholder lies on, or lay on. */
      readonly over?: Digest;
    }
  /** A tag that names another image by now, which is left as it is. */
  | { readonly result: 'taken'; readonly by: Digest }
  /** In the journal, and nobody's image: a placeholder that an earlier run had left. */
  | { readonly result: 'placeholder' }
  /** Parts of it are gone for good: blobs that the registry collected, or manifests that lack such. */
  | { readonly result: 'lost'; readonly missing: readonly Digest[] }
  | { readonly result: 'failed'; readonly why: Problem }
);
