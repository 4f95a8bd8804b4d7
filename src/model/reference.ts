/** What files outside the registry say of its images. */
import type { Digest, RepositoryName, Tag } from './names.ts';

/** An image of this registry that a file of the workspace names; by tag and digest both, it is two references. */
export type Reference = {
  readonly repository: RepositoryName;
  /** Relative to the workspace. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The text as it stands there. */
  readonly as: string;
  readonly names:
    | { readonly kind: 'tag'; readonly tag: Tag }
    | { readonly kind: 'digest'; readonly digest: Digest }
    /** A tag that can't be resolved, or none: it may be any of them. */
    | { readonly kind: 'all' };
};
