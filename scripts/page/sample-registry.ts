// A registry as a team has it, for a picture of its summary: gigabytes, which its manifests state and nobody holds.

import { digestOf, startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { mediaTypes } from '../../src/model/index.ts';

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const mib = 1024 ** 2;

/** The policy that the picture is made with. */
export const samplePolicy = `version: 1
keep-tags:
  - stable
rules:
  - name: releases
    repositories: ["**"]
    tags: ["v{version}"]
    keep-last: 5
  - name: builds
    repositories: ["**"]
    tags: ["main-*", "*-cache"]
    keep-last: 10
    older-than: 30d
`;

type Image = {
  readonly tags: readonly string[];
  readonly daysAgo: number;
  /** MiB of the layers that no other image of the repository has. */
  readonly own: number;
  /** Its config is gone from the storage, as after a disk that was full. */
  readonly broken?: true;
};

type Sample = { readonly repository: string; readonly base: number; readonly images: readonly Image[] };

/** Every so many days a build of some size, the oldest first. */
function builds(count: number, everyDays: number, own: number): readonly Image[] {
  return Array.from({ length: count }, (_, place) => {
    const daysAgo = (count - place - 1) * everyDays + 1;
    const name = digestOf(`${String(place)} of ${String(own)}`).slice(7, 14);
    return { tags: [`main-${name}`], daysAgo, own: own + ((place * 7) % 11) };
  });
}

function releases(versions: readonly string[], everyDays: number, own: number): readonly Image[] {
  return versions.map((version, place) => ({
    tags: place === versions.length - 1 ? [version, 'latest', 'stable'] : [version],
    daysAgo: (versions.length - place) * everyDays,
    own,
  }));
}

const samples: readonly Sample[] = [
  {
    repository: 'shop/web',
    base: 74,
    images: [
      ...builds(64, 3, 118),
      ...releases(['v1.8.0', 'v1.9.0', 'v1.10.0', 'v2.0.0-rc.1', 'v2.0.0', 'v2.1.0', 'v2.2.0', 'v2.3.0'], 24, 121),
    ],
  },
  { repository: 'shop/api', base: 41, images: [...builds(48, 4, 96), ...releases(['v4.0.0', 'v4.1.0'], 40, 97)] },
  {
    repository: 'shop/worker',
    base: 41,
    images: [...builds(31, 6, 88), { tags: ['main-0b17a2c'], daysAgo: 77, own: 89, broken: true }],
  },
  {
    repository: 'tools/ci-runner',
    base: 612,
    images: [...builds(12, 11, 141), { tags: ['node-cache'], daysAgo: 190, own: 430 }],
  },
  { repository: 'base/node', base: 55, images: releases(['v20.1', 'v22.0', 'v24.0'], 90, 62) },
];

/** Listens until it is closed. `now`: what the dates are counted from. */
export async function startSampleRegistry(now: Date): Promise<SandboxRegistry> {
  const registry = await startSandboxRegistry();
  for (const { repository, base, images } of samples)
    for (const { tags, daysAgo, own, broken } of images) {
      const created = new Date(now.getTime() - daysAgo * 86_400_000).toISOString();
      const config = Buffer.from(JSON.stringify({ created, os: 'linux', architecture: 'amd64', tags }));
      const manifest = {
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: {
          mediaType: mediaTypes.ociConfig,
          digest: broken ? digestOf(config) : registry.store.putBlob(repository, config),
          size: config.length,
        },
        layers: [
          { mediaType: layerType, digest: digestOf(`base of ${repository}`), size: base * mib },
          { mediaType: layerType, digest: digestOf(`${repository} ${tags.join(' ')}`), size: own * mib },
        ],
      };
      registry.store.putManifest(repository, mediaTypes.ociManifest, Buffer.from(JSON.stringify(manifest)), ...tags);
    }
  return registry;
}
