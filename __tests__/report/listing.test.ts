/** What `ls` makes of a repository. */
import { describe, expect, test } from '@jest/globals';
import { mediaTypes, type Digest, type Manifest, type ReadManifest, type Snapshot } from '../../src/model/index.ts';
import { listRepository, renderListing, type Listing } from '../../src/report/index.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';

const now = instantOf('2026-11-22T01:30:00Z');
const layer = digestOf(900);

function image(number: number, more: Partial<ReadManifest> = {}): ReadManifest {
  return {
    digest: digestOf(number),
    mediaType: mediaTypes.ociManifest,
    size: 100,
    kind: 'image',
    children: [],
    blobs: [
      { digest: layer, mediaType: 'layer', size: 1000 },
      { digest: digestOf(800 + number), mediaType: 'config', size: 10 },
    ],
    created: { kind: 'known', at: instantOf(`2026-11-${String(number).padStart(2, '0')}T00:00:00Z`), source: 'config' },
    ...more,
  };
}

function listed(tags: Snapshot['tags'], ...manifests: readonly Manifest[]): ReturnType<typeof listRepository> {
  return listRepository({
    registry: originOf('https://registry.example.com'),
    repository: repositoryOf('apps/web'),
    observedAt: now,
    via: 'api',
    tags,
    manifests: new Map(manifests.map((each) => [each.digest, each])),
    referrers: new Map(),
    problems: [],
  });
}
const at = (digest: Digest): { kind: 'points'; digest: Digest } => ({ kind: 'points', digest });

describe('sizes', () => {
  test('what a tag reaches, each once; what tags share counts once for the repository', () => {
    const [one, two] = [image(1), image(2)];
    const { tags, bytes } = listed(
      new Map([
        [tagOf('a'), at(one.digest)],
        [tagOf('b'), at(two.digest)],
      ]),
      one,
      two,
    );
    expect(tags.map((each) => each.bytes)).toEqual([1110, 1110]);
    expect(bytes).toBe(1000 + 2 * 110);
  });

  test('an index is all its platforms; attestations are none, one that could not be read may be', () => {
    const attestation = image(3, { attests: digestOf(1), kind: 'artifact' });
    const opaque: Manifest = { digest: digestOf(4), mediaType: 'x', size: 7, kind: 'opaque', why: 'no answer' };
    const missing = digestOf(5);
    const children = [digestOf(1), digestOf(2), attestation.digest, opaque.digest, missing];
    const index = image(6, { kind: 'index', children, blobs: [] });
    const { tags } = listed(
      new Map([[tagOf('multi'), at(index.digest)]]),
      index,
      image(1),
      image(2),
      attestation,
      opaque,
    );
    expect(tags[0]).toMatchObject({ kind: 'index', platforms: 4, atLeast: true, bytes: 100 + 3 * 110 + 1000 + 7 });
  });

  test('an index in a circle ends', () => {
    const index = image(6, { kind: 'index', children: [digestOf(6)], blobs: [] });
    expect(listed(new Map([[tagOf('round'), at(index.digest)]]), index).tags[0]).toMatchObject({ bytes: 100 });
  });
});

test('the newest first, then what has no date, by name; what nothing is behind says so', () => {
  const undated = image(3, { created: { kind: 'unknown', why: 'before-2000' } });
  const artifact = image(4, { kind: 'artifact', created: { kind: 'unknown', why: 'not-an-image' } });
  const { tags } = listed(
    new Map<
      ReturnType<typeof tagOf>,
      Parameters<typeof listed>[0] extends ReadonlyMap<unknown, infer State> ? State : never
    >([
      [tagOf('z-undated'), at(undated.digest)],
      [tagOf('old'), at(digestOf(1))],
      [tagOf('new'), at(digestOf(2))],
      [tagOf('ghost'), { kind: 'ghost' }],
      [tagOf('dark'), { kind: 'unreadable', why: 'the registry answered 500' }],
      [tagOf('chart'), at(artifact.digest)],
    ]),
    image(1),
    image(2),
    undated,
    artifact,
  );
  expect(tags.map(({ tag }) => tag)).toEqual(['new', 'old', 'chart', 'dark', 'ghost', 'z-undated']);
  expect(tags.map(({ platforms }) => platforms)).toEqual([1, 1, undefined, undefined, undefined, 1]);

  const listing: Listing = {
    format: 'registry-prune.listing',
    version: 1,
    program: 'registry-prune/0',
    registry: originOf('https://registry.example.com'),
    at: now,
    repositories: [
      { repository: repositoryOf('apps/web'), tags, bytes: 5000 },
      { repository: repositoryOf('apps/empty'), tags: [], bytes: 0 },
    ],
  };
  const lines = renderListing(listing).map((row) =>
    row
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
  expect(lines.map((line) => line.replace(/sha256:\w{12}…/, 'DIGEST'))).toEqual([
    'apps/web: 6 tags, 4.9 KiB',
    '  TAG            AGE     SIZE  PLATFORMS  DIGEST',
    '  new        20 days  1.1 KiB          1  DIGEST',
    '  old        21 days  1.1 KiB          1  DIGEST',
    '  chart      unknown  1.1 KiB             DIGEST',
    '  dark       unknown                      the registry answered 500',
    '  ghost      unknown                      listed, with nothing behind it',
    '  z-undated  unknown  1.1 KiB          1  DIGEST',
    '',
    'apps/empty: 0 tags, 0 B',
  ]);
});
