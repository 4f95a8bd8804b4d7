/** The date of an image, from each place that may say it, as it is found on a registry. */
import { describe, expect, test } from '@jest/globals';
import { pushArtifact, pushAttestation, pushImage, pushIndex } from '../../sandbox/push.ts';
import type { Created } from '../../src/model/index.ts';
import { createdOf, manifestOf, repository, useSandbox, type Sandbox } from './sandbox.ts';

const start = useSandbox();
const key = 'org.opencontainers.image.created';
const january = '2026-01-01T00:00:00Z';
const march = '2026-03-01T00:00:00Z';
const known = (text: string, source: string): object => ({
  kind: 'known',
  at: new Date(text).toISOString(),
  source,
});

describe('an image', () => {
  type Says = Omit<Parameters<typeof pushImage>[1], 'repository' | 'tags'>;
  test.each<[string, Says, object]>([
    ['by its annotation, before all', { annotations: { [key]: march }, created: january }, known(march, 'annotation')],
    ["by its config's created", { created: january, history: [march] }, known(january, 'config')],
    ['by the newest of its history', { history: [january, march, january] }, known(march, 'history')],
    ['by its label', { labels: { [key]: march } }, known(march, 'label')],
    ['by nothing', {}, { kind: 'unknown', why: 'absent' }],
    [
      'by a config of 1970, whatever its history and label say',
      { created: '1970-01-01T00:00:00Z', history: [march], labels: { [key]: march } },
      { kind: 'unknown', why: 'before-2000' },
    ],
    ['by a date to come', { created: '2026-11-22T01:30:01Z' }, { kind: 'unknown', why: 'in-the-future' }],
    ['by a date without a time zone', { created: '2026-01-01T00:00:00' }, { kind: 'unknown', why: 'unreadable' }],
  ])('%s', async (_, says, created) => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, tags: ['v1'], ...says });
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(createdOf(snapshot, image)).toEqual(created);
    expect(snapshot.problems).toEqual([]);
  });

  test('with an annotation needs no config', async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository, tags: ['v1'], annotations: { [key]: march } });
    // Nobody asked for its date, and there it is.
    expect(createdOf(await sandbox.observe(), image)).toEqual(known(march, 'annotation'));
    await sandbox.observe({ dated: 'all' });
    expect(sandbox.asked(/blobs/)).toEqual([]);
  });

  test('says where it was built, in its config as on its manifest', async () => {
    const sandbox = await start();
    const source = { 'org.opencontainers.image.source': 'https://github.com/acme/apps' };
    const labelled = await pushImage(sandbox, { repository, tags: ['v1'], labels: source });
    const annotated = await pushImage(sandbox, { repository, tags: ['v2'], annotations: source });
    const snapshot = await sandbox.observe({ dated: 'all' });
    for (const image of [labelled, annotated])
      expect(manifestOf(snapshot, image)).toMatchObject({ source: 'https://github.com/acme/apps' });
  });
});

describe('an artifact', () => {
  test('has no date of its own', async () => {
    const sandbox = await start();
    const chart = await pushArtifact(sandbox, { repository, tags: ['v1'], artifactType: 'application/x-chart' });
    expect(createdOf(await sandbox.observe({ dated: 'all' }), chart)).toEqual({ kind: 'unknown', why: 'not-an-image' });
  });

  test('has the one of its annotation', async () => {
    const sandbox = await start();
    const chart = await pushArtifact(sandbox, {
      repository,
      tags: ['v1'],
      artifactType: 'application/x-chart',
      annotations: { [key]: march },
    });
    expect(createdOf(await sandbox.observe({ dated: 'all' }), chart)).toEqual(known(march, 'annotation'));
  });
});

describe('an index', () => {
  const image = (sandbox: Sandbox, seed: string, created?: string): ReturnType<typeof pushImage> =>
    pushImage(sandbox, { repository, seed, ...(created === undefined ? {} : { created }) });

  test('is as new as its newest platform', async () => {
    const sandbox = await start();
    const children = [
      await image(sandbox, 'a', january),
      await image(sandbox, 'b', march),
      await image(sandbox, 'c', january),
    ];
    const index = await pushIndex(sandbox, { repository, tags: ['v1'], children });
    expect(createdOf(await sandbox.observe({ dated: 'all' }), index)).toEqual(known(march, 'children'));
  });

  test('is as old as its annotation says, and its children are not asked for dates', async () => {
    const sandbox = await start();
    const children = [await image(sandbox, 'a', march)];
    const index = await pushIndex(sandbox, { repository, tags: ['v1'], children, annotations: { [key]: january } });
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(createdOf(snapshot, index)).toEqual(known(january, 'annotation'));
    expect(sandbox.asked(/blobs/)).toEqual([]);
  });

  test("doesn't count its attestations, which have no date", async () => {
    const sandbox = await start();
    const platform = await image(sandbox, 'a', january);
    const attestation = await pushAttestation(sandbox, { repository, of: platform });
    const index = await pushIndex(sandbox, { repository, tags: ['v1'], children: [platform, attestation] });
    expect(createdOf(await sandbox.observe({ dated: 'all' }), index)).toEqual(known(january, 'children'));
  });

  test.each<[string, string | undefined, Created]>([
    ['says nothing', undefined, { kind: 'unknown', why: 'absent' }],
    ['says 1970', '1970-01-01T00:00:00Z', { kind: 'unknown', why: 'before-2000' }],
  ])('has no date where a platform %s: that one may be the newest', async (_, created, unknown) => {
    const sandbox = await start();
    const children = [await image(sandbox, 'a', january), await image(sandbox, 'b', created)];
    const index = await pushIndex(sandbox, { repository, tags: ['v1'], children });
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(createdOf(snapshot, index)).toEqual(unknown);
    expect(createdOf(snapshot, children[0] ?? index)).toEqual(known(january, 'config'));
  });

  test.each([
    ['of which no platform is there', 'gone'],
    ['that lists nothing', 'empty'],
  ])('%s has no date', async (_, kind) => {
    const sandbox = await start();
    const child = await image(sandbox, 'a', january);
    const children = kind === 'empty' ? [] : [child];
    const index = await pushIndex(sandbox, { repository, tags: ['v1'], children });
    sandbox.store.removeManifest(repository, child.digest);
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(createdOf(snapshot, index)).toEqual({ kind: 'unknown', why: 'absent' });
  });

  test('in an index counts with its platforms', async () => {
    const sandbox = await start();
    const inner = await pushIndex(sandbox, { repository, children: [await image(sandbox, 'a', march)] });
    const outer = await pushIndex(sandbox, {
      repository,
      tags: ['v1'],
      children: [await image(sandbox, 'b', january), inner],
    });
    expect(createdOf(await sandbox.observe({ dated: 'all' }), outer)).toEqual(known(march, 'children'));
  });
});
