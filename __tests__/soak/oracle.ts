/**
 * What must hold after a run, whatever happened during it. Plain code over the sandbox's store and the report; nothing
 * here is shared with `src/`.
 *
 * One allowance: what others do after the last listing before a deletion may be lost with it, but only where it is a
 * doomed tag that they push to, or a doomed manifest that they tag or list. No registry offers a way to close that gap.
 */
import type { Plan } from '../../src/model/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Deed } from './others.ts';
import type { Rules } from './rules.ts';
import { attachmentTags, below, belowAndAttached, isPlaceholder, pulledWith, subjectOf, type Truth } from './truth.ts';

export type Ran = {
  readonly registry: SandboxRegistry;
  readonly rules: Rules;
  readonly plan: Plan;
  readonly report: RunReport;
  /** The step failed. */
  readonly failed: boolean;
};

type Doomed = { readonly tags: ReadonlyMap<string, string | undefined>; readonly manifests: ReadonlySet<string> };

function doomedIn({ plan }: Ran, { repository }: Truth): Doomed {
  const planned = plan.repositories.find((each) => each.repository === repository);
  return {
    tags: new Map(planned?.tags.map(({ tag, digest }) => [tag, digest])),
    manifests: new Set(planned?.manifests.map(({ digest }) => digest)),
  };
}

/** What is wrong with a repository; [] if nothing is. */
export function objections(ran: Ran, before: Truth, truth: Truth, deeds: readonly Deed[]): readonly string[] {
  const { store } = ran.registry;
  const { repository } = truth;
  const doomed = doomedIn(ran, truth);
  const isThere = (digest: string): boolean =>
    store.manifest(repository, digest) !== undefined || store.hasBlob(repository, digest);
  const wasThere = (digest: string): boolean => truth.manifests.has(digest) || truth.blobs.has(digest);
  const lacks = (digests: Iterable<string>): readonly string[] =>
    [...digests].filter((digest) => wasThere(digest) && !isThere(digest));
  /** Without what was gone when somebody pushed the tag. */
  const lacksSince = (tag: string, digests: Iterable<string>): readonly string[] => {
    const without = deeds.findLast((deed) => deed.tag === tag)?.without;
    return lacks(digests).filter((digest) => without?.has(digest) !== true);
  };
  const isExcused = ({ tag, digest, late }: Deed): boolean =>
    late &&
    (doomed.tags.has(tag) ||
      (digest !== undefined && [...below(truth.manifests, digest)].some((part) => doomed.manifests.has(part))));
  const touched = new Set(deeds.map(({ tag }) => tag));
  const excused = new Set(deeds.filter(isExcused).map(({ tag }) => tag));
  const decisions = ran.report.repositories.find((each) => each.repository === repository)?.decisions ?? [];
  const keptByReport = new Set(decisions.flatMap(({ tag, verdict }) => (verdict === 'keep' ? tag : [])));
  // What others have moved or removed attaches nothing any more.
  const settled = { ...before, tags: new Map([...before.tags].filter(([tag]) => !touched.has(tag))) };
  const wrong: string[] = [];

  for (const [tag, digest] of truth.tags) {
    if (excused.has(tag)) continue;
    const now = store.tags(repository).get(tag);
    const mayGo = doomed.tags.has(tag) && (!touched.has(tag) || digest === doomed.tags.get(tag));
    if (mayGo) continue;
    if (now !== digest) wrong.push(`${tag} was to stay at ${digest} and is ${now ?? 'gone'}`);
    for (const part of lacksSince(tag, below(truth.manifests, digest))) wrong.push(`${tag} lacks ${part}`);
  }
  // Its signatures and attestations stay with it.
  for (const tag of keptByReport) {
    const digest = truth.tags.get(tag);
    if (digest === undefined || touched.has(tag)) continue;
    const held = belowAndAttached(settled, digest);
    for (const part of lacks(held)) wrong.push(`${tag}, which is kept, lacks ${part}, a part of it or attached to it`);
    for (const attachment of [...held].flatMap((part) => attachmentTags(before, part)))
      if (!touched.has(attachment) && !store.tags(repository).has(attachment))
        wrong.push(`${tag}, which is kept, lacks its ${attachment}`);
  }
  // Whatever tags there are, none is left with half of its image. A subject goes before what is attached to it.
  for (const [tag, digest] of store.tags(repository))
    if (!excused.has(tag) && isThere(digest))
      for (const part of lacksSince(tag, pulledWith(truth.manifests, digest)))
        wrong.push(`${tag} is served without ${part}`);
  for (const tag of doomed.tags.keys())
    if (!ran.rules.governs(tag) && subjectOf(tag) === undefined)
      wrong.push(`${tag} was planned, and no rule governs it`);
  for (const digest of truth.manifests.keys())
    if (!doomed.manifests.has(digest) && store.manifest(repository, digest) === undefined)
      wrong.push(`${digest} is gone and was not planned`);
  for (const digest of truth.blobs) if (!store.hasBlob(repository, digest)) wrong.push(`the blob ${digest} is gone`);
  wrong.push(...newestLost(ran, { before, after: truth, touched }, doomed));
  return wrong;
}

/** keep-last counts images, so the highest numbers of all of them are among its newest, whatever else is counted. */
function newestLost(
  { rules: { newest }, report }: Ran,
  { before, after, touched }: { readonly before: Truth; readonly after: Truth; readonly touched: ReadonlySet<string> },
  doomed: Doomed,
): readonly string[] {
  if (newest === undefined) return [];
  // A tag that a failing registry doesn't show is kept, and gives its number to no image.
  const decisions = report.repositories.find((each) => each.repository === before.repository)?.decisions ?? [];
  const unread = new Set<string>(
    decisions.flatMap(({ tag, because: [why] }) => (why.kind === 'unreadable' ? tag : [])),
  );
  const highest = new Map<string, number>();
  // What others push meanwhile may take a place, and what they move may have given its own up.
  const moved = new Set<string>();
  for (const { tags, manifests } of [before, after])
    for (const [tag, digest] of tags) {
      const number = newest.numberOf(tag);
      if (number === undefined || unread.has(tag) || isPlaceholder(manifests.get(digest) ?? {})) continue;
      if (touched.has(tag)) moved.add(digest);
      if (manifests.has(digest)) highest.set(digest, Math.max(number, highest.get(digest) ?? 0));
    }
  const last = [...highest].sort(([, a], [, b]) => b - a).slice(0, newest.keepLast);
  return last.flatMap(([digest, number]) =>
    [...doomed.tags]
      .filter(([tag, target]) => target === digest && !moved.has(digest) && newest.numberOf(tag) !== undefined)
      .map(([tag]) => `${tag} is planned, and its image, number ${number}, is among the newest ${newest.keepLast}`),
  );
}

/** A run that says that all is well has done all that it planned, or has a reason that somebody else gave it. */
export function falseSuccess(ran: Ran, truth: Truth, deeds: readonly Deed[]): readonly string[] {
  if (ran.failed || ran.report.dryRun) return [];
  const { store } = ran.registry;
  const { repository } = truth;
  const doomed = doomedIn(ran, truth);
  const others = deeds.length > 0;
  const touched = new Set(deeds.map(({ tag }) => tag));
  const outcomes = ran.report.repositories.find((each) => each.repository === repository)?.outcomes ?? [];
  const wrong: string[] = [];
  for (const { subject, ...outcome } of outcomes) {
    const name = subject.kind === 'tag' ? subject.tag : subject.digest;
    if (outcome.result === 'failed') wrong.push(`${name} failed, and the run didn't`);
    if (outcome.result !== 'spared') continue;
    if (outcome.why === 'interrupted' || outcome.why === 'refused' || !others)
      wrong.push(`${name} was spared (${outcome.why}), and the run didn't fail`);
  }
  const spared = new Set<string>(
    outcomes.flatMap(({ subject, result }) =>
      result !== 'spared' ? [] : subject.kind === 'tag' ? subject.tag : subject.digest,
    ),
  );
  for (const tag of doomed.tags.keys())
    if (!touched.has(tag) && !spared.has(tag) && store.tags(repository).has(tag)) wrong.push(`${tag} is still there`);
  for (const digest of doomed.manifests)
    if (!others && store.manifests(repository).has(digest)) wrong.push(`${digest} is still there`);
  for (const [tag, digest] of store.tags(repository))
    if (!truth.manifests.has(digest) && store.manifests(repository).has(digest)) wrong.push(`${tag} was left covered`);
  // What came too late to be spared is put back, or said to be lacking.
  for (const { tag, digest, without } of deeds) {
    if (digest === undefined || store.tags(repository).get(tag) !== digest) continue;
    for (const part of pulledWith(truth.manifests, digest))
      if (truth.manifests.has(part) && !store.manifests(repository).has(part) && !without.has(part))
        wrong.push(`${tag} is served without ${part}`);
  }
  return wrong;
}

/** An attachment goes with its subject and not before it; only where nothing stopped the run half way. */
export function strippedSubjects({ registry }: Ran, before: Truth): readonly string[] {
  const { repository, manifests } = before;
  const isLeft = (digest: string): boolean => registry.store.manifests(repository).has(digest);
  return [...manifests.keys()].filter(isLeft).flatMap((subject) =>
    attachmentTags(before, subject)
      .filter((tag) => !registry.store.tags(repository).has(tag))
      .map((tag) => `${tag} is gone, and its subject isn't`),
  );
}

/** Whether it plans a tag that points at an index. */
export function plansAnIndex(ran: Ran, before: Truth): boolean {
  const digests = [...doomedIn(ran, before).tags.values()];
  return digests.some((digest) => before.manifests.get(digest ?? '')?.manifests !== undefined);
}

/** How many tags are what they ought to be, with all that it takes to pull them. */
export function keptIn({ store }: SandboxRegistry, truth: Truth): number {
  const { repository, manifests } = truth;
  const isWhole = (digest: string): boolean =>
    [...pulledWith(manifests, digest)].every(
      (part) => store.manifests(repository).has(part) || store.hasBlob(repository, part),
    );
  return [...truth.tags].filter(([tag, digest]) => store.tags(repository).get(tag) === digest && isWhole(digest))
    .length;
}
