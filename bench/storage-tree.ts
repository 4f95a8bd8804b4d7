/**
 * Lays a registry's storage directly, as distribution's filesystem driver has it (registry/storage/paths.go), because
 * pushing tens of thousands of images would take longer than what is to be measured.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Tree = {
  /** The storage's root directory; what is below `docker/registry/v2` is written. */
  readonly root: string;
  readonly repository: string;
  /** Images, each with a manifest and a config of its own over two layers that all have in common. */
  readonly revisions: number;
  /** The first so many have a tag, `build-1` and so on; the others are untagged. */
  readonly tagged: number;
  /** Blobs that no manifest names: what a collection takes. */
  readonly orphans: number;
  /** Bytes of each orphan. */
  readonly orphanBytes: number;
};

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** Answers the digests of the images, in their order. */
export function layTree(tree: Tree): readonly string[] {
  const base = join(tree.root, 'docker/registry/v2');
  const repository = join(base, 'repositories', tree.repository);
  const write = (path: string, bytes: string | Uint8Array): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  };
  const blob = (bytes: Uint8Array, mediaType: string): Descriptor => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    write(join(base, 'blobs/sha256', hex.slice(0, 2), hex, 'data'), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.byteLength };
  };
  const linked = (descriptor: Descriptor): Descriptor => {
    write(join(repository, '_layers', descriptor.digest.replace(':', '/'), 'link'), descriptor.digest);
    return descriptor;
  };
  const layers = ['a base', 'an application'].map((text) => linked(blob(Buffer.from(text), layerType)));
  const digests = Array.from({ length: tree.revisions }, (_, place) => {
    const created = new Date(Date.UTC(2025, 0, 1) + place * 60_000).toISOString();
    const config = { architecture: 'amd64', os: 'linux', created, rootfs: { type: 'layers', diff_ids: [] } };
    const content = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: linked(blob(Buffer.from(JSON.stringify(config)), configType)),
      layers,
    };
    const { digest } = blob(Buffer.from(JSON.stringify(content)), manifestType);
    const folder = digest.replace(':', '/');
    write(join(repository, '_manifests/revisions', folder, 'link'), digest);
    if (place < tree.tagged) {
      const tag = join(repository, '_manifests/tags', `build-${place + 1}`);
      write(join(tag, 'current/link'), digest);
      write(join(tag, 'index', folder, 'link'), digest);
    }
    return digest;
  });
  for (let orphan = 0; orphan < tree.orphans; orphan += 1)
    blob(Buffer.alloc(tree.orphanBytes, `orphan ${orphan} `), layerType);
  return digests;
}
