/**
 * The manifest that is put over tags which a registry can't delete one by one; deleting its digest then takes exactly
 * those tags along. Its bytes are unique per batch, so that one batch's delete can't touch another's tags, it says no
 * date, and it carries the mark by which a later run knows a leftover.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { mediaTypes, parseDigest, placeholderAnnotation, type Digest } from '../model/index.ts';

/** The empty JSON object, which image-spec 1.1 names as the config and layer of manifests that need none. */
export const emptyBlob: Uint8Array = new TextEncoder().encode('{}');
const emptyDescriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
};

export type Placeholder = { readonly mediaType: string; readonly bytes: Uint8Array; readonly digest: Digest };

/** `unique` must differ for every batch of every run, in every repository. */
export function placeholder(unique: string): Placeholder {
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.registry-prune.placeholder',
    config: emptyDescriptor,
    layers: [emptyDescriptor],
    annotations: { [placeholderAnnotation]: unique },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  if (digest === undefined) throw new Error('A hash that is no digest.');
  return { mediaType: mediaTypes.ociManifest, bytes, digest };
}

/** Whether a manifest is what `placeholder` makes, byte for byte: then nobody but this program has put it there. */
export function isPlaceholder(bytes: Uint8Array): boolean {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
  const unique = marked.safeParse(json).data?.annotations[placeholderAnnotation];
  return unique !== undefined && Buffer.from(placeholder(unique).bytes).equals(bytes);
}

const marked = z.looseObject({ annotations: z.looseObject({ [placeholderAnnotation]: z.string() }) });
