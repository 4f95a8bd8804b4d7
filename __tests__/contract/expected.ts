/** In what the registries differ, as far as this project depends on it. Everything else is the same everywhere. */
import type { SandboxProfile } from '../../sandbox/registry.ts';

/** A refusal: status, and the code in the error envelope where there is one. */
export type Said = { readonly status: number; readonly code?: string };

export type Expected = {
  /** DELETE by tag. `removes`: 202, and the tag alone is gone. */
  readonly deleteByTag: 'removes' | Said;
  readonly deleteOfAbsentTag: Said;
  /** `none`: `n` and `last` are ignored and the order is nobody's. */
  readonly tagPages: 'none' | 'sorted';
  /** A full page of tags has a Link although nothing is left. */
  readonly extraEmptyPage: boolean;
  /** The tags of a repository that has lost its last one. */
  readonly noTags: null | readonly string[];
  readonly referrers: boolean;
  /** An OCI manifest, an OCI index, by tag, for a client that accepts neither. */
  readonly manifestUnaccepted: 200 | 404;
  readonly indexUnaccepted: 200 | 404;
  /** A Docker list by tag for a client that accepts Docker manifests alone: the amd64 child, or the list itself. */
  readonly listUnaccepted: 'child' | 'list';
  /** A Docker manifest by tag for a client that names no type: other bytes with a digest that isn't stored. */
  readonly dockerUnaccepted: 'rewritten' | 'same';
  /** DELETE of a layer's digest as a manifest: the status, and whether the repository still serves the layer. */
  readonly deleteOfLayer: { readonly status: readonly number[]; readonly layerIs: 'there' | 'gone' | 'gone-or-cached' };
  /** An index that lists layers, as BuildKit's cache does, can be pushed. */
  readonly takesCacheIndex: boolean;
};

const distribution31: Expected = {
  deleteByTag: 'removes',
  deleteOfAbsentTag: { status: 404, code: 'MANIFEST_UNKNOWN' },
  tagPages: 'sorted',
  extraEmptyPage: true,
  noTags: null,
  referrers: false,
  manifestUnaccepted: 404,
  indexUnaccepted: 200,
  listUnaccepted: 'child',
  dockerUnaccepted: 'same',
  // Without a descriptor cache 3.1 answers 404 and doesn't take a cache index at all; both images come with one.
  deleteOfLayer: { status: [500], layerIs: 'there' },
  takesCacheIndex: true,
};

export const expectedOf: Readonly<Record<SandboxProfile, Expected>> = {
  'distribution-2.8': {
    ...distribution31,
    deleteByTag: { status: 400, code: 'DIGEST_INVALID' },
    deleteOfAbsentTag: { status: 400, code: 'DIGEST_INVALID' },
    tagPages: 'none',
    extraEmptyPage: false,
    indexUnaccepted: 404,
    dockerUnaccepted: 'rewritten',
    // A live registry's cache answers for the layer until the restart.
    deleteOfLayer: { status: [202], layerIs: 'gone-or-cached' },
  },
  'distribution-3.1': distribution31,
  'oci-1.1': { ...distribution31, referrers: true },
};
