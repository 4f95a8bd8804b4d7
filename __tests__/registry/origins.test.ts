/** Credentials and tokens go to the registry and to its realm, and nowhere else: a foreign server that listens hears none. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../src/credentials/index.ts';
import { makeCertificates, type Certificates } from './certificates.ts';
import { client, digest, repository, startServer, tag, type Client, type Script, type TestServer } from './server.ts';

const open: { close(): Promise<void> }[] = [];
let foreign: TestServer;
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  foreign = await serve(() => ({ status: 200, body: { token: 'x', tags: [], manifests: [] } }));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function serve(script: Script, options?: Parameters<typeof startServer>[1]): Promise<TestServer> {
  const server = await startServer(script, options);
  open.push(server);
  return server;
}

function connectTo(server: TestServer, credentials: Credentials, options: Parameters<typeof client>[2] = {}): Client {
  const registry = client(server.url, credentials, { caCertificate: certificates.authority, ...options });
  open.push(registry);
  return registry;
}

const all: readonly Credentials[] = [
  { kind: 'basic', username: 'ada', password: 'secret' },
  { kind: 'identity-token', token: 'secret' },
  { kind: 'registry-token', token: 'secret' },
];
const config = {
  digest: digest(`sha256:${'a'.repeat(64)}`),
  mediaType: 'application/vnd.oci.image.config.v1+json',
  size: 2,
};
const isHeard = (server: TestServer): boolean =>
  server.seen.some(
    ({ headers, body, path }) => headers.authorization !== undefined || `${path} ${body}`.includes('secret'),
  );

describe.each(all)('$kind', (credentials) => {
  // Lets in whoever brings anything, and sends everyone elsewhere.
  const sendOn = async (
    headers: (url: string) => Readonly<Record<string, string>>,
    status: number,
  ): Promise<TestServer> => {
    const server: TestServer = await serve((seen) => {
      if (seen.path.startsWith('/token')) return { body: { token: 'secret-token' } };
      if (seen.headers.authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': `Bearer realm="${server.url}/token", Basic realm="b"` } };
      return { status, headers: headers(foreign.url), body: { tags: ['a'], manifests: [], repositories: ['a'] } };
    });
    return server;
  };

  test.each([301, 302, 303, 307, 308])('a redirect (%i) of anything', async (status) => {
    const server = await sendOn((url) => ({ location: `${url}/elsewhere` }), status);
    const registry = connectTo(server, credentials);
    const asked = await Promise.allSettled([
      registry.ping(),
      registry.listRepositories(),
      registry.listTags(repository()),
      registry.headManifest(repository(), tag('1')),
      registry.getManifest(repository(), tag('1')),
      registry.getConfig(repository(), config),
      registry.getReferrers(repository(), config.digest),
      registry.deleteManifest(repository(), tag('1')),
      registry.putManifest(repository(), tag('1'), 'application/vnd.oci.image.manifest.v1+json', Buffer.from('{}')),
      registry.putBlob(repository(), Buffer.from('{}')),
    ]);
    expect(asked).toHaveLength(10);
    // The config blob alone is fetched there.
    expect(foreign.lines()).toEqual(['GET /elsewhere']);
    expect(isHeard(foreign)).toBe(false);
  });

  test('a Link', async () => {
    const server = await sendOn((url) => ({ link: `<${url}/v2/apps/web/tags/list?last=a>; rel="next"` }), 200);
    await expect(connectTo(server, credentials).listTags(repository())).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('elsewhere'),
    });
    expect(foreign.seen).toHaveLength(0);
  });

  test('a Location of an upload', async () => {
    const server: TestServer = await serve((seen) => {
      if (seen.path.startsWith('/token')) return { body: { token: 'secret-token' } };
      if (seen.headers.authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': `Bearer realm="${server.url}/token"` } };
      return seen.method === 'HEAD' ? { status: 404 } : { status: 202, headers: { location: `${foreign.url}/upload` } };
    });
    await Promise.allSettled([connectTo(server, credentials).putBlob(repository(), Buffer.from('{}'))]);
    expect(isHeard(foreign)).toBe(false);
  });

  test('a foreign challenge: it is not answered', async () => {
    const asking = await serve(() => ({
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${foreign.url}/token", Basic realm="give"` },
    }));
    const server = await serve(() => ({ status: 307, headers: { location: `${asking.url}/blob` } }));
    expect(await connectTo(server, credentials).getConfig(repository(), config)).toMatchObject({ kind: 'unreadable' });
    expect([isHeard(asking), foreign.seen.length]).toEqual([false, 0]);
  });
});

describe('plain HTTP from https', () => {
  const [basic] = all;
  if (basic === undefined) throw new Error('no credentials');

  test('a realm is refused', async () => {
    const server = await serve(
      () => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${foreign.url}/token"` } }),
      { tls: certificates.good },
    );
    await expect(connectTo(server, basic).ping()).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('over plain HTTP'),
    });
    expect(foreign.seen).toHaveLength(0);
  });

  test.each(['/token', 'ftp://h.example/token', 'https://user:pass@h.example/token', ''])(
    'a realm that is no web address is refused: %j',
    async (realm) => {
      const server = await serve(() => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } }));
      await expect(connectTo(server, basic).ping()).rejects.toMatchObject({
        kind: 'protocol',
        message: expect.stringContaining('no web address'),
      });
    },
  );

  test('a redirect of a blob is not followed', async () => {
    const server = await serve(() => ({ status: 307, headers: { location: `${foreign.url}/blob` } }), {
      tls: certificates.good,
    });
    expect(await connectTo(server, basic).getConfig(repository(), config)).toMatchObject({ kind: 'unreadable' });
    expect(foreign.seen).toHaveLength(0);
  });

  test('an upload elsewhere is refused; at the registry itself it is meant as https', async () => {
    let location = `${foreign.url.replace('127.0.0.1', 'localhost')}/upload`;
    const server = await serve(
      (seen) => {
        if (seen.method === 'HEAD') return { status: 404 };
        return seen.method === 'POST' ? { status: 202, headers: { location } } : { status: 201 };
      },
      { tls: certificates.good },
    );
    const registry = connectTo(server, basic);
    await expect(registry.putBlob(repository(), Buffer.from('{}'))).rejects.toMatchObject({ kind: 'protocol' });
    location = 'http://127.0.0.1/v2/apps/web/blobs/uploads/1';
    await registry.putBlob(repository(), Buffer.from('{}'));
    expect(server.seen.at(-1)?.method).toBe('PUT');
    expect(foreign.seen).toHaveLength(0);
  });
});

test('no secret is in an error or in a record', async () => {
  const server: TestServer = await serve((seen) => {
    if (seen.path.startsWith('/token')) return { body: { token: 'secret-token' } };
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${server.url}/token?key=secret-key"` } };
  });
  const registry = connectTo(server, { kind: 'basic', username: 'ada', password: 'secret-password' });
  const seen: unknown[] = [];
  for (const settled of await Promise.allSettled([registry.ping(), registry.listTags(repository())]))
    if (settled.status === 'rejected') seen.push(String(settled.reason), JSON.stringify(settled.reason));
  expect(seen).toHaveLength(4);
  expect(JSON.stringify([seen, registry.records])).not.toMatch(/secret-(?:token|key|password)/);
  expect(registry.secrets).toContain('secret-token');
});
