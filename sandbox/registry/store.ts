/** sandbox/registry/: what the registry holds, in memory. */
import { createHash } from 'node:crypto';

export type StoredManifest = { readonly mediaType: string; readonly bytes: Uint8Array };

/** `sha256:<hex>` of the bytes; text counts as UTF-8. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

type Repository = {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, StoredManifest>;
  /** Blobs that this repository may serve: distribution's `_layers` links. */
  readonly links: Set<string>;
  /** Whether it ever had a tag, a manifest, a blob: distribution keeps the empty folders, and lists by them. */
  readonly had: { tag: boolean; manifest: boolean; blob: boolean };
};

/** Everything stored. Methods do as told, without a registry's checks. */
export class Store {
  readonly blobs = new Map<string, Uint8Array>();
  readonly #repositories = new Map<string, Repository>();

  /** Names, in the order of their first push. A repository stays when its last tag and manifest are gone. */
  repositories(): readonly string[] {
    return [...this.#repositories.keys()];
  }

  /** Whether the repository ever had one, however empty it may be today. */
  everHad(what: 'tag' | 'manifest' | 'blob', repository: string): boolean {
    return this.#repositories.get(repository)?.had[what] === true;
  }

  /** Tag → digest. A ghost's digest is of a manifest that isn't there. */
  tags(repository: string): ReadonlyMap<string, string> {
    return this.#repositories.get(repository)?.tags ?? new Map<string, string>();
  }

  /** Digest → manifest. */
  manifests(repository: string): ReadonlyMap<string, StoredManifest> {
    return this.#repositories.get(repository)?.manifests ?? new Map<string, StoredManifest>();
  }

  manifest(repository: string, reference: string): StoredManifest | undefined {
    return this.manifests(repository).get(this.tags(repository).get(reference) ?? reference);
  }

  /** Whether the repository serves the blob. */
  hasBlob(repository: string, digest: string): boolean {
    return this.#repositories.get(repository)?.links.has(digest) === true && this.blobs.has(digest);
  }

  putBlob(repository: string, bytes: Uint8Array): string {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    this.linkBlob(repository, digest);
    return digest;
  }

  /** Lets the repository serve a blob that is stored already. */
  linkBlob(repository: string, digest: string): void {
    const made = this.#make(repository);
    made.links.add(digest);
    made.had.blob = true;
  }

  unlinkBlob(repository: string, digest: string): boolean {
    return this.#repositories.get(repository)?.links.delete(digest) === true;
  }

  putManifest(repository: string, mediaType: string, bytes: Uint8Array, ...tags: readonly string[]): string {
    const digest = digestOf(bytes);
    const made = this.#make(repository);
    made.manifests.set(digest, { mediaType, bytes });
    made.had.manifest = true;
    for (const tag of tags) this.setTag(repository, tag, digest);
    return digest;
  }

  setTag(repository: string, tag: string, digest: string): void {
    const made = this.#make(repository);
    made.tags.set(tag, digest);
    // A tag's folder lies in the manifests' folder.
    made.had.tag = made.had.manifest = true;
  }

  removeTag(repository: string, tag: string): boolean {
    return this.#repositories.get(repository)?.tags.delete(tag) === true;
  }

  /** The manifest alone; tags on it become ghosts. */
  removeManifest(repository: string, digest: string): boolean {
    return this.#repositories.get(repository)?.manifests.delete(digest) === true;
  }

  /** A tag that is listed and answers 404, as a DELETE that a crash cut short leaves. */
  makeGhost(repository: string, tag: string): void {
    this.setTag(repository, tag, digestOf(`ghost of ${repository}:${tag}`));
  }

  clear(): void {
    this.#repositories.clear();
    this.blobs.clear();
  }

  #make(repository: string): Repository {
    const there = this.#repositories.get(repository);
    if (there !== undefined) return there;
    const had = { tag: false, manifest: false, blob: false };
    const made: Repository = { tags: new Map(), manifests: new Map(), links: new Set(), had };
    this.#repositories.set(repository, made);
    return made;
  }
}
