/**
 * Configs and layers, of which a repository of 100,000 images names half a million: each distinct one once, in some 60
 * bytes. As objects with texts they would take three times as much, and most of all the memory of a run.
 */
import type { Digest } from './names.ts';
import type { Descriptor, Manifest } from './snapshot.ts';

/** A blob's number in its pool, from 0. */
type Id = number;

/** Of a sha256 digest, which nearly all are; others are kept as they came. */
const digestBytes = 32;
const prefix = 'sha256:';

/** Entries of a block, and numbers of lists in one: large enough to be few, small enough to be filled. */
const blockEntries = 2048;
const blockIds = 16_384;

type Block = {
  readonly digests: Buffer;
  readonly sizes: Float64Array;
  /** Places in the list of media types. */
  readonly mediaTypes: Uint32Array;
  /** The first entry with the same digest: size and media type may differ from one manifest to another. */
  readonly firsts: Uint32Array;
  /** The count that met the digest last, by its first entry. */
  readonly met: Uint32Array;
};

/** Which count of a pool this is. */
type Count = number;

/** Descriptors in little room. What is packed is the same when it is looked at, one by one. */
export class BlobPool {
  readonly #blocks: Block[] = [];
  /** By the place that its digest gives it, or the next free one: number + 1, 0 is free. */
  #table = new Uint32Array(1024);
  #count = 0;
  readonly #mediaTypes: string[] = [];
  readonly #placeOfType = new Map<string, number>();
  /** Those with another digest; in the blocks their places are empty. */
  readonly #odd = new Map<Id, Descriptor>();
  readonly #idOfOdd = new Map<string, Id>();
  readonly #scratch = Buffer.alloc(digestBytes);
  #ids = new Int32Array(blockIds);
  #idsUsed = 0;
  #counting: Count = 0;

  /** The same, in their order, each made anew whenever it is looked at. */
  pack(some: Iterable<Descriptor>): Iterable<Descriptor> {
    const blobs = [...some];
    if (this.#idsUsed + blobs.length > this.#ids.length) {
      this.#ids = new Int32Array(Math.max(blockIds, blobs.length));
      this.#idsUsed = 0;
    }
    const start = this.#idsUsed;
    for (const blob of blobs) this.#ids[this.#idsUsed++] = this.#idOf(blob);
    return new PackedBlobs(this, this.#ids, start, this.#idsUsed);
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  descriptorAt(id: Id): Descriptor {
    const odd = this.#odd.get(id);
    if (odd !== undefined) return odd;
    const { block, place } = this.#at(id);
    const hex = block.digests.toString('hex', place * digestBytes, (place + 1) * digestBytes);
    const mediaType = this.#mediaTypes[block.mediaTypes[place] ?? 0] ?? '';
    return { digest: `sha256:${hex}` as Digest, mediaType, size: block.sizes[place] ?? 0 };
  }

  /** Bytes. */
  sizeAt(id: Id): number {
    const { block, place } = this.#at(id);
    return block.sizes[place] ?? 0;
  }

  /** One number for all that have the same digest. */
  firstOf(id: Id): Id {
    const { block, place } = this.#at(id);
    return block.firsts[place] ?? id;
  }

  /** The number of the first blob with this digest; `undefined` where none has it. */
  find(digest: Digest): Id | undefined {
    if (!digest.startsWith(prefix)) return this.#idOfOdd.get(digest);
    return this.#probe(this.#bytesOf(digest), () => true).found;
  }

  /**
   * Begins to count digests, from none. The pool remembers what the present count has met, and of the others nothing: room
   * of its own for each would be as much as there are blobs in all repositories, for one repository of ten tags.
   */
  begin(): Count {
    this.#counting += 1;
    return this.#counting;
  }

  /** Whether this count had met the digest before; from now on it has. Throws for a count that another one has ended. */
  meet(count: Count, id: Id): boolean {
    const hadMet = this.hasMet(count, id);
    const { block, place } = this.#at(this.firstOf(id));
    block.met[place] = count;
    return hadMet;
  }

  hasMet(count: Count, id: Id): boolean {
    if (count !== this.#counting) throw new Error('A count of blobs went on after the next one had begun.');
    const { block, place } = this.#at(this.firstOf(id));
    return block.met[place] === count;
  }

  #idOf(blob: Descriptor): Id {
    if (!blob.digest.startsWith(prefix)) return this.#idOfOddOne(blob);
    const type = this.#placeOf(blob.mediaType);
    const digest = this.#bytesOf(blob.digest);
    const isSame = ({ block, place }: Spot): boolean =>
      block.sizes[place] === blob.size && block.mediaTypes[place] === type;
    const { found, free, first } = this.#probe(digest, isSame);
    if (found !== undefined) return found;
    const id = this.#enter(blob, type, first);
    const { block, place } = this.#at(id);
    digest.copy(block.digests, place * digestBytes);
    this.#table[free] = id + 1;
    // Three quarters full at most: a place is four bytes, and the next one is as good.
    if (this.#count * 4 > this.#table.length * 3) this.#grow();
    return id;
  }

  /** Good until the next call. */
  #bytesOf(digest: Digest): Buffer {
    this.#scratch.write(digest.slice(prefix.length), 'hex');
    return this.#scratch;
  }

  #idOfOddOne(blob: Descriptor): Id {
    const name = `${blob.digest} ${blob.size} ${blob.mediaType}`;
    const known = this.#idOfOdd.get(name);
    if (known !== undefined) return known;
    const id = this.#enter(blob, this.#placeOf(blob.mediaType), this.#idOfOdd.get(blob.digest));
    this.#odd.set(id, blob);
    this.#idOfOdd.set(name, id);
    if (!this.#idOfOdd.has(blob.digest)) this.#idOfOdd.set(blob.digest, id);
    return id;
  }

  #enter({ size }: Descriptor, mediaType: number, first: Id | undefined): Id {
    const id = this.#count++;
    const { block, place } = this.#at(id);
    block.sizes[place] = size;
    block.mediaTypes[place] = mediaType;
    block.firsts[place] = first ?? id;
    return id;
  }

  /** The one that is looked for, the first with this digest, and the place in the table where a new one goes. */
  #probe(
    digest: Buffer,
    isSought: (spot: Spot) => boolean,
  ): { readonly found: Id | undefined; readonly first: Id | undefined; readonly free: number } {
    const mask = this.#table.length - 1;
    let first: Id | undefined;
    for (let slot = mixed(digest, 0) & mask; ; slot = (slot + 1) & mask) {
      const taken = this.#table[slot] ?? 0;
      if (taken === 0) return { found: undefined, first, free: slot };
      const spot = this.#at(taken - 1);
      const from = spot.place * digestBytes;
      if (digest.compare(spot.block.digests, from, from + digestBytes) !== 0) continue;
      first ??= taken - 1;
      if (isSought(spot)) return { found: taken - 1, first, free: slot };
    }
  }

  #grow(): void {
    const table = new Uint32Array(this.#table.length * 2);
    const mask = table.length - 1;
    // In their order, so that the first with a digest is met first.
    for (let id = 0; id < this.#count; id += 1) {
      if (this.#odd.has(id)) continue;
      const { block, place } = this.#at(id);
      let slot = mixed(block.digests, place * digestBytes) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = id + 1;
    }
    this.#table = table;
  }

  #at(id: Id): Spot {
    const at = Math.floor(id / blockEntries);
    const block = (this.#blocks[at] ??= {
      digests: Buffer.alloc(blockEntries * digestBytes),
      sizes: new Float64Array(blockEntries),
      mediaTypes: new Uint32Array(blockEntries),
      firsts: new Uint32Array(blockEntries),
      met: new Uint32Array(blockEntries),
    });
    return { block, place: id % blockEntries };
  }

  #placeOf(mediaType: string): number {
    const known = this.#placeOfType.get(mediaType);
    if (known !== undefined) return known;
    const place = this.#mediaTypes.push(mediaType) - 1;
    this.#placeOfType.set(mediaType, place);
    return place;
  }
}

/** Of all bytes of a digest: nobody says that the first ones differ. Knuth's multiplicative hash, word by word. */
function mixed(digests: Buffer, from: number): number {
  let mix = 0;
  for (let at = from; at < from + digestBytes; at += 4) mix = Math.imul(mix ^ digests.readUInt32LE(at), 0x9e3779b1);
  return mix ^ (mix >>> 15);
}

type Spot = { readonly block: Block; readonly place: number };

/** The blobs of one manifest, in their order. */
class PackedBlobs implements Iterable<Descriptor> {
  readonly pool: BlobPool;
  readonly #ids: Int32Array;
  readonly #start: number;
  readonly #end: number;

  constructor(pool: BlobPool, ids: Int32Array, start: number, end: number) {
    this.pool = pool;
    this.#ids = ids;
    this.#start = start;
    this.#end = end;
  }

  *ids(): Iterable<Id> {
    for (let place = this.#start; place < this.#end; place += 1) yield this.#ids[place] ?? 0;
  }

  *[Symbol.iterator](): Iterator<Descriptor> {
    for (const id of this.ids()) yield this.pool.descriptorAt(id);
  }
}

/**
 * The bytes of these manifests, of which no two are the same, with their configs and layers, each digest once, without
 * the configs and layers that `staying` name.
 */
export function bytesOf(manifests: Iterable<Manifest>, staying: Iterable<Manifest> = []): number {
  const counted = new Counted();
  for (const manifest of staying) counted.addBlobs(manifest);
  const before = counted.bytes;
  // Manifests last: by then it is known which of them others name as a layer.
  const themselves: Manifest[] = [];
  for (const manifest of manifests) {
    counted.addBlobs(manifest);
    themselves.push(manifest);
  }
  for (const { digest, size } of themselves) if (!counted.has(digest)) counted.bytes += size;
  return counted.bytes - before;
}

/** What has been counted: in a pool by numbers, else by digest. */
class Counted {
  bytes = 0;
  readonly #digests = new Set<Digest>();
  readonly #pools = new Map<BlobPool, Count>();

  addBlobs(manifest: Manifest): void {
    if (manifest.kind === 'opaque') return;
    const { blobs } = manifest;
    if (!(blobs instanceof PackedBlobs)) {
      for (const blob of blobs) this.add(blob);
      return;
    }
    const { pool } = blobs;
    const count = this.#pools.get(pool) ?? pool.begin();
    this.#pools.set(pool, count);
    for (const id of blobs.ids()) if (!pool.meet(count, id)) this.bytes += pool.sizeAt(pool.firstOf(id));
  }

  add({ digest, size }: Descriptor): void {
    if (this.has(digest)) return;
    this.#digests.add(digest);
    this.bytes += size;
  }

  has(digest: Digest): boolean {
    if (this.#digests.has(digest)) return true;
    for (const [pool, count] of this.#pools) {
      const id = pool.find(digest);
      if (id !== undefined && pool.hasMet(count, id)) return true;
    }
    return false;
  }
}
