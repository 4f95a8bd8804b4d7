/**
 * The steps of one repository, batch by batch, with what safety asks for between them.
 *
 * 1. The first batch is covered by the recheck that the caller made just before, where that was quick.
 * 2. Before every later batch of tags each of its tags is asked for again: one that moved is spared.
 * 3. Before every later batch of manifests the whole repository is looked at again and the plan narrowed to what is
 *    still true, because a digest takes every tag on it along, those of this minute too.
 * 4. A refusal spares what hangs on it: the children of an index that stays, the image of a tag that stays.
 * 5. Tags that were to go along with an image which something else holds by then go by themselves, at the end.
 * 6. A registry that is gone ends it, and so does an interruption of the run; what was not begun is left as it was.
 */
import { askHead, lostSight, recheck } from '../inventory/index.ts';
import type { Abilities, Claim, Digest, PlannedTag, RepositoryPlan, Snapshot, Tag } from '../model/index.ts';
import { narrow, schedule, verify } from '../plan/index.ts';
import { batchesOf, batchSize, type Batch, type ManifestStep, type TagStep } from './batches.ts';
import { coverTags } from './cover.ts';
import { lostAllKept } from './emptied.ts';
import { Ledger, manifestSubject, tagSubject } from './ledger.ts';
import { isFinal, isUnsent, problemOf, type Site } from './site.ts';

export type Removal = {
  readonly plan: RepositoryPlan;
  /** The look that the plan was narrowed to. */
  readonly fresh: Snapshot;
  readonly claims: readonly Claim[];
};

export async function remove(site: Site, removal: Removal, can: Abilities): Promise<Ledger> {
  const ledger = new Ledger(site.repository);
  try {
    const last = await removeInBatches(site, removal, can, ledger);
    const left = last.plan.tags.filter(({ tag }) => ledger.resultOf(tagSubject(tag)) === undefined);
    if (left.length > 0 && !ledger.isStopped) {
      const again = await lookAgain(site, last, ledger);
      await removeInBatches(site, { ...again, plan: { ...again.plan, manifests: [] } }, can, ledger);
    }
  } catch (error) {
    ledger.stop(isUnsent(site, error) ? undefined : problemOf(site.repository, error));
  }
  for (const { tag } of removal.plan.tags) ledger.spared(tagSubject(tag), 'interrupted');
  for (const { digest } of removal.plan.manifests) ledger.spared(manifestSubject(digest), 'interrupted');
  return ledger;
}

/** A recheck of as many tags, one HEAD each, is a matter of a second; of 100,000 it is a matter of minutes. */
const quicklyRechecked = 10 * batchSize;

/** Answers what was still true of the plan before the last batch of manifests. */
async function removeInBatches(site: Site, removal: Removal, can: Abilities, ledger: Ledger): Promise<Removal> {
  let now = removal;
  let view = viewOf(now);
  for (const [index, batch] of batchesOf(schedule(removal.plan, can)).entries()) {
    if (site.registry.interrupted.aborted) ledger.stop();
    if (ledger.isStopped) break;
    if (batch.kind === 'tags') {
      const isFresh = index === 0 && removal.fresh.tags.size <= quicklyRechecked;
      await removeTags(site, isFresh ? batch.steps : await recheckTags(site, batch.steps, ledger), ledger);
    } else {
      if (index > 0) now = await lookAgain(site, now, ledger);
      // The same for hundreds of batches, if nobody pushes meanwhile.
      if (view.plan !== now.plan) view = viewOf(now);
      await removeManifests(site, view, batch.steps, ledger);
    }
    site.progress?.advance(sizeOf(batch));
  }
  return now;
}

/** Tags and manifests; those that go along with a manifest are its tags. */
function sizeOf({ steps }: Batch): number {
  return steps.reduce((sum, step) => {
    if (step.kind === 'delete-manifest') return sum + 1 + step.tags.length;
    return sum + (step.kind === 'cover-tags' ? step.tags.length : 1);
  }, 0);
}

async function lookAgain(site: Site, { plan, fresh: before, claims }: Removal, ledger: Ledger): Promise<Removal> {
  const fresh = await recheck(site, before);
  const unseen = lostSight(before, fresh) ?? lostAllKept(plan, before, fresh);
  if (unseen !== undefined) throw new Error(`${unseen.at}: ${unseen.what}`);
  const left = unsettled(plan, ledger);
  if (showsNothingNew(plan, before, fresh, ledger) && left.tags.every(({ tag }) => fresh.tags.has(tag)))
    return { plan: left, fresh, claims };
  return { plan: narrowAgain(plan, fresh, claims, ledger), fresh, claims };
}

/** The plan without the tags that are settled. */
function unsettled(plan: RepositoryPlan, ledger: Ledger): RepositoryPlan {
  const tags = plan.tags.filter(({ tag }) => ledger.resultOf(tagSubject(tag)) === undefined);
  return tags.length === plan.tags.length ? plan : { ...plan, tags };
}

/**
 * Whether what the plan was narrowed to at the look before is still true without narrowing it once more, which costs as
 * much as the repository is large: no tag is there that wasn't, or that this run has dealt with, none points elsewhere,
 * and nothing had to be read. Tags that went hold nothing.
 */
function showsNothingNew(plan: RepositoryPlan, before: Snapshot, fresh: Snapshot, ledger: Ledger): boolean {
  if (fresh.manifests !== before.manifests || fresh.revisions !== before.revisions) return false;
  const planned = new Set(plan.tags.map(({ tag }) => tag));
  return [...fresh.tags].every(([tag, state]) => {
    const earlier = before.tags.get(tag);
    if (earlier === undefined || (planned.has(tag) && ledger.resultOf(tagSubject(tag)) !== undefined)) return false;
    return state.kind === 'points'
      ? earlier.kind === 'points' && earlier.digest === state.digest
      : state.kind === earlier.kind;
  });
}

/**
 * The plan without the tags that are settled, narrowed to what is there now. One that was removed and is there again
 * was pushed again, so it is nobody's to delete and holds its image.
 */
function narrowAgain(plan: RepositoryPlan, fresh: Snapshot, claims: readonly Claim[], ledger: Ledger): RepositoryPlan {
  const narrowed = narrow(unsettled(plan, ledger), fresh, claims);
  for (const { subject, why } of narrowed.spared) {
    if (why === 'already-gone') ledger.gone(subject);
    else ledger.spared(subject, why);
  }
  const doubts = verify(narrowed.plan, fresh);
  if (doubts[0] !== undefined) throw new Error(`the plan is no longer harmless: ${doubts[0].at}: ${doubts[0].what}`);
  return narrowed.plan;
}

/** Those of a batch's tags that still point where they did. */
async function recheckTags(site: Site, steps: readonly TagStep[], ledger: Ledger): Promise<readonly TagStep[]> {
  const still = async (tag: Tag, expect: Digest | undefined): Promise<boolean> => {
    const head = await askHead(site, tag, expect === undefined);
    if (head.kind === 'absent' && expect !== undefined) ledger.gone(tagSubject(tag));
    else if (head.kind === 'unreadable' || (head.kind === 'found' && head.digest !== expect))
      ledger.spared(tagSubject(tag), 'moved');
    else return true;
    return false;
  };
  const kept = await Promise.all(
    steps.map(async (step): Promise<readonly TagStep[]> => {
      if (step.kind === 'delete-tag') return (await still(step.tag, step.expect)) ? [step] : [];
      const due = await Promise.all(step.tags.map(({ tag, expect }) => still(tag, expect)));
      return [{ ...step, tags: step.tags.filter((_, place) => due[place]) }];
    }),
  );
  return kept.flat();
}

async function removeTags(site: Site, steps: readonly TagStep[], ledger: Ledger): Promise<void> {
  await Promise.all(
    steps.map((step) =>
      step.kind === 'cover-tags' ? coverTags(site, step.tags, ledger) : deleteTag(site, step, ledger),
    ),
  );
}

type DeleteTag = Extract<TagStep, { kind: 'delete-tag' }>;

async function deleteTag(site: Site, { tag, expect }: DeleteTag, ledger: Ledger): Promise<void> {
  const at = `${site.repository}:${tag}`;
  try {
    const answer = await site.registry.deleteManifest(site.repository, tag);
    // There are registries that take the image and all its tags for it: the proof must know who did.
    if (answer.kind === 'deleted' && expect !== undefined) ledger.uncertain(expect);
    if (answer.kind === 'deleted') ledger.done(tagSubject(tag), 'delete-tag');
    else if (answer.kind === 'absent') ledger.gone(tagSubject(tag));
    else ledger.failed(tagSubject(tag), problemOf(at, answer.error));
  } catch (error) {
    if (isUnsent(site, error)) {
      ledger.stop();
      return;
    }
    ledger.failed(tagSubject(tag), problemOf(at, error));
    if (isFinal(error)) ledger.stop(problemOf(site.repository, error));
  }
}

/** A plan as its manifests are deleted. */
type View = {
  readonly plan: RepositoryPlan;
  readonly planned: ReadonlySet<Digest>;
  readonly above: ReadonlyMap<Digest, readonly Digest[]>;
  readonly tagsOf: ReadonlyMap<Digest | undefined, readonly PlannedTag[]>;
};

function viewOf({ plan, fresh }: Removal): View {
  return {
    plan,
    planned: new Set(plan.manifests.map(({ digest }) => digest)),
    above: holders(plan, fresh),
    tagsOf: Map.groupBy(plan.tags, ({ digest }) => digest),
  };
}

/** In waves: what stands in a doomed index or hangs on a doomed subject waits until that is really gone. */
async function removeManifests(
  site: Site,
  { planned, above, tagsOf }: View,
  steps: readonly ManifestStep[],
  ledger: Ledger,
): Promise<void> {
  let wave: Digest[] = [];
  const flush = async (): Promise<void> => {
    await Promise.all(wave.map((digest) => deleteManifest(site, { digest, tags: tagsOf.get(digest) ?? [] }, ledger)));
    wave = [];
  };
  for (const { digest } of steps) {
    if (!planned.has(digest)) continue;
    const waitsFor = above.get(digest) ?? [];
    if (waitsFor.some((holder) => wave.includes(holder))) await flush();
    if (ledger.isStopped) return;
    if (waitsFor.some((holder) => isLeft(ledger, planned, holder))) ledger.spared(manifestSubject(digest), 'now-held');
    else wave.push(digest);
  }
  await flush();
}

/** Whether it was to go, in this plan or the one before it was narrowed, and hasn't gone. */
function isLeft(ledger: Ledger, planned: ReadonlySet<Digest>, digest: Digest): boolean {
  const result = ledger.resultOf(manifestSubject(digest));
  return result === undefined ? planned.has(digest) : result === 'spared' || result === 'failed';
}

/**
 * By planned manifest: those that must be gone before it, which are the indexes that list it and what it is attached
 * to; without those that the plan has after it, for an attachment's tag can be named after what it lists.
 */
function holders(plan: RepositoryPlan, fresh: Snapshot): ReadonlyMap<Digest, readonly Digest[]> {
  const places = new Map(plan.manifests.map(({ digest }, place) => [digest, place]));
  const found = new Map<Digest, Digest[]>();
  const add = (digest: Digest, holder: Digest): void => {
    if ((places.get(holder) ?? -1) >= (places.get(digest) ?? -1)) return;
    const known = found.get(digest);
    if (known === undefined) found.set(digest, [holder]);
    else known.push(holder);
  };
  for (const { digest, of } of plan.manifests) {
    if (of !== undefined) add(digest, of);
    const manifest = fresh.manifests.get(digest);
    if (manifest === undefined || manifest.kind === 'opaque') continue;
    for (const child of manifest.children) add(child, digest);
  }
  return found;
}

type Going = { readonly digest: Digest; readonly tags: readonly { readonly tag: Tag }[] };

async function deleteManifest(site: Site, going: Going, ledger: Ledger): Promise<void> {
  const { digest } = going;
  const subject = manifestSubject(digest);
  const tags = going.tags.map(({ tag }) => tagSubject(tag));
  const at = `${site.repository}@${digest}`;
  try {
    const answer = await site.registry.deleteManifest(site.repository, digest);
    if (answer.kind === 'refused') {
      // 502 to 504 are a proxy's: the registry behind it may have done it all the same.
      if (answer.status >= 500) ledger.uncertain(digest);
      ledger.failed(subject, problemOf(at, answer.error));
      for (const tag of tags)
        if (answer.status >= 500) ledger.failed(tag, problemOf(at, answer.error));
        else ledger.spared(tag, 'refused');
    } else if (answer.kind === 'absent') {
      // It was there a moment ago, and a proxy that asks twice passes on the second answer.
      ledger.uncertain(digest);
      for (const gone of [subject, ...tags]) ledger.gone(gone);
    } else {
      for (const gone of [subject, ...tags]) ledger.done(gone, 'delete-manifest');
    }
  } catch (error) {
    if (isUnsent(site, error)) {
      ledger.stop();
      return;
    }
    // The answer is missing, the deletion may not be.
    ledger.uncertain(digest);
    for (const failed of [subject, ...tags]) ledger.failed(failed, problemOf(at, error));
    if (isFinal(error)) ledger.stop(problemOf(site.repository, error));
  }
}
