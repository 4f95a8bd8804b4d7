/** The verdict on every tag of a repository, with its reasons. */
import type { Claim, Decision, Focus, Instant, Reference, Snapshot, Tag, TagState } from '../model/index.ts';
import { settleAttachments, type Settled } from './attachments.ts';
import { imagesIn, lookBehind, platformsIn, type Behind } from './behind.ts';
import { claimsJudge } from './claims.ts';
import { byRule, governor, type Governance } from './governs.ts';
import { judge, type Verdict } from './judge.ts';
import { indexReferences } from './references.ts';
import type { Policy } from './rule.ts';
import type { Untagged } from './untagged.ts';

export type DecideInput = {
  readonly policy: Policy;
  readonly snapshot: Snapshot;
  readonly claims: readonly Claim[];
  readonly now: Instant;
  /** What the event that started the run is about, if it is about one pull request or branch. */
  readonly focus?: Focus | undefined;
  /** What files name, of whichever repository. */
  readonly references?: readonly Reference[];
  /** Manifests without a tag that may go, too: they don't hold what they reach. */
  readonly untagged?: readonly Untagged[];
};

/** A tag, what is behind it, who decides of it, and how, as soon as that is known. */
type Seen = {
  readonly tag: Tag;
  readonly state: TagState;
  readonly governance: Governance;
  /** A file that names it. */
  readonly reference: Reference | undefined;
  /** Held here, and not in a map: that would be as large as all the rest of it. */
  verdict: Verdict;
};

/** Not yet. What it stays at stays. */
const undecided: Verdict = { verdict: 'keep', because: [{ kind: 'no-rule' }] };

/**
 * One decision for each tag of the snapshot, sorted by tag.
 *
 * 1. Who decides of each tag: its subject, keep-tags, a file that names it, the first rule that matches, or nobody.
 * 2. Some verdicts stand before any condition is looked at (`foregone`).
 * 3. Each rule judges the rest of its tags, all together. Those that a file names are judged with them, so that they
 *    keep their places in keep-last, and are kept whatever comes out: a file never deletes anything.
 * 4. Attachments follow their subjects.
 */
export function decide(input: DecideInput): readonly Decision[] {
  const { policy, snapshot, references = [], untagged = [] } = input;
  const governs = governor(policy, snapshot.repository);
  const referenceTo = indexReferences(snapshot, references);
  // Sorted at once, so that nothing depends on the order in which the registry lists.
  const seen: Seen[] = [];
  for (const [tag, state] of snapshot.tags)
    seen.push({ tag, state, governance: governs(tag), reference: referenceTo(tag, state), verdict: undecided });
  seen.sort(byTag);

  // A registry whose storage is half there lists everything and serves nothing.
  const halfThere = seen.every(({ state }) => state.kind === 'ghost');
  for (const each of seen) each.verdict = foregone(each, lookBehind(snapshot, each.state), halfThere) ?? undecided;

  const open = seen.filter(({ verdict }) => verdict === undecided);
  for (const [each, verdict] of judgeGoverned(open, input)) each.verdict = verdict;
  for (const each of seen) each.verdict = referenced(each) ?? each.verdict;

  const attachments = open.flatMap((each) =>
    each.governance.kind === 'attachment' ? [{ each, tag: each.tag, of: each.governance.of }] : [],
  );
  const having = (wanted: Verdict['verdict']): readonly Tag[] => {
    const tags: Tag[] = [];
    for (const { tag, verdict } of seen) if (verdict !== undecided && verdict.verdict === wanted) tags.push(tag);
    return tags;
  };
  const { staying, goes } = settleAttachments(snapshot, {
    kept: having('keep'),
    doomed: having('delete'),
    untagged: untagged.map(({ digest }) => digest),
    attachments,
  });
  for (const { each, tag, of } of attachments)
    each.verdict = { verdict: staying.has(tag) ? 'keep' : 'delete', because: [{ kind: 'attachment', of }] };

  return seen.map((each) => decisionOf(each, goes));
}

/** By code units, and not by the language of whoever runs it. No two tags of a repository are equal. */
function byTag(a: { readonly tag: Tag }, b: { readonly tag: Tag }): number {
  return a.tag < b.tag ? -1 : 1;
}

/** The verdicts that no condition is asked for. */
function foregone({ governance }: Seen, behind: Behind, halfThere: boolean): Verdict | undefined {
  if (governance.kind === 'keep-tags' || governance.kind === 'no-rule')
    return { verdict: 'keep', because: [governance] };
  if (behind.kind === 'unreadable' || (behind.kind === 'ghost' && halfThere))
    return { verdict: 'keep', because: [behind] };
  // The image is gone from the tag already: what an interrupted run began is finished, not judged again. So it is at
  // an attachment's tag too, since nothing is attached by it any more.
  if (behind.kind === 'image' && behind.manifest.kind === 'placeholder')
    return { verdict: 'delete', because: [{ kind: 'placeholder' }] };
  return undefined;
}

/** A file decides where neither the subject nor keep-tags does. */
function referenced({ governance, reference }: Seen): Verdict | undefined {
  if (reference === undefined || governance.kind === 'attachment' || governance.kind === 'keep-tags') return undefined;
  const { file, line, as } = reference;
  return { verdict: 'keep', because: [{ kind: 'referenced', file, line, as }] };
}

function* judgeGoverned(open: readonly Seen[], input: DecideInput): Iterable<readonly [Seen, Verdict]> {
  const { policy, snapshot, claims, focus, now } = input;
  const around = {
    dateSource: policy.dateSource,
    now,
    behindOf: (state: TagState) => lookBehind(snapshot, state),
    judgeClaims: claimsJudge(claims, focus),
    platformsOf: platformsIn(snapshot),
    imagesOf: imagesIn(snapshot),
  };
  for (const [rule, governed] of byRule(open)) yield* judge(rule, governed, around);
}

function decisionOf(seen: Seen, goes: Settled['goes']): Decision {
  const { tag, state, governance } = seen;
  const { verdict: word, because } = seen.verdict;
  const rule = governance.kind === 'rule' && referenced(seen) === undefined ? governance.rule.name : undefined;
  const named = rule === undefined ? {} : { rule };
  if (state.kind !== 'points') return { tag, ...named, verdict: word, because, image: 'unknown' };
  const { digest } = state;
  const image = word === 'delete' && goes(digest) ? 'goes' : 'kept';
  // Property by property, for the many: a copy of parts takes half as much again.
  return rule === undefined
    ? { tag, digest, verdict: word, because, image }
    : { tag, digest, rule, verdict: word, because, image };
}
