import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mediaTypes, type Descriptor } from '../../src/model/index.ts';
import {
  client,
  digest,
  errors,
  repository,
  startServer,
  type Client,
  type Script,
  type Scripted,
  type TestServer,
} from './server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function serve(script: Script): Promise<TestServer> {
  const server = await startServer(script);
  open.push(server);
  return server;
}

function connectTo(url: string): Client {
  const registry = client(url, { kind: 'basic', username: 'ada', password: 'secret' });
  open.push(registry);
  return registry;
}

/** A registry that wants Basic. */
const closed =
  (script: Script): Script =>
  (seen, index) =>
    seen.headers.authorization === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
      : script(seen, index);

const text = '{"created":"2026-01-01T00:00:00Z"}';
const own = digest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
const config: Descriptor = { digest: own, mediaType: mediaTypes.ociConfig, size: text.length };
const found = { kind: 'found', bytes: Buffer.from(text) };

describe('config blobs', () => {
  test('are read at their place', async () => {
    const server = await serve(() => ({ body: text }));
    expect(await connectTo(server.url).getConfig(repository(), config)).toEqual(found);
    expect(server.lines()).toEqual([`GET /v2/apps/web/blobs/${own}`]);
  });

  test('and where the registry sends their readers, without credentials beyond it', async () => {
    const storage = await serve((seen) =>
      seen.path === '/1' ? { status: 302, headers: { location: '/2?X-Signature=s' } } : { body: text },
    );
    const server = await serve(closed(() => ({ status: 307, headers: { location: `${storage.url}/1` } })));
    const registry = connectTo(server.url);
    expect(await registry.getConfig(repository(), config)).toEqual(found);
    expect(storage.lines()).toEqual(['GET /1', 'GET /2?X-Signature=s']);
    expect(storage.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(registry.records.at(-1)?.path).toBe(`${storage.url}/2?X-Signature=…`);
  });

  test('a redirect within the registry keeps them; one that left and came back has none', async () => {
    const foreign: { url: string } = { url: '' };
    const server = await serve(
      closed((seen) => {
        if (seen.path.startsWith('/v2/')) return { status: 307, headers: { location: '/inside' } };
        return { status: 307, headers: { location: `${foreign.url}/out` } };
      }),
    );
    const storage = await serve(() => ({ status: 307, headers: { location: `${server.url}/back` } }));
    foreign.url = storage.url;
    expect(await connectTo(server.url).getConfig(repository(), config)).toMatchObject({ kind: 'unreadable' });
    expect(
      server.seen.map(
        ({ path, headers }) =>
          `${path.split('/')[1] ?? ''} ${headers.authorization === undefined ? 'without' : 'with'}`,
      ),
    ).toEqual(['v2 without', 'v2 with', 'inside with', 'back without']);
  });

  test.each<readonly [string, Scripted, unknown]>([
    ['BLOB_UNKNOWN', { status: 404, body: errors('BLOB_UNKNOWN') }, { kind: 'absent' }],
    ['a proxy’s 404', { status: 404, headers: { 'content-type': 'text/html' } }, { kind: 'unreadable' }],
    ['other bytes', { body: 'x' }, { kind: 'unreadable', why: expect.stringContaining(`instead of ${own}`) }],
    ['nothing, as a cache that outlived its blob', { body: '' }, { kind: 'unreadable' }],
    [
      '9 MiB',
      { body: 'x'.repeat(9 * 1024 * 1024) },
      { kind: 'unreadable', why: expect.stringContaining('longer than') },
    ],
    ['cut', 'cut', { kind: 'unreadable' }],
    [
      'redirects without an end',
      { status: 302, headers: { location: '?again' } },
      { kind: 'unreadable', why: expect.stringContaining('redirect') },
    ],
    [
      'a redirect to no web address',
      { status: 302, headers: { location: 'file:///etc/passwd' } },
      { kind: 'unreadable' },
    ],
  ])('%s', async (_, scripted, expected) => {
    const server = await serve(() => scripted);
    expect(await connectTo(server.url).getConfig(repository(), config)).toMatchObject(expected as object);
  });

  test('one that is said to be too long is not asked for', async () => {
    const server = await serve(() => ({ body: text }));
    expect(await connectTo(server.url).getConfig(repository(), { ...config, size: 9_000_000 })).toMatchObject({
      kind: 'unreadable',
    });
    expect(server.seen).toHaveLength(0);
  });
});

describe('uploads', () => {
  const bytes = Buffer.from(text);

  test('nothing where it is there', async () => {
    const server = await serve(() => ({}));
    expect(await connectTo(server.url).putBlob(repository(), bytes)).toBe(own);
    expect(server.lines()).toEqual([`HEAD /v2/apps/web/blobs/${own}`]);
  });

  const upload =
    (location: string): Script =>
    (seen) => {
      if (seen.method === 'HEAD') return { status: 404 };
      return seen.method === 'POST' ? { status: 202, headers: { location } } : { status: 201 };
    };

  test.each<readonly [string, (url: string) => string]>([
    ['a path', () => '/v2/apps/web/blobs/uploads/1?_state=a%2Bb'],
    ['a URL', (url) => `${url}/v2/apps/web/blobs/uploads/1?_state=a%2Bb`],
    ['relative', () => '1?_state=a%2Bb'],
  ])('at a place given as %s, with its query kept', async (_, locate) => {
    let location = '';
    const server = await serve((seen, index) => upload(location)(seen, index));
    location = locate(server.url);
    const registry = connectTo(server.url);
    expect(await registry.putBlob(repository(), bytes)).toBe(own);
    expect(server.lines()).toEqual([
      `HEAD /v2/apps/web/blobs/${own}`,
      'POST /v2/apps/web/blobs/uploads/',
      `PUT /v2/apps/web/blobs/uploads/1?_state=a+b&digest=${own}`,
    ]);
    expect(server.seen[2]).toMatchObject({ body: text, headers: { 'content-type': 'application/octet-stream' } });
    expect(registry.records[2]?.path).toBe(`/v2/apps/web/blobs/uploads/1?_state=…&digest=${own}`);
  });

  test('below the origin’s prefix, though the registry doesn’t know of it', async () => {
    const server = await serve(upload('/v2/apps/web/blobs/uploads/1'));
    await connectTo(`${server.url}/docker`).putBlob(repository(), bytes);
    expect(server.lines()[2]).toBe(`PUT /docker/v2/apps/web/blobs/uploads/1?digest=${own}`);
  });

  test('elsewhere, without credentials', async () => {
    const storage = await serve(() => ({ status: 201 }));
    const server = await serve(closed(upload(`${storage.url}/put?sig=s`)));
    await connectTo(server.url).putBlob(repository(), bytes);
    expect(storage.lines()).toEqual([`PUT /put?sig=s&digest=${own}`]);
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('an answer that was lost is looked up', async () => {
    let uploaded = false;
    const server = await serve((seen) => {
      if (seen.method === 'HEAD') return { status: uploaded ? 200 : 404 };
      if (seen.method === 'POST') return { status: 202, headers: { location: '/up' } };
      if (uploaded) return { status: 404, body: errors('BLOB_UPLOAD_UNKNOWN') };
      uploaded = true;
      return 'drop';
    });
    expect(await connectTo(server.url).putBlob(repository(), bytes)).toBe(own);
  });

  test.each<readonly [string, Script]>([
    ['POST refused', (seen) => ({ status: seen.method === 'HEAD' ? 404 : 405 })],
    ['no place', (seen) => ({ status: seen.method === 'HEAD' ? 404 : 202 })],
    [
      'PUT refused',
      (seen) => (seen.method === 'PUT' ? { status: 400, body: errors('DIGEST_INVALID') } : upload('/up')(seen, 0)),
    ],
  ])('%s', async (_, script) => {
    const server = await serve(script);
    await expect(connectTo(server.url).putBlob(repository(), bytes)).rejects.toMatchObject({ name: 'RegistryError' });
  });
});
