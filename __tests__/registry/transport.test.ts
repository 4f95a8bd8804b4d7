import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connect as connectSocket, createServer, type AddressInfo } from 'node:net';
import { makeCertificates, type Certificates } from './certificates.ts';
import {
  client,
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

async function serve(script: Script, options?: Parameters<typeof startServer>[1]): Promise<TestServer> {
  const server = await startServer(script, options);
  open.push(server);
  return server;
}

function connectTo(url: string, options: Parameters<typeof client>[2] = {}): Client {
  const registry = client(url, { kind: 'anonymous' }, options);
  open.push(registry);
  return registry;
}

const failure = async (promise: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> => {
  try {
    await promise;
  } catch (error) {
    const { kind, message, wayOut, method, url, status } = error as Record<string, unknown>;
    return { kind, message, wayOut, method, url, status };
  }
  throw new Error('it went well');
};

const fine: Script = () => ({ body: {} });
const list: Scripted = { body: { name: 'apps/web', tags: ['1'] } };

/** One after the other; the last one stays. */
const inTurn =
  (...answers: readonly Scripted[]): Script =>
  (_, index) =>
    answers[index] ?? answers.at(-1) ?? 'drop';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});

describe('a registry that is not there', () => {
  test('a name that does not resolve', async () => {
    const said = await failure(connectTo('https://registry.invalid').ping());
    expect(said).toMatchObject({
      kind: 'unreachable',
      url: 'https://registry.invalid/v2/',
      method: 'GET',
      status: undefined,
    });
    expect(said.message).toContain("The name registry.invalid doesn't resolve");
    expect(said.wayOut).toContain('spelling');
  });

  test('a port where nobody listens, asked once', async () => {
    const server = await startServer(fine);
    await server.close();
    const registry = connectTo(server.url);
    expect(await failure(registry.ping())).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${server.port} refuses the connection`),
    });
    expect(registry.slept).toEqual([]);
  });

  test('plain HTTP on https', async () => {
    const server = await serve(fine);
    expect(await failure(connectTo(server.url.replace('http:', 'https:')).ping())).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('speaks plain HTTP, not https'),
      wayOut: expect.stringContaining(`registry: http://127.0.0.1:${server.port}`),
    });
  });

  test('https on a plain http URL', async () => {
    const server = await serve(fine, { tls: certificates.good });
    const said = await failure(connectTo(server.url.replace('https:', 'http:')).ping());
    expect(said.wayOut).toContain(`registry: https://127.0.0.1:${server.port}`);
  });

  test('https on a plain http URL, as Go and nginx say it', async () => {
    const server = await serve(() => ({ status: 400, body: 'Client sent an HTTP request to an HTTPS server.' }));
    expect(await failure(connectTo(server.url).ping())).toMatchObject({
      kind: 'protocol',
      wayOut: expect.stringContaining(`registry: https://127.0.0.1:${server.port}`),
    });
  });

  test('something that is no HTTP at all', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      socket.end('220 smtp.example ESMTP\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () =>
        new Promise((resolve) =>
          server.close(() => {
            resolve();
          }),
        ),
    });
    const { port } = server.address() as AddressInfo;
    expect(await failure(connectTo(`http://127.0.0.1:${port}`).ping())).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining("doesn't answer in HTTP"),
    });
  });

  test.each<readonly [string, Scripted]>([
    ['404', { status: 404, body: errors('NOT_FOUND') }],
    ['404 with a page', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['200 with a page', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' }],
  ])('something that is no registry: %s', async (_, scripted) => {
    const server = await serve(() => scripted);
    expect(await failure(connectTo(server.url).ping())).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('no container registry at this address'),
    });
  });

  test('a registry that has moved', async () => {
    const server = await serve(() => ({ status: 301, headers: { location: 'https://new.example/v2/' } }));
    expect(await failure(connectTo(server.url).ping())).toMatchObject({
      message: expect.stringContaining('redirect to https://new.example/v2/'),
      wayOut: expect.stringContaining('write its new address'),
    });
  });
});

describe('certificates', () => {
  const ping = async (
    pair: keyof Omit<Certificates, 'authority'>,
    options: Parameters<typeof client>[2] = {},
  ): Promise<unknown> => {
    const server = await serve(fine, { tls: certificates[pair] });
    try {
      await connectTo(server.url, options).ping();
      return undefined;
    } catch (error) {
      const { kind, message, wayOut } = error as Record<string, unknown>;
      return { kind, message, wayOut };
    }
  };

  test('an authority of its own is trusted with ca-certificate, and only with it', async () => {
    expect(await ping('good')).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining("signed by an authority that isn't trusted"),
      wayOut: expect.stringContaining('ca-certificate'),
    });
    expect(await ping('good', { caCertificate: certificates.authority })).toBeUndefined();
    const bundle = `# ours\n${certificates.selfSigned.cert}\n${certificates.authority}`;
    expect(await ping('good', { caCertificate: bundle })).toBeUndefined();
    expect(await ping('good', { caCertificate: certificates.selfSigned.cert })).toMatchObject({ kind: 'tls' });
  });

  test('self-signed', async () => {
    expect(await ping('selfSigned')).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('is self-signed and not trusted'),
    });
    expect(await ping('selfSigned', { caCertificate: certificates.selfSigned.cert })).toBeUndefined();
  });

  test('for another host', async () => {
    expect(await ping('otherHost', { caCertificate: certificates.authority })).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('made out to other names'),
    });
  });

  test('expired', async () => {
    expect(await ping('expired', { caCertificate: certificates.authority })).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('has expired'),
    });
  });

  test('tls-verify: false asks for none of it', async () => {
    for (const pair of ['good', 'selfSigned', 'otherHost', 'expired'] as const)
      expect(await ping(pair, { tlsVerify: false })).toBeUndefined();
  });

  test.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'text that is no certificate is said at once: %j',
    (caCertificate) => {
      expect(() => client('https://registry.example', undefined, { caCertificate })).toThrow(
        expect.objectContaining({ kind: 'tls', wayOut: expect.stringContaining('BEGIN CERTIFICATE') }),
      );
    },
  );
});

describe('proxies', () => {
  test('plain http goes to the proxy as it is, with the proxy’s own password', async () => {
    const proxy = await serve(() => list);
    const env = { HTTP_PROXY: `http://user:secret@127.0.0.1:${proxy.port}` };
    const registry = connectTo('http://registry.test:5000', { env });
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed' });
    expect(proxy.lines()).toEqual(['GET http://registry.test:5000/v2/apps/web/tags/list?n=1000']);
    expect(proxy.seen[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('user:secret').toString('base64')}`,
    );
    expect(proxy.seen[0]?.headers.host).toBe('registry.test:5000');
  });

  test('https goes through a tunnel, and NO_PROXY around it', async () => {
    const server = await serve(() => list, { tls: certificates.good });
    const tunnels: string[] = [];
    const proxy = await serve(fine, {
      onConnect: (request, socket) => {
        tunnels.push(request.url ?? '');
        const to = connectSocket(server.port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          to.pipe(socket).pipe(to);
        });
        to.on('error', () => socket.destroy());
        socket.on('error', () => to.destroy());
      },
    });
    const env = { https_proxy: `127.0.0.1:${proxy.port}` };
    const caCertificate = certificates.authority;
    const registry = connectTo('https://registry.test', { env, caCertificate });
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed' });
    expect(tunnels).toEqual(['registry.test:443']);
    const said = await failure(
      connectTo('https://registry.test', { env: { ...env, NO_PROXY: 'registry.test' }, caCertificate }).ping(),
    );
    expect(said.message).toContain("registry.test doesn't resolve");
    const untrusted = await failure(connectTo('https://registry.test', { env }).ping());
    expect(untrusted.message).toContain("isn't trusted through the proxy of https_proxy");
  });

  test('a proxy that refuses, and one that is none, are named by their variable and never shown', async () => {
    const proxy = await serve(fine, {
      onConnect: (_, socket) => {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
    });
    const refused = await failure(
      connectTo('https://registry.test', { env: { HTTPS_PROXY: `http://u:secret@127.0.0.1:${proxy.port}` } }).ping(),
    );
    expect(refused).toMatchObject({ kind: 'unreachable', wayOut: expect.stringContaining('HTTPS_PROXY') });
    const broken = await failure(
      connectTo('http://registry.test', { env: { HTTP_PROXY: 'ftp://u:secret@proxy' } }).ping(),
    );
    expect(broken.message).toContain('HTTP_PROXY is no URL of a proxy');
    expect(JSON.stringify([refused, broken])).not.toContain('secret');
  });
});

describe('retries', () => {
  test.each([408, 429, 500, 502, 503, 504])('after %i', async (status) => {
    const server = await serve(inTurn({ status }, { status }, list));
    const registry = connectTo(server.url);
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed', tags: ['1'] });
    // Half of 1 s and of 2 s.
    expect(registry.slept).toEqual([500, 1000]);
  });

  test('after dropped connections and cut answers', async () => {
    const server = await serve(inTurn('drop', 'cut', list));
    const registry = connectTo(server.url);
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed' });
    expect(registry.records.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/v2/apps/web/tags/list?n=1000', undefined],
      ['GET', '/v2/apps/web/tags/list?n=1000', undefined],
      ['GET', '/v2/apps/web/tags/list?n=1000', 200],
    ]);
  });

  test.each([400, 401, 403, 404, 405, 409, 501])('never after %i', async (status) => {
    const server = await serve(() => ({ status }));
    const registry = connectTo(server.url);
    await registry.deleteManifest(repository(), tag('1'));
    expect(server.seen).toHaveLength(1);
    expect(registry.slept).toEqual([]);
  });

  test('end after five tries, or three of 500', async () => {
    for (const [scripted, tries] of [
      [{ status: 503 }, 5],
      [{ status: 500 }, 3],
      ['drop', 5],
    ] as const) {
      const server = await serve(() => scripted);
      await expect(connectTo(server.url).listRepositories()).rejects.toThrow();
      expect(server.seen).toHaveLength(tries);
    }
  });

  test('a connection that is refused is tried again once the registry was reached', async () => {
    const server = await startServer(fine);
    const registry = connectTo(server.url);
    await registry.ping();
    await server.close();
    expect(await failure(registry.listTags(repository()))).toMatchObject({ kind: 'unreachable' });
    expect(registry.slept).toHaveLength(4);
  });

  test('wait for as long as the registry asks, in seconds or until a date', async () => {
    const server = await serve(
      inTurn(
        { status: 429, headers: { 'retry-after': '30' } },
        { status: 429, headers: { 'retry-after': 'Sun, 22 Nov 2026 00:01:30 GMT' } },
        list,
      ),
    );
    const registry = connectTo(server.url);
    await registry.listTags(repository());
    // 30 s and half a second; then the 59.5 s to the date and a second.
    expect(registry.slept).toEqual([30_500, 60_500]);
  });

  test('give up where the registry asks for more than five minutes', async () => {
    const server = await serve(() => ({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: errors('TOOMANYREQUESTS'),
    }));
    const registry = connectTo(server.url);
    expect(await failure(registry.headManifest(repository(), tag('1')))).toMatchObject({
      kind: 'rate-limited',
      wayOut: expect.stringContaining('lower concurrency'),
    });
    expect(registry.slept).toEqual([]);
    await expect(registry.deleteManifest(repository(), tag('1'))).rejects.toMatchObject({ kind: 'rate-limited' });
  });
});

describe('connections', () => {
  test('are kept, and no more than concurrency says', async () => {
    let underWay = 0;
    let most = 0;
    const server = await serve(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
      return list;
    });
    const registry = connectTo(server.url, { concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, () => registry.listTags(repository())));
    expect(most).toBe(3);
    expect(server.connections).toBeLessThanOrEqual(3);
  });

  test('an aborted run ends what is under way with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const server = await serve(async () => {
      stop.abort(reason);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return list;
    });
    const registry = connectTo(server.url, { signal: stop.signal });
    await expect(registry.ping()).rejects.toBe(reason);
    await expect(registry.ping()).rejects.toBe(reason);
    expect(server.seen).toHaveLength(1);
  });

  test('an aborted run does not sleep on', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const server = await serve(() => ({ status: 503 }));
    const sleep = (): Promise<void> => {
      stop.abort(reason);
      return new Promise(() => undefined);
    };
    await expect(connectTo(server.url, { signal: stop.signal, sleep }).ping()).rejects.toBe(reason);
  });

  test('an error page is read as far as it is of use', async () => {
    const server = await serve(() => ({
      status: 400,
      headers: { 'content-type': 'text/plain' },
      body: 'x'.repeat(1_000_000),
    }));
    const said = await failure(connectTo(server.url).ping());
    expect((said.message as string).length).toBeLessThan(400);
  });
});
