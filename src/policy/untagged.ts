/** Manifests that no tag names: which of them may go, as far as time and files say. What holds them is for `plan/` to see. */
import { secondsOf, type Digest, type Evidence, type Instant, type Reference, type Snapshot } from '../model/index.ts';
import { namedDigests } from './references.ts';

/** A manifest that may go if nothing that stays reaches it. */
export type Untagged = {
  readonly digest: Digest;
  readonly because: Extract<Evidence, { readonly kind: 'untagged' }>;
};

export type UntaggedInput = {
  /** Seen through storage; through the API alone no untagged manifest is known. */
  readonly snapshot: Snapshot;
  /** Younger ones stay: what is being pushed just now has no tag yet. */
  readonly graceSeconds: number;
  readonly now: Instant;
  /** What files name, of whichever repository. */
  readonly references?: readonly Reference[];
};

/**
 * Every manifest that the repository links and no tag points at, if its link is not younger than the grace and no file
 * names it by its digest. One of which nobody knows when it was pushed stays, and all of them do where a file names the
 * repository without a tag that can be resolved.
 */
export function untagged({ snapshot, graceSeconds, now, references = [] }: UntaggedInput): readonly Untagged[] {
  const here = references.filter(({ repository }) => repository === snapshot.repository);
  if (here.some(({ names }) => names.kind === 'all')) return [];
  const spokenFor = new Set(here.flatMap(namedDigests));
  for (const state of snapshot.tags.values()) if (state.kind === 'points') spokenFor.add(state.digest);
  return [...(snapshot.revisions ?? [])].flatMap(([digest, revisedAt]) => {
    if (revisedAt === undefined || spokenFor.has(digest)) return [];
    if (secondsOf(now) - secondsOf(revisedAt) < graceSeconds) return [];
    return { digest, because: { kind: 'untagged', revisedAt } };
  });
}
