import { afterEach, describe, expect, test } from '@jest/globals';
import { parseNextLink, resolveNext } from '../../src/registry/pagination.ts';
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

async function start(script: Script, prefix = ''): Promise<{ readonly server: TestServer; readonly registry: Client }> {
  const server = await startServer(script);
  const registry = client(server.url + prefix);
  open.push(registry, server);
  return { server, registry };
}

const page = (tags: readonly string[] | null, link?: string): Scripted => ({
  body: { name: 'apps/web', tags },
  ...(link === undefined ? {} : { headers: { link } }),
});
const many = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => `t${from + index}`);

describe('tags', () => {
  test('page by page, by links that are paths, until a page without one, empty as it may be', async () => {
    const { server, registry } = await start(
      (_, index) =>
        [
          page(['a', 'b'], '</v2/apps/web/tags/list?last=b&n=2>; rel="next"'),
          page(['c', 'd/e'.replace('/', '_')], '</v2/apps/web/tags/list?last=d_e&n=2>; rel="next"'),
          page(null),
        ][index] ?? 'drop',
    );
    expect(await registry.listTags(repository())).toEqual({
      kind: 'listed',
      tags: ['a', 'b', 'c', 'd_e'],
      problems: [],
    });
    expect(server.lines()).toEqual([
      'GET /v2/apps/web/tags/list?n=1000',
      'GET /v2/apps/web/tags/list?last=b&n=2',
      'GET /v2/apps/web/tags/list?last=d_e&n=2',
    ]);
  });

  test.each<readonly [string, Scripted, unknown]>([
    ['none, as null', page(null), { kind: 'listed', tags: [], problems: [] }],
    ['none, as []', page([]), { kind: 'listed', tags: [], problems: [] }],
    ['none, left out', { body: { name: 'apps/web' } }, { kind: 'listed', tags: [], problems: [] }],
    [
      'unsorted, as 2.8 lists them',
      page(['b', 'a', 'latest']),
      { kind: 'listed', tags: ['b', 'a', 'latest'], problems: [] },
    ],
    ['404 NAME_UNKNOWN', { status: 404, body: errors('NAME_UNKNOWN') }, { kind: 'no-such-repository' }],
    ['404 NOT_FOUND, as Harbor says it', { status: 404, body: errors('NOT_FOUND') }, { kind: 'no-such-repository' }],
  ])('%s', async (_, scripted, expected) => {
    const { registry } = await start(() => scripted);
    expect(await registry.listTags(repository())).toEqual(expected);
  });

  test('all of 2.8, which ignores n, in one page', async () => {
    const { server, registry } = await start(() => page(many(2500)));
    expect(await registry.listTags(repository())).toMatchObject({ tags: many(2500), problems: [] });
    expect(server.seen).toHaveLength(1);
  });

  test('a full page without a link is asked beyond: the end, 2.8 once more, or a registry that cut it', async () => {
    const answers: readonly (readonly [Script, number])[] = [
      [(_, index) => page(index === 0 ? many(1000) : null), 1000],
      [() => page(many(1000)), 1000],
      [(seen) => page(seen.path.includes('last=t999') ? many(7, 1000) : many(1000)), 1007],
    ];
    for (const [script, count] of answers) {
      const { server, registry } = await start(script);
      expect(await registry.listTags(repository())).toEqual({ kind: 'listed', tags: many(count), problems: [] });
      expect(server.lines()).toEqual([
        'GET /v2/apps/web/tags/list?n=1000',
        'GET /v2/apps/web/tags/list?n=1000&last=t999',
      ]);
    }
  });

  test('a registry that refuses n is asked for its own pages', async () => {
    const { server, registry } = await start((seen) =>
      seen.path.includes('n=1000') ? { status: 400, body: errors('PAGINATION_NUMBER_INVALID') } : page(['a']),
    );
    expect(await registry.listTags(repository())).toMatchObject({ tags: ['a'] });
    expect(server.lines()).toEqual(['GET /v2/apps/web/tags/list?n=1000', 'GET /v2/apps/web/tags/list']);
  });

  test('names that are none are said', async () => {
    const { registry } = await start((_, index) =>
      index === 0 ? page(['a', 'no tag\n::error::', 'b'], '<?last=b>; rel=next') : page(['c']),
    );
    expect(await registry.listTags(repository())).toMatchObject({
      tags: ['a', 'b', 'c'],
      problems: [{ at: 'apps/web', what: 'The registry lists “no tag ::error::”, which is no name of a tag' }],
    });
  });

  test('a path prefix is kept, though the registry doesn’t know of it', async () => {
    const { server, registry } = await start(
      (_, index) => (index === 0 ? page(['a'], '</v2/apps/web/tags/list?last=a>; rel="next"') : page(['b'])),
      '/docker/eu',
    );
    expect(await registry.listTags(repository())).toMatchObject({ tags: ['a', 'b'] });
    expect(server.lines()).toEqual([
      'GET /docker/eu/v2/apps/web/tags/list?n=1000',
      'GET /docker/eu/v2/apps/web/tags/list?last=a',
    ]);
  });

  test.each<readonly [string, Script]>([
    ['a circle', (_, index) => page(['a'], `</v2/apps/web/tags/list?last=${index % 2 === 0 ? 'x' : 'y'}>; rel="next"`)],
    [
      'a circle of the same pages at addresses that differ each time',
      (_, index) =>
        page([['a', 'b'], ['c'], []][index % 3] ?? [], `</v2/apps/web/tags/list?token=${index + 1}>; rel="next"`),
    ],
    ['a name that comes twice in a page', () => page(['a', 'b', 'a'])],
    ['pages that overlap', (_, index) => (index === 0 ? page(['a', 'b'], '<?last=b>; rel="next"') : page(['b', 'c']))],
    ['a link to itself', () => page(['a'], '</v2/apps/web/tags/list?n=1000>; rel="next"')],
    ['a link to another list', () => page(['a'], '</v2/apps/api/tags/list?last=a>; rel="next"')],
    [
      'a link to another origin',
      () => page(['a'], '<http://elsewhere.example/v2/apps/web/tags/list?last=a>; rel="next"'),
    ],
    ['a link that is none', () => page(['a'], '<http://[>; rel="next"')],
    ['a page of something else', () => ({ body: { tags: ['a', 1] } })],
    ['an empty object', () => ({ body: {} })],
    ['HTML with status 200', () => ({ body: '<html>', headers: { 'content-type': 'text/html' } })],
    ['a 400', () => ({ status: 400, body: errors('NAME_INVALID') })],
    [
      'a later page that fails',
      (_, index) =>
        index === 0 ? page(['a'], '<?last=a>; rel="next"') : { status: 404, body: errors('NAME_UNKNOWN') },
    ],
    ['a list that always is cut', () => 'cut'],
  ])('an incomplete list is an error: %s', async (_, script) => {
    const { registry } = await start(script);
    await expect(registry.listTags(repository())).rejects.toMatchObject({ name: 'RegistryError' });
  });

  test('a proxy’s 404 is not an empty repository', async () => {
    const { registry } = await start(() => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }));
    await expect(registry.listTags(repository())).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('web page'),
    });
  });
});

describe('the catalog', () => {
  test('page by page, each name once, what is no name left out', async () => {
    const { server, registry } = await start((_, index) =>
      index === 0
        ? {
            body: { repositories: ['a', 'b/c', 'NO'] },
            headers: { link: '</v2/_catalog?last=b%2Fc&n=1000>; rel="next"' },
          }
        : { body: { repositories: ['b/c', 'd'] } },
    );
    expect(await registry.listRepositories()).toEqual(['a', 'b/c', 'd']);
    expect(server.lines()).toEqual(['GET /v2/_catalog?n=1000', 'GET /v2/_catalog?last=b/c&n=1000']);
  });

  test('of an empty registry', async () => {
    const { registry } = await start(() => ({ body: { repositories: null } }));
    expect(await registry.listRepositories()).toEqual([]);
  });

  test('a denial says how to do without it', async () => {
    const { registry } = await start(() => ({ status: 403, body: errors('DENIED') }));
    await expect(registry.listRepositories()).rejects.toMatchObject({ kind: 'denied' });
  });
});

describe('referrers', () => {
  const subject = digest(`sha256:${'a'.repeat(64)}`);
  const signature = {
    digest: `sha256:${'b'.repeat(64)}`,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 7,
  };

  test('page by page', async () => {
    const path = `/v2/apps/web/referrers/${subject}`;
    const { server, registry } = await start((_, index) => ({
      body: {
        schemaVersion: 2,
        manifests: index === 0 ? [{ ...signature, artifactType: 'application/spdx+json' }] : [signature],
      },
      headers: index === 0 ? { link: `<${path}?page=2>; rel="next"` } : {},
    }));
    expect(await registry.getReferrers(repository(), subject)).toEqual({
      kind: 'found',
      descriptors: [{ ...signature, artifactType: 'application/spdx+json' }, signature],
    });
    expect(server.lines()).toEqual([`GET ${path}`, `GET ${path}?page=2`]);
  });

  test.each<readonly [Scripted, unknown]>([
    [{ status: 404, body: '404 page not found', headers: { 'content-type': 'text/plain' } }, { kind: 'unsupported' }],
    [{ status: 405 }, { kind: 'unsupported' }],
    [{ body: { manifests: null } }, { kind: 'found', descriptors: [] }],
  ])('%j', async (scripted, expected) => {
    const { registry } = await start(() => scripted);
    expect(await registry.getReferrers(repository(), subject)).toEqual(expected);
  });

  test.each<Scripted>([
    { body: { manifests: [{ ...signature, digest: 'sha256:short' }] } },
    { body: {} },
    { body: '<html>', headers: { 'content-type': 'text/html' } },
    { status: 400 },
  ])('what can’t be read is an error: %j', async (scripted) => {
    const { registry } = await start(() => scripted);
    await expect(registry.getReferrers(repository(), subject)).rejects.toMatchObject({ name: 'RegistryError' });
  });
});

describe('links', () => {
  test.each<readonly [readonly string[], string | undefined]>([
    [['</a?last=x>; rel="next"'], '/a?last=x'],
    [['<https://h/a,b>; rel=next'], 'https://h/a,b'],
    [['</p>; rel="prev", </n>; title="a, <b>"; rel="next last"'], '/n'],
    [['</p>; rel="prev"', '</n>; REL=NEXT'], '/n'],
    [['</p>; rel="nextish"', 'rubbish', ''], undefined],
    [[], undefined],
  ])('%j', (headers, expected) => {
    expect(parseNextLink(headers)).toBe(expected);
  });

  const from = new URL('https://h:5000/prefix/v2/a/b/tags/list?n=1000');
  test.each<readonly [string, string | undefined]>([
    ['/prefix/v2/a/b/tags/list?last=x', 'https://h:5000/prefix/v2/a/b/tags/list?last=x'],
    ['?last=x', 'https://h:5000/prefix/v2/a/b/tags/list?last=x'],
    ['/v2/a%2Fb/tags/list?last=x', 'https://h:5000/prefix/v2/a/b/tags/list?last=x'],
    ['https://h:5000/prefix/v2/a/b/tags/list?last=x', 'https://h:5000/prefix/v2/a/b/tags/list?last=x'],
    ['http://h:5000/prefix/v2/a/b/tags/list?last=x', undefined],
    ['https://h/prefix/v2/a/b/tags/list?last=x', undefined],
    ['https://user@h:5000/prefix/v2/a/b/tags/list?last=x', 'https://h:5000/prefix/v2/a/b/tags/list?last=x'],
    ['//elsewhere/v2/a/b/tags/list', undefined],
    ['/list?last=x', undefined],
    ['/v2/b/tags/list?last=x', undefined],
    ['/v2/%zz?last=x', undefined],
  ])('%s', (link, expected) => {
    expect(resolveNext(link, from)?.href).toBe(expected);
  });
});
