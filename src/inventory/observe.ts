/**
 * One repository as it is now, as a Snapshot. Listing is finished before anything is read (and long before anything is
 * deleted: distribution 3.0.0 skips tags when the listing's cursor is deleted). One request per tag, one per distinct
 * child, one per distinct config whose date or source is needed; what can't be read is recorded and never fatal.
 */
import {
  attachmentSubject,
  type Digest,
  type Instant,
  type Manifest,
  type Problem,
  type RepositoryName,
  type Snapshot,
  type Tag,
  type TagState,
} from '../model/index.ts';
import type { Registry } from '../registry/index.ts';
import type { ContentMemory } from './memory.ts';
import { askHead, ManifestReader } from './reader.ts';

export type Look = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly memory: ContentMemory;
  readonly now: () => Instant;
  /** Which tags' images need a date, by their names. */
  readonly dated: (tags: readonly Tag[]) => ReadonlySet<Tag>;
  /** Which tags' images must be asked where they were built, by their names. */
  readonly sourced?: (tags: readonly Tag[]) => ReadonlySet<Tag>;
};

/** A look at what is known already needs to know nothing more of it. */
type LookAgain = Omit<Look, 'dated' | 'sourced'>;

/** `undefined`: the registry has no such repository. */
export async function observe(look: Look): Promise<Snapshot | undefined> {
  const { registry, repository } = look;
  const observedAt = look.now();
  const listing = await registry.listTags(repository);
  if (listing.kind === 'no-such-repository') return undefined;
  const dated = look.dated(listing.tags);
  const sourced = look.sourced?.(listing.tags) ?? new Set();
  const reader = new ManifestReader({ ...look, known: new Map() });
  const states = await Promise.all(
    listing.tags.map(async (tag): Promise<readonly [Tag, TagState]> => [
      tag,
      await reader.readTag(tag, { dated: dated.has(tag), sourced: sourced.has(tag) }),
    ]),
  );
  await reader.readSubjects(
    states.flatMap(([tag, { kind }]) => (kind === 'points' ? (attachmentSubject(tag) ?? []) : [])),
  );
  return snapshot(look, observedAt, new Map(states), reader.manifests(), new Map(), [
    ...listing.problems,
    ...reader.problems(),
  ]);
}

/**
 * The same repository once more, right before something is done to it: the tags listed again and each asked for by HEAD.
 * Manifests that the earlier look read are believed by their digest; only what is new is read.
 */
export async function recheck(look: LookAgain, before: Snapshot): Promise<Snapshot> {
  const { registry, repository } = look;
  const observedAt = look.now();
  const listing = await registry.listTags(repository);
  const tags = listing.kind === 'listed' ? listing.tags : [];
  const reader = new ManifestReader({ ...look, known: before.manifests });
  const states = await Promise.all(
    tags.map(async (tag): Promise<readonly [Tag, TagState]> => {
      const head = await askHead(look, tag, before.tags.get(tag)?.kind === 'ghost');
      if (head.kind === 'absent') return [tag, { kind: 'ghost' }];
      if (head.kind === 'unreadable') return [tag, { kind: 'unreadable', why: head.why }];
      const known = before.manifests.get(head.digest);
      if (known !== undefined && known.kind !== 'opaque') return [tag, { kind: 'points', digest: head.digest }];
      return [tag, await reader.readTag(tag)];
    }),
  );
  const moved = states.filter(([tag, state]) => state.kind === 'points' && !isAt(before.tags.get(tag), state.digest));
  await reader.readSubjects(moved.flatMap(([tag]) => attachmentSubject(tag) ?? []));
  const problems = listing.kind === 'listed' ? listing.problems : [];
  return snapshot(look, observedAt, new Map(states), reader.manifests(), before.referrers, [
    ...problems,
    ...reader.problems(),
  ]);
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

function isAt(state: TagState | undefined, digest: Digest): boolean {
  return state?.kind === 'points' && state.digest === digest;
}

/**
 * Adds what the registry's referrers API says of these manifests, and of their referrers in turn, and reads those.
 * Asked for doomed manifests only: what is attached to a kept one is never planned, whether it is known or not.
 * A registry without the API is asked once: `supported` remembers its answer.
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
  await Promise.all([...new Set(subjects)].map(follow));
  const problems = [...before.problems, ...reader.problems()];
  return { ...before, manifests: reader.manifests(), referrers, problems };
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

function snapshot(
  look: Pick<Look, 'registry' | 'repository'>,
  observedAt: Instant,
  tags: ReadonlyMap<Tag, TagState>,
  manifests: ReadonlyMap<Digest, Manifest>,
  referrers: ReadonlyMap<Digest, readonly Digest[]>,
  problems: readonly Problem[],
): Snapshot {
  const registry = look.registry.origin;
  return { registry, repository: look.repository, observedAt, via: 'api', tags, manifests, referrers, problems };
}
