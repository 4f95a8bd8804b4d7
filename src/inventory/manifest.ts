/**
 * inventory/: what is there. This file: raw manifest bytes to what they hold. A function of its arguments; the bytes
 * come from a registry and are believed in nothing but what the schema says.
 */
import { z } from 'zod';
import {
  isImageConfigMediaType,
  isIndexMediaType,
  isManifestMediaType,
  parseDigest,
  placeholderAnnotation,
  type Created,
  type Descriptor,
  type Digest,
  type ReadManifest,
} from '../model/index.ts';
import { createdInLegacyHistory, createdSaid, type Said } from './created.ts';

/** One that isn't read to its end, written property by property: a copy of each of 100,000 costs more than they hold. */
export type Draft = { -readonly [Property in keyof ReadManifest]: ReadManifest[Property] };

export type ParsedManifest = {
  readonly manifest: Draft;
  /** What the manifest itself says of its date; `undefined` where another place (config, children) must be asked. */
  readonly said: Said | undefined;
  /** Of an index: which child attests which platform (BuildKit). */
  readonly attests: ReadonlyMap<Digest, Digest>;
};

const digestSchema = z.string().transform((text, context) => {
  const digest = parseDigest(text);
  if (digest !== undefined) return digest;
  context.addIssue({ code: 'custom', message: 'is no digest' });
  return z.NEVER;
});
const annotationsSchema = z.record(z.string(), z.string()).nullish();
const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  annotations: annotationsSchema,
});
const manifestSchema = z.object({
  schemaVersion: z.literal(2).optional(),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).nullish(),
  /** Of the withdrawn OCI artifact manifest. */
  blobs: z.array(descriptorSchema).nullish(),
  manifests: z.array(descriptorSchema).nullish(),
  subject: descriptorSchema.nullish(),
  annotations: annotationsSchema,
});
const legacySchema = z.object({
  schemaVersion: z.literal(1),
  fsLayers: z.array(z.object({ blobSum: digestSchema })),
  history: z.array(z.object({ v1Compatibility: z.string() })).optional(),
});

export type ManifestBytes = { readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array };

/** What a manifest holds, or the reason why it can't be read: then it may hold anything. */
export function parseManifest(raw: ManifestBytes): ParsedManifest | { readonly unreadable: string } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw.bytes));
  } catch {
    return { unreadable: 'its manifest is not JSON' };
  }
  const isLegacy = typeof json === 'object' && json !== null && 'schemaVersion' in json && json.schemaVersion === 1;
  const parsed = isLegacy ? legacySchema.safeParse(json) : manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { unreadable: `its manifest is malformed at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
  }
  return 'fsLayers' in parsed.data ? readLegacy(raw, parsed.data) : readManifest(raw, parsed.data);
}

function readManifest(
  raw: ManifestBytes,
  json: z.infer<typeof manifestSchema>,
): ParsedManifest | { readonly unreadable: string } {
  const holdsManifests = json.manifests != null;
  const holdsLayers = json.layers != null || json.config !== undefined;
  // CVE-2021-41190: the same bytes read as an index or as an image, by who looks. Not ours to choose.
  if (holdsManifests && holdsLayers) return { unreadable: 'its manifest lists manifests and layers at once' };
  if (json.mediaType !== undefined && isIndexMediaType(json.mediaType) !== isIndexMediaType(raw.mediaType))
    return { unreadable: `its manifest says ${json.mediaType}, the registry says ${raw.mediaType}` };
  if (isIndexMediaType(raw.mediaType) !== holdsManifests)
    return { unreadable: `its media type ${raw.mediaType} doesn't fit what it lists` };

  const listed = json.manifests ?? [];
  const children = listed.filter((entry) => isManifestMediaType(entry.mediaType));
  const others = listed.filter((entry) => !isManifestMediaType(entry.mediaType));
  const config = json.config && sharing(json.config);
  const said = createdSaid(json.annotations ?? {}, 'annotation');
  const placeholder = placeholderAnnotation in (json.annotations ?? {});
  const source = json.annotations?.['org.opencontainers.image.source'];
  const isImage = config !== undefined && isImageConfigMediaType(config.mediaType) && json.artifactType === undefined;
  const kind = holdsManifests ? 'index' : placeholder ? 'placeholder' : isImage ? 'image' : 'artifact';
  const manifest: Draft = {
    digest: raw.digest,
    mediaType: shared(raw.mediaType),
    size: raw.bytes.byteLength,
    kind,
    children: holdsManifests ? children.map((child) => child.digest) : noChildren,
    blobs: [
      ...(config === undefined ? [] : [config]),
      ...[...(json.layers ?? []), ...(json.blobs ?? []), ...others].map(sharing),
    ],
    created: initialCreated(kind, said),
  };
  if (json.subject != null) manifest.subject = json.subject.digest;
  if (source !== undefined) manifest.source = source;
  return { manifest, said, attests: attestedBy(listed) };
}

/** The image's config, which may hold a date. `undefined` for what is no image. */
export function configOf({ kind, blobs }: ReadManifest): Descriptor | undefined {
  const [first] = blobs;
  return kind === 'image' ? first : undefined;
}

function sharing({ digest, mediaType, size }: Descriptor): Descriptor {
  return { digest, mediaType: shared(mediaType), size };
}

/** The few media types that there are, each in memory once, and not once for every layer of every image. */
const mediaTypesSeen = new Map<string, string>();

function shared(mediaType: string): string {
  const known = mediaTypesSeen.get(mediaType);
  if (known !== undefined) return known;
  if (mediaTypesSeen.size < 1_000) mediaTypesSeen.set(mediaType, mediaType);
  return mediaType;
}

function readLegacy(raw: ManifestBytes, json: z.infer<typeof legacySchema>): ParsedManifest {
  const said = createdInLegacyHistory((json.history ?? []).map((entry) => entry.v1Compatibility));
  return {
    manifest: {
      digest: raw.digest,
      mediaType: shared(raw.mediaType),
      size: raw.bytes.byteLength,
      kind: 'legacy',
      children: [],
      // Schema 1 states no sizes: the bytes that it frees are an estimate from below.
      blobs: json.fsLayers.map(({ blobSum }) => ({ digest: blobSum, mediaType: 'application/octet-stream', size: 0 })),
      created: initialCreated('legacy', said),
    },
    said,
    attests: none,
  };
}

/** Before configs and children are asked: unknown for want of asking, unless the kind itself has no date to give. */
function initialCreated(kind: ReadManifest['kind'], said: Said | undefined): Created {
  if (kind === 'legacy' && said === undefined) return { kind: 'unknown', why: 'absent' };
  if (kind === 'artifact' && said === undefined) return { kind: 'unknown', why: 'not-an-image' };
  return { kind: 'unknown', why: 'not-asked' };
}

/** One for all that are no indexes, as below. */
const noChildren: readonly Digest[] = [];

/** One for all that are no indexes: a map of its own for each of 100,000 images is 20 MB. */
const none: ReadonlyMap<Digest, Digest> = new Map();

/** BuildKit: index children with platform unknown/unknown whose annotations name the platform that they speak of. */
function attestedBy(listed: readonly z.infer<typeof descriptorSchema>[]): ReadonlyMap<Digest, Digest> {
  if (listed.length === 0) return none;
  const attests = new Map<Digest, Digest>();
  for (const { digest, annotations } of listed) {
    if (annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest') continue;
    const subject = parseDigest(annotations['vnd.docker.reference.digest'] ?? '');
    if (subject !== undefined) attests.set(digest, subject);
  }
  return attests;
}
