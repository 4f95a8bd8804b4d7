/** What was seen of a repository. */
import type { Digest, Instant, Origin, RepositoryName, Tag } from './names.ts';

/** Where a date came from: the first source in this order that says one. */
export type DateSource = 'annotation' | 'config' | 'history' | 'label' | 'children' | 'push';

/** When an image was made: known or unknown, never made up. */
export type Created =
  | { readonly kind: 'known'; readonly at: Instant; readonly source: DateSource }
  | {
      readonly kind: 'unknown';
      /** `push-unknown`: the time of the push was to decide, and nothing tells it. */
      readonly why:
        'not-asked' | 'absent' | 'before-2000' | 'in-the-future' | 'not-an-image' | 'unreadable' | 'push-unknown';
    };

export type Descriptor = {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
};

/** A manifest whose bytes were read and match its digest. */
export type ReadManifest = Descriptor & {
  /**
   * `artifact`: a manifest whose config is no image's (helm, oras, signatures, attestations). `legacy`: Docker schema 1.
   * `placeholder`: what an interrupted run of this program left on a tag that it was removing.
   */
  readonly kind: 'image' | 'index' | 'artifact' | 'legacy' | 'placeholder';
  /** Of an index: its descriptors with a manifest media type. Empty for all others. */
  readonly children: readonly Digest[];
  /** The manifest that this one refers to (image-spec `subject`). */
  readonly subject?: Digest;
  /** Config and layers, an image's config first; of an index, its descriptors that are no manifests (BuildKit's cache lists layers). */
  readonly blobs: Iterable<Descriptor>;
  readonly created: Created;
  /** Of a BuildKit attestation manifest: the platform it speaks of (`vnd.docker.reference.digest` in its index). */
  readonly attests?: Digest;
  /** `org.opencontainers.image.source`, where the manifest or its config says one. */
  readonly source?: string;
};

/** A manifest that is known to exist but could not be, or was not, read: it may hold anything. */
export type OpaqueManifest = Descriptor & { readonly kind: 'opaque'; readonly why: string };

export type Manifest = ReadManifest | OpaqueManifest;

export type TagState =
  | {
      readonly kind: 'points';
      readonly digest: Digest;
      readonly pushedAt?: Instant;
      /** When the tag was first seen at this digest, where an earlier look remembers that it wasn't before. */
      readonly firstSeen?: Instant;
    }
  /** Listed, but answers 404 MANIFEST_UNKNOWN: what a DELETE cut by a crash leaves, and S3 on distribution 2.8. */
  | { readonly kind: 'ghost' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** A line of a file of the workspace: its path from there, with `/`, and the line from 1. */
export type FilePlace = { readonly file: string; readonly line: number };

/** Something that is wrong but stops nothing else: where, what, and the way out. Words, ready to be shown. */
export type Problem = {
  readonly at: string;
  readonly what: string;
  readonly wayOut: string;
  /** Where it is to be mended, if that is a file of the workspace. */
  readonly place?: FilePlace;
};

/** One repository as it was seen. Everything that a tag of it reaches is in `manifests`, read or opaque. */
export type Snapshot = {
  readonly registry: Origin;
  readonly repository: RepositoryName;
  readonly observedAt: Instant;
  /** `storage`: manifests that no tag leads to are in `manifests` too, as far as `revisions` names them. */
  readonly via: 'api' | 'storage';
  /** Through storage alone: every manifest that the repository links, and when it was last pushed; `undefined`: unknown. */
  readonly revisions?: ReadonlyMap<Digest, Instant | undefined>;
  readonly tags: ReadonlyMap<Tag, TagState>;
  /** By digest. A child that an index lists but the registry doesn't hold is not in here. */
  readonly manifests: ReadonlyMap<Digest, Manifest>;
  /** Manifests that an earlier run saw here and that nobody asked for at this look: their bytes are right, and they may be gone. */
  readonly believed?: ReadonlySet<Digest>;
  /** By subject: the referrers that the registry's API names. Fallback tags are tags, and in `tags`. */
  readonly referrers: ReadonlyMap<Digest, readonly Digest[]>;
  readonly problems: readonly Problem[];
};
