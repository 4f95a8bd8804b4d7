/**
 * What days can change about a plan, beyond what `narrow` sees in the registry alone: files name other images now, images
 * that `keep-last` counted on are gone, and a tag may be where it was and yet be younger.
 */
import type {
  Digest,
  PlannedTag,
  Reference,
  RepositoryPlan,
  Snapshot,
  SparedBecause,
  Tag,
  TagState,
} from '../model/index.ts';
import { indexReferences, namedDigests } from '../policy/index.ts';
import type { Narrowed, Spared } from './narrow.ts';

/**
 * The plan without what must not go any more for such a reason; the rest of it is still to be narrowed.
 *
 * - A tag stays that a file names, by itself or by a digest that needs it, and a manifest that one names by its digest. Where
 *   a file may mean any tag of the repository, all of it stays.
 * - A tag stays that was pushed again since, though it is where it was, as far as the storage or an earlier run tells that.
 * - A tag stays that would be among the newest of its rule if all images that are gone since had been newer. Only where
 *   one of those was to stay: what goes of the plan itself makes nothing else any newer.
 */
export function spareOutdated(
  planned: RepositoryPlan,
  fresh: Snapshot,
  references: readonly Reference[],
): { readonly left: RepositoryPlan; readonly spared: Narrowed['spared'] } {
  const here = references.filter(({ repository }) => repository === planned.repository);
  const referenceTo = indexReferences(fresh, here);
  const byDigest = new Set(here.flatMap(namedDigests));
  const isAny = here.some(({ names }) => names.kind === 'all');
  const gone = goneImages(planned, fresh);

  const why = (tag: PlannedTag): SparedBecause | undefined => {
    const state = fresh.tags.get(tag.tag);
    if (state === undefined) return undefined;
    if (isYounger(state, planned)) return 'moved';
    if (referenceTo(tag.tag, state) !== undefined) return 'now-referenced';
    return mayBeNewest(tag, gone) ? 'newest-are-gone' : undefined;
  };
  const spared: Spared[] = [];
  const tags = planned.tags.filter((tag) => {
    const reason = why(tag);
    if (reason !== undefined) spared.push({ subject: { kind: 'tag', tag: tag.tag }, why: reason });
    return reason === undefined;
  });
  const manifests = planned.manifests.filter(({ digest }) => {
    const isNamed = fresh.manifests.has(digest) && (isAny || byDigest.has(digest));
    if (isNamed) spared.push({ subject: { kind: 'manifest', digest }, why: 'now-referenced' });
    return !isNamed;
  });
  return { left: { ...planned, tags, manifests }, spared };
}

function isYounger(state: TagState, { observedAt }: RepositoryPlan): boolean {
  return state.kind === 'points' && [state.pushedAt, state.firstSeen].some((at) => at !== undefined && at > observedAt);
}

/** How many of the images that the plan names have no tag of theirs left; 0 where all that were to stay have one. */
function goneImages({ tags, stays }: RepositoryPlan, fresh: Snapshot): number {
  const kept = withoutTags(stays, fresh);
  // One that was to go and is gone may have been newer than what is left, too.
  return kept === 0 ? 0 : kept + withoutTags(tags, fresh);
}

function withoutTags(
  named: readonly { readonly tag: Tag; readonly digest: Digest | undefined }[],
  fresh: Snapshot,
): number {
  const has = new Map<Digest, boolean>();
  for (const { tag, digest } of named) {
    if (digest === undefined) continue;
    const state = fresh.tags.get(tag);
    has.set(digest, has.get(digest) === true || (state !== undefined && state.kind !== 'ghost'));
  }
  return [...has.values()].filter((isThere) => !isThere).length;
}

function mayBeNewest({ because }: PlannedTag, gone: number): boolean {
  return (
    gone > 0 &&
    because.some(
      (evidence) => evidence.kind === 'rank' && evidence.keepLast > 0 && evidence.position - gone <= evidence.keepLast,
    )
  );
}
