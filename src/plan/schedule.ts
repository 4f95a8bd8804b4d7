/** How a plan is carried out: the cheaper of two ways, by what the registry can do. What goes is the plan's alone. */
import type { Abilities, Digest, PlannedTag, RepositoryPlan, Step } from '../model/index.ts';
import { costOfDigests, costOfTagsFirst, coverBatch, type Work } from './cost.ts';
import { isAttachment } from './repository-plan.ts';

/**
 * The steps, to be done one after the other: tags (images' before attachments'), then manifests in the plan's order.
 * Nothing, where the registry doesn't delete or nobody knows whether it does. A registry that isn't known to delete by
 * tag gets placeholders, which every registry that deletes by digest understands. Last comes what is unlinked in the
 * storage, while the registry is stopped: `unlinkable`, see there. That needs no right to delete.
 */
export function schedule(
  whole: RepositoryPlan,
  can: Abilities,
  unlinkable: ReadonlySet<Digest> = new Set(),
): readonly Step[] {
  const unlinks = whole.manifests
    .filter(({ digest }) => unlinkable.has(digest))
    .map(({ digest }): Step => ({ kind: 'unlink-revision', digest }));
  if (can.deletes !== 'yes') return unlinks;
  const plan = { ...whole, manifests: whole.manifests.filter(({ digest }) => !unlinkable.has(digest)) };
  const going = new Set(plan.manifests.map(({ digest }) => digest));
  const goesAlong = ({ digest }: PlannedTag): boolean => digest !== undefined && going.has(digest);
  const alone = plan.tags.filter((tag) => !goesAlong(tag));
  const work: Work = {
    tagsSeen: plan.tagsSeen,
    manifests: plan.manifests.length,
    along: plan.tags.length - alone.length,
    alone: alone.length,
    by: can.byTag === 'yes' ? 'tag' : 'placeholder',
  };
  const tagsFirst = costOfTagsFirst(work) < costOfDigests(work);
  const first = tagsFirst ? plan.tags : alone;
  const later = tagsFirst ? [] : plan.tags.filter(goesAlong);
  return [
    ...removals(
      [...first].sort((a, b) => isAttachment(a) - isAttachment(b)),
      work.by,
    ),
    ...deletions(plan, later),
    ...unlinks,
  ];
}

function removals(tags: readonly PlannedTag[], by: Work['by']): readonly Step[] {
  const expected = tags.map(({ tag, digest }) => ({ tag, expect: digest }));
  if (by === 'tag') return expected.map((tag) => ({ kind: 'delete-tag', ...tag }));
  const batches = Math.ceil(expected.length / coverBatch);
  return Array.from({ length: batches }, (_, batch) => ({
    kind: 'cover-tags',
    tags: expected.slice(batch * coverBatch, (batch + 1) * coverBatch),
  }));
}

function deletions({ manifests }: RepositoryPlan, along: readonly PlannedTag[]): readonly Step[] {
  const tagsOf = Map.groupBy(along, ({ digest }) => digest);
  return manifests.map(({ digest }) => ({
    kind: 'delete-manifest',
    digest,
    tags: (tagsOf.get(digest) ?? []).map(({ tag }) => tag),
  }));
}
