import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mediaTypes } from '../../src/model/index.ts';
import {
  client,
  digest,
  errors,
  repository,
  startServer,
  tag,
  type Client,
  type Script,
  type Scripted,
  type TestServer,
} from './server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(script: Script | Scripted): Promise<{ readonly server: TestServer; readonly registry: Client }> {
  const server = await startServer(typeof script === 'function' ? script : () => script);
  const registry = client(server.url);
  open.push(registry, server);
  return { server, registry };
}

const hash = (text: string | Uint8Array, algorithm = 'sha256'): ReturnType<typeof digest> =>
  digest(`${algorithm}:${createHash(algorithm).update(text).digest('hex')}`);

const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] });
const own = hash(text);
const other = hash('other');
const image = { 'content-type': mediaTypes.ociManifest, 'docker-content-digest': own };
const html = { 'content-type': 'text/html' };
const unreadable = (why: string): unknown => ({ kind: 'unreadable', why: expect.stringContaining(why) });

describe('HEAD', () => {
  test('says digest, type and size in one request that accepts every type', async () => {
    const { server, registry } = await start({ headers: image, body: text });
    const found = { kind: 'found', digest: own, mediaType: mediaTypes.ociManifest, size: text.length };
    expect(await registry.headManifest(repository(), tag('1'))).toEqual(found);
    expect(await registry.headManifest(repository(), own)).toEqual(found);
    expect(server.lines()).toEqual(['HEAD /v2/apps/web/manifests/1', `HEAD /v2/apps/web/manifests/${own}`]);
    for (const type of [
      mediaTypes.ociIndex,
      mediaTypes.dockerList,
      mediaTypes.ociManifest,
      mediaTypes.dockerManifest,
      mediaTypes.dockerSchema1Signed,
    ])
      expect(server.seen[0]?.headers.accept).toContain(type);
  });

  test.each<readonly [string, Scripted]>([
    ['no digest', { headers: { 'content-type': mediaTypes.ociManifest }, body: text }],
    ['a digest that is none', { headers: { ...image, 'docker-content-digest': 'sha256:short' }, body: text }],
    ['a type that says nothing', { headers: { ...image, 'content-type': 'application/json' }, body: text }],
  ])('with %s becomes GET', async (_, scripted) => {
    const { server, registry } = await start(scripted);
    expect(await registry.headManifest(repository(), tag('1'))).toEqual({
      kind: 'found',
      digest: own,
      mediaType: mediaTypes.ociManifest,
      size: text.length,
    });
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('that isn’t supported becomes GET', async () => {
    const { registry } = await start((seen) =>
      seen.method === 'HEAD' ? { status: 405 } : { headers: image, body: text },
    );
    expect(await registry.headManifest(repository(), tag('1'))).toMatchObject({ kind: 'found', digest: own });
  });

  test.each<readonly [string, Scripted, unknown]>([
    ['404 with JSON', { status: 404, body: errors('MANIFEST_UNKNOWN') }, { kind: 'absent' }],
    ['404 with nothing', { status: 404 }, { kind: 'absent' }],
    ['404 with a page', { status: 404, headers: html }, unreadable('web page')],
    ['200 with a page', { headers: html, body: '<html>' }, unreadable('web page')],
    [
      'another digest',
      { headers: { ...image, 'docker-content-digest': other }, body: text },
      unreadable('another digest'),
    ],
    ['400', { status: 400 }, unreadable('400')],
    ['500, as 3.x says it of schema 1', { status: 500 }, unreadable('500')],
    ['a redirect', { status: 307, headers: { location: 'https://cdn.example/x' } }, unreadable('redirect')],
  ])('%s', async (_, scripted, expected) => {
    const { registry } = await start(scripted);
    expect(await registry.headManifest(repository(), own)).toEqual(expected);
  });

  test.each([502, 503, 504])('%i after the retries is about the registry, not about the manifest', async (status) => {
    const { registry } = await start({ status });
    await expect(registry.headManifest(repository(), tag('1'))).rejects.toMatchObject({ kind: 'server', status });
  });
});

describe('GET', () => {
  test('gives the bytes as they are, by tag and by digest', async () => {
    const { registry } = await start({
      headers: { ...image, 'content-type': `${mediaTypes.ociManifest}; charset=utf-8` },
      body: text,
    });
    const found = { kind: 'found', digest: own, mediaType: mediaTypes.ociManifest };
    const got = await registry.getManifest(repository(), tag('1'));
    expect(got).toMatchObject(found);
    expect(got.kind === 'found' && Buffer.from(got.bytes).toString()).toBe(text);
    expect(await registry.getManifest(repository(), own)).toMatchObject(found);
  });

  test('computes the digest where the registry says none, and takes the type from the body where the header is useless', async () => {
    const { registry } = await start({ headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text });
    expect(await registry.getManifest(repository(), tag('1'))).toMatchObject({
      digest: own,
      mediaType: mediaTypes.ociManifest,
    });
  });

  test('sha512 is checked as sha512', async () => {
    const long = hash(text, 'sha512');
    const { registry } = await start({ headers: { ...image, 'docker-content-digest': long }, body: text });
    expect(await registry.getManifest(repository(), tag('1'))).toMatchObject({ kind: 'found', digest: long });
    expect(await registry.getManifest(repository(), long)).toMatchObject({ kind: 'found', digest: long });
  });

  test('a signed schema 1 manifest has the digest of what was signed', async () => {
    const payload = '{\n   "schemaVersion": 1,\n   "name": "apps/web"\n}';
    const head = payload.slice(0, -2);
    const header = Buffer.from(
      JSON.stringify({ formatLength: head.length, formatTail: Buffer.from('\n}').toString('base64url') }),
    );
    const signed = `${head},\n   "signatures": [{"signature": "x", "protected": "${header.toString('base64url')}"}]\n}`;
    const headers = { 'content-type': mediaTypes.dockerSchema1Signed, 'docker-content-digest': hash(payload) };
    const { registry } = await start((_, index) => ({
      headers,
      body: index === 0 ? signed : index === 1 ? '{"signatures": []}' : text,
    }));
    expect(await registry.getManifest(repository(), tag('1'))).toMatchObject({ kind: 'found', digest: hash(payload) });
    expect(await registry.getManifest(repository(), tag('1'))).toEqual(unreadable('signatures'));
    expect(await registry.getManifest(repository(), tag('1'))).toEqual(unreadable('it is answered as'));
  });

  const plainType = { 'content-type': mediaTypes.ociManifest };
  test.each<readonly [string, Scripted, unknown]>([
    ['other bytes than were asked for', { headers: plainType, body: `${text} ` }, unreadable(`instead of ${own}`)],
    ['not JSON', { headers: plainType, body: 'gzip?' }, unreadable('not a JSON object')],
    ['JSON that was cut', { headers: plainType, body: text.slice(0, -5) }, unreadable('not a JSON object')],
    ['JSON, but no object', { headers: plainType, body: '[]' }, unreadable('not a JSON object')],
    ['not UTF-8', { headers: plainType, body: new Uint8Array([0x7b, 0xff, 0x7d]) }, unreadable('not a JSON object')],
    [
      'no type at all',
      { headers: { 'content-type': 'application/json' }, body: '{}' },
      unreadable('media type is not said'),
    ],
    [
      'two types',
      { headers: { 'content-type': mediaTypes.ociIndex }, body: text },
      unreadable('says application/vnd.oci.image.manifest'),
    ],
    ['HTML with status 200', { headers: html, body: '<html>' }, unreadable('web page with status 200')],
    ['a body that always ends early', 'cut', unreadable('cut before its end')],
    ['5 MiB', { headers: plainType, body: 'x'.repeat(5 * 1024 * 1024) }, unreadable('longer than')],
    ['404 MANIFEST_UNKNOWN', { status: 404, body: errors('MANIFEST_UNKNOWN') }, { kind: 'absent' }],
    ['404 NAME_UNKNOWN', { status: 404, body: errors('NAME_UNKNOWN') }, { kind: 'absent' }],
    ['404 with a page', { status: 404, headers: html, body: '<html>' }, unreadable('404')],
    [
      '404 in plain text',
      { status: 404, headers: { 'content-type': 'text/plain' }, body: 'not found' },
      unreadable('404'),
    ],
    [
      '404 for a type that was not accepted',
      {
        status: 404,
        body: errors('MANIFEST_UNKNOWN', 'OCI manifest found, but accept header does not support OCI manifests'),
      },
      unreadable('accept header'),
    ],
    ['418', { status: 418 }, unreadable('418')],
  ])('%s', async (_, scripted, expected) => {
    const { registry } = await start(scripted);
    expect(await registry.getManifest(repository(), own)).toEqual(expected);
  });

  test('by tag, bytes that are not what the registry says that it points at', async () => {
    const { registry } = await start({ headers: { ...image, 'docker-content-digest': other }, body: text });
    expect(await registry.getManifest(repository(), tag('1'))).toEqual(unreadable(`instead of ${other}`));
  });
});

describe('DELETE', () => {
  test.each<readonly [string, Scripted, unknown]>([
    ['202', { status: 202 }, { kind: 'deleted', certain: true }],
    ['204', { status: 204 }, { kind: 'deleted', certain: true }],
    ['404', { status: 404, body: errors('MANIFEST_UNKNOWN') }, { kind: 'absent' }],
    [
      'a proxy’s 404',
      { status: 404, headers: html, body: '<html>' },
      { kind: 'refused', status: 404, readOnly: false },
    ],
    [
      'deletes disabled',
      { status: 405, body: errors('UNSUPPORTED', 'The operation is unsupported.') },
      {
        kind: 'refused',
        status: 405,
        codes: ['UNSUPPORTED'],
        readOnly: false,
        error: {
          kind: 'unsupported',
          wayOut: expect.stringMatching(/REGISTRY_STORAGE_DELETE_ENABLED=true.*pull-through cache/),
        },
      },
    ],
    [
      'read-only',
      {
        status: 405,
        headers: { 'content-type': 'text/plain; charset=utf-8', allow: 'GET, HEAD' },
        body: 'Method not allowed\n',
      },
      {
        kind: 'refused',
        status: 405,
        readOnly: true,
        error: { wayOut: expect.stringContaining('maintenance.readonly') },
      },
    ],
    [
      'by tag on 2.8',
      { status: 400, body: errors('DIGEST_INVALID') },
      {
        kind: 'refused',
        status: 400,
        codes: ['DIGEST_INVALID'],
        error: { message: expect.stringContaining("doesn't delete by tag") },
      },
    ],
    ['in an index, on Harbor', { status: 412 }, { kind: 'refused', status: 412 }],
    ['a layer, on 3.1.1', { status: 500 }, { kind: 'refused', status: 500, error: { kind: 'server' } }],
  ])('%s', async (_, scripted, expected) => {
    const { server, registry } = await start(scripted);
    expect(await registry.deleteManifest(repository(), own)).toMatchObject(expected as object);
    expect(server.lines()[0]).toBe(`DELETE /v2/apps/web/manifests/${own}`);
  });

  test.each<readonly [string, Scripted]>([
    ['a 503', { status: 503 }],
    ['a dropped connection', 'drop'],
    ['a cut answer', 'cut'],
  ])('404 after %s was deleted by the first try', async (_, first) => {
    const { registry } = await start((_seen, index) =>
      index === 0 ? first : { status: 404, body: errors('MANIFEST_UNKNOWN') },
    );
    expect(await registry.deleteManifest(repository(), own)).toEqual({ kind: 'deleted', certain: false });
  });

  test('404 after 429 is absent: a 429 does nothing', async () => {
    const { registry } = await start((_, index) =>
      index === 0 ? { status: 429 } : { status: 404, body: errors('MANIFEST_UNKNOWN') },
    );
    expect(await registry.deleteManifest(repository(), own)).toEqual({ kind: 'absent' });
  });

  test('no redirect is followed', async () => {
    const { server, registry } = await start({ status: 307, headers: { location: '/v2/apps/api/manifests/1' } });
    expect(await registry.deleteManifest(repository(), tag('1'))).toMatchObject({ kind: 'refused', status: 307 });
    expect(server.seen).toHaveLength(1);
  });
});

describe('PUT', () => {
  const bytes = Buffer.from(text);

  test('sends the bytes as they are and answers their digest', async () => {
    const { server, registry } = await start({
      status: 201,
      headers: { location: `/v2/apps/web/manifests/${own}`, 'docker-content-digest': own },
    });
    expect(await registry.putManifest(repository(), tag('1'), mediaTypes.ociManifest, bytes)).toBe(own);
    expect(server.seen[0]).toMatchObject({ method: 'PUT', path: '/v2/apps/web/manifests/1', body: text });
    expect(server.seen[0]?.headers['content-type']).toBe(mediaTypes.ociManifest);
  });

  test.each<readonly [string, Scripted]>([
    ['another digest', { status: 201, headers: { 'docker-content-digest': other } }],
    ['another place', { status: 201, headers: { location: `https://h.example/v2/apps/web/manifests/${other}` } }],
  ])('a registry that stored something else: %s', async (_, scripted) => {
    const { registry } = await start(scripted);
    await expect(registry.putManifest(repository(), tag('1'), mediaTypes.ociManifest, bytes)).rejects.toMatchObject({
      kind: 'protocol',
    });
  });

  test('a place that is the tag’s says nothing of the digest', async () => {
    const { registry } = await start({ status: 201, headers: { location: '/v2/apps/web/manifests/1' } });
    expect(await registry.putManifest(repository(), tag('1'), mediaTypes.ociManifest, bytes)).toBe(own);
  });

  test.each<readonly [Scripted, string]>([
    [{ status: 400, body: errors('MANIFEST_BLOB_UNKNOWN') }, 'protocol'],
    [{ status: 403, body: errors('DENIED') }, 'denied'],
    [{ status: 405, headers: { allow: 'GET, HEAD' } }, 'unsupported'],
  ])('refused: %j', async (scripted, kind) => {
    const { registry } = await start(scripted);
    await expect(registry.putManifest(repository(), tag('1'), mediaTypes.ociManifest, bytes)).rejects.toMatchObject({
      kind,
    });
  });

  test('a digest that is called invalid was read from a link half-written: put again', async () => {
    const { server, registry } = await start((_, index) =>
      index < 3 ? { status: 400, body: errors('DIGEST_INVALID') } : { status: 201 },
    );
    expect(await registry.putManifest(repository(), tag('1'), mediaTypes.ociManifest, bytes)).toBe(own);
    expect(server.seen.map(({ method, body }) => [method, body])).toEqual(Array(4).fill(['PUT', text]));
  });

  test('and not without end', async () => {
    const { server, registry } = await start({ status: 400, body: errors('DIGEST_INVALID') });
    await expect(registry.putManifest(repository(), tag('1'), mediaTypes.ociManifest, bytes)).rejects.toMatchObject({
      kind: 'protocol',
      codes: ['DIGEST_INVALID'],
    });
    expect(server.seen).toHaveLength(8);
  });

  test('bytes that aren’t the digest’s are not sent', async () => {
    const { server, registry } = await start({ status: 201 });
    await expect(registry.putManifest(repository(), other, mediaTypes.ociManifest, bytes)).rejects.toThrow(own);
    expect(server.seen).toHaveLength(0);
  });
});
