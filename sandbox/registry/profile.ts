/** sandbox/registry/: in what the registries differ, as data. Observed on distribution 2.8.2 and 3.1.1. */
import type { SandboxProfile } from './options.ts';

export type Traits = {
  /** DELETE by tag removes the tag. Without: 400 DIGEST_INVALID. */
  readonly deletesByTag: boolean;
  /** `n` and `last` of a tags list are obeyed, and the list is sorted. */
  readonly pagesTags: boolean;
  /** A tags list that wasn't asked for a page's size is cut into pages too. */
  readonly pagesUnasked: boolean;
  /** A repository is in the catalog once it had one of these. */
  readonly catalogedBy: 'blob' | 'manifest';
  readonly referrers: boolean;
  /** What DELETE /manifests/<digest of a layer> does: takes the layer from the repository, or fails. */
  readonly deleteOfLayer: 'unlinks' | 'fails';
  /** An OCI index whose type isn't accepted: 404, or served all the same. */
  readonly hidesIndex: boolean;
  /** Docker images by tag become schema 1, with a digest that isn't stored, for clients that don't accept schema 2. */
  readonly rewritesToSchema1: boolean;
  /** Stored schema 1 manifests are served. Without: 500. */
  readonly readsSchema1: boolean;
  /** POST /blobs/uploads/?digest= with the whole blob is enough. */
  readonly singlePost: boolean;
  readonly jsonType: string;
};

const distribution31: Traits = {
  deletesByTag: true,
  pagesTags: true,
  pagesUnasked: false,
  catalogedBy: 'manifest',
  referrers: false,
  deleteOfLayer: 'fails',
  hidesIndex: false,
  rewritesToSchema1: false,
  readsSchema1: false,
  singlePost: false,
  jsonType: 'application/json',
};

export const traits: Readonly<Record<SandboxProfile, Traits>> = {
  'distribution-2.8': {
    ...distribution31,
    deletesByTag: false,
    pagesTags: false,
    catalogedBy: 'blob',
    deleteOfLayer: 'unlinks',
    hidesIndex: true,
    rewritesToSchema1: true,
    readsSchema1: true,
    jsonType: 'application/json; charset=utf-8',
  },
  'distribution-3.1': distribution31,
  'oci-1.1': { ...distribution31, pagesUnasked: true, referrers: true, singlePost: true },
};
