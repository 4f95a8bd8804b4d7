/** Contract: what a deletion takes, and what it leaves. */
import { describe, expect, test } from '@jest/globals';
import { pushArtifact, pushCacheIndex, pushImage, pushIndex, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import { ask, neverPushed, said, tagsIn } from './ask.ts';
import type { Context } from './suite.ts';

const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

export function deletingTests({ subject, expected }: Context): void {
  async function tagsOf(repository: string): Promise<readonly string[]> {
    return [...(tagsIn(await ask(subject(), 'GET', `${repository}/tags/list`)) ?? [])].sort();
  }
  async function remove(repository: string, reference: string): Promise<ReturnType<typeof said>> {
    return said(await ask(subject(), 'DELETE', `${repository}/manifests/${reference}`));
  }
  async function statusOf(repository: string, reference: string): Promise<number> {
    return (await ask(subject(), 'HEAD', `${repository}/manifests/${reference}`)).status;
  }

  describe('DELETE by digest', () => {
    test('is 202, takes every tag of the image along, and no other', async () => {
      const repository = 'delete/digest';
      const { digest } = await pushImage(subject(), { repository, tags: ['one', 'two'] });
      const other = await pushImage(subject(), { repository, tags: ['three'] });
      const reply = await ask(subject(), 'DELETE', `${repository}/manifests/${digest}`);
      expect(reply).toMatchObject({ status: 202, text: '' });
      expect(await tagsOf(repository)).toEqual(['three']);
      for (const reference of ['one', 'two', digest]) expect(await statusOf(repository, reference)).toBe(404);
      expect(await statusOf(repository, other.digest)).toBe(200);
    });

    test('is 404 MANIFEST_UNKNOWN the second time', async () => {
      const { digest } = await pushImage(subject(), { repository: 'delete/twice', tags: ['one'] });
      expect(await remove('delete/twice', digest)).toEqual({ status: 202 });
      expect(await remove('delete/twice', digest)).toEqual({ status: 404, code: 'MANIFEST_UNKNOWN' });
    });

    test('of one that never existed is 404 MANIFEST_UNKNOWN: the harmless question', async () => {
      await pushImage(subject(), { repository: 'delete/probe', tags: ['one'] });
      expect(await remove('delete/probe', neverPushed())).toEqual({ status: 404, code: 'MANIFEST_UNKNOWN' });
    });

    test('in a repository that never existed is 404', async () => {
      expect((await remove('delete/nowhere', neverPushed())).status).toBe(404);
    });

    test("leaves the image's blobs, and a push brings it back", async () => {
      const image = await pushImage(subject(), { repository: 'delete/back', tags: ['one'] });
      await remove('delete/back', image.digest);
      for (const { digest } of image.blobs) {
        expect((await ask(subject(), 'HEAD', `delete/back/blobs/${digest}`)).status).toBe(200);
      }
      await tag(subject(), image, 'one');
      expect((await ask(subject(), 'GET', 'delete/back/manifests/one')).bytes).toEqual(image.bytes);
    });

    test('of an index leaves its children', async () => {
      const repository = 'delete/index';
      const index = await pushMultiPlatform(subject(), { repository, tags: ['one'], platforms });
      expect(await remove(repository, index.digest)).toEqual({ status: 202 });
      for (const child of index.children) expect(await statusOf(repository, child.digest)).toBe(200);
    });

    test('of a child leaves the index, which then lists what is not there', async () => {
      const repository = 'delete/child';
      const index = await pushMultiPlatform(subject(), { repository, tags: ['one'], platforms });
      const child = index.children[1]?.digest ?? '';
      expect(await remove(repository, child)).toEqual({ status: 202 });
      expect(await statusOf(repository, 'one')).toBe(200);
      expect(await statusOf(repository, child)).toBe(404);
    });

    test('of a subject leaves what refers to it', async () => {
      const repository = 'delete/subject';
      const image = await pushImage(subject(), { repository, tags: ['one'] });
      const artifactType = 'application/vnd.example.sbom';
      const sbom = await pushArtifact(subject(), { repository, artifactType, subject: image });
      expect(await remove(repository, image.digest)).toEqual({ status: 202 });
      expect(await statusOf(repository, sbom.digest)).toBe(200);
    });

    test('of the manifest that covers several tags removes them all, and uncovers nothing', async () => {
      const repository = 'delete/covered';
      const one = await pushImage(subject(), { repository, tags: ['a', 'b', 'kept'] });
      const cover = await pushImage(subject(), { repository, tags: ['a', 'b'], seed: 'cover' });
      expect(await remove(repository, cover.digest)).toEqual({ status: 202 });
      expect(await tagsOf(repository)).toEqual(['kept']);
      expect(await statusOf(repository, one.digest)).toBe(200);
    });
  });

  describe('DELETE by tag', () => {
    test('takes that tag alone, or says that it cannot', async () => {
      const repository = 'delete/tag';
      const { digest } = await pushImage(subject(), { repository, tags: ['one', 'two'] });
      const answer = await remove(repository, 'one');
      const removes = expected.deleteByTag === 'removes';
      expect(answer).toEqual(expected.deleteByTag === 'removes' ? { status: 202 } : expected.deleteByTag);
      expect(await tagsOf(repository)).toEqual(removes ? ['two'] : ['one', 'two']);
      expect(await statusOf(repository, 'one')).toBe(removes ? 404 : 200);
      for (const reference of ['two', digest]) expect(await statusOf(repository, reference)).toBe(200);
    });

    test('of the last tag leaves the image under its digest', async () => {
      const { digest } = await pushImage(subject(), { repository: 'delete/last', tags: ['one'] });
      await remove('delete/last', 'one');
      expect(await statusOf('delete/last', digest)).toBe(200);
    });

    test('of a tag that is not there', async () => {
      await pushImage(subject(), { repository: 'delete/absent', tags: ['one'] });
      expect(await remove('delete/absent', 'nothing')).toEqual(expected.deleteOfAbsentTag);
    });
  });

  describe("DELETE of a layer's digest as if it were a manifest's", () => {
    test('may take the layer from every image of the repository', async () => {
      const repository = 'delete/layer';
      const image = await pushImage(subject(), { repository, tags: ['kept'], layers: ['a layer of a kept image'] });
      const layers = image.blobs.slice(1);
      if (expected.takesCacheIndex) await pushCacheIndex(subject(), { repository, tags: ['cache'], layers });
      const layer = layers[0]?.digest ?? '';
      const { status } = await remove(repository, layer);
      expect(expected.deleteOfLayer.status).toContain(status);
      expect(await statusOf(repository, 'kept')).toBe(200);
      const left = (await ask(subject(), 'GET', `${repository}/blobs/${layer}`)).status;
      if (expected.deleteOfLayer.layerIs === 'there') expect(left).toBe(200);
      if (expected.deleteOfLayer.layerIs === 'gone') expect(left).toBe(404);
    });

    test('whose index goes, leaves the layers of the images', async () => {
      const repository = 'delete/cache';
      const image = await pushImage(subject(), { repository, tags: ['kept'], layers: ['another layer'] });
      const index = await pushIndex(subject(), { repository, tags: ['list'], children: [image] });
      expect(await remove(repository, index.digest)).toEqual({ status: 202 });
      for (const { digest } of image.blobs) {
        expect((await ask(subject(), 'GET', `${repository}/blobs/${digest}`)).status).toBe(200);
      }
    });
  });
}
