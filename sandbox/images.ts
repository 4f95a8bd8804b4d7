/**
 * The sample images of the demo, as data, and what pushes them to any registry. Dates are fixed and long past, so that
 * a rule like `older-than: 30d` says the same on any day.
 */
import { createHash } from 'node:crypto';
import {
  pushImage,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Format,
  type Platform,
  type Pushed,
  type Target,
} from './push.ts';

export type Sample = {
  /** Below the prefix under which all are pushed. */
  readonly repository: string;
  /** They all share this one image. */
  readonly tags: readonly string[];
  /** What a person reads about it. */
  readonly about: string;
  readonly created: string;
  readonly format?: Format;
  /** An index with an image each, and the attestations of BuildKit. */
  readonly platforms?: readonly Platform[];
  /** Tags that point at one platform's image of the index. */
  readonly platformTags?: Readonly<Record<string, Platform>>;
  /** cosign's signature, behind a tag of its own. */
  readonly signed?: boolean;
};

export type PushedSample = {
  readonly sample: Sample;
  /** With the prefix. */
  readonly repository: string;
  readonly image: Pushed;
  /** Of an index: platforms, then attestations. */
  readonly children: readonly Pushed[];
  readonly signature?: Pushed;
};

const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const arm64: Platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };

const releases: readonly (readonly [string, string])[] = [
  ['v1.0.0', '2023-02-06'],
  ['v1.0.1', '2023-03-20'],
  ['v1.1.0', '2023-06-12'],
  ['v1.2.0', '2023-09-04'],
  ['v2.0.0-rc.1', '2023-11-20'],
  ['v2.0.0', '2023-12-11'],
  // A late fix of an old line: younger than v2.0.0, and still the older version. As text it would precede v1.2.0.
  ['v1.10.0', '2024-01-15'],
  ['v2.1.0', '2024-03-04'],
  ['v2.2.0', '2024-05-27'],
  ['v2.3.0', '2024-08-19'],
  ['v2.4.0', '2024-11-04'],
];

const firstBuild = 101;
// Builds 107 and 108 are the same image: nothing had changed between them.
const buildDays = [2, 3, 4, 5, 6, 9, 10, 10, 11, 12, 13, 16, 17, 18];

function day(date: string): string {
  return `${date}T08:30:00Z`;
}

/** Every sample, in the order in which they are pushed. */
export const samples: readonly Sample[] = [
  ...releases.map(([version, date]) => ({
    repository: 'web',
    tags: [version],
    about: version.includes('-') ? 'a prerelease' : 'a release',
    created: day(date),
  })),
  {
    repository: 'web',
    tags: ['v2.4.1', 'latest', 'stable'],
    about: 'the newest release: three tags, one image',
    created: day('2024-12-02'),
  },
  ...[41, 42, 57].map((number) => ({
    repository: 'web',
    tags: [`pr-${String(number)}`],
    about: 'a preview of a pull request',
    created: day('2024-10-07'),
    format: 'docker' as const,
  })),
  ...[...new Set(buildDays)].map((date) => ({
    repository: 'worker',
    tags: buildDays.flatMap((other, index) => (other === date ? [`build-${String(firstBuild + index)}`] : [])),
    about: 'a build',
    created: day(`2024-09-${String(date).padStart(2, '0')}`),
  })),
  {
    repository: 'api',
    tags: ['1.0'],
    about: 'two platforms with attestations, signed',
    created: day('2024-02-05'),
    platforms: [amd64, arm64],
    signed: true,
  },
  {
    repository: 'api',
    tags: ['1.1'],
    about: 'two platforms with attestations',
    created: day('2024-06-03'),
    platforms: [amd64, arm64],
  },
  {
    repository: 'api',
    tags: ['1.2', 'latest'],
    about: 'two platforms with attestations, signed; one platform has a tag of its own',
    created: day('2024-10-14'),
    platforms: [amd64, arm64],
    platformTags: { '1.2-arm64': arm64 },
    signed: true,
  },
  ...['2023-10', '2024-04', '2024-10'].map((month) => ({
    repository: 'base',
    tags: [month],
    about: 'a base image',
    created: day(`${month}-01`),
    format: 'docker' as const,
  })),
  {
    repository: 'base',
    tags: ['reproducible'],
    about: 'a reproducible build, which says that it was made in 1970',
    created: '1970-01-01T00:00:00Z',
  },
];

// Large enough to be worth freeing, small enough to be pushed in a moment.
const sharedLayerBytes = 64 * 1024;
const ownLayerBytes = 16 * 1024;

/** Pushes every sample below the prefix (`demo` gives `demo/web`); an empty prefix gives `web`. */
export async function pushSamples(target: Target, prefix: string): Promise<readonly PushedSample[]> {
  const pushed: PushedSample[] = [];
  for (const sample of samples) pushed.push(await pushSample(target, prefix, sample));
  return pushed;
}

async function pushSample(target: Target, prefix: string, sample: Sample): Promise<PushedSample> {
  const repository = prefix === '' ? sample.repository : `${prefix}/${sample.repository}`;
  const name = `${sample.repository}:${sample.tags[0] ?? ''}`;
  const options = {
    repository,
    tags: sample.tags,
    seed: name,
    created: sample.created,
    history: [sample.created, sample.created],
    format: sample.format ?? 'oci',
    layers: [noise(sample.repository, sharedLayerBytes), noise(name, ownLayerBytes)],
  };
  const { image, children } = await pushImages(target, options, sample);
  for (const [platformTag, platform] of Object.entries(sample.platformTags ?? {})) {
    const child = children.find((one) => one.platform?.architecture === platform.architecture);
    if (child !== undefined) await tag(target, child, platformTag);
  }
  const done = { sample, repository, image, children };
  if (sample.signed !== true) return done;
  return { ...done, signature: await pushSignature(target, { repository, of: image }) };
}

async function pushImages(
  target: Target,
  options: Parameters<typeof pushImage>[1],
  { platforms }: Sample,
): Promise<{ readonly image: Pushed; readonly children: readonly Pushed[] }> {
  if (platforms === undefined) return { image: await pushImage(target, options), children: [] };
  const image = await pushMultiPlatform(target, { ...options, platforms, attestations: true });
  return { image, children: image.children };
}

/** Bytes that nothing compresses and that depend on the seed alone. */
function noise(seed: string, length: number): Uint8Array {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}
