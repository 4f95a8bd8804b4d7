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
};

/** Everything stored. Methods do as told, without a registry's checks. */
export class Store {
  readonly blobs = new Map<string, Uint8Array>();
  readonly #repositories = new Map<string, Repository>();

  /** Names, sorted. A repository stays when its last tag and manifest are gone. */
  repositories(): readonly string[] {
    return [...this.#repositories.keys()].sort();
  }

  hasRepository(repository: string): boolean {
    return this.#repositories.has(repository);
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
    this.#make(repository).links.add(digest);
    return digest;
  }

  /** Lets the repository serve a blob that is stored already. */
  linkBlob(repository: string, digest: string): void {
    this.#make(repository).links.add(digest);
  }

  unlinkBlob(repository: string, digest: string): boolean {
    return this.#repositories.get(repository)?.links.delete(digest) === true;
  }

  putManifest(repository: string, mediaType: string, bytes: Uint8Array, ...tags: readonly string[]): string {
    const digest = digestOf(bytes);
    const { manifests, tags: all } = this.#make(repository);
    manifests.set(digest, { mediaType, bytes });
    for (const tag of tags) all.set(tag, digest);
    return digest;
  }

  setTag(repository: string, tag: string, digest: string): void {
    this.#make(repository).tags.set(tag, digest);
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
    const made = { tags: new Map(), manifests: new Map(), links: new Set<string>() };
    this.#repositories.set(repository, made);
    return made;
  }
}
