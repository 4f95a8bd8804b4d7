/** What was decided of a tag, and why, as data: the words belong to `report/`. */
import type { Created } from './snapshot.ts';
import type { Digest, Instant, Tag } from './names.ts';

/** What is alive outside the registry: an argument of `decide`, asked again by `apply`. */
export type Claim =
  | {
      readonly kind: 'pull-request';
      readonly repo: string;
      readonly number: number;
      readonly state: 'open' | 'closed' | 'not-found';
      readonly closedAt?: Instant;
      readonly by: 'event' | 'api';
    }
  | { readonly kind: 'branch'; readonly repo: string; readonly text: string; readonly liveAs?: string };

/**
 * What the event that started the run is about: the rules of that repository that ask for pull requests (or branches)
 * look at this one alone then, and keep every other tag that they govern.
 */
export type Focus =
  | { readonly kind: 'pull-request'; readonly repo: string; readonly number: number; readonly event: string }
  /** `ref`: the branch's name as git has it. */
  | { readonly kind: 'branch'; readonly repo: string; readonly ref: string; readonly event: string };

/** What an image's place in `keep-last` was counted by. */
export type RankedBy = 'version' | 'number' | 'date' | 'created';

export type Evidence =
  | Claim
  | { readonly kind: 'no-rule' }
  | { readonly kind: 'keep-tags'; readonly pattern: string }
  | { readonly kind: 'referenced'; readonly file: string; readonly line: number; readonly as: string }
  | {
      readonly kind: 'rank';
      /** 1 is the newest; counted over distinct images. */
      readonly position: number;
      readonly of: number;
      readonly keepLast: number;
      /** It is `keep-last-live` that is counted by: within one pull request or branch that is alive. */
      readonly live?: true;
      readonly by: RankedBy;
      /** The value that was compared, as read from the tag or the image. */
      readonly value: string;
      /** The `{group}` values that it was counted within. */
      readonly group: readonly string[];
      /** Prereleases are counted apart from releases. */
      readonly prerelease: boolean;
    }
  | {
      readonly kind: 'age';
      readonly seconds: number;
      readonly limitSeconds: number;
      /** `tag`: the date stands in the tag itself. */
      readonly from: 'tag' | Created;
    }
  /** The rule needs a date and the image has none that can be believed. */
  | { readonly kind: 'undated'; readonly created: Created }
  /** The tag can be read in several ways and not all of them let it go. */
  | { readonly kind: 'ambiguous'; readonly readings: readonly string[] }
  /** Goes and stays with the image it is attached to. */
  | { readonly kind: 'attachment'; readonly of: Digest }
  /** The image says that it was built from another repository than the one that the rule asks. */
  | { readonly kind: 'another-source'; readonly source: string; readonly repo: string }
  | { readonly kind: 'untagged'; readonly revisedAt: Instant }
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Listed, but nothing is behind it. */
  | { readonly kind: 'ghost' }
  /** What an interrupted run of this program left on the tag. */
  | { readonly kind: 'placeholder' }
  | { readonly kind: 'other-event'; readonly event: string }
  /** Of a tag that a plan made earlier doesn't name. */
  | { readonly kind: 'not-planned' };

export type Decision = {
  readonly tag: Tag;
  readonly digest?: Digest;
  readonly verdict: 'keep' | 'delete';
  /** The name of the rule that governs the tag, if one does. */
  readonly rule?: string;
  /** The first one decided; a deletion lists every condition. */
  readonly because: readonly [Evidence, ...Evidence[]];
  /** What becomes of the image behind the tag: a deleted tag whose image is kept by something else frees nothing. */
  readonly image: 'kept' | 'goes' | 'unknown';
};
