/**
 * One repository as it is now, as a Snapshot. Listing is finished before anything is read (and long before anything is
 * deleted: distribution 3.0.0 skips tags when the listing's cursor is deleted). One request per tag, one per distinct
 * child, one per distinct config whose date or source is needed; what can't be read is recorded and never fatal.
 */
import pMap from 'p-map';
import {
  attachmentSubject,
  type Digest,
  type Instant,
  type Manifest,
  type Problem,
  type RepositoryName,
  type Snapshot,
  type StoredRepository,
  type Tag,
  type TagState,
} from '../model/index.ts';
import { atOnce, type Registry } from '../registry/index.ts';
import type { Counter } from '../runtime/index.ts';
import { askHead } from './ask.ts';
import type { RepositoryMemory } from './cache.ts';
import type { ContentMemory } from './memory.ts';
import { ManifestReader } from './reader.ts';

export type Look = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly memory: ContentMemory;
  readonly now: () => Instant;
  /** Which tags' images need a date, by their names. */
  readonly dated: (tags: readonly Tag[]) => ReadonlySet<Tag>;
  /** Which tags' images must be asked where they were built, by their names. */
  readonly sourced?: (tags: readonly Tag[]) => ReadonlySet<Tag>;
  /** What the storage said of the repository, before this look: when its tags were pushed. */
  readonly stored?: StoredRepository | undefined;
  /** Also every manifest that the storage links, whether a tag leads to it or not: one request for each. */
  readonly untagged?: boolean;
  /** Of the tags that are read. */
  readonly progress?: Counter | undefined;
};

/** A look at what is known already needs to know nothing more of it. */
type LookAgain = Omit<Look, 'dated' | 'sourced' | 'stored' | 'untagged' | 'progress'>;

/** A later word of the storage takes the place of the earlier one; without one that stands. */
type Recheck = LookAgain & Pick<Look, 'stored'>;

/** `undefined`: the registry has no such repository, nor has its storage. */
export async function observe(look: Look): Promise<Snapshot | undefined> {
  const { registry, repository } = look;
  const observedAt = look.now();
  const listing = await registry.listTags(repository);
  // distribution says so too of a repository that never had a tag.
  if (listing.kind === 'no-such-repository' && look.stored === undefined) return undefined;
  const { tags: names, problems } = listing.kind === 'listed' ? listing : { tags: [], problems: [] };
  look.progress?.expect(names.length);
  const dated = look.dated(names);
  const sourced = look.sourced?.(names) ?? new Set();
  const remembered = look.memory.cache?.repository(registry.origin, repository);
  const reader = new ManifestReader({ ...look, known: new Map(), remembered });
  const states = await pMap(
    names,
    async (tag): Promise<TagState> => {
      const state = await reader.readTag(tag, { dated: dated.has(tag), sourced: sourced.has(tag) });
      look.progress?.advance();
      return sighted(remembered, tag, pushed(look.stored, tag, state), observedAt);
    },
    atOnce(registry),
  );
  const tags = inListedOrder(names, states);
  const revisions = look.untagged === true && look.stored !== undefined ? revisionsOf(look.stored, tags) : undefined;
  // One that the registry doesn't serve is no manifest of it any more, and one that it can't serve may hold anything.
  await pMap(revisions?.keys() ?? [], (digest) => reader.readDigest(digest), atOnce(registry));
  await reader.readSubjects(
    names.flatMap((tag) => (tags.get(tag)?.kind === 'points' ? (attachmentSubject(tag) ?? []) : [])),
  );
  const manifests = reader.manifests();
  remembered?.update({ at: observedAt, tags, held: manifests.keys() });
  return snapshot({
    ...look,
    observedAt,
    tags,
    manifests,
    revisions,
    believed: reader.believed(),
    referrers: new Map(),
    problems: [...problems, ...reader.problems()],
  });
}

/** `states`: what each of `tags` was seen to be. */
function inListedOrder(tags: readonly Tag[], states: readonly TagState[]): ReadonlyMap<Tag, TagState> {
  const all = new Map<Tag, TagState>();
  for (const [place, state] of states.entries()) {
    const tag = tags[place];
    if (tag !== undefined) all.set(tag, state);
  }
  return all;
}

/** The manifests of a look that were asked for at it. */
function asked({ manifests, believed }: Snapshot): ReadonlyMap<Digest, Manifest> {
  if (believed === undefined || believed.size === 0) return manifests;
  return new Map([...manifests].filter(([digest]) => !believed.has(digest)));
}

function sighted(remembered: RepositoryMemory | undefined, tag: Tag, state: TagState, now: Instant): TagState {
  if (state.kind !== 'points') return state;
  const firstSeen = remembered?.firstSeen(tag, state.digest, now);
  return firstSeen === undefined ? state : { ...state, firstSeen };
}

/** The storage's word for when a tag was pushed, where it speaks of the same image as the registry. */
function pushed(stored: StoredRepository | undefined, tag: Tag, state: TagState): TagState {
  const link = stored?.tags.get(tag);
  if (state.kind !== 'points' || link?.pushedAt === undefined || link.digest !== state.digest) return state;
  return { ...state, pushedAt: link.pushedAt };
}

/**
 * The manifests that the storage links, with their times. What a tag named there that the registry doesn't have at it has
 * none: it was moved or removed meanwhile, or only one of the two is right.
 */
function revisionsOf(
  stored: StoredRepository,
  tags: ReadonlyMap<Tag, TagState>,
): ReadonlyMap<Digest, Instant | undefined> {
  const revisions = new Map([...stored.revisions].map(([digest, { at }]) => [digest, at]));
  for (const [tag, { digest }] of stored.tags)
    if (!isAt(tags.get(tag), digest) && revisions.has(digest)) revisions.set(digest, undefined);
  return revisions;
}

/**
 * The same repository once more, right before something is done to it: the tags listed again and each asked for by HEAD.
 * Manifests that the earlier look read are believed by their digest; only what is new is read.
 */
export async function recheck(look: Recheck, before: Snapshot): Promise<Snapshot> {
  const { registry, repository } = look;
  const observedAt = look.now();
  const listing = await registry.listTags(repository);
  const tags = listing.kind === 'listed' ? listing.tags : [];
  const reader = new ManifestReader({ ...look, known: asked(before) });
  const states = await pMap(
    tags,
    async (tag): Promise<TagState> => {
      const head = await askHead(look, tag, before.tags.get(tag)?.kind === 'ghost');
      if (head.kind === 'absent') return { kind: 'ghost' };
      if (head.kind === 'unreadable') return { kind: 'unreadable', why: head.why };
      const known = before.manifests.get(head.digest);
      const earlier = before.tags.get(tag);
      if (known === undefined || known.kind === 'opaque') return reader.readTag(tag);
      // With the push time of the earlier look.
      return isAt(earlier, head.digest) ? earlier : { kind: 'points', digest: head.digest };
    },
    atOnce(registry),
  );
  // What only an earlier run saw is seen before anything goes: what was missing all along is nobody's loss.
  await pMap(before.believed ?? [], (digest) => reader.readDigest(digest), atOnce(registry));
  const now = inListedOrder(tags, states);
  const revisions =
    before.revisions === undefined || look.stored === undefined ? before.revisions : revisionsOf(look.stored, now);
  await pMap(revisions?.keys() ?? [], (digest) => reader.readDigest(digest), atOnce(registry));
  const moved = tags.filter((tag) => {
    const state = now.get(tag);
    return state?.kind === 'points' && !isAt(before.tags.get(tag), state.digest);
  });
  await reader.readSubjects(moved.flatMap((tag) => attachmentSubject(tag) ?? []));
  const problems = listing.kind === 'listed' ? listing.problems : [];
  return snapshot({
    ...look,
    observedAt,
    tags: now,
    manifests: reader.manifests(),
    revisions,
    referrers: before.referrers,
    problems: [...problems, ...reader.problems()],
  });
}

/**
 * A tag that could be read, or wasn't there, at the earlier look and can't be read now. It may hold anything, so images
 * would have to stay while their tags go, and nobody would find them again: better to leave all of it for the next run.
 */
export function lostSight(before: Snapshot, now: Snapshot): Problem | undefined {
  for (const [tag, state] of now.tags)
    if (state.kind === 'unreadable' && before.tags.get(tag)?.kind !== 'unreadable')
      return {
        at: `${now.repository}:${tag}`,
        what: `it can't be read any more, and may hold whatever was to go: ${state.why}`,
        wayOut: 'What is left of this repository is left as it is. Run it again when the registry is well.',
      };
  return undefined;
}

function isAt(state: TagState | undefined, digest: Digest): state is TagState & { readonly kind: 'points' } {
  return state?.kind === 'points' && state.digest === digest;
}

/**
 * Adds what the registry's referrers API says of these manifests, and of their referrers in turn, and reads those.
 * Asked for doomed manifests only: what is attached to a kept one is never planned, whether it is known or not.
 * A registry without the API is asked once: `support` remembers its answer. Where nothing is learnt the answer is `before` itself.
 */
export async function observeReferrers(
  look: LookAgain,
  before: Snapshot,
  subjects: Iterable<Digest>,
  support: ReferrersSupport,
): Promise<Snapshot> {
  const referrers = new Map(before.referrers);
  const reader = new ManifestReader({ ...look, known: before.manifests });
  const follow = async (subject: Digest): Promise<void> => {
    if (referrers.has(subject)) return;
    const answer = await support.ask(() => look.registry.getReferrers(look.repository, subject));
    if (answer === undefined) return;
    const digests = answer.map((descriptor) => descriptor.digest);
    referrers.set(subject, digests);
    await Promise.all(digests.map((digest) => reader.readDigest(digest)));
    await Promise.all(digests.map(follow));
  };
  const all = new Set(subjects);
  const [first] = all;
  // Alone, since its answer may settle the question for all of them.
  if (first !== undefined && support.has === 'unknown') await follow(first);
  if (support.has !== 'no') await pMap(all, follow, atOnce(look.registry));
  if (referrers.size === before.referrers.size) return before;
  const problems = [...before.problems, ...reader.problems()];
  return { ...before, manifests: reader.manifests(), referrers, problems };
}

/**
 * Adds manifests by their digests, as far as the registry has them: those of an earlier plan to which no tag leads any
 * more. What they hold, and what they are attached to, is read with them.
 */
export async function observeDigests(look: LookAgain, before: Snapshot, digests: Iterable<Digest>): Promise<Snapshot> {
  const reader = new ManifestReader({ ...look, known: before.manifests });
  await pMap(digests, (digest) => reader.readDigest(digest), atOnce(look.registry));
  await reader.readSubjects([]);
  return { ...before, manifests: reader.manifests(), problems: [...before.problems, ...reader.problems()] };
}

/** Whether this registry has the referrers API: learnt from the first answer, for the whole run. */
export class ReferrersSupport {
  #answer: 'unknown' | 'yes' | 'no' = 'unknown';
  #first: Promise<unknown> | undefined;

  get has(): 'unknown' | 'yes' | 'no' {
    return this.#answer;
  }

  /** `undefined`: not supported. The first question is waited for before a second one is put. */
  async ask<Found>(
    question: () => Promise<{ kind: 'found'; descriptors: readonly Found[] } | { kind: 'unsupported' }>,
  ): Promise<readonly Found[] | undefined> {
    if (this.#answer === 'unknown' && this.#first !== undefined) await this.#first.catch(() => undefined);
    if (this.#answer === 'no') return undefined;
    const asked = question();
    this.#first ??= asked;
    const answer = await asked;
    this.#answer = answer.kind === 'found' ? 'yes' : 'no';
    return answer.kind === 'found' ? answer.descriptors : undefined;
  }
}

type Seen = Pick<Look, 'registry' | 'repository'> &
  Pick<Snapshot, 'observedAt' | 'tags' | 'manifests' | 'believed' | 'referrers' | 'problems'> & {
    readonly revisions: Snapshot['revisions'] | undefined;
  };

function snapshot({
  registry,
  repository,
  observedAt,
  tags,
  manifests,
  revisions,
  believed,
  referrers,
  problems,
}: Seen): Snapshot {
  const seen = {
    ...{ registry: registry.origin, repository, observedAt, tags, manifests, referrers, problems },
    ...(believed === undefined || believed.size === 0 ? {} : { believed }),
  };
  return revisions === undefined ? { ...seen, via: 'api' } : { ...seen, via: 'storage', revisions };
}
