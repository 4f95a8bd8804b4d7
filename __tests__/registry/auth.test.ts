import { afterEach, describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../src/credentials/index.ts';
import {
  client,
  errors,
  repository,
  startServer,
  tag,
  type Client,
  type Script,
  type Scripted,
  type Seen,
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

function connectTo(server: TestServer, credentials?: Credentials): Client {
  const registry = client(server.url, credentials);
  open.push(registry);
  return registry;
}

const ada: Credentials = { kind: 'basic', username: 'ada', password: 'pass:word' };
const adaBasic = `Basic ${Buffer.from('ada:pass:word').toString('base64')}`;
const tags: Scripted = { body: { name: 'apps/web', tags: ['1'] } };

/** What a registry and its token service are made of here; one server is both. */
type Services = {
  readonly challenge?: (seen: Seen, self: string) => string | readonly string[];
  readonly issue?: (seen: Seen, count: number) => Scripted;
  /** The tokens that open the door at this moment. */
  readonly accepts: (authorization: string, seen: Seen) => boolean;
  readonly answer?: Scripted;
};

async function serveTokens({ challenge, issue, accepts, answer }: Services): Promise<TestServer> {
  let issued = 0;
  let self = '';
  const server = await serve((seen) => {
    if (seen.path.startsWith('/token')) {
      issued += 1;
      return issue?.(seen, issued) ?? { body: { token: `token-${issued}`, expires_in: 300 } };
    }
    if (accepts(seen.headers.authorization ?? '', seen))
      return answer ?? (seen.method === 'DELETE' ? { status: 202 } : tags);
    const headers =
      challenge?.(seen, self) ?? `Bearer realm="${self}/token",service="registry",scope="repository:apps/web:pull"`;
    return {
      status: 401,
      headers: { 'www-authenticate': headers },
      body: errors('UNAUTHORIZED', 'authentication required'),
    };
  });
  self = server.url;
  return server;
}

const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    return await promise;
  } catch (error) {
    const { kind, message, wayOut, status, codes } = error as Record<string, unknown>;
    return { kind, message, wayOut, status, codes };
  }
};

describe('Basic', () => {
  const htpasswd: Script = (seen) =>
    seen.headers.authorization === adaBasic
      ? seen.method === 'DELETE'
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
        : tags
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };

  test('is sent once asked for, and unasked from then on', async () => {
    const server = await serve(htpasswd);
    const registry = connectTo(server, ada);
    await registry.ping();
    await registry.listTags(repository());
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, adaBasic, adaBasic]);
  });

  test('with a wrong password is unauthorized, asked twice and not more', async () => {
    const server = await serve(htpasswd);
    const registry = connectTo(server, { ...ada, password: 'wrong' });
    expect(await failure(registry.ping())).toMatchObject({
      kind: 'unauthorized',
      status: 401,
      message: expect.stringContaining("doesn't accept this username and password"),
      wayOut: expect.stringContaining('Check username and password'),
    });
    expect(server.seen).toHaveLength(2);
  });

  test('without the right, after it was let in, is denied', async () => {
    const server = await serve(htpasswd);
    const registry = connectTo(server, ada);
    await registry.ping();
    expect(await registry.deleteManifest(repository(), tag('1'))).toMatchObject({
      kind: 'refused',
      status: 401,
      error: { kind: 'denied', message: expect.stringContaining('no right to delete') },
    });
  });

  test('nobody is told to set username and password', async () => {
    const server = await serve(htpasswd);
    expect(await failure(connectTo(server).ping())).toMatchObject({
      kind: 'unauthorized',
      wayOut: expect.stringContaining('Set username and password'),
    });
    expect(server.seen).toHaveLength(1);
  });

  test('403 is denied', async () => {
    const server = await serve(() => ({ status: 403, body: errors('DENIED', 'requested access is denied') }));
    expect(await failure(connectTo(server, ada).listTags(repository()))).toMatchObject({
      kind: 'denied',
      codes: ['DENIED'],
      message: expect.stringContaining('“requested access is denied”'),
    });
    const answer = await connectTo(server, ada).deleteManifest(repository(), tag('1'));
    expect(answer).toMatchObject({ kind: 'refused', status: 403, codes: ['DENIED'], error: { kind: 'denied' } });
  });
});

describe('Bearer', () => {
  test('a token for the union of both scopes, with user and password to the realm alone', async () => {
    const server = await serveTokens({
      challenge: (seen, self) =>
        `Bearer realm="${self}/token",service="registry",scope="repository:apps/web:${seen.method === 'DELETE' ? 'delete' : 'pull'}"`,
      accepts: (authorization) => authorization.startsWith('Bearer token-'),
    });
    const registry = connectTo(server, ada);
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
    const server = await serveTokens({
      challenge: (_, self) => `Bearer realm="${self}/token",service="quay",scope="repository:apps/web:pull,push"`,
      issue: (seen, count) => {
        granted = decodeURIComponent(seen.path);
        return { body: { token: `token-${count}` } };
      },
      accepts: (authorization) => authorization !== '' && granted.endsWith('repository:apps/web:delete,pull,push'),
    });
    const registry = connectTo(server, ada);
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
      const server = await serveTokens({
        challenge: (_, self) =>
          split ? ['Basic realm="x"', `bearer Realm="${self}/token"`] : `Basic realm="x", Bearer realm="${self}/token"`,
        accepts: (authorization) => authorization === 'Bearer token-1',
      });
      await connectTo(server, ada).ping();
      expect(server.lines()).toEqual(['GET /v2/', 'GET /token', 'GET /v2/']);
    }
  });

  test('access_token will do, and anonymous asks without credentials', async () => {
    const server = await serveTokens({
      issue: () => ({ body: { access_token: 'from-oauth' } }),
      accepts: (authorization) => authorization === 'Bearer from-oauth',
    });
    await connectTo(server).listTags(repository());
    expect(server.seen[1]?.headers.authorization).toBeUndefined();
  });

  test('requests at the same time share one token', async () => {
    const server = await serveTokens({ accepts: (authorization) => authorization === 'Bearer token-1' });
    const registry = connectTo(server, ada);
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => registry.listTags(repository())));
    expect(server.seen.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
  });

  test('a token is renewed before it expires, and lives a minute where nothing is said', async () => {
    const server = await serveTokens({
      issue: (_, count) => ({ body: { token: `token-${count}`, ...(count === 1 ? {} : { expires_in: 5 }) } }),
      accepts: (authorization) => authorization.startsWith('Bearer token-'),
    });
    const registry = connectTo(server, ada);
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
    const server = await serveTokens({ accepts: (authorization) => authorization === good });
    const registry = connectTo(server, ada);
    await registry.listTags(repository());
    good = 'Bearer token-2';
    expect(await registry.listTags(repository())).toMatchObject({ kind: 'listed' });
  });

  test('a token that stays refused, fresh as it is, is a missing right', async () => {
    const server = await serveTokens({ accepts: () => false });
    const registry = connectTo(server, ada);
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
    const server = await serveTokens({ accepts: () => false });
    expect(await failure(connectTo(server).listTags(repository()))).toMatchObject({ kind: 'unauthorized' });
  });

  test.each([401, 403])('a token service that answers %i the first time means a wrong password', async (status) => {
    const server = await serveTokens({
      accepts: () => false,
      issue: () => ({ status, body: { details: 'incorrect' } }),
    });
    const registry = connectTo(server, ada);
    expect(await failure(registry.ping())).toMatchObject({ kind: 'unauthorized', status });
    await expect(registry.deleteManifest(repository(), tag('1'))).rejects.toMatchObject({ kind: 'unauthorized' });
  });

  test('a token service that answers 403 later means a missing right, and a DELETE that is refused', async () => {
    const server = await serveTokens({
      accepts: (authorization) => authorization === 'Bearer token-1',
      issue: (seen) =>
        seen.path.includes('delete') ? { status: 403, body: errors('DENIED') } : { body: { token: 'token-1' } },
    });
    const registry = connectTo(server, ada);
    await registry.listTags(repository());
    expect(await registry.deleteManifest(repository(), tag('1'))).toMatchObject({
      kind: 'refused',
      status: 403,
      codes: ['DENIED'],
      error: { kind: 'denied' },
    });
  });

  test('Basic asked for beside a token that is refused is tried (Harbor)', async () => {
    const server = await serveTokens({
      challenge: (seen, self) =>
        seen.headers.authorization === undefined ? `Bearer realm="${self}/token"` : 'Basic realm="harbor"',
      accepts: (authorization, seen) =>
        authorization === (seen.path.includes('_catalog') ? adaBasic : 'Bearer token-1'),
      answer: { body: { repositories: ['apps/web'] } },
    });
    const registry = connectTo(server, ada);
    await registry.ping();
    expect(await registry.listRepositories()).toEqual(['apps/web']);
    const asked = server.seen.length;
    await registry.listRepositories();
    expect(server.seen.slice(asked).map(({ headers }) => headers.authorization)).toEqual([adaBasic]);
  });

  test('a registry that asks for another scope each time is not followed for ever', async () => {
    let count = 0;
    const server = await serveTokens({
      challenge: (_, self) => {
        count += 1;
        return `Bearer realm="${self}/token",scope="repository:other-${count}:pull"`;
      },
      accepts: () => false,
    });
    expect(await failure(connectTo(server, ada).ping())).toMatchObject({ kind: 'denied' });
    expect(count).toBe(5);
  });

  test('without a challenge there is nothing to answer', async () => {
    const server = await serve(() => ({ status: 401 }));
    expect(await failure(connectTo(server, ada).ping())).toMatchObject({ kind: 'unauthorized' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('identity tokens, and services that only know one way', () => {
  const identity: Credentials = { kind: 'identity-token', token: 'refresh me' };

  test('an identity token goes by POST, and a newer one takes its place', async () => {
    const server = await serveTokens({
      issue: (_, count) => ({ body: { access_token: `token-${count}`, refresh_token: `newer-${count}` } }),
      accepts: (authorization) => authorization.startsWith('Bearer token-'),
    });
    const registry = connectTo(server, identity);
    await registry.listTags(repository());
    await registry.deleteManifest(repository(), tag('1'));
    const asked = server.seen.filter(({ path }) => path === '/token');
    expect(asked.map(({ method, body }) => `${method} ${body}`)).toEqual([
      'POST client_id=registry-prune&grant_type=refresh_token&refresh_token=refresh+me&service=registry&scope=repository%3Aapps%2Fweb%3Apull',
      'POST client_id=registry-prune&grant_type=refresh_token&refresh_token=newer-1&service=registry&scope=repository%3Aapps%2Fweb%3Adelete%2Cpull',
    ]);
    expect(registry.secrets).toEqual(['token-1', 'newer-1', 'token-2', 'newer-2']);
  });

  test.each([404, 405])('POST answered by %i becomes GET', async (status) => {
    const server = await serveTokens({
      issue: (seen) => (seen.method === 'POST' ? { status } : { body: { token: 'token-1' } }),
      accepts: (authorization) => authorization === 'Bearer token-1',
    });
    await connectTo(server, identity).listTags(repository());
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'GET']);
  });

  test('GET answered by 405 becomes POST with the password', async () => {
    const server = await serveTokens({
      issue: (seen) => (seen.method === 'GET' ? { status: 405 } : { body: { token: 'token-1' } }),
      accepts: (authorization) => authorization === 'Bearer token-1',
    });
    await connectTo(server, ada).listTags(repository());
    expect(server.seen.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`)).toEqual([
      'GET /v2/apps/web/tags/list',
      'GET /token',
      'POST /token',
      'GET /v2/apps/web/tags/list',
    ]);
    expect(server.seen[2]?.body).toContain('grant_type=password&username=ada&password=pass%3Aword');
  });

  test('a refused grant (400) is unauthorized', async () => {
    const server = await serveTokens({
      accepts: () => false,
      issue: () => ({ status: 400, body: { error: 'invalid_grant' } }),
    });
    expect(await failure(connectTo(server, identity).ping())).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('identity token'),
    });
  });

  test('a registry token is sent as it is, from the first request on, and is no credential of a realm', async () => {
    const server = await serveTokens({ accepts: (authorization) => authorization === 'Bearer given' });
    await connectTo(server, { kind: 'registry-token', token: 'given' }).ping();
    expect(server.lines()).toEqual(['GET /v2/']);
    expect(await failure(connectTo(server, { kind: 'registry-token', token: 'old' }).ping())).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('registry token'),
    });
    expect(server.seen.every(({ path }) => path === '/v2/')).toBe(true);
  });
});

describe('a token service that is out of order', () => {
  test.each<readonly [string, Scripted, string]>([
    ['a web page', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'a web page instead of a token'],
    ['no token in it', { body: {} }, 'something instead of a token'],
    ['a token that would be a header', { body: { token: 'a\r\nX-Evil: 1' } }, 'something instead of a token'],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://elsewhere.example/token?secret=1' } },
      'redirect to https://elsewhere.example/token?secret=…',
    ],
    ['404', { status: 404 }, 'nothing there'],
    ['500', { status: 500 }, 'failed'],
  ])('%s', async (_, scripted, words) => {
    const server = await serveTokens({ accepts: () => false, issue: () => scripted });
    const said = (await failure(connectTo(server).ping())) as { message: string };
    expect(said.message).toContain(words);
    expect(said.message).toContain('/token');
  });
});
