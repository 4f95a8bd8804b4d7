/** What is still true of a plan: only ever less of it. Right before a repository is touched, and days later (`apply`). */
import type {
  Claim,
  Digest,
  Evidence,
  PlannedManifest,
  PlannedTag,
  RepositoryPlan,
  Snapshot,
  SparedBecause,
  Subject,
} from '../model/index.ts';
import { inOrder } from './order.ts';
import { isAsOld } from './revised.ts';
import { repositoryPlan } from './repository-plan.ts';
import { settle } from './settle.ts';

export type Spared = { readonly subject: Subject; readonly why: SparedBecause | 'already-gone' };
export type Narrowed = { readonly plan: RepositoryPlan; readonly spared: readonly Spared[] };

/**
 * The part of `planned` that may still go, now that the repository looks like `fresh`, and for everything else why not.
 * Never adds a tag or a manifest, and what comes out comes out again unchanged.
 *
 * - A tag that points elsewhere, or can't be read now, has moved. One that answers nothing any more is removed as a ghost.
 * - A tag whose pull request isn't closed any more, or whose branch lives, is spared. Claims that aren't given change nothing.
 * - A manifest that anything else in `fresh` reaches is spared, and with it what is attached to it and what it holds.
 * - An untagged manifest that was pushed again since, or of which `fresh` doesn't know when it was, is spared.
 * - A manifest that `fresh` doesn't show counts as gone; what went with it alone is then spared, since nobody can say
 *   whether it is still held. Unless it is one of `taken`: those that a run had set about to delete for this very plan, so that what
 *   went with them is what that run left.
 */
export function narrow(
  planned: RepositoryPlan,
  fresh: Snapshot,
  claims: readonly Claim[],
  taken: ReadonlySet<Digest> = nothingTaken,
): Narrowed {
  const spared: Spared[] = [];
  const spareTag = ({ tag }: PlannedTag, why: Spared['why']): void => {
    spared.push({ subject: { kind: 'tag', tag }, why });
  };
  const spareManifest = ({ digest }: PlannedManifest, why: Spared['why']): void => {
    spared.push({ subject: { kind: 'manifest', digest }, why });
  };

  const tags = planned.tags.flatMap((tag): PlannedTag | [] => {
    const state = fresh.tags.get(tag.tag);
    const stale = state === undefined ? 'already-gone' : contradicted(tag, claims) ? 'claim-changed' : undefined;
    if (state?.kind === 'ghost' && stale === undefined) return { ...tag, digest: undefined };
    if (state?.kind === 'points' && state.digest === tag.digest && stale === undefined) return tag;
    spareTag(tag, stale ?? 'moved');
    return [];
  });

  const unseen = new Set<Digest>();
  const isLost = (of: Digest): boolean => (unseen.has(of) && !taken.has(of)) || orphaned.has(of);
  const orphaned = new Set<Digest>();
  const renewed = new Set(planned.manifests.filter((one) => !isAsOld(one, fresh)).map(({ digest }) => digest));
  for (const { digest, of } of planned.manifests) {
    if (!fresh.manifests.has(digest)) unseen.add(digest);
    else if (of !== undefined && isLost(of)) orphaned.add(digest);
  }
  const granted = settle(fresh, {
    tags: tags.map(({ tag }) => tag),
    manifests: planned.manifests
      .map(({ digest }) => digest)
      .filter((digest) => !orphaned.has(digest) && !renewed.has(digest)),
  });

  const plannedAt = new Map(planned.tags.map(({ tag, digest }) => [tag, digest]));
  const gained = new Set(
    [...fresh.tags].flatMap(([tag, state]) =>
      state.kind === 'points' && plannedAt.get(tag) !== state.digest ? state.digest : [],
    ),
  );
  for (const tag of tags) if (!granted.tags.has(tag.tag)) spareTag(tag, 'now-held');
  for (const manifest of planned.manifests) {
    if (granted.manifests.has(manifest.digest)) continue;
    if (unseen.has(manifest.digest)) spareManifest(manifest, 'already-gone');
    else if (renewed.has(manifest.digest)) spareManifest(manifest, 'moved');
    else spareManifest(manifest, gained.has(manifest.digest) ? 'gained-a-kept-tag' : 'now-held');
  }
  // A push since may have put one of them into another: the order is that of what is there now.
  const order = inOrder(fresh, [...granted.manifests.values()]);
  const places = new Map(order.map(({ digest }, place) => [digest, place]));
  const plan = repositoryPlan(
    fresh,
    tags.filter(({ tag }) => granted.tags.has(tag)),
    planned.manifests
      .filter(({ digest }) => granted.manifests.has(digest))
      .toSorted((a, b) => Number(places.get(a.digest)) - Number(places.get(b.digest))),
  );
  return { plan, spared };
}

const nothingTaken: ReadonlySet<Digest> = new Set();

/** Whether a claim says now that something lives which the tag was condemned for being dead. */
function contradicted({ because }: PlannedTag, claims: readonly Claim[]): boolean {
  return because.some((evidence) => claims.some((claim) => contradicts(claim, evidence)));
}

function contradicts(claim: Claim, evidence: Evidence): boolean {
  if (claim.kind === 'pull-request')
    return (
      evidence.kind === claim.kind &&
      isSameRepo(evidence.repo, claim.repo) &&
      evidence.number === claim.number &&
      // One that was alive already had its tags bounded by keep-last-live.
      evidence.state === 'closed' &&
      claim.state !== 'closed'
    );
  return (
    evidence.kind === claim.kind &&
    isSameRepo(evidence.repo, claim.repo) &&
    evidence.text === claim.text &&
    evidence.liveAs === undefined &&
    claim.liveAs !== undefined
  );
}

/** GitHub's names don't differ by case alone. */
function isSameRepo(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
