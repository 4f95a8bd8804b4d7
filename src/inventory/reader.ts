/** Reads the manifests of one repository: each distinct one once, its children with it, its date and source where wanted. */
import pMap from 'p-map';
import type {
  Created,
  Descriptor,
  Digest,
  Instant,
  Manifest,
  OpaqueManifest,
  Problem,
  RepositoryName,
  Tag,
  TagState,
} from '../model/index.ts';
import { atOnce, RegistryError, type ManifestHead, type Registry, type Unreadable } from '../registry/index.ts';
import type { RepositoryMemory } from './cache.ts';
import { believe, createdOfChildren, parseConfig, type ConfigFacts } from './created.ts';
import { parseManifest, type ManifestBytes, type ParsedManifest } from './manifest.ts';
import type { ContentMemory } from './memory.ts';
import { once, onceDone } from './once.ts';

export type ReaderOptions = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly memory: ContentMemory;
  readonly now: () => Instant;
  /** Manifests that an earlier look has read: believed by their digest, not asked for again. */
  readonly known: ReadonlyMap<Digest, Manifest>;
  /** What an earlier run saw here. Without it every manifest is asked for. */
  readonly remembered?: RepositoryMemory | undefined;
};

/** What is wanted of the image behind a tag, beyond its manifest. */
export type Wanted = { readonly dated: boolean; readonly sourced: boolean };

export class ManifestReader {
  readonly #options: ReaderOptions;
  readonly #now: Instant;
  readonly #parsed = new Map<Digest, ParsedManifest>();
  readonly #opaque = new Map<Digest, OpaqueManifest>();
  readonly #taken = new Map<Digest, Promise<void>>();
  readonly #asked = new Map<Digest, Promise<void>>();
  readonly #created = new Map<Digest, Created>();
  readonly #dating = new Map<Digest, Promise<Created>>();
  /** Layers, each once however many images share them. */
  readonly #blobs = new Map<Digest, Descriptor>();
  readonly #sources = new Map<Digest, string>();
  readonly #sourced = new Map<Digest, Promise<void>>();
  /** Images whose config was asked for and could not be read. */
  readonly #unreadConfigs = new Set<Digest>();
  readonly #attests = new Map<Digest, Digest>();
  readonly #believed = new Set<Digest>();
  readonly #problems: Problem[] = [];

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#now = options.now();
  }

  /** One GET by tag, or HEAD where its bytes are likely to be known, and what follows from the answer. */
  async readTag(tag: Tag, wanted: Wanted = { dated: false, sourced: false }): Promise<TagState> {
    const { registry, repository, memory, remembered } = this.#options;
    const expected = remembered?.digestOf(tag);
    const answer =
      expected !== undefined && memory.cache?.has(expected) === true
        ? await askHead(this.#options, tag)
        : await readable(() => registry.getManifest(repository, tag));
    if (answer.kind === 'absent') return { kind: 'ghost' };
    if (answer.kind === 'unreadable') {
      this.#report(tag, answer.why);
      return { kind: 'unreadable', why: answer.why };
    }
    await ('bytes' in answer ? this.#take(answer) : this.#takeNamed(answer));
    this.#believed.delete(answer.digest);
    if (wanted.dated) await this.#date(answer.digest);
    if (wanted.sourced) await this.#source(answer.digest);
    return { kind: 'points', digest: answer.digest };
  }

  /** Something that is there, by its name: its bytes from the cache, or from the registry. */
  async #takeNamed({ digest, mediaType }: Pick<ManifestBytes, 'digest' | 'mediaType'>): Promise<void> {
    const content = this.#options.memory.cache?.read(digest);
    if (content !== undefined) return this.#take({ digest, mediaType, bytes: content.bytes }, 'cache');
    await this.readDigest(digest);
    // Gone in this very moment: what it holds is unknown.
    if (!this.#taken.has(digest) && !this.#opaque.has(digest) && !this.#options.known.has(digest))
      this.#close({ digest, mediaType, size: 0 }, 'the registry names it and does not serve it');
  }

  /** One GET by digest, unless it is known; a digest that the registry doesn't hold leaves no trace. */
  readDigest(digest: Digest): Promise<void> {
    const known = this.#options.known.get(digest);
    if (known !== undefined && known.kind !== 'opaque') return Promise.resolve();
    return onceDone(this.#asked, digest, async () => {
      if (this.#taken.has(digest)) return this.#taken.get(digest);
      const { registry, repository, memory, remembered } = this.#options;
      const content = memory.cache?.read(digest);
      if (content !== undefined && remembered?.holds(digest) === true) {
        this.#believed.add(digest);
        return this.#take({ digest, ...content }, 'cache');
      }
      if (content !== undefined) {
        const head = await askHead(this.#options, digest);
        if (head.kind === 'found')
          return this.#take({ digest, mediaType: head.mediaType, bytes: content.bytes }, 'cache');
        if (head.kind === 'unreadable') this.#close({ digest, mediaType: '', size: 0 }, head.why);
        return undefined;
      }
      const answer = await readable(() => registry.getManifest(repository, digest));
      if (answer.kind === 'found') return this.#take(answer);
      if (answer.kind === 'unreadable') this.#close({ digest, mediaType: '', size: 0 }, answer.why);
      return undefined;
    });
  }

  /**
   * What attachments are attached to, by their tags' names or by their own word, as far as no tag has led there: an
   * image may live by its digest alone, and it holds its platforms like any other that stays. To be called when all
   * tags have been read.
   */
  async readSubjects(named: readonly Digest[]): Promise<void> {
    const asked = new Set<Digest>();
    for (let due = named; ; due = []) {
      const fresh = [...due, ...this.#subjects()].filter((digest) => !asked.has(digest));
      if (fresh.length === 0) return;
      for (const digest of fresh) asked.add(digest);
      await pMap(fresh, (digest) => this.readDigest(digest), atOnce(this.#options.registry));
    }
  }

  #subjects(): readonly Digest[] {
    return [...this.#parsed.values()].flatMap(({ manifest }) => manifest.subject ?? []);
  }

  /** All that is known now, the manifests of the earlier look included. */
  manifests(): ReadonlyMap<Digest, Manifest> {
    const { known } = this.#options;
    // The very same, so that whoever looks again sees that nothing new was read.
    if (this.#opaque.size === 0 && this.#parsed.size === 0) return known;
    const all = new Map<Digest, Manifest>(known);
    for (const [digest, manifest] of this.#opaque) all.set(digest, manifest);
    for (const [digest, { manifest, said }] of this.#parsed) {
      const created = this.#unreadConfigs.has(digest)
        ? unreadable
        : (this.#created.get(digest) ?? (said === undefined ? manifest.created : believe(said, this.#now)));
      const attests = this.#attests.get(digest);
      const source = manifest.source ?? this.#sources.get(digest);
      all.set(digest, {
        ...manifest,
        created,
        ...(attests === undefined ? {} : { attests }),
        ...(source === undefined ? {} : { source }),
      });
    }
    return all;
  }

  /** What an earlier run saw here and nobody asked for. */
  believed(): ReadonlySet<Digest> {
    return this.#believed;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  #take(raw: ManifestBytes, from: 'registry' | 'cache' = 'registry'): Promise<void> {
    return onceDone(this.#taken, raw.digest, async () => {
      const known = this.#options.known.get(raw.digest);
      if (known !== undefined && known.kind !== 'opaque') return;
      const parsed = parseManifest(raw);
      if ('unreadable' in parsed) {
        const { digest, mediaType, bytes } = raw;
        this.#close({ digest, mediaType, size: bytes.byteLength }, parsed.unreadable);
        return;
      }
      // What is to be put back one day is to be the registry's own word, its media type too.
      if (from === 'registry') this.#options.memory.keepManifest(raw.digest, raw);
      // Layers are shared by many images; a config hardly ever is.
      const blobs = parsed.manifest.blobs.map((blob) => (blob === parsed.config ? blob : this.#shared(blob)));
      this.#parsed.set(raw.digest, { ...parsed, manifest: { ...parsed.manifest, blobs } });
      for (const [child, platform] of parsed.attests) this.#attests.set(child, platform);
      await Promise.all(parsed.manifest.children.map((child) => this.readDigest(child)));
    });
  }

  #close(manifest: Omit<OpaqueManifest, 'kind' | 'why'>, why: string): void {
    this.#opaque.set(manifest.digest, { ...manifest, kind: 'opaque', why });
    this.#report(manifest.digest, why);
  }

  #shared(blob: Descriptor): Descriptor {
    const known = this.#blobs.get(blob.digest);
    if (known?.size === blob.size && known.mediaType === blob.mediaType) return known;
    this.#blobs.set(blob.digest, blob);
    return blob;
  }

  async #date(digest: Digest): Promise<Created> {
    const known = this.#created.get(digest);
    if (known !== undefined) return known;
    return once(this.#dating, digest, async () => {
      const created = await this.#findDate(digest);
      this.#created.set(digest, created);
      this.#dating.delete(digest);
      return created;
    });
  }

  async #findDate(digest: Digest): Promise<Created> {
    const parsed = this.#parsed.get(digest);
    if (parsed === undefined) return unreadable;
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
    const facts = await this.#readConfig(digest, config);
    return facts === undefined ? unreadable : believe(facts.said, this.#now);
  }

  /**
   * Where the image was built, by its manifest's annotation, else by its config's label; of an index, each platform's.
   * A config that can't be read leaves the image undated, whatever its manifest says: then nobody knows what it is.
   */
  #source(digest: Digest): Promise<void> {
    return onceDone(this.#sourced, digest, async () => {
      const parsed = this.#parsed.get(digest);
      if (parsed === undefined) return;
      const { manifest, config, attests } = parsed;
      const platforms = manifest.children.filter((child) => !attests.has(child));
      await Promise.all(platforms.map((child) => this.#source(child)));
      if (config !== undefined && manifest.source === undefined) await this.#readConfig(digest, config);
    });
  }

  async #readConfig(image: Digest, config: NonNullable<ParsedManifest['config']>): Promise<ConfigFacts | undefined> {
    const facts = await this.#options.memory.config(config.digest, () => this.#askConfig(config));
    if (facts === undefined) this.#unreadConfigs.add(image);
    else if (facts.source !== undefined) this.#sources.set(image, facts.source);
    return facts;
  }

  async #askConfig(config: NonNullable<ParsedManifest['config']>): Promise<ConfigFacts | undefined> {
    const { registry, repository, memory } = this.#options;
    const content = memory.cache?.read(config.digest);
    const cached = content && parseConfig(content.bytes);
    if (cached !== undefined) return cached;
    const answer = await readable(() => registry.getConfig(repository, config));
    const facts = answer.kind === 'found' ? parseConfig(answer.bytes) : undefined;
    if (answer.kind === 'found')
      memory.cache?.keep(config.digest, { mediaType: config.mediaType, bytes: answer.bytes });
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

const unreadable: Created = { kind: 'unknown', why: 'unreadable' };

/**
 * HEAD. A 404 to it has no body to say what is missing, and some registries and proxies answer one for what they serve:
 * so it is asked again by GET, unless `expected`.
 */
export async function askHead(
  { registry, repository }: Pick<ReaderOptions, 'registry' | 'repository'>,
  reference: Tag | Digest,
  expected = false,
): Promise<ManifestHead> {
  const head = await readable(() => registry.headManifest(repository, reference));
  if (head.kind !== 'absent' || expected) return head;
  const body = await readable(() => registry.getManifest(repository, reference));
  if (body.kind !== 'found') return body;
  const { digest, mediaType, bytes } = body;
  return { kind: 'found', digest, mediaType, size: bytes.byteLength };
}

/**
 * One thing that the registry can't serve (distribution 3.x answers 500 for every Docker schema 1 manifest) is kept and
 * reported, and the rest goes on. A registry that is gone or refuses this account is another matter, and thrown.
 */
async function readable<Answer>(ask: () => Promise<Answer>): Promise<Answer | Unreadable> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistryError && ['server', 'protocol', 'not-found', 'unsupported'].includes(error.kind))
      return { kind: 'unreadable', why: error.message };
    throw error;
  }
}
