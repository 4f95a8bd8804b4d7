/**
 * Which requests one repository costs, stage by stage, as the run sends them. PURE. The way that is taken, the batches and
 * the pages are the program's own; `__tests__/bench/simulation.test.ts` holds the rest against what real runs send.
 */
import { batchSize } from '../../src/execute/batches.ts';
import { costOfDigests, costOfTagsFirst, coverBatch, type Work } from '../../src/plan/cost.ts';
import { pageSize } from '../../src/registry/pagination.ts';

/** A repository as far as its cost goes. Images of one repository are alike. */
export type Shape = {
  /** Distinct ones. The last of them stay. */
  readonly images: number;
  readonly doomed: number;
  readonly tagsPerImage: number;
  /** Below each image, which is an index then. 0: a plain image. */
  readonly platforms: number;
  /** Attestations beside those: manifests as well, without a date. */
  readonly attestations: number;
  /** Doomed tags beside those, each on an image that stays: they can only go by themselves. */
  readonly aliases: number;
};

export const plain = { tagsPerImage: 1, platforms: 0, attestations: 0, aliases: 0 } as const;

export type Abilities = {
  readonly byTag: boolean;
  readonly referrers: boolean;
  /** Lists of tags come in pages (3.1), or whole (2.8). */
  readonly pages: boolean;
};

export type Rule = {
  /** Images are ordered or aged by their own dates, and not by what their tags' names say. */
  readonly dates: boolean;
  /** `warm`: a `cache-file` of a run before, which saw the same. */
  readonly cache: 'cold' | 'warm';
  /** Only decides. */
  readonly dryRun: boolean;
};

export const phases = ['list', 'tags', 'manifests', 'configs', 'journal', 'recheck', 'deletion', 'proof'] as const;
export type Phase = (typeof phases)[number];
export type Kind =
  | 'GET tags'
  | 'GET manifest'
  | 'HEAD manifest'
  | 'GET blob'
  | 'GET referrers'
  | 'DELETE digest'
  | 'DELETE tag'
  | 'PUT manifest'
  | 'HEAD blob'
  | 'POST upload'
  | 'PUT blob';

/** Requests that may all be under way together; the next stage begins when they are answered. */
export type Stage = {
  readonly phase: Phase;
  readonly kind: Kind;
  readonly count: number;
  /** One after the other. */
  readonly chained?: true;
  /** Of a DELETE by digest and of a list: how many tags the registry looks up for each. */
  readonly links?: number;
};

export type Stages = {
  /** Of all repositories together: nothing waits for the end of one of them. */
  readonly decide: readonly Stage[];
  /** One after the other. Empty where nothing goes. */
  readonly carryOut: readonly Stage[];
};

export function tagsOf({ images, tagsPerImage, aliases }: Shape): number {
  return images * tagsPerImage + aliases;
}

export function doomedTagsOf({ doomed, tagsPerImage, aliases }: Shape): number {
  return doomed * tagsPerImage + aliases;
}

export function manifestsOf({ images, platforms, attestations }: Shape): number {
  return images * (1 + platforms + attestations);
}

export function stagesOf(shape: Shape, { can, rule }: { readonly can: Abilities; readonly rule: Rule }): Stages {
  return {
    decide: decide(shape, can, rule).filter(({ count }) => count > 0),
    carryOut:
      rule.dryRun || doomedTagsOf(shape) === 0 ? [] : carryOut(shape, can, rule).filter(({ count }) => count > 0),
  };
}

function decide(shape: Shape, can: Abilities, { dates, cache }: Rule): readonly Stage[] {
  const { images, doomed, platforms, attestations } = shape;
  const below = platforms + attestations;
  const tags = tagsOf(shape);
  const referrers: Stage = {
    phase: 'manifests',
    kind: 'GET referrers',
    count: can.referrers ? doomed * (1 + below) : 0,
  };
  if (cache === 'warm')
    return [list('list', tags, can), { phase: 'tags', kind: 'HEAD manifest', count: tags }, referrers];
  return [
    list('list', tags, can),
    { phase: 'tags', kind: 'GET manifest', count: tags },
    { phase: 'manifests', kind: 'GET manifest', count: images * below },
    { phase: 'configs', kind: 'GET blob', count: dates ? images * Math.max(1, platforms) : 0 },
    referrers,
  ];
}

function list(phase: Phase, tags: number, { pages }: Pick<Abilities, 'pages'>): Stage {
  // A page that is full is asked what comes behind it.
  const further = pages ? Math.floor(tags / pageSize) : tags === pageSize ? 1 : 0;
  return { phase, kind: 'GET tags', count: 1 + further, chained: true, links: tags / (1 + further) };
}

/** Above it the first batch, too, is looked at once more: `remove` in src/execute. */
const quicklyRechecked = 10 * batchSize;

function carryOut(shape: Shape, can: Abilities, { cache }: Rule): readonly Stage[] {
  const { images, doomed, platforms, attestations, aliases } = shape;
  const below = platforms + attestations;
  const tags = tagsOf(shape);
  const warm = cache === 'warm' ? 1 : 0;
  return [
    { phase: 'deletion', kind: 'DELETE digest', count: 1, chained: true, links: 0 },
    { phase: 'deletion', kind: 'DELETE tag', count: 1, chained: true },
    // What the cache has told of nobody has read: it is fetched to be journaled, and asked for before anything goes.
    { phase: 'journal', kind: 'GET manifest', count: warm * (doomed * (1 + below) + aliases) },
    list('recheck', tags, can),
    { phase: 'recheck', kind: 'HEAD manifest', count: tags + warm * images * below },
    ...deletions(shape, can),
    list('proof', tags - doomedTagsOf(shape), can),
    { phase: 'proof', kind: 'HEAD manifest', count: tags - doomedTagsOf(shape) + (images - doomed) * below },
  ];
}

/** As `schedule` in src/plan chooses, and `removeInBatches` in src/execute carries out. */
function deletions(shape: Shape, { byTag, pages }: Abilities): readonly Stage[] {
  const { doomed, tagsPerImage, platforms, attestations, aliases } = shape;
  const work: Work = {
    tagsSeen: tagsOf(shape),
    manifests: doomed * (1 + platforms + attestations),
    along: doomed * tagsPerImage,
    alone: aliases,
    by: byTag ? 'tag' : 'placeholder',
  };
  const tagsFirst = costOfTagsFirst(work) < costOfDigests(work);
  const stages: Stage[] = [];
  let left = work.tagsSeen;
  let batches = 0;
  for (const names of sizesOf(tagsFirst ? work.along + work.alone : work.alone, byTag ? batchSize : coverBatch)) {
    if (batches > 0 || work.tagsSeen > quicklyRechecked)
      stages.push({ phase: 'recheck', kind: 'HEAD manifest', count: names });
    stages.push(
      ...(byTag ? [{ phase: 'deletion', kind: 'DELETE tag', count: names } as const] : cover(names, left, batches)),
    );
    left -= names;
    batches += 1;
  }
  // An index, then its children, then the next index: its tags go with it.
  const alongEach = tagsFirst ? 0 : work.along / Math.max(1, work.manifests);
  for (const manifests of sizesOf(work.manifests, batchSize)) {
    if (batches > 0)
      stages.push(list('recheck', left, { pages }), { phase: 'recheck', kind: 'HEAD manifest', count: left });
    const links = left - (manifests * alongEach) / 2;
    stages.push({ phase: 'deletion', kind: 'DELETE digest', count: manifests, links });
    left = Math.round(left - manifests * alongEach);
    batches += 1;
  }
  return stages;
}

function cover(names: number, left: number, batches: number): readonly Stage[] {
  const once = (kind: Kind): Stage => ({ phase: 'deletion', kind, count: 1, chained: true });
  return [
    once('HEAD blob'),
    ...(batches === 0 ? [once('POST upload'), once('PUT blob')] : []),
    { phase: 'deletion', kind: 'PUT manifest', count: names },
    { ...once('DELETE digest'), links: left },
  ];
}

function sizesOf(count: number, size: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, place) => Math.min(size, count - place * size));
}
