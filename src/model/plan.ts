/** What goes (the plan), how (steps), and what came of it (outcomes, proofs, journal). */
import type { Claim, Evidence } from './decision.ts';
import type { Digest, Instant, Origin, RepositoryName, Tag } from './names.ts';
import type { Descriptor, Problem } from './snapshot.ts';

/** Bytes; `atLeast` where something wasn't read, so that the true figure may be higher. */
export type Estimate = { readonly bytes: number; readonly atLeast: boolean };

/** Why a manifest goes: a doomed tag named it, a doomed index lists it, it is attached to a doomed manifest, nothing reaches it. */
export type Role = 'tagged' | 'child' | 'attachment' | 'untagged';

export type PlannedManifest = Descriptor & {
  readonly role: Role;
  /** The doomed index or subject that it goes with. */
  readonly of?: Digest;
  readonly revisedAt?: Instant;
};

export type PlannedTag = {
  readonly tag: Tag;
  /** What the tag must still point at right before; `undefined` for a ghost, which must still point at nothing. */
  readonly digest: Digest | undefined;
  readonly because: readonly [Evidence, ...Evidence[]];
  /** The rule's name; `undefined` for an attachment, which no rule governs. */
  readonly rule: string | undefined;
};

/** What goes of one repository, and never how: see `schedule`. */
export type RepositoryPlan = {
  readonly repository: RepositoryName;
  readonly observedAt: Instant;
  readonly tagsSeen: number;
  readonly tags: readonly PlannedTag[];
  /** In an order that can be carried out one after the other: an index before its children, a subject before its attachments. */
  readonly manifests: readonly PlannedManifest[];
  /** Kept tags that point at a manifest: what must be there afterwards. */
  readonly stays: readonly { readonly tag: Tag; readonly digest: Digest }[];
  readonly frees: Estimate;
};

export type Plan = {
  readonly format: 'registry-prune.plan';
  readonly version: 1;
  /** Name and version of the program that made it. */
  readonly program: string;
  readonly registry: Origin;
  readonly madeAt: Instant;
  /** Of the rules that made it. */
  readonly configDigest: Digest;
  readonly shard?: string;
  readonly claims: readonly Claim[];
  readonly repositories: readonly RepositoryPlan[];
};

export type Has = 'yes' | 'no' | 'unknown';
/** What a registry lets this account do in a repository, as it answered to harmless questions. */
export type Abilities = {
  readonly deletes: Has | 'read-only';
  /** DELETE by tag removes that tag alone. */
  readonly byTag: Has;
  /** The OCI referrers API. */
  readonly referrers: Has;
};

/** One thing to do. Steps are carried out in their order. */
export type Step =
  | { readonly kind: 'delete-tag'; readonly tag: Tag; readonly expect: Digest | undefined }
  /** Put one placeholder manifest over all of them, then delete its digest. */
  | {
      readonly kind: 'cover-tags';
      readonly tags: readonly { readonly tag: Tag; readonly expect: Digest | undefined }[];
    }
  /** Delete by digest; the doomed tags that still point at it go with it. */
  | { readonly kind: 'delete-manifest'; readonly digest: Digest; readonly tags: readonly Tag[] }
  | { readonly kind: 'unlink-revision'; readonly digest: Digest };

export type Subject =
  { readonly kind: 'tag'; readonly tag: Tag } | { readonly kind: 'manifest'; readonly digest: Digest };

/** Why something planned was left alone after all. */
export type SparedBecause =
  | 'moved'
  | 'gained-a-kept-tag'
  | 'now-held'
  | 'claim-changed'
  /** A file of the workspace names it, which nobody knew when the plan was made. */
  | 'now-referenced'
  /** Images that keep-last counted on are gone, so it may be one of the newest itself. */
  | 'newest-are-gone'
  | 'interrupted'
  | 'refused';

export type Outcome = { readonly repository: RepositoryName; readonly subject: Subject } & (
  | { readonly result: 'done'; readonly via: Step['kind'] }
  | { readonly result: 'already-gone' }
  | { readonly result: 'spared'; readonly why: SparedBecause }
  | { readonly result: 'failed'; readonly why: Problem }
);

/** Whether what stays is still there. `missing`: the parts that are not. */
export type Proof = {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly depth: 'manifest' | 'blobs';
  /** `moved`: somebody else pushed to it. `lost`: gone, and not by this run or not to be healed. */
  readonly result: 'present' | 'moved' | 'healed' | 'lost' | 'unproven';
  readonly missing: readonly Digest[];
};

/** All that undoing one manifest's deletion needs; one line of the journal. */
export type JournalEntry = {
  readonly version: 1;
  readonly registry: Origin;
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytesBase64: string;
  /** The tags that this run was about to take from it. */
  readonly tags: readonly Tag[];
  readonly role: Role;
  readonly subject?: Digest;
  readonly at: Instant;
};
