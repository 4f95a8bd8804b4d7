/**
 * A small pusher over fetch, for any registry: what demo and tests need to fill one. Deterministic: the bytes that it
 * pushes depend on its arguments alone. Every function throws `PushError` where the registry doesn't take something.
 */
import { createHash } from 'node:crypto';
import { mediaTypes } from '../src/model/index.ts';
import { putBlob, putManifest, type Target } from './push/upload.ts';

export { fetchManifest, mountBlob, putBlob, putManifest, PushError, type Target } from './push/upload.ts';

export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
};

export type Platform = { readonly os: string; readonly architecture: string; readonly variant?: string };

/** A manifest as pushed. A `Pushed` is a descriptor, so that it can be listed as another's child or subject. */
export type Pushed = Descriptor & {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly bytes: Uint8Array;
  /** Config and layers; of an index nothing. */
  readonly blobs: readonly Descriptor[];
};

/** `oci`: OCI image manifests and indexes. `docker`: Docker schema 2 and manifest lists. */
export type Format = 'oci' | 'docker';

export type Place = {
  readonly repository: string;
  /** None: pushed by digest, without a tag. */
  readonly tags?: readonly string[];
};

export type ImageOptions = Place & {
  /** Default `oci`. */
  readonly format?: Format;
  /** The config's `created`, as written, sensible or not; without it the config has none. */
  readonly created?: string;
  /** `created` of the config's history entries. */
  readonly history?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** On the manifest (OCI alone has them). */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Contents of the layers. Default: one layer whose text is `seed`. */
  readonly layers?: readonly (string | Uint8Array)[];
  /** What makes this image another one. Default: the repository and the first tag. */
  readonly seed?: string;
  /** Default linux/amd64. */
  readonly platform?: Platform;
  readonly subject?: Descriptor;
};

/** An image: config, layers, manifest. */
export async function pushImage(target: Target, options: ImageOptions): Promise<Pushed> {
  const { repository, format = 'oci', platform = { os: 'linux', architecture: 'amd64' } } = options;
  const seed = options.seed ?? `${repository}:${options.tags?.[0] ?? ''}`;
  const contents = (options.layers ?? [seed]).map(bytesOf);
  const layerType = format === 'oci' ? 'application/vnd.oci.image.layer.v1.tar' : dockerLayerType;
  const layers = contents.map((bytes) => describe(layerType, bytes));
  const config = json({
    created: options.created,
    author: 'registry-prune sandbox',
    ...platform,
    config: { Env: ['PATH=/bin'], Labels: options.labels },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: options.history?.map((created) => ({ created, created_by: seed })),
    seed,
  });
  const configType = format === 'oci' ? mediaTypes.ociConfig : mediaTypes.dockerConfig;
  await putBlobs(target, repository, [...contents, config]);
  return push(target, options, {
    schemaVersion: 2,
    mediaType: format === 'oci' ? mediaTypes.ociManifest : mediaTypes.dockerManifest,
    config: describe(configType, config),
    layers,
    subject: plain(options.subject),
    annotations: options.annotations,
  });
}

export type IndexOptions = Place & {
  readonly format?: Format;
  /** Pushed before, or whatever else the index is to list, a missing child included. */
  readonly children: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
};

/** An OCI image index or a Docker manifest list. */
export function pushIndex(target: Target, options: IndexOptions): Promise<Pushed> {
  return push(target, options, {
    schemaVersion: 2,
    mediaType: options.format === 'docker' ? mediaTypes.dockerList : mediaTypes.ociIndex,
    manifests: options.children.map(plain),
    subject: plain(options.subject),
    annotations: options.annotations,
  });
}

export type MultiPlatformOptions = Omit<ImageOptions, 'platform' | 'tags' | 'subject'> & {
  readonly tags?: readonly string[];
  readonly platforms: readonly Platform[];
  /** BuildKit's attestations: one manifest per platform, in the same index. */
  readonly attestations?: boolean;
};

/** An index with one image per platform, as BuildKit makes it. `children`: platforms first, then attestations. */
export async function pushMultiPlatform(
  target: Target,
  options: MultiPlatformOptions,
): Promise<Pushed & { readonly children: readonly Pushed[] }> {
  const { repository, tags, platforms, attestations = false, ...image } = options;
  const seed = options.seed ?? `${repository}:${tags?.[0] ?? ''}`;
  const children: Pushed[] = [];
  for (const platform of platforms) {
    const name = `${seed} ${platform.os}/${platform.architecture}`;
    const pushed = await pushImage(target, { ...image, repository, platform, seed: name });
    children.push({ ...pushed, platform });
  }
  if (attestations) {
    for (const child of [...children]) children.push(await pushAttestation(target, { repository, of: child }));
  }
  const format = options.format ?? 'oci';
  const index = await pushIndex(target, { repository, format, children, ...(tags === undefined ? {} : { tags }) });
  return { ...index, children };
}

/**
 * A BuildKit attestation manifest for one platform of an index; the returned descriptor carries the platform
 * `unknown/unknown` and the annotations with which the index has to list it.
 */
export async function pushAttestation(
  target: Target,
  options: { readonly repository: string; readonly of: Descriptor },
): Promise<Pushed> {
  const { repository, of } = options;
  const unknown = { architecture: 'unknown', os: 'unknown' };
  const statement = json({ _type: 'https://in-toto.io/Statement/v0.1', subject: [{ digest: of.digest }] });
  const layer = describe('application/vnd.in-toto+json', statement);
  const config = json({ ...unknown, config: {}, rootfs: { type: 'layers', diff_ids: [layer.digest] } });
  await putBlobs(target, repository, [statement, config]);
  const pushed = await push(
    target,
    { repository },
    {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(mediaTypes.ociConfig, config),
      layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' } }],
    },
  );
  const annotations = {
    'vnd.docker.reference.digest': of.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  return { ...pushed, platform: unknown, annotations };
}

export type ArtifactOptions = Place & {
  readonly artifactType: string;
  /** Default: the empty config `{}`. */
  readonly configMediaType?: string;
  readonly content?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** An OCI artifact: helm chart, SBOM, signature bundle. With a `subject` it is a referrer. */
export async function pushArtifact(target: Target, options: ArtifactOptions): Promise<Pushed> {
  const { repository, artifactType } = options;
  const content = bytesOf(options.content ?? `${artifactType} of ${options.subject?.digest ?? repository}`);
  const config = json({});
  await putBlobs(target, repository, [content, config]);
  const pushed = await push(target, options, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: describe(options.configMediaType ?? emptyType, config),
    layers: [describe(artifactType, content)],
    subject: plain(options.subject),
    annotations: options.annotations,
  });
  return { ...pushed, artifactType };
}

/** A cosign signature of before the referrers API: an image behind the tag `sha256-<hex>.sig` (or `.att`, `.sbom`). */
export async function pushSignature(
  target: Target,
  options: { readonly repository: string; readonly of: Descriptor; readonly kind?: 'sig' | 'att' | 'sbom' },
): Promise<Pushed> {
  const { repository, of, kind = 'sig' } = options;
  const payload = json({ critical: { image: { 'docker-manifest-digest': of.digest }, type: `cosign ${kind}` } });
  const layerType =
    kind === 'sig' ? 'application/vnd.dev.cosign.simplesigning.v1+json' : 'application/vnd.dsse.envelope.v1+json';
  const layer = describe(layerType, payload);
  // cosign gives its signatures an image config of the year 1, so they look like an image with an absurd date.
  const config = json({ created: '0001-01-01T00:00:00Z', rootfs: { type: 'layers', diff_ids: [layer.digest] } });
  await putBlobs(target, repository, [payload, config]);
  return push(
    target,
    { repository, tags: [`${fallbackTag(of.digest)}.${kind}`] },
    {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(mediaTypes.ociConfig, config),
      layers: [{ ...layer, annotations: { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' } }],
    },
  );
}

/** The index behind the tag `sha256-<hex>` that stands in for the referrers API where there is none. */
export function pushFallbackIndex(
  target: Target,
  options: { readonly repository: string; readonly subject: Descriptor; readonly referrers: readonly Descriptor[] },
): Promise<Pushed> {
  const { repository, subject, referrers } = options;
  return pushIndex(target, { repository, tags: [fallbackTag(subject.digest)], children: referrers });
}

/**
 * BuildKit's registry cache: an index whose `manifests` list layers, and last a config that is no manifest either.
 * Deleting those digests as manifests takes layers away from images (distribution 2.8).
 */
export async function pushCacheIndex(
  target: Target,
  options: Place & { readonly layers: readonly Descriptor[] },
): Promise<Pushed> {
  const config = json({ layers: options.layers.map((layer) => ({ blob: layer.digest })), records: [] });
  await putBlob(target, options.repository, config);
  return pushIndex(target, {
    ...options,
    children: [...options.layers, describe('application/vnd.buildkit.cacheconfig.v0', config)],
  });
}

/** Puts the same bytes on further tags, as `crane tag` does. */
export async function tag(target: Target, pushed: Pushed, ...tags: readonly string[]): Promise<void> {
  for (const name of tags) await putManifest(target, pushed.repository, name, pushed.mediaType, pushed.bytes);
}

/** `sha256-<hex>`: the referrers fallback tag, and what cosign's tags begin with. */
export function fallbackTag(digest: string): string {
  return digest.replace(':', '-');
}

const dockerLayerType = 'application/vnd.docker.image.rootfs.diff.tar';
const emptyType = 'application/vnd.oci.empty.v1+json';

async function push(target: Target, place: Place, manifest: Readonly<Record<string, unknown>>): Promise<Pushed> {
  const { repository, tags = [] } = place;
  const mediaType = String(manifest.mediaType);
  const bytes = json(manifest);
  const described = describe(mediaType, bytes);
  for (const reference of tags.length === 0 ? [described.digest] : tags) {
    await putManifest(target, repository, reference, mediaType, bytes);
  }
  const config = manifest.config as Descriptor | undefined;
  const layers = manifest.layers as readonly Descriptor[] | undefined;
  const blobs = [...(config === undefined ? [] : [config]), ...(layers ?? [])];
  return { ...described, repository, tags, bytes, blobs };
}

async function putBlobs(target: Target, repository: string, blobs: readonly Uint8Array[]): Promise<void> {
  await Promise.all(blobs.map((blob) => putBlob(target, repository, blob)));
}

function json(value: unknown): Uint8Array {
  return bytesOf(JSON.stringify(value));
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType, digest, size: bytes.length };
}

/** The descriptor alone: a `Pushed` carries more than a manifest may say of another. */
function plain(from: Descriptor | undefined): Descriptor | undefined {
  if (from === undefined) return undefined;
  const { mediaType, digest, size, platform, annotations, artifactType } = from;
  return {
    mediaType,
    digest,
    size,
    ...(platform && { platform }),
    ...(annotations && { annotations }),
    ...(artifactType !== undefined && { artifactType }),
  };
}
