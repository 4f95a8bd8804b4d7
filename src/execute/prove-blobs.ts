/**
 * The proof after a collection: everything that stays in a repository pulls. Each tag is asked for, and below it, each
 * once: every manifest at any depth, every config, every layer. A collection is final, so nothing is put back here.
 */
import pMap from 'p-map';
import { askHead } from '../inventory/index.ts';
import type { Descriptor, Digest, Manifest, Problem, Proof, RepositoryName, Tag } from '../model/index.ts';
import { atOnce, type Registry } from '../registry/index.ts';
import { problemOf } from './site.ts';

export type ProveBlobsOptions = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly stays: readonly { readonly tag: Tag; readonly digest: Digest }[];
  /** As they were read before; what an index lists and isn't in here was not there before either. */
  readonly manifests: ReadonlyMap<Digest, Manifest>;
  /** Reads every blob to its end: where a cache answers for what is gone, only its bytes tell. */
  readonly readBytes: boolean;
};

type Found = 'present' | 'lost' | 'unproven';
type Below = { readonly result: Found; readonly missing: readonly Digest[] };

/** Never rejects: what the registry doesn't answer is `unproven`. */
export async function proveBlobs(
  options: ProveBlobsOptions,
): Promise<{ readonly proofs: readonly Proof[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const parts = new Parts(options);
  const proofs = await pMap(
    options.stays,
    async ({ tag, digest }): Promise<Proof> => {
      const proof = { repository: options.repository, tag, digest, depth: 'blobs' } as const;
      try {
        const head = await askHead(options, tag);
        if (head.kind === 'found' && head.digest !== digest) return { ...proof, result: 'moved', missing: [] };
        if (head.kind === 'unreadable') return { ...proof, result: 'unproven', missing: [digest] };
        const below = await parts.manifest(digest);
        if (head.kind === 'found') return { ...proof, ...below };
        return { ...proof, result: 'lost', missing: below.missing.length === 0 ? [digest] : below.missing };
      } catch (error) {
        problems.push(problemOf(`${options.repository}:${tag}`, error));
        return { ...proof, result: 'unproven', missing: [digest] };
      }
    },
    atOnce(options.registry),
  );
  return { proofs, problems };
}

class Parts {
  readonly #options: ProveBlobsOptions;
  readonly #manifests = new Map<Digest, Promise<Below>>();
  readonly #blobs = new Map<Digest, Promise<Found>>();

  constructor(options: ProveBlobsOptions) {
    this.#options = options;
  }

  manifest(digest: Digest): Promise<Below> {
    return once(this.#manifests, digest, async () => {
      const { registry, repository, manifests } = this.#options;
      const manifest = manifests.get(digest);
      const answer = await registry.getManifest(repository, digest);
      if (answer.kind !== 'found') return { result: lostUnless(answer.kind === 'unreadable'), missing: [digest] };
      if (manifest === undefined || manifest.kind === 'opaque') return { result: 'unproven', missing: [digest] };
      const children = manifest.children.filter((child) => manifests.has(child));
      const below = await Promise.all([
        ...children.map((child) => this.manifest(child)),
        ...[...manifest.blobs].filter(isServed).map((blob) => this.#blob(blob)),
      ]);
      return { result: worstOf(below.map(({ result }) => result)), missing: below.flatMap(({ missing }) => missing) };
    });
  }

  async #blob({ digest }: Descriptor): Promise<Below> {
    const result = await once(this.#blobs, digest, async () => {
      const { registry, repository, readBytes } = this.#options;
      const answer = await (readBytes ? registry.readBlob(repository, digest) : registry.headBlob(repository, digest));
      if (answer.kind === 'found') return 'present';
      return lostUnless(answer.kind === 'unreadable');
    });
    return { result, missing: result === 'present' ? [] : [digest] };
  }
}

/** Layers that may not be distributed lie elsewhere: the registry never had them (image-spec, "Non-Distributable Layers"). */
export function isServed({ mediaType }: Descriptor): boolean {
  return !/nondistributable|rootfs\.foreign/.test(mediaType);
}

function lostUnless(unreadable: boolean): Found {
  return unreadable ? 'unproven' : 'lost';
}

function worstOf(results: readonly Found[]): Found {
  return (['lost', 'unproven'] as const).find((each) => results.includes(each)) ?? 'present';
}

function once<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, ask: () => Promise<Value>): Promise<Value> {
  const asked = known.get(key) ?? ask();
  known.set(key, asked);
  return asked;
}
