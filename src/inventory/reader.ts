/** Reads the manifests of one repository: each distinct one once, its children with it, its date where it is wanted. */
import type {
  Created,
  Digest,
  Instant,
  Manifest,
  OpaqueManifest,
  Problem,
  RepositoryName,
  Tag,
  TagState,
} from '../model/index.ts';
import { RegistryError, type Registry } from '../registry/index.ts';
import { believe, createdOfChildren, parseConfig, type ConfigFacts } from './created.ts';
import { parseManifest, type ManifestBytes, type ParsedManifest } from './manifest.ts';
import type { ContentMemory } from './memory.ts';

export type ReaderOptions = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly memory: ContentMemory;
  readonly now: () => Instant;
  /** Manifests that an earlier look has read: believed by their digest, not asked for again. */
  readonly known: ReadonlyMap<Digest, Manifest>;
};

export class ManifestReader {
  readonly #options: ReaderOptions;
  readonly #now: Instant;
  readonly #parsed = new Map<Digest, ParsedManifest>();
  readonly #opaque = new Map<Digest, OpaqueManifest>();
  readonly #taken = new Map<Digest, Promise<void>>();
  readonly #asked = new Map<Digest, Promise<void>>();
  readonly #created = new Map<Digest, Created>();
  readonly #dates = new Map<Digest, Promise<Created>>();
  readonly #sources = new Map<Digest, string>();
  readonly #attests = new Map<Digest, Digest>();
  readonly #problems: Problem[] = [];

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#now = options.now();
  }

  /** One GET by tag, and what follows from its answer. */
  async readTag(tag: Tag, dated: boolean): Promise<TagState> {
    const { registry, repository } = this.#options;
    const answer = await readable(() => registry.getManifest(repository, tag));
    if (answer.kind === 'absent') return { kind: 'ghost' };
    if (answer.kind === 'unreadable') {
      this.#report(tag, answer.why);
      return { kind: 'unreadable', why: answer.why };
    }
    await this.#take(answer);
    if (dated) await this.#date(answer.digest);
    return { kind: 'points', digest: answer.digest };
  }

  /** One GET by digest, unless it is known; a digest that the registry doesn't hold leaves no trace. */
  readDigest(digest: Digest): Promise<void> {
    const known = this.#options.known.get(digest);
    if (known !== undefined && known.kind !== 'opaque') return Promise.resolve();
    return once(this.#asked, digest, async () => {
      if (this.#taken.has(digest)) return this.#taken.get(digest);
      const { registry, repository } = this.#options;
      const answer = await readable(() => registry.getManifest(repository, digest));
      if (answer.kind === 'found') return this.#take(answer);
      if (answer.kind === 'unreadable') this.#close({ digest, mediaType: '', size: 0 }, answer.why);
      return undefined;
    });
  }

  /** All that is known now, the manifests of the earlier look included. */
  manifests(): ReadonlyMap<Digest, Manifest> {
    const all = new Map<Digest, Manifest>(this.#options.known);
    for (const [digest, manifest] of this.#opaque) all.set(digest, manifest);
    for (const [digest, { manifest, said }] of this.#parsed) {
      const created = this.#created.get(digest) ?? (said === undefined ? manifest.created : believe(said, this.#now));
      const attests = this.#attests.get(digest);
      const source = this.#sources.get(digest) ?? manifest.source;
      all.set(digest, {
        ...manifest,
        created,
        ...(attests === undefined ? {} : { attests }),
        ...(source === undefined ? {} : { source }),
      });
    }
    return all;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  #take(raw: ManifestBytes): Promise<void> {
    return once(this.#taken, raw.digest, async () => {
      const known = this.#options.known.get(raw.digest);
      if (known !== undefined && known.kind !== 'opaque') return;
      const parsed = parseManifest(raw);
      if ('unreadable' in parsed) {
        const { digest, mediaType, bytes } = raw;
        this.#close({ digest, mediaType, size: bytes.byteLength }, parsed.unreadable);
        return;
      }
      this.#options.memory.keepManifest(raw.digest, raw);
      this.#parsed.set(raw.digest, parsed);
      for (const [child, platform] of parsed.attests) this.#attests.set(child, platform);
      await Promise.all(parsed.manifest.children.map((child) => this.readDigest(child)));
    });
  }

  #close(manifest: Omit<OpaqueManifest, 'kind' | 'why'>, why: string): void {
    this.#opaque.set(manifest.digest, { ...manifest, kind: 'opaque', why });
    this.#report(manifest.digest, why);
  }

  #date(digest: Digest): Promise<Created> {
    return once(this.#dates, digest, async () => {
      const created = await this.#findDate(digest);
      this.#created.set(digest, created);
      return created;
    });
  }

  async #findDate(digest: Digest): Promise<Created> {
    const parsed = this.#parsed.get(digest);
    if (parsed === undefined) return { kind: 'unknown', why: 'unreadable' };
    const { manifest, said, config, attests } = parsed;
    if (said !== undefined) return believe(said, this.#now);
    if (manifest.kind === 'index') {
      // A child that the registry doesn't hold is no part of the image here, and says nothing of its date.
      const platforms = manifest.children.filter(
        (child) => !attests.has(child) && (this.#parsed.has(child) || this.#opaque.has(child)),
      );
      return createdOfChildren(await Promise.all(platforms.map((child) => this.#date(child))));
    }
    if (config === undefined)
      return manifest.kind === 'artifact' ? { kind: 'unknown', why: 'not-an-image' } : manifest.created;
    const facts = await this.#options.memory.config(config.digest, () => this.#askConfig(config));
    if (facts === undefined) return { kind: 'unknown', why: 'unreadable' };
    if (facts.source !== undefined && manifest.source === undefined) this.#sources.set(digest, facts.source);
    return believe(facts.said, this.#now);
  }

  async #askConfig(config: NonNullable<ParsedManifest['config']>): Promise<ConfigFacts | undefined> {
    const { registry, repository } = this.#options;
    const answer = await readable(() => registry.getConfig(repository, config));
    const facts = answer.kind === 'found' ? parseConfig(answer.bytes) : undefined;
    if (facts === undefined) {
      const why =
        answer.kind === 'unreadable' ? answer.why : answer.kind === 'absent' ? 'it is not there' : 'it is no config';
      this.#report(config.digest, `the image's config can't be read: ${why}`);
    }
    return facts;
  }

  #report(reference: Tag | Digest, what: string): void {
    const { repository } = this.#options;
    const at = reference.includes(':') ? `${repository}@${reference}` : `${repository}:${reference}`;
    this.#problems.push({
      at,
      what,
      wayOut: 'It is kept, with all that it may hold. Push the image again or delete it by hand.',
    });
  }
}

/** Runs the first call for a key; the others wait for its answer. */
function once<Key, Value>(running: Map<Key, Promise<Value>>, key: Key, run: () => Promise<Value>): Promise<Value> {
  const known = running.get(key);
  if (known !== undefined) return known;
  const started = run();
  running.set(key, started);
  return started;
}

type Unreadable = { readonly kind: 'unreadable'; readonly why: string };

/**
 * One thing that the registry can't serve (distribution 3.x answers 500 for every Docker schema 1 manifest) is kept and
 * reported, and the rest goes on. A registry that is gone or refuses this account is another matter, and thrown.
 */
export async function readable<Answer>(ask: () => Promise<Answer>): Promise<Answer | Unreadable> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistryError && ['server', 'protocol', 'not-found', 'unsupported'].includes(error.kind))
      return { kind: 'unreadable', why: error.message };
    throw error;
  }
}
