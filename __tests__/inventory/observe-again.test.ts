/** The second look, right before something is done; and the referrers of what is to go. */
import { describe, expect, test } from '@jest/globals';
import { pushArtifact, pushImage, pushIndex, tag, type Pushed } from '../../sandbox/push.ts';
import { ReferrersSupport } from '../../src/inventory/index.ts';
import type { Digest, Snapshot } from '../../src/model/index.ts';
import { createdOf, manifestOf, now, repository, stateOf, useSandbox, type Sandbox } from './sandbox.ts';

const start = useSandbox();
const created = '2026-01-01T00:00:00Z';

describe('recheck', () => {
  async function looked(): Promise<{ sandbox: Sandbox; before: Snapshot; v1: Pushed; v2: Pushed }> {
    const sandbox = await start();
    const v1 = await pushImage(sandbox, { repository, tags: ['v1'], created });
    const v2 = await pushImage(sandbox, { repository, tags: ['v2'], created });
    const before = await sandbox.observe({ dated: 'all' });
    sandbox.forgetRequests();
    return { sandbox, before, v1, v2 };
  }

  test('costs the list and one HEAD a tag where nothing changed, and sees the same', async () => {
    const { sandbox, before } = await looked();
    const fresh = await sandbox.recheck(before);
    expect([...sandbox.asked()].sort()).toEqual(['GET tags/list', 'HEAD manifests/v1', 'HEAD manifests/v2']);
    expect(fresh).toEqual({ ...before, observedAt: now });
  });

  test('reads a new image, its children with it, and nothing else', async () => {
    const { sandbox, before } = await looked();
    const child = await pushImage(sandbox, { repository, seed: 'amd64' });
    const index = await pushIndex(sandbox, { repository, tags: ['v3'], children: [child] });
    const fresh = await sandbox.recheck(before);
    expect([...sandbox.asked(/GET manifests/)].sort()).toEqual([`GET manifests/${child.digest}`, 'GET manifests/v3']);
    expect(stateOf(fresh, 'v3')).toEqual({ kind: 'points', digest: index.digest });
    expect(manifestOf(fresh, child)).toMatchObject({ kind: 'image' });
  });

  test('reads no child that it knows already', async () => {
    const { sandbox, before, v1 } = await looked();
    const index = await pushIndex(sandbox, { repository, tags: ['v3'], children: [v1] });
    const fresh = await sandbox.recheck(before);
    expect(sandbox.asked(/GET manifests/)).toEqual(['GET manifests/v3']);
    expect(manifestOf(fresh, index)).toMatchObject({ children: [v1.digest] });
    expect(createdOf(fresh, v1)).toEqual(createdOf(before, v1));
  });

  test('sees a tag that was moved to a known image, without reading it', async () => {
    const { sandbox, before, v1 } = await looked();
    await tag(sandbox, v1, 'v2');
    const fresh = await sandbox.recheck(before);
    expect(stateOf(fresh, 'v2')).toEqual({ kind: 'points', digest: v1.digest });
    expect(sandbox.asked(/GET manifests/)).toEqual([]);
  });

  test('sees a tag that is gone, and one that has become a ghost', async () => {
    const { sandbox, before } = await looked();
    sandbox.store.removeTag(repository, 'v1');
    sandbox.store.makeGhost(repository, 'v2');
    const fresh = await sandbox.recheck(before);
    expect([...fresh.tags]).toEqual([['v2', { kind: 'ghost' }]]);
  });

  test('sees a tag that can no longer be read', async () => {
    const { sandbox, before } = await looked();
    sandbox.answer({ path: /manifests\/v2$/ }, { status: 500, body: '' });
    const fresh = await sandbox.recheck(before);
    expect(stateOf(fresh, 'v2')).toMatchObject({ kind: 'unreadable' });
    expect(stateOf(fresh, 'v1')).toMatchObject({ kind: 'points' });
  });

  test('sees a new tag that can not be read', async () => {
    const { sandbox, before } = await looked();
    await pushImage(sandbox, { repository, tags: ['v3'] });
    sandbox.answer({ method: 'GET', path: /manifests\/v3$/ }, { status: 200, body: 'hello' });
    const fresh = await sandbox.recheck(before);
    expect(stateOf(fresh, 'v3')).toMatchObject({ kind: 'unreadable' });
    expect(fresh.problems.map(({ at }) => at)).toEqual(['apps/web:v3']);
  });

  test('reads once more what could not be read before', async () => {
    const sandbox = await start();
    const child = await pushImage(sandbox, { repository, seed: 'amd64' });
    await pushIndex(sandbox, { repository, tags: ['v1'], children: [child] });
    await tag(sandbox, child, 'amd64');
    const healed = sandbox.answer({ method: 'GET', path: /manifests\/(?:amd64|sha256)/ }, { status: 500, body: '' });
    const before = await sandbox.observe();
    expect(manifestOf(before, child)).toMatchObject({ kind: 'opaque' });
    healed();
    const fresh = await sandbox.recheck(before);
    expect(stateOf(fresh, 'amd64')).toEqual({ kind: 'points', digest: child.digest });
    expect(manifestOf(fresh, child)).toMatchObject({ kind: 'image' });
  });

  test('of a repository that is gone sees no tag', async () => {
    const { sandbox, before } = await looked();
    sandbox.answer({ path: /tags\/list/ }, { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' });
    const fresh = await sandbox.recheck(before);
    expect(fresh.tags.size).toBe(0);
    expect(sandbox.asked(/manifests/)).toEqual([]);
  });
});

describe('referrers', () => {
  const artifactType = 'application/spdx+json';
  const refersTo = (sandbox: Sandbox, subject: Pushed, content: string): Promise<Pushed> =>
    pushArtifact(sandbox, { repository, artifactType, subject, content });

  test('are followed to their own referrers, and read', async () => {
    const sandbox = await start({ profile: 'oci-1.1' });
    const image = await pushImage(sandbox, { repository, tags: ['v1'] });
    const sbom = await refersTo(sandbox, image, 'sbom');
    const signature = await refersTo(sandbox, sbom, 'signature of the sbom');
    const before = await sandbox.observe();
    sandbox.forgetRequests();
    const snapshot = await sandbox.observeReferrers(before, [image.digest]);
    expect([...snapshot.referrers]).toEqual([
      [image.digest, [sbom.digest]],
      [sbom.digest, [signature.digest]],
      [signature.digest, []],
    ]);
    expect(manifestOf(snapshot, sbom)).toMatchObject({ kind: 'artifact', subject: image.digest });
    expect(manifestOf(snapshot, signature)).toMatchObject({ kind: 'artifact', subject: sbom.digest });
    expect(manifestOf(snapshot, image)).toEqual(manifestOf(before, image));
    expect(sandbox.asked()).toHaveLength(5);
  });

  test('are asked for once for each subject, however often it is named', async () => {
    const sandbox = await start({ profile: 'oci-1.1' });
    const image = await pushImage(sandbox, { repository, tags: ['v1'] });
    const first = await sandbox.observeReferrers(await sandbox.observe(), [image.digest, image.digest]);
    await sandbox.observeReferrers(first, [image.digest]);
    expect(sandbox.asked(/referrers/)).toEqual([`GET referrers/${image.digest}`]);
  });

  test("that can't be read are opaque, and reported", async () => {
    const sandbox = await start({ profile: 'oci-1.1' });
    const image = await pushImage(sandbox, { repository, tags: ['v1'] });
    const sbom = await refersTo(sandbox, image, 'sbom');
    sandbox.answer({ path: new RegExp(`manifests/${sbom.digest}`) }, { status: 200, body: 'hello' });
    const snapshot = await sandbox.observeReferrers(await sandbox.observe(), [image.digest]);
    expect(manifestOf(snapshot, sbom)).toMatchObject({ kind: 'opaque' });
    expect(snapshot.problems.map(({ at }) => at)).toEqual([`apps/web@${sbom.digest}`]);
  });

  test('are asked for of nothing, where nothing is to go', async () => {
    const sandbox = await start({ profile: 'oci-1.1' });
    await pushImage(sandbox, { repository, tags: ['v1'] });
    await sandbox.observeReferrers(await sandbox.observe(), []);
    expect(sandbox.asked(/referrers/)).toEqual([]);
  });

  test.each(['distribution-2.8', 'distribution-3.1'] as const)(
    '%s: without the API it is asked once, over many manifests and repositories',
    async (profile) => {
      const sandbox = await start({ profile });
      const subjects: string[] = [];
      for (const name of ['v1', 'v2', 'v3', 'v4'])
        subjects.push((await pushImage(sandbox, { repository, tags: [name] })).digest);
      const there = await pushImage(sandbox, { repository: 'apps/api', tags: ['v1'] });
      const [here, other] = [await sandbox.observe(), await sandbox.observe({ repository: 'apps/api' })];
      const support = new ReferrersSupport();
      expect(support.has).toBe('unknown');
      const [snapshot] = await Promise.all([
        sandbox.observeReferrers(here, subjects, support),
        sandbox.observeReferrers(other, [there.digest], support),
      ]);
      expect(sandbox.asked(/referrers/)).toHaveLength(1);
      expect(snapshot).toEqual(here);
      expect(support.has).toBe('no');
    },
  );

  test('a first question that fails is thrown, and the next one is put to the registry again', async () => {
    const support = new ReferrersSupport();
    const failed = support.ask(() => Promise.reject(new Error('reset')));
    await expect(failed).rejects.toThrow('reset');
    expect(support.has).toBe('unknown');
    const digest = `sha256:${'a'.repeat(64)}` as Digest;
    expect(await support.ask(() => Promise.resolve({ kind: 'found', descriptors: [digest] }))).toEqual([digest]);
    expect(support.has).toBe('yes');
  });
});
