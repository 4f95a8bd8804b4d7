/**
 * plan/ (pure): between decisions, which are per tag, and deletions, which are per manifest. This file: from decisions
 * to the plan of one repository.
 */
import {
  attachedTo,
  attachments,
  type Decision,
  type Digest,
  type Instant,
  type PlannedManifest,
  type PlannedTag,
  type RepositoryPlan,
  type Snapshot,
  type Tag,
  type TagState,
} from '../model/index.ts';
import { byText, inOrder } from './order.ts';
import { repositoryPlan } from './repository-plan.ts';
import { isAsOld } from './revised.ts';
import { readManifest, settle } from './settle.ts';

/** A manifest that no tag leads to and that may go, as `policy/` has it. */
export type UntaggedWish = { readonly digest: Digest; readonly because: { readonly revisedAt: Instant } };

/**
 * What goes of a repository: the tags whose verdict is to delete, the manifests that only they reach, and the untagged ones
 * that are wished for as well. A tag that no
 * decision names stays, and so does one that a decision speaks of as the snapshot doesn't show it, and one of which two
 * decisions differ; so does an untagged manifest that is younger than its wish says. Whatever was decided, the result holds the invariants: a tag goes without its manifest where
 * something that stays holds that, and an attachment's tag stays where its subject does.
 */
export function build(
  snapshot: Snapshot,
  decisions: readonly Decision[],
  untagged: readonly UntaggedWish[] = [],
): RepositoryPlan {
  const doomed = doomedTags(snapshot, decisions);
  const roles = doomedManifests(snapshot, doomed);
  for (const { digest, because } of untagged) {
    const why = { role: 'untagged', revisedAt: because.revisedAt } as const;
    // What goes along with a tag goes for that.
    if (!roles.has(digest) && isAsOld({ digest, ...why }, snapshot)) roles.set(digest, why);
  }
  const granted = settle(snapshot, { tags: doomed.keys(), manifests: roles.keys() });
  const going = [...roles.keys()].flatMap((digest) => granted.manifests.get(digest) ?? []);
  return repositoryPlan(
    snapshot,
    [...doomed.values()].filter(({ tag }) => granted.tags.has(tag)),
    inOrder(snapshot, going).map(({ digest, mediaType, size }) => {
      const why = roles.get(digest);
      // Property by property, for the many: a copy of parts takes half as much again.
      return why === tagged
        ? { digest, mediaType, size, role: tagged.role }
        : { digest, mediaType, size, ...tagged, ...why };
    }),
  );
}

function doomedTags(snapshot: Snapshot, decisions: readonly Decision[]): ReadonlyMap<Tag, PlannedTag> {
  const doomed = new Map<Tag, PlannedTag>();
  // A map hands out in the order in which it was filled.
  for (const { tag, digest, verdict, because, rule } of decisions.toSorted((a, b) => byText(a.tag, b.tag)))
    if (verdict === 'delete' && isAsSeen(snapshot.tags.get(tag), digest))
      doomed.set(tag, { tag, digest, because, rule });
  for (const { tag, verdict } of decisions) if (verdict === 'keep') doomed.delete(tag);
  return doomed;
}

function isAsSeen(state: TagState | undefined, digest: Digest | undefined): boolean {
  return state?.kind === 'points' ? state.digest === digest : state?.kind === 'ghost' && digest === undefined;
}

type Why = Pick<PlannedManifest, 'role' | 'of' | 'revisedAt'>;

/** One for all that go for a tag of their own. */
const tagged: Why = { role: 'tagged' };

/** All that the doomed tags reach downwards: what they name, children at any depth, and what is attached to those. */
function doomedManifests(snapshot: Snapshot, doomed: ReadonlyMap<Tag, PlannedTag>): Map<Digest, Why> {
  const attached = attachments(snapshot);
  const found = new Map<Digest, Why>();
  const add = (digests: readonly Digest[], why: Why): void => {
    for (const digest of digests) if (!found.has(digest)) found.set(digest, why);
  };
  const addChildren = (of: Digest): void => {
    add(readManifest(snapshot, of)?.children ?? [], { role: 'child', of });
  };
  const targets = (tags: readonly Tag[]): readonly Digest[] => tags.flatMap((tag) => doomed.get(tag)?.digest ?? []);
  const spread = (): void => {
    for (const digest of found.keys()) {
      const { tags = [], digests = [] } = attached.get(digest) ?? {};
      add([...targets(tags), ...digests].sort(byText), { role: 'attachment', of: digest });
      addChildren(digest);
    }
  };
  // A map hands out what is added to it while it is being walked. Children first: a platform's attestation is one.
  const tags = [...doomed.keys()];
  add(targets(tags.filter((tag) => attachedTo(snapshot, tag) === undefined)), tagged);
  for (const digest of found.keys()) addChildren(digest);
  spread();
  // Attachments whose subject is not here, or no more.
  for (const tag of tags) {
    const of = attachedTo(snapshot, tag);
    if (of !== undefined) add(targets([tag]), { role: 'attachment', of });
  }
  spread();
  return found;
}
