import { afterEach, describe, expect, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { ask, pages, repositoriesIn, said, tagsIn } from '../contract/ask.ts';

let running: SandboxRegistry | undefined;

async function start(options: SandboxOptions = {}): Promise<SandboxRegistry> {
  running = await startSandboxRegistry(options);
  return running;
}

afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** Without the sandbox's own rights, so that requests are recorded and refused. */
function outsider({ url }: SandboxRegistry): { readonly url: string } {
  return { url };
}

describe('the request log', () => {
  test('has every request in its order, with path, query and status, and none of the pusher', async () => {
    const sandbox = await start();
    await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    await ask(outsider(sandbox), 'GET', 'app/tags/list?n=2');
    await ask(outsider(sandbox), 'HEAD', 'app/manifests/nothing');
    const log = sandbox.requests.map(({ method, path, status }) => [method, path, status]);
    expect(log).toEqual([
      ['GET', '/v2/app/tags/list?n=2', 200],
      ['HEAD', '/v2/app/manifests/nothing', 404],
    ]);
    sandbox.forgetRequests();
    expect(sandbox.requests).toEqual([]);
  });
});

describe('before', () => {
  test('runs once, to its end, right before the first request that matches', async () => {
    const sandbox = await start();
    let runs = 0;
    sandbox.before({ method: 'GET', path: /\/app\/tags\/list/ }, async () => {
      runs += 1;
      await pushImage(sandbox, { repository: 'app', tags: ['just-pushed'] });
    });
    expect((await ask(outsider(sandbox), 'GET', 'other/tags/list')).status).toBe(404);
    expect(runs).toBe(0);
    for (let time = 0; time < 2; time += 1) {
      expect(tagsIn(await ask(outsider(sandbox), 'GET', 'app/tags/list'))).toEqual(['just-pushed']);
    }
    expect(runs).toBe(1);
  });

  test('runs before the k-th', async () => {
    const sandbox = await start();
    const image = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    sandbox.before({ path: /list/, nth: 2 }, () => tag(sandbox, image, 'two'));
    expect(tagsIn(await ask(outsider(sandbox), 'GET', 'app/tags/list'))).toEqual(['one']);
    expect(tagsIn(await ask(outsider(sandbox), 'GET', 'app/tags/list'))).toEqual(['one', 'two']);
  });
});

describe('answer', () => {
  test('stands in for the answer of the k-th request, which is not carried out', async () => {
    const sandbox = await start();
    const { digest } = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    sandbox.answer(
      { method: 'DELETE', path: /./, nth: 1 },
      { status: 503, headers: { 'retry-after': '1' }, body: 'busy' },
    );
    const reply = await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`);
    expect(reply).toMatchObject({ status: 503, text: 'busy' });
    expect(reply.headers.get('retry-after')).toBe('1');
    expect(sandbox.store.tags('app').size).toBe(1);
    expect((await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).status).toBe(202);
  });

  test('can be made from the real one, which then was carried out', async () => {
    const sandbox = await start();
    const { digest } = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    const stop = sandbox.answer({ method: 'DELETE', path: /./ }, (real) => ({ ...real, drop: 'connection' }));
    await expect(ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).rejects.toThrow('fetch failed');
    expect(sandbox.store.tags('app').size).toBe(0);
    expect(sandbox.requests.at(-1)?.status).toBeUndefined();
    stop();
    expect((await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).status).toBe(404);
  });

  test('can end in the middle of the body', async () => {
    const sandbox = await start();
    await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    sandbox.answer({ path: /manifests/ }, (real) => ({ ...real, drop: 'body' }));
    await expect(ask(outsider(sandbox), 'GET', 'app/manifests/one')).rejects.toThrow('terminated');
  });
});

describe('the store', () => {
  test('makes ghosts: listed, 404, and removed by tag', async () => {
    const sandbox = await start();
    sandbox.store.makeGhost('app', 'ghost');
    expect(tagsIn(await ask(outsider(sandbox), 'GET', 'app/tags/list'))).toEqual(['ghost']);
    const reply = await ask(outsider(sandbox), 'GET', 'app/manifests/ghost');
    expect(said(reply)).toEqual({ status: 404, code: 'MANIFEST_UNKNOWN' });
    const digest = sandbox.store.tags('app').get('ghost') ?? '';
    expect((await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).status).toBe(404);
    expect((await ask(outsider(sandbox), 'DELETE', 'app/manifests/ghost')).status).toBe(202);
    expect(tagsIn(await ask(outsider(sandbox), 'GET', 'app/tags/list'))).toBeNull();
  });

  test('leaves a ghost where a manifest is taken away behind its back, which a push covers', async () => {
    const sandbox = await start({ profile: 'distribution-2.8' });
    const image = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    sandbox.store.removeManifest('app', image.digest);
    expect((await ask(outsider(sandbox), 'HEAD', 'app/manifests/one')).status).toBe(404);
    expect((await ask(outsider(sandbox), 'DELETE', 'app/manifests/one')).status).toBe(400);
    await pushImage(sandbox, { repository: 'app', tags: ['one'], seed: 'cover' });
    expect((await ask(outsider(sandbox), 'HEAD', 'app/manifests/one')).status).toBe(200);
  });

  test('forgets everything at once', async () => {
    const sandbox = await start();
    await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    sandbox.store.clear();
    expect(repositoriesIn(await ask(outsider(sandbox), 'GET', '_catalog'))).toEqual([]);
  });
});

describe('options', () => {
  test('pages of the tags list, asked for or not', async () => {
    const sandbox = await start({ profile: 'oci-1.1', tagsPerPage: 2 });
    const image = await pushImage(sandbox, { repository: 'app' });
    await tag(sandbox, image, 'a', 'b', 'c');
    for (const query of ['', '?n=1000']) {
      expect(await pages(outsider(sandbox), `app/tags/list${query}`, tagsIn)).toEqual([['a', 'b'], ['c']]);
    }
  });

  test('pages of the catalog', async () => {
    const sandbox = await start({ repositoriesPerPage: 2 });
    for (const repository of ['c', 'a/b', 'a']) await pushImage(sandbox, { repository });
    expect(await pages(outsider(sandbox), '_catalog', repositoriesIn)).toEqual([['a', 'a/b'], ['c']]);
    expect((await ask(outsider(sandbox), 'GET', '_catalog?n=3')).status).toBe(400);
  });

  test('a path prefix, in links and locations too', async () => {
    const sandbox = await start({ pathPrefix: '/some/registry' });
    expect(new URL(sandbox.url).pathname).toBe('/some/registry');
    await pushMultiPlatform(sandbox, {
      repository: 'app',
      tags: ['a', 'b'],
      platforms: [{ os: 'linux', architecture: 'amd64' }],
    });
    expect(await pages(outsider(sandbox), 'app/tags/list?n=1', tagsIn)).toEqual([['a'], ['b'], null]);
    expect((await fetch(new URL('/v2/', sandbox.url))).status).toBe(404);
  });

  test('a pull-through cache deletes nothing and takes no push', async () => {
    const sandbox = await start({ pullThroughCache: true });
    const { digest, bytes, mediaType } = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    const unsupported = { status: 405, code: 'UNSUPPORTED' };
    expect(said(await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`))).toEqual(unsupported);
    const put = { type: mediaType, body: bytes };
    expect(said(await ask(outsider(sandbox), 'PUT', 'app/manifests/two', put))).toEqual(unsupported);
  });

  test('deletes can be turned off while it runs; a read-only registry can still be filled by the test', async () => {
    const sandbox = await start();
    sandbox.setDeletes('read-only');
    const { digest } = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    expect((await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).headers.get('allow')).toBe('GET, HEAD');
    sandbox.setDeletes('disabled');
    expect((await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).status).toBe(405);
  });

  test('blobs redirect to another origin, which refuses credentials', async () => {
    const sandbox = await start({ redirectBlobs: true });
    const { blobs } = await pushImage(sandbox, { repository: 'app', layers: ['content'] });
    const reply = await ask(outsider(sandbox), 'GET', `app/blobs/${blobs[1]?.digest ?? ''}`);
    expect(reply.status).toBe(307);
    const location = reply.headers.get('location') ?? '';
    expect(new URL(location).origin).not.toBe(new URL(sandbox.url).origin);
    expect(await (await fetch(location)).text()).toBe('content');
    expect((await fetch(location, { headers: { authorization: 'Basic eDp5' } })).status).toBe(400);
    expect(sandbox.requests.map(({ server }) => server)).toEqual(['registry', 'aside', 'aside']);
  });

  test('schema 1, where it is stored: 2.8 serves it, 3.1 fails and still deletes it', async () => {
    for (const [profile, status] of [
      ['distribution-2.8', 200],
      ['distribution-3.1', 500],
    ] as const) {
      const sandbox = await startSandboxRegistry({ profile });
      const bytes = new TextEncoder().encode('{"schemaVersion":1,"name":"app","tag":"old","fsLayers":[]}');
      const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
      const digest = sandbox.store.putManifest('app', type, bytes, 'old');
      expect((await ask(outsider(sandbox), 'GET', 'app/manifests/old')).status).toBe(status);
      expect((await ask(outsider(sandbox), 'DELETE', `app/manifests/${digest}`)).status).toBe(202);
      await sandbox.close();
    }
  });

  test('referrers are listed beside a manifest that is none', async () => {
    const sandbox = await start({ profile: 'oci-1.1' });
    const image = await pushImage(sandbox, { repository: 'app', tags: ['one'] });
    for (const text of ['<html>', 'null'])
      sandbox.store.putManifest(
        'app',
        'application/vnd.oci.image.manifest.v1+json',
        new TextEncoder().encode(text),
        'bad',
      );
    const answer = await ask(outsider(sandbox), 'GET', `app/referrers/${image.digest}`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ manifests: [] });
  });
});
