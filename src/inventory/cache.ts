/**
 * What is remembered from run to run, in the `cache-file`. Manifests and configs never change under their digests, and
 * each is hashed when it is read, so a cache that somebody tampered with costs a request and decides nothing. Beside
 * them: at which digest a tag was, which spares no look but makes it a HEAD; and since when, which can only keep it.
 */
import type { Digest, Instant, RepositoryName, Tag, TagState } from '../model/index.ts';
import { algorithmOf, digestOf } from '../registry/index.ts';
import {
  blockBytes,
  decodeCache,
  deflateContent,
  deflateRepository,
  encodeCache,
  inflateContent,
  inflateRepository,
  longestFile,
  type CacheRecord,
  type ContentRecord,
  type Entry,
  type RepositoryRecord,
} from './cache-file.ts';
import type { ManifestContent } from './memory.ts';

/** Blocks that are held inflated: tags are looked at in the order in which a run before has read them, or nearly so. */
const openBlocks = 8;
/** A record that nobody has used for so long goes. */
const patienceDays = 60;

type Place = { readonly block: Block; readonly start: number; readonly entry: Entry };
type Block = { readonly record: ContentRecord; readonly used: Set<Digest>; raw?: Buffer | undefined };

/** What one repository was seen to have. */
export type RepositoryMemory = {
  /** Where the tag was at the last look. */
  digestOf(tag: Tag): Digest | undefined;
  /**
   * When the tag was first seen at this digest: `now`, where the last look saw it nowhere or elsewhere. Unknown where it
   * was there at the very first look: that says nothing of how long it had been.
   */
  firstSeen(tag: Tag, digest: Digest, now: Instant): Instant | undefined;
  /** Whether it was seen to hold this manifest, under whatever tag or none. */
  holds(digest: Digest): boolean;
  /** Takes the place of what was known. `held`: all manifests that it has now. */
  update(seen: {
    readonly at: Instant;
    readonly tags: ReadonlyMap<Tag, TagState>;
    readonly held: Iterable<Digest>;
  }): void;
};

export class ContentCache {
  readonly #today: string;
  readonly #places = new Map<Digest, Place>();
  readonly #blocks: Block[] = [];
  readonly #open = new Set<Block>();
  readonly #repositories = new Map<string, RepositoryRecord>();
  #fresh = new Map<Digest, ManifestContent>();
  #freshBytes = 0;

  /** `file`: what an earlier run has left, if any. Throws CacheFileError where it can't be used. */
  constructor(today: Instant, file?: Buffer) {
    this.#today = today.slice(0, 10);
    for (const record of file === undefined ? [] : decodeCache(file))
      if (record.type === 'content') this.#add({ record, used: new Set() });
      else this.#repositories.set(keyOf(record.registry, record.name), record);
  }

  /** Whether there are bytes under this digest; that they are the right ones is seen when they are read. */
  has(digest: Digest): boolean {
    return this.#places.has(digest) || this.#fresh.has(digest);
  }

  /** Bytes that are what their digest says. Their media type is what the registry said once, and proven by nothing. */
  read(digest: Digest): ManifestContent | undefined {
    const place = this.#places.get(digest);
    if (place === undefined) return this.#fresh.get(digest);
    const { block, start, entry } = place;
    const raw = this.#inflate(block);
    // A copy: a part would keep the whole block in memory.
    const bytes = raw && Uint8Array.from(raw.subarray(start, start + entry.length));
    if (bytes === undefined || digestOf(bytes, algorithmOf(digest)) !== digest) {
      // Whoever wrote this may have written the rest of it as well.
      this.#drop(block);
      return undefined;
    }
    block.used.add(digest);
    return { mediaType: entry.mediaType, bytes };
  }

  /** For the next run; only what is what its digest says. */
  keep(digest: Digest, content: ManifestContent): void {
    if (this.has(digest)) return;
    this.#fresh.set(digest, content);
    this.#freshBytes += content.bytes.byteLength;
    if (this.#freshBytes >= blockBytes) this.#seal();
  }

  repository(registry: string, name: RepositoryName): RepositoryMemory {
    const key = keyOf(registry, name);
    const record = this.#repositories.get(key);
    const facts = record && inflateRepository(record);
    const tags = new Map(facts?.tags.map(([tag, digest, since]) => [tag, { digest, since }]));
    const held = new Set<Digest>([...(facts?.held ?? []), ...[...tags.values()].map(({ digest }) => digest)]);
    const firstSeen = (tag: Tag, digest: Digest, now: Instant): Instant | undefined => {
      if (facts === undefined) return undefined;
      const known = tags.get(tag);
      return known?.digest === digest ? known.since : now;
    };
    return {
      digestOf: (tag) => tags.get(tag)?.digest,
      firstSeen,
      holds: (digest) => held.has(digest),
      update: (seen) => {
        const points = [...seen.tags].flatMap(([tag, state]) => (state.kind === 'points' ? [{ tag, ...state }] : []));
        const named = new Set(points.map(({ digest }) => digest));
        const data = deflateRepository({
          tags: points.map(({ tag, digest }) => {
            const since = firstSeen(tag, digest, seen.at);
            return since === undefined ? [tag, digest] : [tag, digest, since];
          }),
          held: [...seen.held].filter((digest) => !named.has(digest)),
        });
        this.#repositories.set(key, { type: 'repository', day: this.#today, registry, name, data });
      },
    };
  }

  /** The file that the next run begins with, in pieces. Beyond the bound what was not used for longest is left out. */
  encode(): readonly Uint8Array[] {
    this.#compact();
    this.#seal();
    const content = this.#blocks.map(({ record, used }) => (used.size > 0 ? { ...record, day: this.#today } : record));
    const oldest = dayBefore(this.#today, patienceDays);
    const records: CacheRecord[] = [];
    let bytes = 0;
    // Sightings first: they can be asked of nobody again.
    for (const record of [...this.#repositories.values(), ...content.toSorted((a, b) => (a.day < b.day ? 1 : -1))]) {
      // The lines and the directory, whose digests hardly compress.
      const size = record.data.length + 300 + (record.type === 'content' ? record.entries.length * 100 : 0);
      if (record.day < oldest || bytes + size > longestFile) continue;
      bytes += size;
      records.push(record);
    }
    return encodeCache(records);
  }

  /** Blocks of which little is in use, and those that are small, are written anew with what is in use. */
  #compact(): void {
    for (const block of this.#blocks.slice()) {
      const { record, used } = block;
      const isSmall = record.entries.reduce((sum, entry) => sum + entry.length, 0) < blockBytes / 4;
      if (used.size === 0 || (used.size * 2 > record.entries.length && !isSmall)) continue;
      const contents = [...used].map((digest) => [digest, this.read(digest)] as const);
      this.#drop(block);
      for (const [digest, content] of contents) if (content !== undefined) this.keep(digest, content);
    }
  }

  #drop(block: Block): void {
    const place = this.#blocks.indexOf(block);
    if (place !== -1) this.#blocks.splice(place, 1);
    for (const { digest } of block.record.entries)
      if (this.#places.get(digest)?.block === block) this.#places.delete(digest);
  }

  #add(block: Block): void {
    this.#blocks.push(block);
    let start = 0;
    for (const entry of block.record.entries) {
      this.#places.set(entry.digest, { block, start, entry });
      start += entry.length;
    }
  }

  #seal(): void {
    if (this.#fresh.size === 0) return;
    const data = deflateContent([...this.#fresh.values()].map(({ bytes }) => bytes));
    const entries = [...this.#fresh].map(([digest, { mediaType, bytes }]) => ({
      digest,
      length: bytes.byteLength,
      mediaType,
    }));
    this.#fresh = new Map();
    this.#freshBytes = 0;
    const record: ContentRecord = { type: 'content', day: this.#today, entries, data };
    this.#add({ record, used: new Set(entries.map(({ digest }) => digest)) });
  }

  #inflate(block: Block): Buffer | undefined {
    block.raw ??= inflateContent(block.record);
    // The one used last goes to the end.
    this.#open.delete(block);
    this.#open.add(block);
    const [first] = this.#open;
    if (this.#open.size > openBlocks && first !== undefined) {
      this.#open.delete(first);
      first.raw = undefined;
    }
    return block.raw;
  }
}

function keyOf(registry: string, name: string): string {
  return `${registry}\n${name}`;
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
}
