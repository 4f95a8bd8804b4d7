/**
 * One repository as it is now, as a Snapshot. Listing is finished before anything is read (and long before anything is
 * deleted: distribution 3.0.0 skips tags when the listing's cursor is deleted). One request per tag, one per distinct
 * child, one per distinct config whose date is needed; what can't be read is recorded and never fatal.
 */
import type { Digest, Instant, Manifest, Problem, RepositoryName, Snapshot, Tag, TagState } from '../model/index.ts';
import type { Registry } from '../registry/index.ts';
import type { ContentMemory } from './memory.ts';
import { ManifestReader, readable } from './reader.ts';

export type Look = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly memory: ContentMemory;
  readonly now: () => Instant;
  /** Which tags' images need a date, by their names. */
  readonly dated: (tags: readonly Tag[]) => ReadonlySet<Tag>;
};

/** `undefined`: the registry has no such repository. */
export async function observe(look: Look): Promise<Snapshot | undefined> {
  const { registry, repository } = look;
  const observedAt = look.now();
  const listing = await registry.listTags(repository);
  if (listing.kind === 'no-such-repository') return undefined;
  const dated = look.dated(listing.tags);
  const reader = new ManifestReader({ ...look, known: new Map() });
  const states = await Promise.all(
    listing.tags.map(async (tag): Promise<readonly [Tag, TagState]> => [
      tag,
      await reader.readTag(tag, dated.has(tag)),
    ]),
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
export async function recheck(look: Omit<Look, 'dated'>, before: Snapshot): Promise<Snapshot> {
  const { registry, repository } = look;
  const observedAt = look.now();
  const listing = await registry.listTags(repository);
  const tags = listing.kind === 'listed' ? listing.tags : [];
  const reader = new ManifestReader({ ...look, known: before.manifests });
  const states = await Promise.all(
    tags.map(async (tag): Promise<readonly [Tag, TagState]> => {
      const head = await readable(() => registry.headManifest(repository, tag));
      if (head.kind === 'absent') return [tag, { kind: 'ghost' }];
      if (head.kind === 'unreadable') return [tag, { kind: 'unreadable', why: head.why }];
      const known = before.manifests.get(head.digest);
      if (known !== undefined && known.kind !== 'opaque') return [tag, { kind: 'points', digest: head.digest }];
      return [tag, await reader.readTag(tag, false)];
    }),
  );
  const problems = listing.kind === 'listed' ? listing.problems : [];
  return snapshot(look, observedAt, new Map(states), reader.manifests(), before.referrers, [
    ...problems,
    ...reader.problems(),
  ]);
}

/**
 * Adds what the registry's referrers API says of these manifests, and of their referrers in turn, and reads those.
 * Asked for doomed manifests only: what is attached to a kept one is never planned, whether it is known or not.
 * A registry without the API is asked once: `supported` remembers its answer.
 */
export async function observeReferrers(
  look: Omit<Look, 'dated'>,
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
