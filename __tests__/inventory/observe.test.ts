/** What is seen of a repository, and what seeing it costs. */
import { describe, expect, test } from '@jest/globals';
import {
  pushArtifact,
  pushCacheIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
} from '../../sandbox/push.ts';
import { mediaTypes } from '../../src/model/index.ts';
import { manifestOf, now, repository, stateOf, useSandbox } from './sandbox.ts';

const start = useSandbox();
const created = '2026-01-01T00:00:00Z';
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

describe('requests', () => {
  test('one for the list and one for each tag, where no date is needed', async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, tags: ['v1'], created });
    await tag(sandbox, image, 'latest');
    await pushArtifact(sandbox, { repository, tags: ['chart'], artifactType: 'application/vnd.cncf.helm.chart.v1' });
    const snapshot = await sandbox.observe();
    expect([...sandbox.asked()].sort()).toEqual([
      'GET manifests/chart',
      'GET manifests/latest',
      'GET manifests/v1',
      'GET tags/list',
    ]);
    expect(manifestOf(snapshot, image)).toMatchObject({
      kind: 'image',
      size: image.size,
      blobs: image.blobs,
      created: { kind: 'unknown', why: 'not-asked' },
    });
  });

  test('one more for each distinct config, where dates are needed', async () => {
    const sandbox = await start();
    const first = await pushImage(sandbox, { repository, tags: ['v1', 'stable'], seed: 'same', created });
    const second = await pushImage(sandbox, { repository, tags: ['v2'], created });
    // Another manifest over the same config, as a rebuild with other annotations makes it.
    const twin = await pushImage(sandbox, { repository, tags: ['v3'], seed: 'same', created, annotations: { a: 'b' } });
    expect(twin.blobs[0]).toEqual(first.blobs[0]);
    await sandbox.observe({ dated: 'all' });
    expect(sandbox.asked(/manifests/)).toHaveLength(4);
    expect([...sandbox.asked(/blobs/)].sort()).toEqual(
      [first, second].map((image) => `GET blobs/${image.blobs[0]?.digest ?? ''}`).sort(),
    );
  });

  test('no config of a tag whose date is not needed', async () => {
    const sandbox = await start();
    const old = await pushImage(sandbox, { repository, tags: ['build-1'], created });
    await pushImage(sandbox, { repository, tags: ['v1'], created });
    await sandbox.observe({ dated: ['build-1'] });
    expect(sandbox.asked(/blobs/)).toEqual([`GET blobs/${old.blobs[0]?.digest ?? ''}`]);
  });

  test('no config that another repository had', async () => {
    const sandbox = await start();
    const here = await pushImage(sandbox, { repository, tags: ['v1'], seed: 'mirrored', created });
    const there = await pushImage(sandbox, { repository: 'apps/api', tags: ['v1'], seed: 'mirrored', created });
    expect(there.digest).toBe(here.digest);
    const first = await sandbox.observe({ dated: 'all' });
    const second = await sandbox.observe({ dated: 'all', repository: 'apps/api' });
    expect(sandbox.asked(/blobs/)).toHaveLength(1);
    expect(manifestOf(second, there)).toEqual(manifestOf(first, here));
  });

  test('no config of what is no image, whatever is needed', async () => {
    const sandbox = await start();
    await pushArtifact(sandbox, { repository, tags: ['chart'], artifactType: 'application/vnd.cncf.helm.chart.v1' });
    await sandbox.observe({ dated: 'all' });
    expect(sandbox.asked(/blobs/)).toEqual([]);
  });

  test('one for each child, however many indexes list it', async () => {
    const sandbox = await start();
    const children = [
      await pushImage(sandbox, { repository, seed: 'amd64', created }),
      await pushImage(sandbox, { repository, seed: 'arm64', created }),
    ];
    await pushIndex(sandbox, { repository, tags: ['v1'], children });
    await pushIndex(sandbox, { repository, tags: ['v2'], children, annotations: { a: 'b' } });
    await sandbox.observe();
    expect([...sandbox.asked(/sha256/)].sort()).toEqual(children.map((each) => `GET manifests/${each.digest}`).sort());
  });

  test('one for each child, and one for its config, where the date of an index is needed; none for an attestation’s', async () => {
    const sandbox = await start();
    const index = await pushMultiPlatform(sandbox, {
      repository,
      tags: ['v1'],
      platforms,
      attestations: true,
      created,
    });
    await sandbox.observe({ dated: 'all' });
    expect(sandbox.asked(/manifests\/sha256/)).toHaveLength(4);
    expect([...sandbox.asked(/blobs/)].sort()).toEqual(
      index.children
        .slice(0, 2)
        .map((child) => `GET blobs/${child.blobs[0]?.digest ?? ''}`)
        .sort(),
    );
  });

  test('a listing in pages is finished before anything is read', async () => {
    const sandbox = await start({ profile: 'oci-1.1', tagsPerPage: 2 });
    const image = await pushImage(sandbox, { repository, tags: ['v1'] });
    await tag(sandbox, image, 'v2', 'v3', 'v4', 'v5');
    const snapshot = await sandbox.observe();
    expect([...snapshot.tags.keys()]).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    const kinds = sandbox.asked().map((request) => request.replace(/\/v\d$/, ''));
    expect(kinds.lastIndexOf('GET tags/list')).toBeLessThan(kinds.indexOf('GET manifests'));
  });
});

describe('the repository', () => {
  test('that is not there is no snapshot', async () => {
    const sandbox = await start();
    expect(await sandbox.tryToObserve()).toBeUndefined();
    expect(sandbox.asked()).toEqual(['GET tags/list']);
  });

  test.each(['distribution-2.8', 'distribution-3.1'] as const)('%s: without tags is an empty one', async (profile) => {
    const sandbox = await start({ profile });
    await pushImage(sandbox, { repository, tags: ['v1'] });
    sandbox.store.removeTag(repository, 'v1');
    expect(await sandbox.observe()).toEqual({
      registry: sandbox.url,
      repository,
      observedAt: now,
      via: 'api',
      tags: new Map(),
      manifests: new Map(),
      referrers: new Map(),
      problems: [],
    });
  });

  test('names that are no tags are reported, and nothing is asked of them', async () => {
    const sandbox = await start();
    await pushImage(sandbox, { repository, tags: ['v1'] });
    sandbox.answer(
      { path: /tags\/list/ },
      {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: repository, tags: ['v1', '../v2', 'v3\n::error::'] }),
      },
    );
    const snapshot = await sandbox.observe();
    expect([...snapshot.tags.keys()]).toEqual(['v1']);
    expect(snapshot.problems).toHaveLength(2);
    expect(sandbox.asked(/manifests/)).toEqual(['GET manifests/v1']);
  });
});

describe('manifests', () => {
  test('an index in an index, down to the images', async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, seed: 'amd64', created });
    const inner = await pushIndex(sandbox, { repository, children: [image] });
    const outer = await pushIndex(sandbox, { repository, tags: ['v1'], children: [inner] });
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(stateOf(snapshot, 'v1')).toEqual({ kind: 'points', digest: outer.digest });
    expect(manifestOf(snapshot, outer)).toMatchObject({ kind: 'index', children: [inner.digest] });
    expect(manifestOf(snapshot, inner)).toMatchObject({ kind: 'index', children: [image.digest] });
    expect(manifestOf(snapshot, image)).toMatchObject({ kind: 'image' });
    expect(manifestOf(snapshot, outer)).toMatchObject({ created: { kind: 'known', source: 'children' } });
  });

  test.each(['distribution-2.8', 'distribution-3.1'] as const)(
    '%s: a Docker list is read as itself, not as its amd64 child',
    async (profile) => {
      const sandbox = await start({ profile });
      const list = await pushMultiPlatform(sandbox, { repository, tags: ['v1'], platforms, format: 'docker' });
      const snapshot = await sandbox.observe();
      expect(stateOf(snapshot, 'v1')).toEqual({ kind: 'points', digest: list.digest });
      expect(manifestOf(snapshot, list)).toMatchObject({
        kind: 'index',
        mediaType: mediaTypes.dockerList,
        children: list.children.map((child) => child.digest),
      });
      for (const child of list.children) expect(manifestOf(snapshot, child)).toMatchObject({ kind: 'image' });
    },
  );

  test('distribution-2.8: schema 1 is read, with its date', async () => {
    const sandbox = await start({ profile: 'distribution-2.8' });
    const layer = `sha256:${'a'.repeat(64)}`;
    const bytes = new TextEncoder().encode(
      JSON.stringify({
        schemaVersion: 1,
        name: repository,
        tag: 'v1',
        fsLayers: [{ blobSum: layer }],
        history: [{ v1Compatibility: '{"created":"2016-01-01T00:00:00Z"}' }],
      }),
    );
    const digest = sandbox.store.putManifest(repository, mediaTypes.dockerSchema1, bytes, 'v1');
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(manifestOf(snapshot, { digest })).toMatchObject({
      kind: 'legacy',
      blobs: [{ digest: layer }],
      created: { kind: 'known', at: '2016-01-01T00:00:00.000Z', source: 'history' },
    });
    expect(snapshot.problems).toEqual([]);
  });

  test("BuildKit's attestations name the platform that they speak of", async () => {
    const sandbox = await start();
    const index = await pushMultiPlatform(sandbox, { repository, tags: ['v1'], platforms, attestations: true });
    const snapshot = await sandbox.observe();
    const [amd64, arm64, ofAmd64, ofArm64] = index.children.map((child) => manifestOf(snapshot, child));
    expect(ofAmd64).toMatchObject({ attests: amd64?.digest });
    expect(ofArm64).toMatchObject({ attests: arm64?.digest });
    expect(amd64).not.toHaveProperty('attests');
  });

  test('an artifact names its subject, which is read too: it may be an index without a tag', async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, seed: 'subject' });
    const sbom = await pushArtifact(sandbox, {
      repository,
      tags: ['sbom'],
      artifactType: 'application/spdx+json',
      subject: image,
    });
    const snapshot = await sandbox.observe();
    expect(manifestOf(snapshot, sbom)).toMatchObject({ kind: 'artifact', subject: image.digest });
    expect(manifestOf(snapshot, image)).toMatchObject({ kind: 'image' });
    expect(sandbox.asked(/manifests/)).toEqual(['GET manifests/sbom', `GET manifests/${image.digest}`]);
  });

  test('the layers that a build cache lists are blobs: none is asked for as a manifest', async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, tags: ['v1'] });
    const cache = await pushCacheIndex(sandbox, { repository, tags: ['buildcache'], layers: image.blobs.slice(1) });
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(manifestOf(snapshot, cache)).toMatchObject({ kind: 'index', children: [] });
    expect(sandbox.asked(/manifests\/sha256/)).toEqual([]);
  });

  test("cosign's signature is a tag like any other here", async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, tags: ['v1'] });
    const signature = await pushSignature(sandbox, { repository, of: image });
    const snapshot = await sandbox.observe();
    expect(stateOf(snapshot, signature.tags[0] ?? '')).toEqual({ kind: 'points', digest: signature.digest });
  });

  test('their bytes are remembered for the journal', async () => {
    const sandbox = await start();
    const index = await pushMultiPlatform(sandbox, { repository, tags: ['v1'], platforms });
    const snapshot = await sandbox.observe();
    for (const { digest, bytes, mediaType } of [index, ...index.children]) {
      const known = manifestOf(snapshot, { digest });
      expect(known && sandbox.memory.manifest(known.digest)).toMatchObject({ mediaType });
      expect(Buffer.from((known && sandbox.memory.manifest(known.digest)?.bytes) ?? [])).toEqual(Buffer.from(bytes));
    }
  });
});
