/** The `given` of a scenario: images by name, pushed to a sandbox registry in their order. */
import {
  fallbackTag,
  pushArtifact,
  pushCacheIndex,
  pushFallbackIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag as pushTag,
  type Pushed,
} from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';

/** One image. `name` is what expectations and later images call it; default: its first tag. */
export type GivenImage = {
  readonly name?: string;
  readonly tags?: readonly string[];
  /** RFC 3339; left out: the image says no date. */
  readonly created?: string;
  /** A date as an annotation of the manifest instead. */
  readonly annotated?: string;
  readonly format?: 'oci' | 'docker';
  /** `linux/amd64`, …: an index with an image each. */
  readonly platforms?: readonly string[];
  readonly attestations?: boolean;
  /** An index over images named before, in the same repository. */
  readonly index?: readonly string[];
  /** An artifact that refers to an image named before. */
  readonly artifact?: string;
  readonly subject?: string;
  /** A cosign signature of an image named before. */
  readonly signs?: string;
  /** The referrers fallback index of an image named before, listing these. */
  readonly refersTo?: string;
  readonly referrers?: readonly string[];
  /** A BuildKit cache index over the layers of an image named before. */
  readonly caches?: string;
  /** Listed, with nothing behind it. */
  readonly ghost?: true;
};

export type Given = Readonly<Record<string, readonly GivenImage[]>>;

/** Digest → name, of everything pushed. */
export async function pushGiven(registry: SandboxRegistry, given: Given): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [repository, images] of Object.entries(given)) {
    const pushed = new Map<string, Pushed>();
    const of = (name: string | undefined): Pushed => {
      const found = pushed.get(name ?? '');
      if (found === undefined) throw new Error(`${repository}: '${name ?? ''}' is not named by an image before`);
      return found;
    };
    for (const image of images) {
      const name = image.name ?? image.tags?.[0] ?? `signature of ${image.signs ?? ''}`;
      if (image.ghost === true) {
        for (const tag of image.tags ?? []) registry.store.setTag(repository, tag, `sha256:${'0'.repeat(64)}`);
        continue;
      }
      const result = await push(registry, repository, name, image, of);
      pushed.set(name, result);
      names.set(result.digest, name);
      if ('children' in result)
        for (const child of result.children as readonly Pushed[]) {
          const { os, architecture } = child.platform ?? { os: '', architecture: '' };
          const part =
            os === 'unknown' ? `attestation of ${partOf(result, child, names)}` : `${name} ${os}/${architecture}`;
          names.set(child.digest, part);
          pushed.set(part, child);
        }
      for (const blob of result.blobs) if (!names.has(blob.digest)) names.set(blob.digest, `blob of ${name}`);
    }
  }
  return names;
}

function partOf(index: Pushed, attestation: Pushed, names: ReadonlyMap<string, string>): string {
  return names.get(attestation.annotations?.['vnd.docker.reference.digest'] ?? '') ?? index.digest;
}

async function push(
  registry: SandboxRegistry,
  repository: string,
  name: string,
  image: GivenImage,
  of: (name: string | undefined) => Pushed,
): Promise<Pushed> {
  const place = { repository, tags: image.tags ?? [] };
  if (image.platforms !== undefined)
    return pushMultiPlatform(registry, {
      ...place,
      seed: `${repository} ${name}`,
      ...(image.created === undefined ? {} : { created: image.created }),
      ...(image.format === undefined ? {} : { format: image.format }),
      attestations: image.attestations ?? false,
      platforms: image.platforms.map((text) => {
        const [os = '', architecture = ''] = text.split('/');
        return { os, architecture };
      }),
    });
  if (image.index !== undefined) return pushIndex(registry, { ...place, children: image.index.map(of) });
  if (image.caches !== undefined)
    return pushCacheIndex(registry, { ...place, layers: of(image.caches).blobs.slice(1) });
  if (image.signs !== undefined) {
    const signature = await pushSignature(registry, { repository, of: of(image.signs) });
    if (image.tags !== undefined) await pushTag(registry, signature, ...image.tags);
    return signature;
  }
  if (image.refersTo !== undefined)
    return pushFallbackIndex(registry, {
      repository,
      subject: of(image.refersTo),
      referrers: (image.referrers ?? []).map(of),
    });
  if (image.artifact !== undefined)
    return pushArtifact(registry, {
      ...place,
      artifactType: image.artifact,
      ...(image.subject === undefined ? {} : { subject: of(image.subject) }),
    });
  return pushImage(registry, {
    ...place,
    seed: `${repository} ${name}`,
    ...(image.created === undefined ? {} : { created: image.created }),
    ...(image.format === undefined ? {} : { format: image.format }),
    ...(image.annotated === undefined ? {} : { annotations: { 'org.opencontainers.image.created': image.annotated } }),
  });
}

export { fallbackTag };
