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
import { atOnce, type Registry, type Unreadable } from '../registry/index.ts';
import { askHead, readable } from './ask.ts';
import type { RepositoryMemory } from './cache.ts';
import { believe, createdOfChildren, parseConfig } from './created.ts';
import { configOf, parseManifest, type Draft, type ManifestBytes } from './manifest.ts';
import type { ConfigFacts, ContentMemory } from './memory.ts';
import { once } from './once.ts';

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
  /** What was read, or could not be; nothing of it is handed out before its reader has ended. */
  readonly #found = new Map<Digest, Draft | OpaqueManifest>();
  /** Those that the registry doesn't have. */
  readonly #absent = new Set<Digest>();
  readonly #believed = new Set<Digest>();
  /** By the child that attests it: a platform. */
  readonly #attested = new Map<Digest, Digest>();
  /** By index: its children that attest others. */
  readonly #attesting = new Map<Digest, ReadonlyMap<Digest, Digest>>();
  readonly #sourced = new Set<Digest>();
  /** What is under way. */
  readonly #taking = new Map<Digest, Promise<void>>();
  readonly #asking = new Map<Digest, Promise<void>>();
  readonly #dating = new Map<Digest, Promise<Created>>();
  readonly #sourcing = new Map<Digest, Promise<void>>();
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
    if (!this.#found.has(digest) && !this.#options.known.has(digest))
      this.#close({ digest, mediaType, size: 0 }, 'the registry names it and does not serve it');
  }

  /** One GET by digest, unless it is known; a digest that the registry doesn't hold leaves no trace. */
  readDigest(digest: Digest): Promise<void> {
    const known = this.#options.known.get(digest);
    if (known !== undefined && known.kind !== 'opaque') return Promise.resolve();
    return once(this.#asking, digest, async () => {
      const taking = this.#taking.get(digest);
      if (taking !== undefined) return taking;
      if (this.#found.has(digest) || this.#absent.has(digest)) return undefined;
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
        this.#without(digest, head);
        return undefined;
      }
      const answer = await readable(() => registry.getManifest(repository, digest));
      if (answer.kind === 'found') return this.#take(answer);
      this.#without(digest, answer);
      return undefined;
    });
  }

  #without(digest: Digest, answer: Unreadable | { readonly kind: 'absent' }): void {
    if (answer.kind === 'absent') this.#absent.add(digest);
    else this.#close({ digest, mediaType: '', size: 0 }, answer.why);
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
    const subjects: Digest[] = [];
    for (const manifest of this.#found.values())
      if (manifest.kind !== 'opaque' && manifest.subject !== undefined) subjects.push(manifest.subject);
    return subjects;
  }

  /** All that is known now, the manifests of the earlier look included. Nothing is to be read after that. */
  manifests(): ReadonlyMap<Digest, Manifest> {
    const { known } = this.#options;
    // The very same, so that whoever looks again sees that nothing new was read.
    if (this.#found.size === 0) return known;
    for (const [child, platform] of this.#attested) {
      const attestation = this.#read(child);
      if (attestation !== undefined) attestation.attests = platform;
    }
    if (known.size === 0) return this.#found;
    const all = new Map<Digest, Manifest>(known);
    for (const [digest, manifest] of this.#found) all.set(digest, manifest);
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
    return once(this.#taking, raw.digest, async () => {
      const known = this.#options.known.get(raw.digest);
      if ((known !== undefined && known.kind !== 'opaque') || this.#read(raw.digest) !== undefined) return;
      const parsed = parseManifest(raw);
      if ('unreadable' in parsed) {
        const { digest, mediaType, bytes } = raw;
        this.#close({ digest, mediaType, size: bytes.byteLength }, parsed.unreadable);
        return;
      }
      // What is to be put back one day is to be the registry's own word, its media type too.
      if (from === 'registry') this.#options.memory.keepManifest(raw.digest, raw);
      const { manifest, said, attests } = parsed;
      manifest.blobs = this.#options.memory.blobs.pack(manifest.blobs);
      if (said !== undefined) manifest.created = believe(said, this.#now);
      this.#found.set(raw.digest, manifest);
      if (attests.size > 0) this.#attesting.set(raw.digest, attests);
      for (const [child, platform] of attests) this.#attested.set(child, platform);
      await Promise.all(manifest.children.map((child) => this.readDigest(child)));
    });
  }

  #read(digest: Digest): Draft | undefined {
    const found = this.#found.get(digest);
    return found?.kind === 'opaque' ? undefined : found;
  }

  /** The children of an index without those that attest others. */
  #platformsOf({ digest, children }: Draft): readonly Digest[] {
    const attests = this.#attesting.get(digest);
    return attests === undefined ? children : children.filter((child) => !attests.has(child));
  }

  #close(manifest: Omit<OpaqueManifest, 'kind' | 'why'>, why: string): void {
    const isSaid = this.#found.has(manifest.digest);
    this.#found.set(manifest.digest, { ...manifest, kind: 'opaque', why });
    if (!isSaid) this.#report(manifest.digest, why);
  }

  async #date(digest: Digest): Promise<Created> {
    const manifest = this.#read(digest);
    if (manifest === undefined) return unreadable;
    if (!isUnasked(manifest.created)) return manifest.created;
    return once(this.#dating, digest, async () => {
      const created = await this.#findDate(manifest);
      // Its source may have been asked for meanwhile, and the config not be readable.
      if (isUnasked(manifest.created)) manifest.created = created;
      return manifest.created;
    });
  }

  /** Of a manifest that doesn't say it itself. */
  async #findDate(manifest: Draft): Promise<Created> {
    if (manifest.kind === 'index') {
      // A child that the registry doesn't hold is no part of the image here, and says nothing of its date.
      const platforms = this.#platformsOf(manifest).filter((child) => this.#found.has(child));
      return createdOfChildren(await Promise.all(platforms.map((child) => this.#date(child))));
    }
    const config = configOf(manifest);
    if (config === undefined) return manifest.created;
    const facts = await this.#readConfig(manifest, config);
    return facts === undefined ? unreadable : facts.created;
  }

  /**
   * Where the image was built, by its manifest's annotation, else by its config's label; of an index, each platform's.
   * A config that can't be read leaves the image undated, whatever its manifest says: then nobody knows what it is.
   */
  #source(digest: Digest): Promise<void> {
    return once(this.#sourcing, digest, async () => {
      const manifest = this.#read(digest);
      if (manifest === undefined || this.#sourced.has(digest)) return;
      await Promise.all(this.#platformsOf(manifest).map((child) => this.#source(child)));
      const config = configOf(manifest);
      if (config !== undefined && manifest.source === undefined) await this.#readConfig(manifest, config);
      this.#sourced.add(digest);
    });
  }

  async #readConfig(image: Draft, config: Descriptor): Promise<ConfigFacts | undefined> {
    const facts = await this.#options.memory.config(config.digest, () => this.#askConfig(config));
    if (facts === undefined) image.created = unreadable;
    else if (facts.source !== undefined) image.source ??= facts.source;
    return facts;
  }

  async #askConfig(config: Descriptor): Promise<ConfigFacts | undefined> {
    const { registry, repository, memory } = this.#options;
    const content = memory.cache?.read(config.digest);
    const cached = content && this.#factsIn(content.bytes);
    if (cached !== undefined) return cached;
    const answer = await readable(() => registry.getConfig(repository, config));
    const facts = answer.kind === 'found' ? this.#factsIn(answer.bytes) : undefined;
    if (answer.kind === 'found')
      memory.cache?.keep(config.digest, { mediaType: config.mediaType, bytes: answer.bytes });
    if (facts === undefined) {
      const why =
        answer.kind === 'unreadable' ? answer.why : answer.kind === 'absent' ? 'it is not there' : 'it is no config';
      this.#report(config.digest, `the image's config can't be read: ${why}`);
    }
    return facts;
  }

  #factsIn(bytes: Uint8Array): ConfigFacts | undefined {
    const parsed = parseConfig(bytes);
    return parsed && { created: believe(parsed.said, this.#now), source: parsed.source };
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

/** Whether another place is still to be asked: config or children. */
function isUnasked(created: Created): boolean {
  return created.kind === 'unknown' && created.why === 'not-asked';
}
