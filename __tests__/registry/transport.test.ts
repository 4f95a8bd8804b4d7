import { beforeAll, describe, expect, test } from '@jest/globals';
import { connect as connectSocket } from 'node:net';
import type { RegistryOptions } from '../../src/registry/index.ts';
import { makeCertificates, type Certificates } from './certificates.ts';
import { errors, repository, startServer, tag, type Client, type Script, type Scripted } from './server.ts';
import { failure, useSite } from './site.ts';

const site = useSite();
const connectTo = (url: string, options: Partial<RegistryOptions> = {}): Client =>
  site.connectTo(url, { kind: 'anonymous' }, options);

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

describe('proxies', () => {
  test('plain http goes to the proxy as it is, with the proxy’s own password', async () => {
    const proxy = await site.serve(() => list);
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
    const server = await site.serve(() => list, { tls: certificates.good });
    const tunnels: string[] = [];
    const proxy = await site.serve(fine, {
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
    const proxy = await site.serve(fine, {
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
    const server = await site.serve(inTurn({ status }, { status }, list));
    const registry = connectTo(server.url);
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed', tags: ['1'] });
    // Half of 1 s and of 2 s.
    expect(registry.slept).toEqual([500, 1000]);
  });

  test('after dropped connections and cut answers', async () => {
    const server = await site.serve(inTurn('drop', 'cut', list));
    const registry = connectTo(server.url);
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed' });
    expect(registry.records.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/v2/apps/web/tags/list?n=1000', undefined],
      ['GET', '/v2/apps/web/tags/list?n=1000', undefined],
      ['GET', '/v2/apps/web/tags/list?n=1000', 200],
    ]);
  });

  test.each([400, 401, 403, 404, 405, 409, 501])('never after %i', async (status) => {
    const server = await site.serve(() => ({ status }));
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
      const server = await site.serve(() => scripted);
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
    const server = await site.serve(
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
    const server = await site.serve(() => ({
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
    const server = await site.serve(async () => {
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
    const server = await site.serve(async () => {
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
    const server = await site.serve(() => ({ status: 503 }));
    const sleep = (): Promise<void> => {
      stop.abort(reason);
      return new Promise(() => undefined);
    };
    await expect(connectTo(server.url, { signal: stop.signal, sleep }).ping()).rejects.toBe(reason);
  });

  test('an error page is read as far as it is of use', async () => {
    const server = await site.serve(() => ({
      status: 400,
      headers: { 'content-type': 'text/plain' },
      body: 'x'.repeat(1_000_000),
    }));
    const said = await failure(connectTo(server.url).ping());
    expect((said.message as string).length).toBeLessThan(400);
  });
});
