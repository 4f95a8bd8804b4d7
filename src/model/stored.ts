/** What the registry's own files say, and no registry tells over HTTP: when it was pushed, and what no tag names. */
import type { Digest, Instant, RepositoryName, Tag } from './names.ts';

/** A link file. `mtime`: whole seconds of the host's clock, as they were read: to be compared, and nothing else. */
type StoredLink = { readonly mtime: number };

export type StoredTag = StoredLink & {
  readonly digest: Digest;
  /** When the tag was last pushed, by our clock; `undefined` where the file's time can't be that. */
  readonly pushedAt?: Instant;
};

export type StoredRevision = StoredLink & {
  /** When the manifest was last pushed, by our clock. A re-used one may keep its old time. `undefined`: nobody knows. */
  readonly at?: Instant;
};

/** One repository. A tag whose link can't be read is not in it. */
export type StoredRepository = {
  readonly tags: ReadonlyMap<Tag, StoredTag>;
  readonly revisions: ReadonlyMap<Digest, StoredRevision>;
};

/** Repositories without tags and manifests are in it, too. */
export type StoredRegistry = { readonly repositories: ReadonlyMap<RepositoryName, StoredRepository> };
