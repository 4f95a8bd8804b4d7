/**
 * The proof: the repository is looked at once more, and everything that was readable before the first write and stays
 * must be there, tags and all that their indexes list. What this run's own deletions took is put back from the journal;
 * what somebody else removed is reported and not resurrected. What was deleted must be neither listed nor served, and
 * a tag that came while images were being deleted must not lack what they took.
 */
import pMap from 'p-map';
import { askHead, recheck } from '../inventory/index.ts';
import type { Digest, Manifest, Problem, Proof, RepositoryPlan, Snapshot, Tag } from '../model/index.ts';
import { atOnce } from '../registry/index.ts';
import { Interrupted } from '../runtime/interruption.ts';
import { tagSubject, type Ledger } from './ledger.ts';
import { problemOf, type Site } from './site.ts';

export type Proven = { readonly proofs: readonly Proof[]; readonly problems: readonly Problem[] };
type Kept = RepositoryPlan['stays'][number];

/** Never rejects: a registry that stops answering leaves what it was not asked for `unproven`. */
export async function prove(site: Site, plan: RepositoryPlan, fresh: Snapshot, ledger: Ledger): Promise<Proven> {
  const problems: Problem[] = [];
  const stays = staying(plan, ledger);
  let after: Snapshot;
  try {
    after = await recheck(site, fresh);
  } catch (error) {
    const proofs = stays.map((kept) => proofOf(site, kept, { result: 'unproven', missing: [kept.digest] }));
    return { proofs, problems: [problemOf(site.repository, error)] };
  }
  const parts = new PartsCheck(site, after.manifests, ledger.deleted, problems);
  const proofs = await pMap(stays, (kept) => proveTag(site, kept, after, parts, problems), atOnce(site.registry));
  problems.push(...findLeftovers(site, plan, after, ledger));
  problems.push(...(await proveNewcomers(site, fresh, after, parts)));
  return { proofs, problems };
}

/** What was to stay from the start, and what was spared since; one that somebody moved is theirs. */
function staying(plan: RepositoryPlan, ledger: Ledger): readonly Kept[] {
  const spared = plan.tags.flatMap(({ tag, digest }) => {
    const outcome = ledger.outcomeOf(tagSubject(tag));
    const stays = outcome?.result === 'spared' && outcome.why !== 'moved' && digest !== undefined;
    return stays ? [{ tag, digest }] : [];
  });
  return [...plan.stays, ...spared];
}

async function proveTag(
  site: Site,
  kept: Kept,
  after: Snapshot,
  parts: PartsCheck,
  problems: Problem[],
): Promise<Proof> {
  const { tag, digest } = kept;
  try {
    const now = after.tags.get(tag) ?? (await askUnlisted(site, tag));
    if (now.kind === 'unreadable') return proofOf(site, kept, { result: 'unproven', missing: [digest] });
    if (now.kind === 'points' && now.digest !== digest) return proofOf(site, kept, { result: 'moved', missing: [] });
    const below = await parts.check(digest);
    if (now.kind === 'points') return proofOf(site, kept, below);
    const missing = [digest, ...below.missing];
    // The image is there: somebody took the tag alone, and may have meant to.
    const mayHeal = parts.tookIt(digest) && (await askHead(site, digest)).kind === 'absent' && below.result !== 'lost';
    const healed = mayHeal && (await parts.putBack(digest, tag));
    return proofOf(site, kept, { result: healed ? 'healed' : 'lost', missing });
  } catch (error) {
    // That the time is over is said once, and not of each tag.
    if (!(error instanceof Interrupted)) problems.push(problemOf(`${site.repository}:${tag}`, error));
    return proofOf(site, kept, { result: 'unproven', missing: [digest] });
  }
}

/** Distribution 3.1 on S3 leaves tags out of its listing (distribution#4891): what isn't listed may be there. */
async function askUnlisted(
  site: Site,
  tag: Tag,
): Promise<
  { readonly kind: 'points'; readonly digest: Digest } | { readonly kind: 'ghost' } | { readonly kind: 'unreadable' }
> {
  const head = await askHead(site, tag);
  if (head.kind === 'found') return { kind: 'points', digest: head.digest };
  return { kind: head.kind === 'absent' ? 'ghost' : 'unreadable' };
}

function proofOf({ repository }: Site, { tag, digest }: Kept, found: Pick<Proof, 'result' | 'missing'>): Proof {
  return { repository, tag, digest, depth: 'manifest', ...found };
}

const leftoverWords = {
  points: 'the registry confirmed its deletion and serves the same image there, or somebody has pushed it again',
  ghost: 'the registry confirmed its deletion and lists it still, with nothing behind it',
  unreadable: "the registry confirmed its deletion and lists it still; what is behind it can't be read",
} as const;

/** S3 under distribution 2.8 answers 202 to a delete and may keep the tag's link; so may a delete that was cut. */
function findLeftovers(site: Site, plan: RepositoryPlan, after: Snapshot, ledger: Ledger): readonly Problem[] {
  return plan.tags.flatMap(({ tag, digest }) => {
    const result = ledger.resultOf(tagSubject(tag));
    const state = after.tags.get(tag);
    const isElsewhere = state?.kind === 'points' && state.digest !== digest;
    if ((result !== 'done' && result !== 'already-gone') || state === undefined || isElsewhere) return [];
    const why = {
      at: `${site.repository}:${tag}`,
      what: leftoverWords[state.kind],
      wayOut: 'The next run removes what is left of it.',
    };
    ledger.failed(tagSubject(tag), why);
    return [why];
  });
}

/** Tags that were pushed or moved since the plan was narrowed: what they list and this run took is put back as well. */
async function proveNewcomers(
  site: Site,
  fresh: Snapshot,
  after: Snapshot,
  parts: PartsCheck,
): Promise<readonly Problem[]> {
  const found = await pMap(
    after.tags,
    async ([tag, state]): Promise<Problem | undefined> => {
      const earlier = fresh.tags.get(tag);
      const at = `${site.repository}:${tag}`;
      if (state.kind === 'ghost' && earlier === undefined)
        return {
          at,
          what: 'it was pushed while images were being deleted, and is listed with nothing behind it',
          wayOut: 'Push it again.',
        };
      if (state.kind !== 'points' || (earlier?.kind === 'points' && earlier.digest === state.digest)) return undefined;
      let below: Below;
      try {
        below = await parts.check(state.digest);
      } catch (error) {
        return problemOf(at, error);
      }
      if (below.result === 'present') return undefined;
      const what = `it was pushed while images were being deleted and lists ${below.missing.join(', ')}`;
      if (below.result === 'healed')
        return { at, what: `${what}, which this run had deleted and has put back`, wayOut: 'Pull it once to be sure.' };
      return { at, what: `${what}, which is gone`, wayOut: 'Push it again.' };
    },
    atOnce(site.registry),
  );
  return found.filter((problem) => problem !== undefined);
}

type Below = { readonly result: 'present' | 'healed' | 'lost' | 'unproven'; readonly missing: readonly Digest[] };

/** What an index lists, at any depth, each asked for once however many tags hold it. */
class PartsCheck {
  readonly #site: Site;
  readonly #manifests: ReadonlyMap<Digest, Manifest>;
  readonly #deleted: ReadonlySet<Digest>;
  readonly #problems: Problem[];
  readonly #parts = new Map<Digest, Promise<Below>>();

  constructor(site: Site, manifests: ReadonlyMap<Digest, Manifest>, deleted: ReadonlySet<Digest>, problems: Problem[]) {
    this.#site = site;
    this.#manifests = manifests;
    this.#deleted = deleted;
    this.#problems = problems;
  }

  tookIt(digest: Digest): boolean {
    return this.#deleted.has(digest);
  }

  /** The children of a manifest that were read at any look; one that never was, or couldn't be read, can't be missed. */
  async check(digest: Digest): Promise<Below> {
    const manifest = this.#manifests.get(digest);
    const children = manifest === undefined || manifest.kind === 'opaque' ? [] : manifest.children;
    const here = children.filter((child) => (this.#manifests.get(child)?.kind ?? 'opaque') !== 'opaque');
    const found = await Promise.all(here.map((child) => this.#part(child)));
    const missing = found.flatMap((each) => each.missing);
    const worst = (['lost', 'unproven', 'healed'] as const).find((result) =>
      found.some((each) => each.result === result),
    );
    return { result: worst ?? 'present', missing };
  }

  #part(digest: Digest): Promise<Below> {
    const known = this.#parts.get(digest);
    if (known !== undefined) return known;
    const asked = this.#ask(digest);
    this.#parts.set(digest, asked);
    return asked;
  }

  async #ask(digest: Digest): Promise<Below> {
    const below = await this.check(digest);
    const head = await askHead(this.#site, digest);
    if (head.kind === 'found') return below;
    if (head.kind === 'unreadable') return { result: 'unproven', missing: [digest, ...below.missing] };
    const healed = this.tookIt(digest) && below.result !== 'lost' && (await this.putBack(digest, digest));
    return { result: healed ? 'healed' : 'lost', missing: [digest, ...below.missing] };
  }

  /** False, with the reason among the problems, where the registry doesn't take it: the collector may have had its blobs. */
  async putBack(digest: Digest, reference: Tag | Digest): Promise<boolean> {
    const { registry, repository, memory, journal } = this.#site;
    try {
      const content = memory.manifest(digest) ?? (await journal.find(digest));
      if (content === undefined) throw new Error(`the journal doesn't hold ${digest}`);
      await registry.putManifest(repository, reference, content.mediaType, content.bytes);
      return true;
    } catch (error) {
      this.#problems.push(problemOf(`${repository}@${digest}`, error));
      return false;
    }
  }
}
