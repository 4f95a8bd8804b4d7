/** Where an image was built, as it is found on a registry: read for the tags that a pull request or branch may doom. */
import { describe, expect, test } from '@jest/globals';
import {
  pushArtifact,
  pushAttestation,
  pushImage,
  pushIndex,
  type ImageOptions,
  type Pushed,
} from '../../sandbox/push.ts';
import { observe } from '../../src/inventory/index.ts';
import type { Snapshot } from '../../src/model/index.ts';
import { repositoryOf } from '../arbitraries/names.ts';
import { createdOf, manifestOf, now, repository, useSandbox, type Sandbox } from './sandbox.ts';

const start = useSandbox();
const says = (url: string): Readonly<Record<string, string>> => ({ 'org.opencontainers.image.source': url });
const created = { 'org.opencontainers.image.created': '2026-03-01T00:00:00Z' };
const here = 'https://github.com/acme/app';
const other = 'https://github.com/acme/other';

async function look(
  sandbox: Sandbox,
  wanted: { dated?: readonly string[]; sourced?: readonly string[] },
): Promise<Snapshot> {
  const { dated = [], sourced = [] } = wanted;
  const snapshot = await observe({
    registry: sandbox.client,
    repository: repositoryOf(repository),
    memory: sandbox.memory,
    now: () => now,
    dated: (tags) => new Set(tags.filter((tag) => dated.includes(tag))),
    sourced: (tags) => new Set(tags.filter((tag) => sourced.includes(tag))),
  });
  if (snapshot === undefined) throw new Error('The registry has no such repository.');
  return snapshot;
}

const image = (
  sandbox: Sandbox,
  tags: readonly string[],
  options: Omit<ImageOptions, 'repository' | 'tags'> = {},
): Promise<Pushed> => pushImage(sandbox, { repository, tags, ...options });
const sourceOf = (snapshot: Snapshot, of: Pushed): string | undefined => {
  const manifest = manifestOf(snapshot, of);
  return manifest === undefined || manifest.kind === 'opaque' ? undefined : manifest.source;
};

describe('an image', () => {
  test('says it by its label, which is read where it is wanted, even if the annotation has the date', async () => {
    const sandbox = await start();
    const wanted = await image(sandbox, ['pr-1'], { labels: says(here), annotations: created });
    const spared = await image(sandbox, ['v1'], { labels: says(other), annotations: created });
    const snapshot = await look(sandbox, { dated: ['pr-1', 'v1'], sourced: ['pr-1'] });
    expect(sourceOf(snapshot, wanted)).toBe(here);
    expect(createdOf(snapshot, wanted)).toMatchObject({ kind: 'known', source: 'annotation' });
    expect(sourceOf(snapshot, spared)).toBeUndefined();
    expect(sandbox.asked(/blobs/)).toHaveLength(1);
  });

  test('is not dated by that', async () => {
    const sandbox = await start();
    const wanted = await image(sandbox, ['pr-1'], { labels: says(here), created: '2026-03-01T00:00:00Z' });
    const snapshot = await look(sandbox, { sourced: ['pr-1'] });
    expect(sourceOf(snapshot, wanted)).toBe(here);
    expect(createdOf(snapshot, wanted)).toEqual({ kind: 'unknown', why: 'not-asked' });
  });

  test('has its config read once for date and source', async () => {
    const sandbox = await start();
    const both = await image(sandbox, ['pr-1', 'pr-2'], { labels: says(here), created: '2026-03-01T00:00:00Z' });
    const snapshot = await look(sandbox, { dated: ['pr-1', 'pr-2'], sourced: ['pr-1', 'pr-2'] });
    expect(sourceOf(snapshot, both)).toBe(here);
    expect(createdOf(snapshot, both)).toMatchObject({ kind: 'known', source: 'config' });
    expect(sandbox.asked(/blobs/)).toHaveLength(1);
  });

  test('says it by its annotation, which is its own where the label may be of the image below it', async () => {
    const sandbox = await start();
    const annotated = await image(sandbox, ['pr-1'], { labels: says(other), annotations: says(here) });
    const dated = await image(sandbox, ['pr-2'], { labels: says(other), annotations: says(here), seed: 'dated' });
    const snapshot = await look(sandbox, { dated: ['pr-2'], sourced: ['pr-1', 'pr-2'] });
    expect([annotated, dated].map((each) => sourceOf(snapshot, each))).toEqual([here, here]);
    expect(sandbox.asked(/blobs/)).toHaveLength(1);
  });

  test('that says nothing has none', async () => {
    const sandbox = await start();
    const silent = await image(sandbox, ['pr-1']);
    expect(sourceOf(await look(sandbox, { sourced: ['pr-1'] }), silent)).toBeUndefined();
  });

  test.each([[[]], [['pr-1']]])(
    'whose config is gone is of unknown date, whatever its annotation says: dated %j',
    async (dated) => {
      const sandbox = await start();
      const torn = await image(sandbox, ['pr-1'], { annotations: created });
      sandbox.store.unlinkBlob(repository, torn.blobs[0]?.digest ?? '');
      const snapshot = await look(sandbox, { dated, sourced: ['pr-1'] });
      expect(createdOf(snapshot, torn)).toEqual({ kind: 'unknown', why: 'unreadable' });
      expect(snapshot.problems).toMatchObject([{ what: "the image's config can't be read: it is not there" }]);
    },
  );
});

describe('an index', () => {
  test('has the source of each platform read with it, and of no attestation', async () => {
    const sandbox = await start();
    const arm = await image(sandbox, [], { labels: says(other), seed: 'arm' });
    const amd = await image(sandbox, [], { labels: says(here), seed: 'amd' });
    const inner = await pushIndex(sandbox, { repository, children: [arm] });
    const attestation = await pushAttestation(sandbox, { repository, of: amd });
    await pushIndex(sandbox, { repository, tags: ['pr-1'], children: [amd, attestation, inner], annotations: created });
    const snapshot = await look(sandbox, { dated: ['pr-1'], sourced: ['pr-1'] });
    expect([amd, arm, inner, attestation].map((each) => sourceOf(snapshot, each))).toEqual([
      here,
      other,
      undefined,
      undefined,
    ]);
    expect(sandbox.asked(/blobs/)).toHaveLength(2);
  });

  test('has no source of a platform that the registry does not hold, nor of what is no image', async () => {
    const sandbox = await start();
    const gone = await image(sandbox, [], { labels: says(here), seed: 'gone' });
    const chart = await pushArtifact(sandbox, { repository, tags: ['pr-2'], artifactType: 'application/x-chart' });
    await pushIndex(sandbox, { repository, tags: ['pr-1'], children: [gone, chart] });
    sandbox.store.removeManifest(repository, gone.digest);
    const snapshot = await look(sandbox, { sourced: ['pr-1', 'pr-2'] });
    expect(sourceOf(snapshot, chart)).toBeUndefined();
    expect(sandbox.asked(/blobs/)).toEqual([]);
    expect(snapshot.problems).toEqual([]);
  });
});
