/** What came of collecting garbage on the registry's host. */
import type { Digest, RepositoryName } from './names.ts';
import type { Problem } from './snapshot.ts';

/** `offline`: the registry is stopped for it. `online`: it stays, read-only, and is restarted. */
export type CollectionMode = 'offline' | 'online';

export type Collection = {
  /** As shown: `docker:registry`. */
  readonly service: string;
  /** As shown: `this machine`, `root@registry.example.com`. */
  readonly host: string;
  readonly mode: CollectionMode;
  /** `skipped`: there was nothing to collect, and the registry was not touched. */
  readonly result: 'done' | 'skipped' | 'failed';
  /** Why it failed. */
  readonly why?: Problem;
  /** Of distribution, as it says itself. */
  readonly version: string;
  /** What the storage took on the disk, in bytes, right before and right after; absent where it can't be measured. */
  readonly before?: number;
  readonly after?: number;
  /** Collected, by the collector's own count; 0 where nothing was. */
  readonly blobs: number;
  readonly manifests: number;
  /** From its stop until the registry answered again; absent where it was not stopped, or doesn't answer. */
  readonly awaySeconds?: number;
  /** Untagged manifests whose links were removed while the registry was stopped. */
  readonly unlinked: readonly { readonly repository: RepositoryName; readonly digest: Digest }[];
  /** Repositories that were left alone after all. */
  readonly spared: readonly { readonly repository: RepositoryName; readonly why: string }[];
  readonly removedRepositories: readonly RepositoryName[];
  /** The directory on the host in which the logs of a failure lie. */
  readonly log?: string;
};
