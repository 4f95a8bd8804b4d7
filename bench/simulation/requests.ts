/**
 * Which requests one repository costs, stage by stage, as the run sends them. PURE. What is done in which order and in
 * which batches is asked of the program's own schedule, not copied. `__tests__/bench/simulation.test.ts` holds it against
 * what real runs send.
 */
import { batchesOf, batchSize } from '../../src/execute/batches.ts';
import { parseDigest, parseInstant, parseRepositoryName, parseTag } from '../../src/model/index.ts';
import type { Digest, PlannedManifest, PlannedTag, RepositoryPlan, Tag } from '../../src/model/index.ts';
import { schedule } from '../../src/plan/index.ts';
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
  /** Of a DELETE by digest: how many tags' links the registry reads for each. */
  readonly tagLinks?: number;
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
    carryOut: rule.dryRun || doomedTagsOf(shape) === 0 ? [] : carryOut(shape, can, rule).filter(({ count }) => count > 0),
  };
}

function decide(shape: Shape, can: Abilities, { dates, cache }: Rule): readonly Stage[] {
  const { images, doomed, platforms, attestations } = shape;
  const below = platforms + attestations;
  const tags = tagsOf(shape);
  const referrers: Stage = { phase: 'manifests', kind: 'GET referrers', count: can.referrers ? doomed * (1 + below) : 0 };
  if (cache === 'warm') return [list('list', tags, can), { phase: 'tags', kind: 'HEAD manifest', count: tags }, referrers];
  return [
    list('list', tags, can),
    { phase: 'tags', kind: 'GET manifest', count: tags },
    { phase: 'manifests', kind: 'GET manifest', count: images * below },
    { phase: 'configs', kind: 'GET blob', count: dates ? images * Math.max(1, platforms) : 0 },
    referrers,
  ];
}

function list(phase: Phase, tags: number, { pages }: Abilities): Stage {
  // A page that is full is asked what comes behind it.
  const further = pages ? Math.floor(tags / pageSize) : tags === pageSize ? 1 : 0;
  return { phase, kind: 'GET tags', count: 1 + further, chained: true };
}

/** Above it the first batch, too, is looked at once more: `remove` in src/execute. */
const quicklyRechecked = 10 * batchSize;

function carryOut(shape: Shape, can: Abilities, { cache }: Rule): readonly Stage[] {
  const { images, doomed, platforms, attestations, aliases } = shape;
  const below = platforms + attestations;
  const tags = tagsOf(shape);
  const warm = cache === 'warm' ? 1 : 0;
  return [
    { phase: 'deletion', kind: 'DELETE digest', count: 1, chained: true, tagLinks: 0 },
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

function deletions(shape: Shape, can: Abilities): readonly Stage[] {
  const before = tagsOf(shape);
  const stages: Stage[] = [];
  let left = before;
  let covered = false;
  const steps = schedule(planOf(shape), { deletes: 'yes', byTag: can.byTag ? 'yes' : 'no', referrers: 'no' });
  for (const [index, batch] of batchesOf(steps).entries()) {
    if (batch.kind === 'manifests') {
      if (index > 0) stages.push(list('recheck', left, can), { phase: 'recheck', kind: 'HEAD manifest', count: left });
      const along = batch.steps.reduce((sum, step) => sum + step.tags.length, 0);
      stages.push({ phase: 'deletion', kind: 'DELETE digest', count: batch.steps.length, tagLinks: left - along / 2 });
      left -= along;
      continue;
    }
    const names = batch.steps.reduce((sum, step) => sum + (step.kind === 'cover-tags' ? step.tags.length : 1), 0);
    if (index > 0 || before > quicklyRechecked) stages.push({ phase: 'recheck', kind: 'HEAD manifest', count: names });
    if (batch.steps[0]?.kind === 'cover-tags') {
      stages.push({ phase: 'deletion', kind: 'HEAD blob', count: 1, chained: true });
      if (!covered)
        for (const kind of ['POST upload', 'PUT blob'] as const) stages.push({ phase: 'deletion', kind, count: 1, chained: true });
      covered = true;
      stages.push(
        { phase: 'deletion', kind: 'PUT manifest', count: names },
        { phase: 'deletion', kind: 'DELETE digest', count: 1, chained: true, tagLinks: left },
      );
    } else stages.push({ phase: 'deletion', kind: 'DELETE tag', count: names });
    left -= names;
  }
  return stages;
}

/** What the program would plan for such a repository. The names mean nothing. */
function planOf(shape: Shape): RepositoryPlan {
  const { doomed, tagsPerImage, platforms, attestations, aliases } = shape;
  const because = [{ kind: 'beyond-last' }] as unknown as PlannedTag['because'];
  const tags: PlannedTag[] = [];
  const manifests: PlannedManifest[] = [];
  const common = { mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 0 };
  for (let image = 0; image < doomed; image += 1) {
    const digest = digestOf(manifests.length);
    manifests.push({ ...common, digest, role: 'tagged' });
    for (let child = 0; child < platforms + attestations; child += 1)
      manifests.push({ ...common, digest: digestOf(manifests.length), role: 'child', of: digest });
    for (let tag = 0; tag < tagsPerImage; tag += 1) tags.push({ tag: tagOf(tags.length), digest, because, rule: 'a' });
  }
  const kept = digestOf(manifests.length);
  for (let alias = 0; alias < aliases; alias += 1) tags.push({ tag: tagOf(tags.length), digest: kept, because, rule: 'a' });
  return {
    repository: must(parseRepositoryName('a')),
    observedAt: must(parseInstant('2026-01-01T00:00:00Z')),
    tagsSeen: tagsOf(shape),
    tags,
    manifests,
    stays: [],
    frees: { bytes: 0, atLeast: false },
  };
}

function digestOf(number: number): Digest {
  return must(parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`));
}

function tagOf(number: number): Tag {
  return must(parseTag(`t${number}`));
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A name that is none.');
  return value;
}
