/** Where distribution keeps what, with its filesystem driver (2.x and 3.x, registry/storage/paths.go). */
import {
  parseDigest,
  parseRepositoryName,
  parseTag,
  type Digest,
  type RepositoryName,
  type Tag,
} from '../model/index.ts';

/** Below the storage's root directory: all that the registry keeps there. */
export const storageFolder = 'docker/registry/v2';
export const repositoriesFolder = `${storageFolder}/repositories`;

/** All paths below are below the repositories' folder. */
export function manifestsPath(repository: RepositoryName): string {
  return `${repository}/_manifests`;
}

export function uploadPath(repository: RepositoryName, id: string): string {
  return `${repository}/_uploads/${id}`;
}

/** A digest as it stands in a path: `sha256/<hex>`. */
export function digestPath(digest: Digest): string {
  return digest.replace(':', '/');
}

export type Place =
  | { readonly kind: 'tag'; readonly repository: RepositoryName; readonly tag: Tag }
  | { readonly kind: 'revision'; readonly repository: RepositoryName; readonly digest: Digest }
  /** A folder that only repositories have. */
  | { readonly kind: 'repository'; readonly repository: RepositoryName };

// No part of a repository's name begins with `_`, so the first one that does ends it.
const tagLink = /^([^_/][^/]*(?:\/[^_/][^/]*)*)\/_manifests\/tags\/([^/]+)\/current\/link$/;
const revisionLink = /^([^_/][^/]*(?:\/[^_/][^/]*)*)\/_manifests\/revisions\/([^/]+)\/([^/]+)\/link$/;
const folder = /^([^_/][^/]*(?:\/[^_/][^/]*)*)\/_(?:manifests|layers)$/;

/** What a path is; `undefined` for everything else, and for a name that no registry would have made. */
export function parsePlace(path: string): Place | undefined {
  const [, ofTag, tagText = ''] = tagLink.exec(path) ?? [];
  if (ofTag !== undefined) {
    const [repository, tag] = [parseRepositoryName(ofTag), parseTag(tagText)];
    return repository && tag && { kind: 'tag', repository, tag };
  }
  const [, ofRevision, algorithm = '', hex = ''] = revisionLink.exec(path) ?? [];
  if (ofRevision !== undefined) {
    const [repository, digest] = [parseRepositoryName(ofRevision), parseDigest(`${algorithm}:${hex}`)];
    return repository && digest && { kind: 'revision', repository, digest };
  }
  const [, ofFolder] = folder.exec(path) ?? [];
  const repository = ofFolder === undefined ? undefined : parseRepositoryName(ofFolder);
  return repository && { kind: 'repository', repository };
}

/** distribution names its uploads by a UUID (2.x: version 4, 3.x: version 7). */
export function isUploadId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}
