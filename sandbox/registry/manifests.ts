/** sandbox/registry/: manifests by tag and by digest. */
import { manifestMediaTypes, mediaTypes } from '../../src/model/index.ts';
import { empty, failure } from './answers.ts';
import type { Answer, Deletes } from './options.ts';
import type { Traits } from './profile.ts';
import { digestOf, type Store, type StoredManifest } from './store.ts';

export type ManifestRequest = {
  readonly store: Store;
  readonly traits: Traits;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
};

/** What of a manifest the registry itself looks at. */
type Content = {
  readonly schemaVersion?: unknown;
  readonly mediaType?: unknown;
  readonly config?: Child & { readonly mediaType?: string };
  readonly layers?: readonly Child[];
  readonly manifests?: readonly Child[];
  readonly subject?: Child;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};
type Child = {
  readonly digest: string;
  readonly urls?: readonly string[];
  readonly platform?: { readonly os?: string; readonly architecture?: string };
};

/** GET and HEAD. `accept` is the header, all of them joined; `*\/*` counts for nothing, as with distribution. */
export function getManifest(request: ManifestRequest, accept: string, ifNoneMatch: string | undefined): Answer {
  const { store, traits, repository, reference } = request;
  const accepted = new Set(accept.split(',').map((entry) => entry.split(';', 1)[0]?.trim().toLowerCase()));
  const byTag = !isDigest(reference);
  const tagged = store.tags(repository).get(reference);
  const digest = byTag ? tagged : reference;
  if (digest === undefined) return failure('MANIFEST_UNKNOWN', { detail: `unknown tag=${reference}` });
  if (ifNoneMatch === digest || ifNoneMatch === `"${digest}"`) return empty(304);
  const stored = store.manifest(repository, digest);
  if (stored === undefined) {
    // A layer's digest is found where manifests are looked for, and is not JSON.
    if (store.hasBlob(repository, digest)) return failure('UNKNOWN', { detail: {} });
    return failure('MANIFEST_UNKNOWN', { detail: `unknown manifest name=${repository} revision=${digest}` });
  }
  const { mediaType } = stored;
  if (isSchema1(mediaType) && !traits.readsSchema1) {
    return failure('UNKNOWN', { detail: 'unrecognized manifest schema version 1' });
  }
  if (mediaType === mediaTypes.ociManifest && !accepted.has(mediaType)) {
    const message = 'OCI manifest found, but accept header does not support OCI manifests';
    return failure('MANIFEST_UNKNOWN', { message });
  }
  if (mediaType === mediaTypes.ociIndex && !accepted.has(mediaType) && traits.hidesIndex) {
    const message = 'OCI index found, but accept header does not support OCI indexes';
    return failure('MANIFEST_UNKNOWN', { message });
  }
  if (byTag && mediaType === mediaTypes.dockerList && !accepted.has(mediaType)) {
    return amd64Of(request, stored, accepted.has(mediaTypes.dockerManifest));
  }
  if (byTag && mediaType === mediaTypes.dockerManifest && !accepted.has(mediaType) && traits.rewritesToSchema1) {
    return schema1Of(request, stored);
  }
  return serve(digest, stored);
}

/** DELETE, of what the configuration lets it. */
export function deleteManifest(request: ManifestRequest, deletes: Deletes): Answer {
  const { store, traits, repository, reference } = request;
  if (deletes !== 'enabled') return failure('UNSUPPORTED');
  if (!isDigest(reference)) {
    if (!traits.deletesByTag) return failure('DIGEST_INVALID');
    return store.removeTag(repository, reference) ? empty(202) : failure('MANIFEST_UNKNOWN', { detail: 'tag' });
  }
  if (store.removeManifest(repository, reference)) {
    for (const [tag, digest] of [...store.tags(repository)]) {
      if (digest === reference) store.removeTag(repository, tag);
    }
    return empty(202);
  }
  if (!store.hasBlob(repository, reference)) return failure('MANIFEST_UNKNOWN');
  if (traits.deleteOfLayer === 'fails') return failure('UNKNOWN');
  store.unlinkBlob(repository, reference);
  return empty(202);
}

/** PUT: refused where the bytes don't say what the header says, or name what the repository doesn't have. */
export function putManifest(request: ManifestRequest, mediaType: string, bytes: Uint8Array, base: string): Answer {
  const { store, traits, repository, reference } = request;
  const content = parse(bytes);
  const known = manifestMediaTypes.includes(mediaType) && !isSchema1(mediaType);
  const consistent = content?.mediaType === undefined || content.mediaType === mediaType;
  if (!known || content?.schemaVersion !== 2 || !consistent) return failure('MANIFEST_INVALID', { detail: {} });
  const digest = digestOf(bytes);
  if (isDigest(reference) && reference !== digest) return failure('DIGEST_INVALID');
  const missing = [content.config, ...(content.layers ?? []), ...(content.manifests ?? [])].find(
    (child) => child !== undefined && !holds(request, child),
  );
  if (missing !== undefined) return failure('MANIFEST_BLOB_UNKNOWN', { detail: missing.digest });
  store.putManifest(repository, mediaType, bytes, ...(isDigest(reference) ? [] : [reference]));
  const subject = traits.referrers ? content.subject?.digest : undefined;
  return empty(201, {
    location: `${base}/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject !== undefined && { 'oci-subject': subject }),
  });
}

/** An index may list layers (BuildKit's cache does): manifests are looked for where layers are, too. */
function holds({ store, repository }: ManifestRequest, child: Child): boolean {
  const foreign = child.urls !== undefined && child.urls.length > 0;
  return foreign || store.manifest(repository, child.digest) !== undefined || store.hasBlob(repository, child.digest);
}

/** A manifest list for a client that doesn't take lists: the linux/amd64 child, with the child's digest. */
function amd64Of(request: ManifestRequest, list: StoredManifest, takesSchema2: boolean): Answer {
  const { store, traits, repository } = request;
  const child = parse(list.bytes)?.manifests?.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
  );
  const stored = child && store.manifest(repository, child.digest);
  if (stored === undefined) return failure('MANIFEST_UNKNOWN');
  if (stored.mediaType === mediaTypes.dockerManifest && !takesSchema2) {
    if (traits.rewritesToSchema1) return schema1Of(request, stored);
    return failure('MANIFEST_INVALID', { message: 'Schema 2 manifest not supported by client' });
  }
  return serve(child?.digest ?? '', stored);
}

/** What 2.8 makes of a Docker image for clients of before 2016: the digest in the answer isn't stored anywhere. */
function schema1Of({ repository, reference }: ManifestRequest, stored: StoredManifest): Answer {
  const layers = parse(stored.bytes)?.layers ?? [];
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 1,
      name: repository,
      tag: reference,
      architecture: 'amd64',
      fsLayers: layers.map((layer) => ({ blobSum: layer.digest })),
      history: layers.map(() => ({ v1Compatibility: '{}' })),
      signatures: [{ header: { alg: 'ES256' }, signature: digestOf(stored.bytes) }],
    }),
  );
  return serve(digestOf(bytes), { mediaType: mediaTypes.dockerSchema1Signed, bytes });
}

function serve(digest: string, { mediaType, bytes }: StoredManifest): Answer {
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest, etag: `"${digest}"` },
    body: bytes,
  };
}

/** `undefined` for what is laid into the store and could not be pushed: no JSON, or no object. */
export function parse(bytes: Uint8Array): Content | undefined {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) ?? undefined) as Content | undefined;
  } catch {
    return undefined;
  }
}

function isSchema1(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerSchema1 || mediaType === mediaTypes.dockerSchema1Signed;
}

function isDigest(reference: string): boolean {
  return reference.includes(':');
}
