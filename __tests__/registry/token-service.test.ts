import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../src/credentials/index.ts';
import { repository, tag, type Scripted } from './server.ts';
import { failure, useSite } from './site.ts';
import { serveTokens } from './token-server.ts';

const site = useSite();
const ada: Credentials = { kind: 'basic', username: 'ada', password: 'pass:word' };

describe('identity tokens, and services that only know one way', () => {
  const identity: Credentials = { kind: 'identity-token', token: 'refresh me' };

  test('an identity token goes by POST, and a newer one takes its place', async () => {
    const server = await serveTokens(site, {
      issue: (_, count) => ({ body: { access_token: `token-${count}`, refresh_token: `newer-${count}` } }),
      accepts: (authorization) => authorization.startsWith('Bearer token-'),
    });
    const registry = site.connectTo(server.url, identity);
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
    const server = await serveTokens(site, {
      issue: (seen) => (seen.method === 'POST' ? { status } : { body: { token: 'token-1' } }),
      accepts: (authorization) => authorization === 'Bearer token-1',
    });
    await site.connectTo(server.url, identity).listTags(repository());
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'GET']);
  });

  test('GET answered by 405 becomes POST with the password', async () => {
    const server = await serveTokens(site, {
      issue: (seen) => (seen.method === 'GET' ? { status: 405 } : { body: { token: 'token-1' } }),
      accepts: (authorization) => authorization === 'Bearer token-1',
    });
    await site.connectTo(server.url, ada).listTags(repository());
    expect(server.seen.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`)).toEqual([
      'GET /v2/apps/web/tags/list',
      'GET /token',
      'POST /token',
      'GET /v2/apps/web/tags/list',
    ]);
    expect(server.seen[2]?.body).toContain('grant_type=password&username=ada&password=pass%3Aword');
  });

  test('a refused grant (400) is unauthorized', async () => {
    const server = await serveTokens(site, {
      accepts: () => false,
      issue: () => ({ status: 400, body: { error: 'invalid_grant' } }),
    });
    expect(await failure(site.connectTo(server.url, identity).ping())).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('identity token'),
    });
  });

  test('a registry token is sent as it is, from the first request on, and is no credential of a realm', async () => {
    const server = await serveTokens(site, { accepts: (authorization) => authorization === 'Bearer given' });
    await site.connectTo(server.url, { kind: 'registry-token', token: 'given' }).ping();
    expect(server.lines()).toEqual(['GET /v2/']);
    expect(await failure(site.connectTo(server.url, { kind: 'registry-token', token: 'old' }).ping())).toMatchObject({
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
    const server = await serveTokens(site, { accepts: () => false, issue: () => scripted });
    const said = await failure(site.connectTo(server.url).ping());
    expect(said.message).toContain(words);
    expect(said.message).toContain('/token');
  });
});
