/**
 * What a run remembers of content, which never changes under its digest: a config's date across repositories, so that
 * no config blob is asked for twice, and manifest bytes, so that the journal need not ask again.
 */
import { BlobPool, mediaTypes, type Created, type Digest } from '../model/index.ts';
import type { ContentCache } from './cache.ts';
import { once } from './once.ts';

/** What is believed of an image's config. */
export type ConfigFacts = { readonly created: Created; readonly source: string | undefined };

export type ManifestContent = { readonly mediaType: string; readonly bytes: Uint8Array };

/**
 * Manifests are some 1 to 3 KiB; 32 MiB hold those of 10,000 to 30,000 images. Beyond that the journal asks once more
 * for what it needs, which costs a request per doomed manifest and no memory.
 */
const defaultBytes = 32 * 1024 * 1024;

export class ContentMemory {
  /** What is remembered from run to run, where that is wanted. */
  readonly cache: ContentCache | undefined;
  /** Configs and layers of all manifests that are read. */
  readonly blobs = new BlobPool();
  readonly #limitBytes: number;
  readonly #manifests = new Map<Digest, ManifestContent>();
  readonly #configs = new Map<Digest, ConfigFacts | undefined>();
  readonly #asked = new Map<Digest, Promise<ConfigFacts | undefined>>();
  #bytes = 0;

  constructor({
    limitBytes = defaultBytes,
    cache,
  }: { readonly limitBytes?: number; readonly cache?: ContentCache } = {}) {
    this.#limitBytes = limitBytes;
    this.cache = cache;
  }

  keepManifest(digest: Digest, content: ManifestContent): void {
    // A signed one of schema 1 has its digest from a part of its bytes: the cache could not check it.
    if (content.mediaType !== mediaTypes.dockerSchema1Signed) this.cache?.keep(digest, content);
    if (this.#manifests.has(digest) || this.#bytes + content.bytes.byteLength > this.#limitBytes) return;
    // Of their own: a short answer shares its memory with others that came at the same time.
    this.#manifests.set(digest, { ...content, bytes: Uint8Array.from(content.bytes) });
    this.#bytes += content.bytes.byteLength;
  }

  /** `undefined` where it was never seen or didn't fit. */
  manifest(digest: Digest): ManifestContent | undefined {
    return this.#manifests.get(digest);
  }

  /** When all repositories have been read: what their configs say is in their snapshots, and nobody asks again. */
  forgetConfigs(): void {
    this.#configs.clear();
  }

  /** Asks once for each config; those who come meanwhile wait for the same answer. A failure is not remembered. */
  config(digest: Digest, ask: () => Promise<ConfigFacts | undefined>): Promise<ConfigFacts | undefined> {
    if (this.#configs.has(digest)) return Promise.resolve(this.#configs.get(digest));
    return once(this.#asked, digest, async () => {
      const facts = await ask();
      this.#configs.set(digest, facts);
      return facts;
    });
  }
}
