/**
 * Plain images in a registry's storage, laid as distribution's filesystem driver has them (registry/storage/paths.go):
 * 100,000 in seconds, where pushing them would take an hour. Manifests and configs have the size of an ordinary image's,
 * since reading and parsing them is part of what is measured. The same seed makes the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Images = {
  /** The storage's root directory; what is below `docker/registry/v2` is written. */
  readonly root: string;
  readonly repository: string;
  readonly count: number;
  /** What its tags are called, by the image's place from 0; without it `build-1` and so on. */
  readonly tagsOf?: (place: number) => readonly string[];
  readonly seed: string;
};

/** In the order of their dates, the oldest first. */
export type LaidImage = { readonly digest: string; readonly tags: readonly string[] };

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const layerCount = 8;

type Blob = { readonly hex: string; readonly bytes: Buffer };

export function layImages(images: Images): readonly LaidImage[] {
  const { root, count, seed, tagsOf = (place: number) => [`build-${place + 1}`] } = images;
  const base = join(root, 'docker/registry/v2');
  const blobs = join(base, 'blobs/sha256');
  const repository = join(base, 'repositories', images.repository);
  const layerLinks = join(repository, '_layers/sha256');
  const revisions = join(repository, '_manifests/revisions/sha256');
  const tags = join(repository, '_manifests/tags');
  for (const folder of [blobs, layerLinks, revisions, tags]) mkdirSync(folder, { recursive: true });

  // Each folder is made by itself: `recursive` looks at every folder above it, which would be most of the time.
  const shelves = new Set<string>();
  const lay = ({ hex, bytes }: Blob): void => {
    const shelf = `${blobs}/${hex.slice(0, 2)}`;
    if (!shelves.has(shelf)) mkdirSync(shelf, { recursive: true });
    shelves.add(shelf);
    mkdirSync(`${shelf}/${hex}`, { recursive: true });
    writeFileSync(`${shelf}/${hex}/data`, bytes);
  };
  const link = (folder: string, hex: string): void => {
    mkdirSync(folder);
    writeFileSync(`${folder}/link`, `sha256:${hex}`);
  };

  const layers = Array.from({ length: layerCount }, (_, place) => blobOf(`${seed}: layer ${place}`));
  for (const layer of layers) {
    lay(layer);
    link(`${layerLinks}/${layer.hex}`, layer.hex);
  }
  return Array.from({ length: count }, (_, place) => {
    const config = blobOf(JSON.stringify(configOf(place, { repository: images.repository, seed, layers })));
    const manifest = blobOf(JSON.stringify(manifestOf(config, layers)));
    lay(config);
    lay(manifest);
    link(`${layerLinks}/${config.hex}`, config.hex);
    link(`${revisions}/${manifest.hex}`, manifest.hex);
    const names = tagsOf(place);
    for (const name of names) {
      for (const folder of ['', '/index', '/index/sha256']) mkdirSync(`${tags}/${name}${folder}`);
      link(`${tags}/${name}/current`, manifest.hex);
      link(`${tags}/${name}/index/sha256/${manifest.hex}`, manifest.hex);
    }
    return { digest: `sha256:${manifest.hex}`, tags: names };
  });
}

function blobOf(text: string): Blob {
  const bytes = Buffer.from(text);
  return { hex: createHash('sha256').update(bytes).digest('hex'), bytes };
}

function manifestOf(config: Blob, layers: readonly Blob[]): unknown {
  const descriptor = (mediaType: string, { hex, bytes }: Blob): unknown => ({
    mediaType,
    digest: `sha256:${hex}`,
    size: bytes.byteLength,
  });
  return {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor(configType, config),
    layers: layers.map((layer) => descriptor(layerType, layer)),
  };
}

type Build = { readonly repository: string; readonly seed: string; readonly layers: readonly Blob[] };

function configOf(place: number, { repository, seed, layers }: Build): unknown {
  const created = new Date(Date.UTC(2024, 0, 1) + place * 60_000).toISOString();
  return {
    architecture: 'amd64',
    os: 'linux',
    created,
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NODE_VERSION=24.0.0', 'LANG=C.UTF-8'],
      Entrypoint: ['/usr/local/bin/entrypoint'],
      WorkingDir: '/app',
      Labels: { 'org.opencontainers.image.title': repository, build: `${seed} ${place}` },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ hex }) => `sha256:${hex}`) },
    history: layers.map((_, layer) => ({
      created,
      created_by: `RUN /bin/sh -c set -eux; install --step ${layer} --from /src --to /app --mode 0755 # buildkit`,
      comment: 'buildkit.dockerfile.v0',
    })),
  };
}
