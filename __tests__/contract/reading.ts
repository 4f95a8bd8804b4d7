/** Contract: how manifests are served, and what `Accept` does to them. */
import { describe, expect, test } from '@jest/globals';
import { mediaTypes } from '../../src/model/index.ts';
import { digestOf } from '../../sandbox/registry.ts';
import { pushArtifact, pushImage, pushIndex, pushMultiPlatform } from '../../sandbox/push.ts';
import { ask, neverPushed, said } from './ask.ts';
import type { Context } from './suite.ts';

const platforms = [
  { os: 'linux', architecture: 'arm64' },
  { os: 'linux', architecture: 'amd64' },
];

export function readingTests({ subject, expected }: Context): void {
  describe('manifests', () => {
    test.each(['oci', 'docker'] as const)(
      '%s: by tag and by digest, byte for byte, with digest and type',
      async (format) => {
        const repository = `read/${format}`;
        const image = await pushImage(subject(), { repository, tags: ['one'], format });
        for (const reference of ['one', image.digest]) {
          const reply = await ask(subject(), 'GET', `${repository}/manifests/${reference}`);
          expect(reply).toMatchObject({ status: 200, bytes: image.bytes });
          expect(headersOf(reply.headers)).toEqual({ digest: image.digest, type: image.mediaType, size: image.size });
          const head = await ask(subject(), 'HEAD', `${repository}/manifests/${reference}`);
          expect(head).toMatchObject({ status: 200, text: '' });
          expect(headersOf(head.headers)).toEqual({ digest: image.digest, type: image.mediaType, size: image.size });
        }
      },
    );

    test.each(['oci', 'docker'] as const)('%s: an index and each of its children', async (format) => {
      const repository = `read/index-${format}`;
      const index = await pushMultiPlatform(subject(), {
        repository,
        tags: ['one'],
        format,
        platforms,
        attestations: true,
      });
      expect(index.children).toHaveLength(4);
      for (const { digest, bytes } of [index, ...index.children]) {
        expect(await ask(subject(), 'GET', `${repository}/manifests/${digest}`)).toMatchObject({ status: 200, bytes });
      }
    });

    test.each([
      ['a tag', 'read/absent', 'nothing'],
      ['a digest', 'read/absent', neverPushed()],
      ['a repository, by tag', 'read/nowhere', 'one'],
      ['a repository, by digest', 'read/nowhere', neverPushed()],
    ])('%s that is not there is 404', async (_name, repository, reference) => {
      await pushImage(subject(), { repository: 'read/absent', tags: ['one'] });
      const path = `${repository}/manifests/${reference}`;
      expect(said(await ask(subject(), 'GET', path)).status).toBe(404);
      expect(await ask(subject(), 'HEAD', path)).toMatchObject({ status: 404, text: '' });
    });

    test('a tag that is not there is MANIFEST_UNKNOWN', async () => {
      await pushImage(subject(), { repository: 'read/unknown', tags: ['one'] });
      const reply = await ask(subject(), 'GET', 'read/unknown/manifests/nothing');
      expect(said(reply)).toEqual({ status: 404, code: 'MANIFEST_UNKNOWN' });
    });

    test("a layer's digest is no manifest", async () => {
      const image = await pushImage(subject(), { repository: 'read/layer', layers: ['not JSON'] });
      const reply = await ask(subject(), 'GET', `read/layer/manifests/${image.blobs[1]?.digest ?? ''}`);
      expect([404, 500]).toContain(reply.status);
    });
  });

  describe('manifests that are not accepted', () => {
    test('an OCI manifest, for a client that says */*', async () => {
      await pushImage(subject(), { repository: 'accept/manifest', tags: ['one'] });
      const reply = await ask(subject(), 'GET', 'accept/manifest/manifests/one', { accept: '*/*' });
      expect(reply.status).toBe(expected.manifestUnaccepted);
    });

    test('an OCI index, for a client that takes manifests', async () => {
      await pushMultiPlatform(subject(), { repository: 'accept/index', tags: ['one'], platforms });
      const accept = mediaTypes.ociManifest;
      const reply = await ask(subject(), 'GET', 'accept/index/manifests/one', { accept });
      expect(reply.status).toBe(expected.indexUnaccepted);
    });

    test('a Docker list by tag, for a client that takes Docker manifests: the digest may be the amd64 child', async () => {
      const options = { repository: 'accept/list', tags: ['one'], platforms, format: 'docker' } as const;
      const list = await pushMultiPlatform(subject(), options);
      const accept = mediaTypes.dockerManifest;
      const reply = await ask(subject(), 'HEAD', 'accept/list/manifests/one', { accept });
      const served = expected.listUnaccepted === 'child' ? list.children[1] : list;
      expect(reply.headers.get('docker-content-digest')).toBe(served?.digest);
    });

    test('a Docker manifest by tag, for a client that names no type', async () => {
      const options = {
        repository: 'accept/docker',
        tags: ['one'],
        format: 'docker',
        history: ['2020-01-01T00:00:00Z'],
      } as const;
      const image = await pushImage(subject(), options);
      const reply = await ask(subject(), 'GET', 'accept/docker/manifests/one', { accept: '*/*' });
      const digest = reply.headers.get('docker-content-digest') ?? '';
      if (expected.dockerUnaccepted === 'same') {
        expect(digest).toBe(image.digest);
      } else {
        expect(reply.headers.get('content-type')).toBe(mediaTypes.dockerSchema1Signed);
        expect((await ask(subject(), 'HEAD', `accept/docker/manifests/${digest}`)).status).toBe(404);
      }
    });

    test('by digest nothing is ever rewritten', async () => {
      const options = { repository: 'accept/digest', format: 'docker' } as const;
      const list = await pushMultiPlatform(subject(), { ...options, platforms });
      const accept = mediaTypes.dockerManifest;
      const reply = await ask(subject(), 'GET', `accept/digest/manifests/${list.digest}`, { accept });
      if (reply.status === 200) expect(digestOf(reply.bytes)).toBe(list.digest);
    });
  });

  describe('referrers', () => {
    test('are listed by the API, or the API is 404', async () => {
      const repository = 'read/referrers';
      const image = await pushImage(subject(), { repository, tags: ['one'] });
      const artifactType = 'application/vnd.example.sbom';
      const sbom = await pushArtifact(subject(), { repository, artifactType, subject: image });
      const index = await pushIndex(subject(), { repository, tags: ['index'], children: [image], subject: image });
      const reply = await ask(subject(), 'GET', `${repository}/referrers/${image.digest}`);
      if (!expected.referrers) {
        expect(reply.status).toBe(404);
        return;
      }
      expect(reply.headers.get('content-type')).toBe(mediaTypes.ociIndex);
      const { manifests } = JSON.parse(reply.text) as { manifests: { digest: string; artifactType?: string }[] };
      expect(manifests.map(({ digest }) => digest).sort()).toEqual([sbom.digest, index.digest].sort());
      expect(manifests.find(({ digest }) => digest === sbom.digest)?.artifactType).toBe(artifactType);
    });

    test('of what nothing refers to are an empty list, or the API is 404', async () => {
      await pushImage(subject(), { repository: 'read/lonely', tags: ['one'] });
      const reply = await ask(subject(), 'GET', `read/lonely/referrers/${neverPushed()}`);
      expect(reply.status).toBe(expected.referrers ? 200 : 404);
      if (expected.referrers) expect(JSON.parse(reply.text)).toMatchObject({ manifests: [] });
    });
  });
}

function headersOf(headers: Headers): {
  readonly digest: string | null;
  readonly type: string | null;
  readonly size: number;
} {
  return {
    digest: headers.get('docker-content-digest'),
    type: headers.get('content-type'),
    size: Number(headers.get('content-length')),
  };
}
