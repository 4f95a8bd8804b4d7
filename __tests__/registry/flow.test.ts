/** What the registry's answers do to the requests that come after them, over real sockets. */
import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../src/model/index.ts';
import type { RegistryOptions } from '../../src/registry/index.ts';
import { openTransport, type Request, type Transport } from '../../src/registry/transport.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { errors, origin, repository, tag, type Client, type Script, type Scripted } from './server.ts';
import { failure, useSite } from './site.ts';
import { serveTokens } from './token-server.ts';

const site = useSite();
const anonymous = { kind: 'anonymous' } as const;

async function sandboxWith(
  tags: Readonly<Record<string, number>>,
  options: SandboxOptions = {},
): Promise<SandboxRegistry> {
  const sandbox = await startSandboxRegistry(options);
  site.keep(sandbox);
  for (const [name, count] of Object.entries(tags)) {
    const config = sandbox.store.putBlob(name, Buffer.from('{}'));
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 },
        layers: [],
      }),
    );
    const names = Array.from({ length: count }, (_, index) => `t${index}`);
    sandbox.store.putManifest(name, 'application/vnd.oci.image.manifest.v1+json', bytes, ...names);
  }
  return sandbox;
}

const heads = (registry: Client, name: string, count: number): Promise<unknown>[] =>
  Array.from({ length: count }, (_, index) => registry.headManifest(repository(name), tag(`t${index}`)));

const manifest: Scripted = {
  headers: {
    'content-type': 'application/vnd.oci.image.manifest.v1+json',
    'docker-content-digest': `sha256:${'ab'.repeat(32)}`,
    'content-length': '500',
  },
};

/** A script, and how many of its requests were under way at once since it was last asked. */
function counting(script: Script): { readonly script: Script; readonly most: () => number } {
  let underWay = 0;
  let most = 0;
  let arrived = 0;
  return {
    async script(seen, index) {
      underWay += 1;
      most = Math.max(most, underWay);
      arrived += 1;
      // Until no others come any more, on a slow machine, too.
      for (let known = 0; known < arrived;) {
        known = arrived;
        await delay(10);
      }
      const answer = await script(seen, index);
      underWay -= 1;
      return answer;
    },
    most() {
      const seen = most;
      most = 0;
      return seen;
    },
  };
}

describe('repositories side by side', () => {
  test('a small one is done while a big one, asked before it, is under way', async () => {
    const sandbox = await sandboxWith({ big: 5_000, small: 10 });
    const registry = site.connectTo(sandbox.url, anonymous, { concurrency: 4 });
    const big = heads(registry, 'big', 5_000);
    const small = heads(registry, 'small', 10);
    await Promise.all(small);
    // One of the big one for each of the small one, and those that were under way before and beside.
    expect(sandbox.requests.length).toBeLessThanOrEqual(2 * 10 + 2 * 4);
    await Promise.all(big);
    const order = sandbox.requests.map(({ path }) => path.split('/')[2]);
    expect(order.lastIndexOf('small')).toBeLessThanOrEqual(2 * 10 + 4);
    expect(order).toHaveLength(5_010);
  });

  test('and a big one among small ones gets its share', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `small${index}`);
    const sandbox = await sandboxWith(Object.fromEntries([...names, 'big'].map((name) => [name, 100] as const)));
    const registry = site.connectTo(sandbox.url, anonymous, { concurrency: 4 });
    await Promise.all([...names, 'big'].flatMap((name) => heads(registry, name, 100)));
    const order = sandbox.requests.map(({ path }) => path.split('/')[2]);
    // Every tenth, after the few that the first ones had to themselves.
    const places = order.flatMap((name, index) => (name === 'big' ? [index] : []));
    expect(places).toHaveLength(100);
    expect(places.slice(0, 80).every((place, index) => place <= 10 * (index + 1) + 8)).toBe(true);
  });

  test('blobs that a storage elsewhere serves keep the lane of their repository', async () => {
    const storage = await site.serve((_, index) =>
      index === 0 ? { status: 503, headers: { 'retry-after': '30' } } : { body: '{}' },
    );
    const server = await site.serve(({ path }) =>
      path === '/v2/'
        ? { body: {} }
        : { status: 307, headers: { location: `${storage.url}/${path.split('/')[2] ?? ''}` } },
    );
    const held = gate(() => storage.seen.length);
    const { sleep, now } = held;
    const registry = site.connectTo(server.url, anonymous, { concurrency: 1, sleep, now });
    const bytes = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' as Digest;
    const config = { digest: bytes, mediaType: 'application/vnd.oci.image.config.v1+json', size: 2 };
    const ask = (name: string, count: number): readonly Promise<unknown>[] =>
      Array.from({ length: count }, () => registry.getConfig(repository(name), config));
    const redirected = async (count: number): Promise<void> => {
      while (server.lines().filter((line) => line.includes('/blobs/')).length < count) await registry.answers(5_000);
    };
    let small: readonly Promise<unknown>[] = [];
    let asked: Promise<void> | undefined;
    // While the storage pauses, all of the big one's are sent to it; then the small one comes.
    const asking = async (): Promise<void> => {
      await redirected(50);
      small = ask('small', 2);
      await redirected(52);
    };
    held.during(() => (asked ??= asking()));
    await Promise.all(ask('big', 50));
    await Promise.all(small);
    expect(storage.lines().lastIndexOf('GET /small')).toBeLessThan(8);
    expect(storage.seen).toHaveLength(53);
  });
});

describe('tokens', () => {
  test.each(['same', 'other'] as const)('one request at once is enough, from the %s origin', async (tokenOrigin) => {
    const users = [{ username: 'ada', password: 'pass' }];
    const sandbox = await sandboxWith({ a: 3, b: 3, c: 3 }, { auth: { kind: 'token', users, tokenOrigin } });
    const ada = { kind: 'basic', username: 'ada', password: 'pass' } as const;
    const registry = site.connectTo(sandbox.url, ada, { concurrency: 1 });
    const found = await Promise.all(['a', 'b', 'c'].flatMap((name) => heads(registry, name, 3)));
    expect(found).toHaveLength(9);
    expect(found.every((one) => (one as { kind: string }).kind === 'found')).toBe(true);
  });

  test('one that expires while a request stands in line is renewed before it is sent', async () => {
    let issued = 0;
    let wait: (ms: number) => void = () => undefined;
    const server = await serveTokens(site, {
      issue: (_, count) => {
        issued = count;
        return { body: { token: `token-${count}`, expires_in: 60 } };
      },
      accepts: (authorization) => {
        if (authorization !== `Bearer token-${issued}`) return false;
        // Each answer takes so long that the token is at its end.
        wait(55_000);
        return true;
      },
      answer: manifest,
    });
    const registry = site.connectTo(server.url, anonymous, { concurrency: 1 });
    await registry.headManifest(repository(), tag('first'));
    wait = (ms) => {
      registry.wait(ms);
    };
    server.seen.length = 0;
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => registry.headManifest(repository(), tag(name))));
    const path = (name: string): string => `HEAD /v2/apps/web/manifests/${name}`;
    const lines = server.lines().map((line) => (line.startsWith('GET /token') ? 'token' : line));
    // No 401 among them: that would be a second request for the same tag.
    expect(lines).toEqual([path('a'), 'token', path('b'), 'token', path('c'), 'token', path('d')]);
  });
});

/** Sleeps until it is let go, and knows what the registry had been asked by then. */
function gate(asked: () => number) {
  let atMs = Date.parse('2026-11-22T00:00:00Z');
  const slept: { readonly ms: number; readonly asked: number }[] = [];
  let meanwhile = (): Promise<void> => Promise.resolve();
  return {
    slept,
    /** Runs in every sleep, before time passes. */
    during(what: () => Promise<void>): void {
      meanwhile = what;
    },
    now: () => new Date(atMs),
    sleep: async (ms: number): Promise<void> => {
      const untilMs = atMs + ms;
      await meanwhile();
      slept.push({ ms, asked: asked() });
      atMs = Math.max(atMs, untilMs);
    },
  };
}

describe('Retry-After', () => {
  test.each([429, 503])('with %i on one request holds all others until then', async (status) => {
    const sandbox = await sandboxWith({ big: 40, small: 5 });
    const counted = (): number => sandbox.requests.filter(({ method }) => method === 'HEAD').length;
    const held = gate(counted);
    const notices: string[] = [];
    const registry = site.connectTo(sandbox.url, anonymous, {
      concurrency: 4,
      sleep: held.sleep,
      now: held.now,
      onNotice: (line) => notices.push(line),
    });
    // Round trips that don't wait their turn: whatever had been sent by now would have arrived before the last of them.
    held.during(async () => {
      for (let knocks = 0; knocks < 20; knocks += 1) expect(await registry.answers(5_000)).toBe(true);
    });
    sandbox.answer({ method: 'HEAD', path: /./, nth: 3 }, { status, headers: { 'retry-after': '30' } });
    const found = await Promise.all([...heads(registry, 'big', 40), ...heads(registry, 'small', 5)]);
    expect(found.every((one) => (one as { kind: string }).kind === 'found')).toBe(true);
    // The pause, the retry of the one, and the places that open again.
    const during = held.slept.filter(({ ms }) => ms >= 29_000);
    expect(during.map(({ ms }) => ms).sort()).toEqual([30_000, 30_500]);
    const [first, second] = during.map(({ asked }) => asked);
    expect(first).toBe(second);
    // The refused one, and no more than were under way with it and before it.
    expect(first).toBeLessThanOrEqual(3 + 4);
    expect(counted()).toBe(46);
    expect(notices).toEqual([`${new URL(sandbox.url).host} asks for a pause of 30 s; all requests to it wait`]);
  });

  test('of more than five minutes ends the others with the same answer, unsent', async () => {
    const server = await site.serve(() => ({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: errors('TOOMANYREQUESTS', 'come back in an hour'),
    }));
    const registry = site.connectTo(server.url, anonymous, { concurrency: 2 });
    const said = await Promise.all(heads(registry, 'big', 20).map(failure));
    expect(said).toHaveLength(20);
    expect(said.every(({ kind }) => kind === 'rate-limited')).toBe(true);
    expect(said.at(-1)).toMatchObject({ url: `${server.url}/v2/big/manifests/t19`, status: 429 });
    expect(server.seen.length).toBeLessThanOrEqual(2);
    expect(registry.records).toHaveLength(server.seen.length);
    registry.wait(3_600_000);
    await failure(registry.ping());
    expect(server.lines().at(-1)).toBe('GET /v2/');
  });

  test('is not waited out by a run that is aborted', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const server = await site.serve(() => ({ status: 429, headers: { 'retry-after': '200' } }));
    const registry = site.connectTo(server.url, anonymous, {
      concurrency: 1,
      signal: stop.signal,
      sleep: () => {
        stop.abort(reason);
        return new Promise(() => undefined);
      },
    });
    const ended = await Promise.allSettled(heads(registry, 'big', 30));
    expect(ended.every((one) => one.status === 'rejected' && one.reason === reason)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  test('doesn’t keep from asking whether a registry answers', async () => {
    const server = await site.serve(({ path }) =>
      path === '/v2/' ? { body: {} } : { status: 503, headers: { 'retry-after': '100' } },
    );
    let knocked: Promise<boolean> | undefined;
    const registry: Client = site.connectTo(server.url, anonymous, {
      concurrency: 1,
      sleep: async () => {
        knocked ??= registry.answers(5_000);
        await knocked;
      },
    });
    await failure(registry.headManifest(repository(), tag('1')));
    expect(await knocked).toBe(true);
  });
});

describe('limits that are counted down', () => {
  const saying =
    (headers: (index: number) => Readonly<Record<string, string>>): Script =>
    (_, index) => ({ headers: { ...(manifest as { headers: object }).headers, ...headers(index) } });

  test('no more are under way than are left, and it is said once', async () => {
    const { script, most } = counting(
      saying((index) => ({ 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${index < 1 ? 3 : 2};w=21600` })),
    );
    const server = await site.serve(script);
    const notices: string[] = [];
    const registry = site.connectTo(server.url, anonymous, { concurrency: 8, onNotice: (line) => notices.push(line) });
    await registry.headManifest(repository(), tag('first'));
    most();
    await Promise.all(heads(registry, 'big', 20));
    expect(most()).toBe(3);
    await Promise.all(heads(registry, 'big', 20));
    expect(most()).toBe(2);
    expect(notices).toEqual([`127.0.0.1:${server.port} allows 3 more requests for now; fewer are under way`]);
  });

  test('none left until a moment that is known: all wait for it', async () => {
    const left = (index: number): Readonly<Record<string, string>> =>
      index === 4 ? { ratelimit: '"default";r=0;t=30' } : { ratelimit: '"default";r=500;t=30' };
    const server = await site.serve(saying(left));
    const held = gate(() => server.seen.length);
    const notices: string[] = [];
    const registry = site.connectTo(server.url, anonymous, {
      concurrency: 1,
      sleep: held.sleep,
      now: held.now,
      onNotice: (line) => notices.push(line),
    });
    await Promise.all(heads(registry, 'big', 12));
    expect(held.slept[0]).toEqual({ ms: 30_000, asked: 5 });
    expect(held.slept.filter(({ ms }) => ms >= 1_000)).toHaveLength(1);
    expect(server.seen).toHaveLength(12);
    expect(notices).toEqual([`127.0.0.1:${server.port} allows no more requests for 30 s; all wait until then`]);
  });

  test('none left, and nobody says until when: one at a time, since HEAD may be free', async () => {
    const { script, most } = counting(saying(() => ({ 'ratelimit-remaining': '0;w=21600' })));
    const server = await site.serve(script);
    const notices: string[] = [];
    const registry = site.connectTo(server.url, anonymous, { concurrency: 8, onNotice: (line) => notices.push(line) });
    await registry.headManifest(repository(), tag('first'));
    await Promise.all(heads(registry, 'big', 10));
    expect(most()).toBe(1);
    expect(registry.slept).toEqual([]);
    expect(notices).toEqual([`127.0.0.1:${server.port} allows no more requests for now; one at a time goes on`]);
  });

  test('a limit that is far from its end changes nothing', async () => {
    const { script, most } = counting(saying(() => ({ 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': '60' })));
    const server = await site.serve(script);
    const notices: string[] = [];
    const registry = site.connectTo(server.url, anonymous, { concurrency: 8, onNotice: (line) => notices.push(line) });
    await Promise.all(heads(registry, 'big', 40));
    expect(most()).toBe(8);
    expect(notices).toEqual([]);
  });
});

describe('the bound', () => {
  function transportTo(url: string, options: Partial<RegistryOptions>): Transport {
    const transport = openTransport({
      origin: origin(url),
      credentials: anonymous,
      tlsVerify: true,
      concurrency: 8,
      env: {},
      userAgent: 'registry-prune-test',
      sleep: () => Promise.resolve(),
      random: () => 0.5,
      now: () => new Date('2026-11-22T00:00:00Z'),
      onSecret: () => undefined,
      ...options,
    });
    site.keep(transport);
    return transport;
  }
  const head = (url: string, name = '1'): Request => ({
    method: 'HEAD',
    url: new URL(`/v2/apps/web/manifests/${name}`, url),
    headers: {},
    maxBytes: 1_000,
    timeoutMs: 10_000,
  });
  const many = (transport: Transport, url: string, count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => transport.exchange(head(url))));

  test.each([429, 503])('falls by half with %i, and comes back by itself', async (status) => {
    const { script, most } = counting(({ path }) => (path.endsWith('/busy') ? { status } : manifest));
    const server = await site.serve(script);
    const transport = transportTo(server.url, {});
    await many(transport, server.url, 20);
    expect([transport.boundOf(server.url), most()]).toEqual([8, 8]);
    await transport.exchange(head(server.url, 'busy'));
    expect(transport.boundOf(server.url)).toBe(4);
    most();
    await many(transport, server.url, 3);
    await transport.exchange(head(server.url, 'busy'));
    expect(transport.boundOf(server.url)).toBe(2);
    await many(transport, server.url, 2 + 3 + 4 + 5 + 6 + 7);
    expect(transport.boundOf(server.url)).toBe(8);
    most();
    await many(transport, server.url, 20);
    expect(most()).toBe(8);
  });

  test('falls where answers become slow, not below a quarter, and comes back when they are fast again', async () => {
    let nowMs = 0;
    let eachMs = 5;
    // Time passes with each answer, for all that are under way.
    const server = await site.serve(() => {
      nowMs += eachMs;
      return manifest;
    });
    const transport = transportTo(server.url, { now: () => new Date(nowMs) });
    await many(transport, server.url, 200);
    expect(transport.boundOf(server.url)).toBe(8);
    eachMs = 500;
    await many(transport, server.url, 32);
    const lowered = transport.boundOf(server.url);
    expect(lowered).toBeLessThan(8);
    expect(lowered).toBeGreaterThanOrEqual(2);
    eachMs = 5;
    await many(transport, server.url, 300);
    expect(transport.boundOf(server.url)).toBe(8);
  });
});
