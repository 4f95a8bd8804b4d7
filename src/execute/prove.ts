/**
 * The proof: everything that was readable before the first write and stays is asked for again, tags and all that their
 * indexes list. What this run's own deletions took is put back from the journal; what somebody else removed is
 * reported and not resurrected. Last, what was deleted must be neither listed nor served.
 */
import { readable } from '../inventory/index.ts';
import type { Digest, Manifest, Problem, Proof, RepositoryPlan, Snapshot, Tag } from '../model/index.ts';
import { tagSubject, type Ledger } from './ledger.ts';
import { problemOf, type Site } from './site.ts';

export type Proven = { readonly proofs: readonly Proof[]; readonly problems: readonly Problem[] };

export async function prove(site: Site, plan: RepositoryPlan, fresh: Snapshot, ledger: Ledger): Promise<Proven> {
  const problems: Problem[] = [];
  const parts = new PartsCheck(site, fresh.manifests, ledger.deleted, problems);
  const proofs = await Promise.all(staying(plan, ledger).map((stays) => proveTag(site, stays, parts, problems)));
  try {
    problems.push(...(await findLeftovers(site, plan, fresh, ledger)));
  } catch (error) {
    problems.push(problemOf(site.repository, error));
  }
  return { proofs, problems };
}

/** What was to stay from the start, and what was spared since; one that somebody moved is theirs. */
function staying(plan: RepositoryPlan, ledger: Ledger): RepositoryPlan['stays'] {
  const spared = plan.tags.flatMap(({ tag, digest }) => {
    const outcome = ledger.outcomeOf(tagSubject(tag));
    const stays = outcome?.result === 'spared' && outcome.why !== 'moved' && digest !== undefined;
    return stays ? [{ tag, digest }] : [];
  });
  return [...plan.stays, ...spared];
}

async function proveTag(
  site: Site,
  stays: RepositoryPlan['stays'][number],
  parts: PartsCheck,
  problems: Problem[],
): Promise<Proof> {
  const { registry, repository } = site;
  const { tag, digest } = stays;
  const proof = { repository, tag, digest, depth: 'manifest' } as const;
  try {
    const head = await readable(() => registry.headManifest(repository, tag));
    if (head.kind === 'unreadable') return { ...proof, result: 'unproven', missing: [digest] };
    if (head.kind === 'found' && head.digest !== digest) return { ...proof, result: 'moved', missing: [] };
    const below = await parts.check(digest);
    if (head.kind === 'found') return { ...proof, ...below };
    if (!parts.tookIt(digest)) return { ...proof, result: 'lost', missing: [digest, ...below.missing] };
    const healed = below.result !== 'lost' && (await parts.putBack(digest, tag));
    return { ...proof, result: healed ? 'healed' : 'lost', missing: [digest, ...below.missing] };
  } catch (error) {
    problems.push(problemOf(`${repository}:${tag}`, error));
    return { ...proof, result: 'unproven', missing: [digest] };
  }
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

  /** The children of a manifest that were there before; a child that never was is not missing. */
  async check(digest: Digest): Promise<Below> {
    const manifest = this.#manifests.get(digest);
    const children = manifest === undefined || manifest.kind === 'opaque' ? [] : manifest.children;
    const here = children.filter((child) => this.#manifests.has(child));
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
    const { registry, repository } = this.#site;
    const below = await this.check(digest);
    const head = await readable(() => registry.headManifest(repository, digest));
    if (head.kind === 'found') return below;
    // One that couldn't be read before can't be called lost now.
    if (head.kind === 'unreadable' || this.#manifests.get(digest)?.kind === 'opaque')
      return { result: 'unproven', missing: [digest, ...below.missing] };
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

/**
 * Tags that this run has deleted and that are listed still with nothing behind them (S3 under distribution 2.8 answers
 * 202 and keeps the link), and tags that were pushed while a delete was under way and lost with it.
 */
async function findLeftovers(
  site: Site,
  plan: RepositoryPlan,
  fresh: Snapshot,
  ledger: Ledger,
): Promise<readonly Problem[]> {
  const { registry, repository } = site;
  const listing = await registry.listTags(repository);
  if (listing.kind === 'no-such-repository') return [];
  const deleted = new Set(plan.tags.map(({ tag }) => tag).filter((tag) => ledger.resultOf(tagSubject(tag)) === 'done'));
  const suspects = listing.tags.filter((tag) => deleted.has(tag) || !fresh.tags.has(tag));
  const found = await Promise.all(
    suspects.map(async (tag): Promise<Problem | undefined> => {
      const head = await readable(() => registry.headManifest(repository, tag));
      if (head.kind !== 'absent') return undefined;
      const at = `${repository}:${tag}`;
      if (!deleted.has(tag))
        return {
          at,
          what: 'it was pushed while images were being deleted, and is listed with nothing behind it',
          wayOut: 'Push it again.',
        };
      const why = {
        at,
        what: 'the registry confirmed its deletion and lists it still, with nothing behind it',
        wayOut: 'The next run removes what is left of it.',
      };
      ledger.failed(tagSubject(tag), why);
      return why;
    }),
  );
  return found.filter((problem) => problem !== undefined);
}
