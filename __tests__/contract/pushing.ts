/** Contract: what a registry takes, and what it refuses to take. */
import { describe, expect, test } from '@jest/globals';
import { mediaTypes } from '../../src/model/index.ts';
import { mountBlob, putBlob, pushArtifact, pushCacheIndex, pushImage, pushIndex, tag } from '../../sandbox/push.ts';
import { ask, neverPushed, said } from './ask.ts';
import type { Context } from './suite.ts';

export function pushingTests({ subject, expected }: Context): void {
  const ghost = { mediaType: mediaTypes.ociManifest, digest: neverPushed(), size: 2 };

  describe('push', () => {
    test('answers 200 to a ping', async () => {
      expect((await ask(subject(), 'GET', '')).status).toBe(200);
    });

    test('a manifest PUT answers 201 with its digest', async () => {
      const { bytes, digest, mediaType } = await pushImage(subject(), { repository: 'push/image', tags: ['one'] });
      const reply = await ask(subject(), 'PUT', 'push/image/manifests/two', { type: mediaType, body: bytes });
      expect(reply.status).toBe(201);
      expect(reply.headers.get('docker-content-digest')).toBe(digest);
    });

    test('a second push moves the tag, and the first image stays under its digest', async () => {
      const first = await pushImage(subject(), { repository: 'push/moved', tags: ['tag'], seed: 'first' });
      const second = await pushImage(subject(), { repository: 'push/moved', tags: ['tag'], seed: 'second' });
      const head = await ask(subject(), 'HEAD', 'push/moved/manifests/tag');
      expect(head.headers.get('docker-content-digest')).toBe(second.digest);
      expect((await ask(subject(), 'HEAD', `push/moved/manifests/${first.digest}`)).status).toBe(200);
    });

    test('the same bytes on another tag are the same image', async () => {
      const image = await pushImage(subject(), { repository: 'push/shared', tags: ['one'] });
      await tag(subject(), image, 'two');
      const head = await ask(subject(), 'HEAD', 'push/shared/manifests/two');
      expect(head.headers.get('docker-content-digest')).toBe(image.digest);
    });

    test('a manifest whose blob is missing is 400 MANIFEST_BLOB_UNKNOWN', async () => {
      const { bytes, mediaType } = await pushImage(subject(), { repository: 'push/here', tags: ['one'] });
      const reply = await ask(subject(), 'PUT', 'push/elsewhere/manifests/one', { type: mediaType, body: bytes });
      expect(said(reply)).toEqual({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    });

    test('an index whose child is missing is 400 MANIFEST_BLOB_UNKNOWN', async () => {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [ghost] });
      const reply = await ask(subject(), 'PUT', 'push/index/manifests/one', { type: mediaTypes.ociIndex, body });
      expect(said(reply)).toEqual({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    });

    test('an index may list an index', async () => {
      const image = await pushImage(subject(), { repository: 'push/nested' });
      const inner = await pushIndex(subject(), { repository: 'push/nested', children: [image] });
      const outer = await pushIndex(subject(), { repository: 'push/nested', tags: ['outer'], children: [inner] });
      expect((await ask(subject(), 'GET', 'push/nested/manifests/outer')).bytes).toEqual(outer.bytes);
    });

    test('an index that lists layers, as the cache of BuildKit does', async () => {
      const { blobs } = await pushImage(subject(), { repository: 'push/cache', layers: ['layer'] });
      const pushed = pushCacheIndex(subject(), { repository: 'push/cache', tags: ['cache'], layers: blobs.slice(1) });
      if (expected.takesCacheIndex) expect((await pushed).tags).toEqual(['cache']);
      else await expect(pushed).rejects.toThrow('400');
    });

    test("a referrer's subject need not exist, and OCI-Subject says whether it was understood", async () => {
      const { bytes, mediaType } = await pushArtifact(subject(), {
        repository: 'push/referrer',
        artifactType: 'application/vnd.example.sbom',
        subject: ghost,
      });
      const reply = await ask(subject(), 'PUT', 'push/referrer/manifests/again', { type: mediaType, body: bytes });
      expect(reply.status).toBe(201);
      expect(reply.headers.get('oci-subject')).toBe(expected.referrers ? ghost.digest : null);
    });

    test('bytes under a digest that is not theirs are 400 DIGEST_INVALID', async () => {
      const { bytes, mediaType } = await pushImage(subject(), { repository: 'push/digest' });
      const path = `push/digest/manifests/${neverPushed()}`;
      const reply = await ask(subject(), 'PUT', path, { type: mediaType, body: bytes });
      expect(said(reply)).toEqual({ status: 400, code: 'DIGEST_INVALID' });
    });

    test.each([
      ['truncated JSON', mediaTypes.ociManifest, '{"schemaVersion":2,"mediaType"'],
      [
        'the type of another manifest',
        mediaTypes.ociManifest,
        `{"schemaVersion":2,"mediaType":"${mediaTypes.ociIndex}"}`,
      ],
      ['a type that is no manifest', 'text/plain', 'hello'],
    ])('%s is 400 MANIFEST_INVALID', async (_name, type, body) => {
      const reply = await ask(subject(), 'PUT', 'push/invalid/manifests/one', { type, body });
      expect(said(reply)).toEqual({ status: 400, code: 'MANIFEST_INVALID' });
    });
  });

  describe('blobs', () => {
    const content = new TextEncoder().encode('a blob of the contract');

    test('are uploaded, served and asked for by HEAD', async () => {
      const digest = await putBlob(subject(), 'blobs/whole', content);
      const reply = await ask(subject(), 'GET', `blobs/whole/blobs/${digest}`);
      expect(reply).toMatchObject({ status: 200, bytes: content });
      const head = await ask(subject(), 'HEAD', `blobs/whole/blobs/${digest}`);
      expect(head.status).toBe(200);
      expect(head.headers.get('content-length')).toBe(String(content.length));
    });

    test('are uploaded in pieces', async () => {
      let location = await begin('blobs/pieces');
      for (const piece of [content.subarray(0, 5), content.subarray(5)]) {
        const reply = await ask(subject(), 'PATCH', location, { type: 'application/octet-stream', body: piece });
        expect(reply.status).toBe(202);
        location = locationOf(reply.headers);
      }
      const digest = await putBlob(subject(), 'blobs/known', content);
      expect((await ask(subject(), 'PUT', `${location}&digest=${digest}`)).status).toBe(201);
      expect((await ask(subject(), 'GET', `blobs/pieces/blobs/${digest}`)).bytes).toEqual(content);
    });

    test('are taken over from another repository', async () => {
      const digest = await putBlob(subject(), 'blobs/from', content);
      await mountBlob(subject(), 'blobs/to', 'blobs/from', digest);
      expect((await ask(subject(), 'GET', `blobs/to/blobs/${digest}`)).bytes).toEqual(content);
    });

    test('an upload has a name, and is cancelled once', async () => {
      const begun = await ask(subject(), 'POST', 'blobs/cancelled/blobs/uploads/');
      const location = locationOf(begun.headers);
      const id = begun.headers.get('docker-upload-uuid') ?? 'none';
      expect(location).toContain(`/${id}?`);
      expect((await ask(subject(), 'DELETE', location)).status).toBe(204);
      expect(said(await ask(subject(), 'DELETE', location))).toEqual({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    });

    test('are refused with a digest that is not theirs', async () => {
      const location = await begin('blobs/wrong');
      const reply = await ask(subject(), 'PUT', `${location}&digest=${neverPushed()}`, { body: content });
      expect(said(reply)).toEqual({ status: 400, code: 'DIGEST_INVALID' });
    });

    test('that were never uploaded, or elsewhere, are 404 BLOB_UNKNOWN', async () => {
      const elsewhere = await putBlob(subject(), 'blobs/there', new Uint8Array([1, 2, 3]));
      await pushImage(subject(), { repository: 'blobs/here' });
      for (const digest of [elsewhere, neverPushed()]) {
        const reply = await ask(subject(), 'GET', `blobs/here/blobs/${digest}`);
        expect(said(reply)).toEqual({ status: 404, code: 'BLOB_UNKNOWN' });
      }
    });

    async function begin(repository: string): Promise<string> {
      const reply = await ask(subject(), 'POST', `${repository}/blobs/uploads/`);
      expect(reply.status).toBe(202);
      return locationOf(reply.headers);
    }
  });

  /** Path and query, with a query in any case. */
  function locationOf(headers: Headers): string {
    const { pathname, search } = new URL(headers.get('location') ?? '', subject().url);
    return `${pathname}${search === '' ? '?' : search}`;
  }
}
