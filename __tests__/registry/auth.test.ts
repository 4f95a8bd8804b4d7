import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../src/credentials/index.ts';
import { errors, repository, tag, type Script, type Scripted } from './server.ts';
import { failure, useSite } from './site.ts';
import { serveTokens } from './token-server.ts';

const site = useSite();
const ada: Credentials = { kind: 'basic', username: 'ada', password: 'pass:word' };
const adaBasic = `Basic ${Buffer.from('ada:pass:word').toString('base64')}`;
const tags: Scripted = { body: { name: 'apps/web', tags: ['1'] } };

describe('Basic', () => {
  const htpasswd: Script = (seen) =>
    seen.headers.authorization === adaBasic
      ? seen.method === 'DELETE'
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
        : tags
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };

  test('is sent once asked for, and unasked from then on', async () => {
    const server = await site.serve(htpasswd);
    const registry = site.connectTo(server.url, ada);
    await registry.ping();
    await registry.listTags(repository());
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, adaBasic, adaBasic]);
  });

  test('with a wrong password is unauthorized, asked twice and not more', async () => {
    const server = await site.serve(htpasswd);
    const registry = site.connectTo(server.url, { ...ada, password: 'wrong' });
    expect(await failure(registry.ping())).toMatchObject({
      kind: 'unauthorized',
      status: 401,
      message: expect.stringContaining("doesn't accept this username and password"),
      wayOut: expect.stringContaining('Check username and password'),
    });
    expect(server.seen).toHaveLength(2);
  });

  test('without the right, after it was let in, is denied', async () => {
    const server = await site.serve(htpasswd);
    const registry = site.connectTo(server.url, ada);
    await registry.ping();
    expect(await registry.deleteManifest(repository(), tag('1'))).toMatchObject({
      kind: 'refused',
      status: 401,
      error: { kind: 'denied', message: expect.stringContaining('no right to delete') },
    });
  });

  test('nobody is told to set username and password', async () => {
    const server = await site.serve(htpasswd);
    expect(await failure(site.connectTo(server.url).ping())).toMatchObject({
      kind: 'unauthorized',
      wayOut: expect.stringContaining('Set username and password'),
    });
    expect(server.seen).toHaveLength(1);
  });

  test('403 is denied', async () => {
    const server = await site.serve(() => ({ status: 403, body: errors('DENIED', 'requested access is denied') }));
    expect(await failure(site.connectTo(server.url, ada).listTags(repository()))).toMatchObject({
      kind: 'denied',
      codes: ['DENIED'],
      message: expect.stringContaining('“requested access is denied”'),
    });
    const answer = await site.connectTo(server.url, ada).deleteManifest(repository(), tag('1'));
    expect(answer).toMatchObject({ kind: 'refused', status: 403, codes: ['DENIED'], error: { kind: 'denied' } });
  });
});

describe('Bearer', () => {
  test('a token for the union of both scopes, with user and password to the realm alone', async () => {
    const server = await serveTokens(site, {
      challenge: (seen, self) =>
        `Bearer realm="${self}/token",service="registry",scope="repository:apps/web:${seen.method === 'DELETE' ? 'delete' : 'pull'}"`,
      accepts: (authorization) => authorization.startsWith('Bearer token-'),
    });
    const registry = site.connectTo(server.url, ada);
    await registry.listTags(repository());
    expect(await registry.deleteManifest(repository(), tag('1'))).toEqual({ kind: 'deleted', certain: true });
    expect(server.lines()).toEqual([
      'GET /v2/apps/web/tags/list?n=1000',
      'GET /token?service=registry&scope=repository:apps/web:pull',
      'GET /v2/apps/web/tags/list?n=1000',
      // Fetched before the DELETE, since the realm is known.
      'GET /token?service=registry&scope=repository:apps/web:delete,pull',
      'DELETE /v2/apps/web/manifests/1',
    ]);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      adaBasic,
      'Bearer token-1',
      adaBasic,
      'Bearer token-2',
    ]);
    expect(registry.secrets).toEqual(['token-1', 'token-2']);
  });

  test('a scope that the challenge adds is asked for from then on (Quay wants push to delete)', async () => {
    let granted = '';
    const server = await serveTokens(site, {
      challenge: (_, self) => `Bearer realm="${self}/token",service="quay",scope="repository:apps/web:pull,push"`,
      issue: (seen, count) => {
        granted = decodeURIComponent(seen.path);
        return { body: { token: `token-${count}` } };
      },
      accepts: (authorization) => authorization !== '' && granted.endsWith('repository:apps/web:delete,pull,push'),
    });
    const registry = site.connectTo(server.url, ada);
    await registry.deleteManifest(repository(), tag('1'));
    await registry.deleteManifest(repository(), tag('2'));
    expect(server.lines()).toEqual([
      'DELETE /v2/apps/web/manifests/1',
      'GET /token?service=quay&scope=repository:apps/web:delete,pull,push',
      'DELETE /v2/apps/web/manifests/1',
      'DELETE /v2/apps/web/manifests/2',
    ]);
  });

  test('is taken before Basic, in one header and in two, without service and scope', async () => {
    for (const split of [true, false]) {
      const server = await serveTokens(site, {
        challenge: (_, self) =>
          split ? ['Basic realm="x"', `bearer Realm="${self}/token"`] : `Basic realm="x", Bearer realm="${self}/token"`,
        accepts: (authorization) => authorization === 'Bearer token-1',
      });
      await site.connectTo(server.url, ada).ping();
      expect(server.lines()).toEqual(['GET /v2/', 'GET /token', 'GET /v2/']);
    }
  });

  test('access_token will do, and anonymous asks without credentials', async () => {
    const server = await serveTokens(site, {
      issue: () => ({ body: { access_token: 'from-oauth' } }),
      accepts: (authorization) => authorization === 'Bearer from-oauth',
    });
    await site.connectTo(server.url).listTags(repository());
    expect(server.seen[1]?.headers.authorization).toBeUndefined();
  });

  test('requests at the same time share one token', async () => {
    const server = await serveTokens(site, { accepts: (authorization) => authorization === 'Bearer token-1' });
    const registry = site.connectTo(server.url, ada);
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => registry.listTags(repository())));
    expect(server.seen.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
  });

  test('a token is renewed before it expires, and lives a minute where nothing is said', async () => {
    const server = await serveTokens(site, {
      issue: (_, count) => ({ body: { token: `token-${count}`, ...(count === 1 ? {} : { expires_in: 5 }) } }),
      accepts: (authorization) => authorization.startsWith('Bearer token-'),
    });
    const registry = site.connectTo(server.url, ada);
    const issued = (): number => server.seen.filter(({ path }) => path.startsWith('/token')).length;
    await registry.listTags(repository());
    registry.wait(49_000);
    await registry.listTags(repository());
    expect(issued()).toBe(1);
    registry.wait(2_000);
    await registry.listTags(repository());
    expect(issued()).toBe(2);
    // expires_in: 5 is not believed; no token lives less than a minute.
    registry.wait(49_000);
    await registry.listTags(repository());
    expect(issued()).toBe(2);
    expect(
      server.seen.filter(({ headers, path }) => headers.authorization === undefined && path.startsWith('/v2/')),
    ).toHaveLength(1);
  });

  test('a token that is refused in the middle of a run is fetched anew', async () => {
    let good = 'Bearer token-1';
    const server = await serveTokens(site, { accepts: (authorization) => authorization === good });
    const registry = site.connectTo(server.url, ada);
    await registry.listTags(repository());
    good = 'Bearer token-2';
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed' });
  });

  test('a token that stays refused, fresh as it is, is a missing right', async () => {
    const server = await serveTokens(site, { accepts: () => false });
    const registry = site.connectTo(server.url, ada);
    expect(await failure(registry.listTags(repository()))).toMatchObject({ kind: 'denied', status: 401 });
    expect(server.lines()).toEqual([
      'GET /v2/apps/web/tags/list?n=1000',
      'GET /token?service=registry&scope=repository:apps/web:pull',
      'GET /v2/apps/web/tags/list?n=1000',
      'GET /token?service=registry&scope=repository:apps/web:pull',
      'GET /v2/apps/web/tags/list?n=1000',
    ]);
    expect(await registry.deleteManifest(repository(), tag('1'))).toMatchObject({
      kind: 'refused',
      status: 401,
      codes: ['UNAUTHORIZED'],
      error: { kind: 'denied', wayOut: expect.stringContaining('pull, push and delete') },
    });
  });

  test('nobody with a token that stays refused is unauthorized: an account might help', async () => {
    const server = await serveTokens(site, { accepts: () => false });
    expect(await failure(site.connectTo(server.url).listTags(repository()))).toMatchObject({ kind: 'unauthorized' });
  });

  test.each([401, 403])('a token service that answers %i the first time means a wrong password', async (status) => {
    const server = await serveTokens(site, {
      accepts: () => false,
      issue: () => ({ status, body: { details: 'incorrect' } }),
    });
    const registry = site.connectTo(server.url, ada);
    expect(await failure(registry.ping())).toMatchObject({ kind: 'unauthorized', status });
    await expect(registry.deleteManifest(repository(), tag('1'))).rejects.toMatchObject({ kind: 'unauthorized' });
  });

  test('a token service that answers 403 later means a missing right, and a DELETE that is refused', async () => {
    const server = await serveTokens(site, {
      accepts: (authorization) => authorization === 'Bearer token-1',
      issue: (seen) =>
        seen.path.includes('delete') ? { status: 403, body: errors('DENIED') } : { body: { token: 'token-1' } },
    });
    const registry = site.connectTo(server.url, ada);
    await registry.listTags(repository());
    expect(await registry.deleteManifest(repository(), tag('1'))).toMatchObject({
      kind: 'refused',
      status: 403,
      codes: ['DENIED'],
      error: { kind: 'denied' },
    });
  });

  test('Basic asked for beside a token that is refused is tried (Harbor)', async () => {
    const server = await serveTokens(site, {
      challenge: (seen, self) =>
        seen.headers.authorization === undefined ? `Bearer realm="${self}/token"` : 'Basic realm="harbor"',
      accepts: (authorization, seen) =>
        authorization === (seen.path.includes('_catalog') ? adaBasic : 'Bearer token-1'),
      answer: { body: { repositories: ['apps/web'] } },
    });
    const registry = site.connectTo(server.url, ada);
    await registry.ping();
    expect(await registry.listRepositories()).toEqual(['apps/web']);
    const asked = server.seen.length;
    await registry.listRepositories();
    expect(server.seen.slice(asked).map(({ headers }) => headers.authorization)).toEqual([adaBasic]);
  });

  test('a registry that asks for another scope each time is not followed for ever', async () => {
    let count = 0;
    const server = await serveTokens(site, {
      challenge: (_, self) => {
        count += 1;
        return `Bearer realm="${self}/token",scope="repository:other-${count}:pull"`;
      },
      accepts: () => false,
    });
    expect(await failure(site.connectTo(server.url, ada).ping())).toMatchObject({ kind: 'denied' });
    expect(count).toBe(5);
  });

  test('without a challenge there is nothing to answer', async () => {
    const server = await site.serve(() => ({ status: 401 }));
    expect(await failure(site.connectTo(server.url, ada).ping())).toMatchObject({ kind: 'unauthorized' });
    expect(server.seen).toHaveLength(1);
  });
});
