/** What the relay does to requests, as a client sees it that has nothing of this program. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Fault } from '../../sandbox/faults.ts';
import { startForeignOrigin } from '../../sandbox/foreign-origin.ts';
import { pushImage, putBlob, type Pushed } from '../../sandbox/push.ts';
import { breakLine, randomFault } from '../../sandbox/random-faults.ts';
import { randomFrom } from '../../sandbox/random.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { startRelay, type Relay } from '../../sandbox/relay.ts';

let registry: SandboxRegistry;
let relay: Relay;
let image: Pushed;

beforeEach(async () => {
  registry = await startSandboxRegistry({ profile: 'distribution-3.1' });
  relay = await startRelay(registry.url);
  image = await pushImage(registry, { repository: 'apps/web', tags: ['v1'], created: '2026-01-01T00:00:00Z' });
});
afterEach(async () => {
  await relay.close();
  await registry.close();
});

type Came = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The answer came to its end. */
  readonly whole: boolean;
};

type AskOptions = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client closes the connection once this holds. */
  readonly until?: (body: string) => boolean;
};

/** One request on a connection of its own; `undefined` where that ended before an answer began. */
function ask(path: string, { method = 'GET', headers = {}, until }: AskOptions = {}): Promise<Came | undefined> {
  return new Promise((resolve) => {
    let body = '';
    let answered = false;
    const asked = request(`${relay.url}${path}`, { method, headers, agent: false }, (answer) => {
      answered = true;
      answer.on('data', (piece: Buffer) => {
        body += piece.toString();
      });
      answer.on('error', () => undefined);
      answer.on('close', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, whole: answer.complete });
      });
    });
    const watch = setInterval(() => {
      if (until?.(body) === true) asked.destroy();
    }, 5);
    asked.on('error', () => undefined);
    asked.on('close', () => {
      clearInterval(watch);
      if (!answered) resolve(undefined);
    });
    asked.end();
  });
}

const list = '/v2/apps/web/tags/list';
const whole = { name: 'apps/web', tags: ['v1'] };
const seen = (): readonly string[] => registry.requests.map(({ method, path }) => `${method} ${path}`);

test('without a fault everything passes, and is recorded', async () => {
  const came = await ask(list);
  expect(came).toMatchObject({ status: 200, whole: true });
  expect(JSON.parse(came?.body ?? '')).toEqual(whole);
  expect(relay.requests).toMatchObject([{ method: 'GET', path: list, status: 200 }]);
  expect(relay.faults).toEqual([]);
});

test('what is pushed through it stays on its way through it', async () => {
  await putBlob({ url: relay.url, authorization: registry.authorization }, 'apps/web', Buffer.from('a new layer'));
  expect(relay.requests.map(({ method, status }) => `${method} ${String(status)}`)).toEqual([
    'HEAD 404',
    'POST 202',
    'PUT 201',
  ]);
});

describe('a fault', () => {
  test.each([
    ['reset', { kind: 'reset', moment: 'before' }, 0],
    ['reset', { kind: 'reset', moment: 'after' }, 1],
    ['stall', { kind: 'stall', moment: 'before' }, 0],
    ['stall', { kind: 'stall', moment: 'after' }, 1],
  ] as const)('%s (%j): no answer, and the registry hears of it %i times', async (kind, fault, times) => {
    relay.fault({ path: /tags/ }, fault);
    const reached = (): boolean =>
      times === 0 ? relay.requests.length === 1 : registry.requests[0]?.status !== undefined;
    expect(await ask(list, kind === 'stall' ? { until: reached } : {})).toBeUndefined();
    // Another one after it, so that whatever was to come has come.
    await ask('/v2/');
    expect(seen()).toEqual([...Array<string>(times).fill(`GET ${list}`), 'GET /v2/']);
    expect(relay.requests[0]?.status).toBeUndefined();
  });

  test.each([
    ['truncate', { kind: 'truncate' }],
    ['stall midway', { kind: 'stall', moment: 'midway' }],
  ] as const)('%s: headers with the full length, and half of the body', async (kind, fault) => {
    relay.fault({ path: /tags/ }, fault);
    const { length } = `${JSON.stringify(whole)}\n`;
    const half = Math.floor(length / 2);
    const came = await ask(list, kind === 'truncate' ? {} : { until: (body) => body.length >= half });
    expect(came).toMatchObject({ status: 200, whole: false, headers: { 'content-length': String(length) } });
    expect(came?.body).toHaveLength(half);
  });

  test.each([
    [5, false, 0],
    [-5, true, -5],
  ])('length by %i: the answer is whole: %s', async (by, isWhole, missing) => {
    relay.fault({ path: /tags/ }, { kind: 'length', by });
    const came = await ask(list);
    const text = `${JSON.stringify(whole)}\n`;
    expect(came?.headers['content-length']).toBe(String(text.length + by));
    expect(came?.whole).toBe(isWhole);
    expect(came?.body).toBe(missing === 0 ? text : text.slice(0, missing));
  });

  test('duplicate: the registry gets it twice, and its second answer is passed on', async () => {
    relay.fault({ method: 'DELETE', path: /./ }, { kind: 'duplicate' });
    const came = await ask(`/v2/apps/web/manifests/${image.digest}`, { method: 'DELETE' });
    expect(came).toMatchObject({ status: 404 });
    expect(registry.requests.map(({ status }) => status)).toEqual([202, 404]);
    expect(registry.store.tags('apps/web').size).toBe(0);
  });

  test.each([401, 403, 404, 405, 429, 500, 502, 503, 504])('answer %i, before and after', async (status) => {
    relay.fault({ path: /tags/, nth: 1 }, { kind: 'answer', moment: 'before', answer: { status } });
    relay.fault({ path: /tags/, nth: 2 }, { kind: 'answer', moment: 'after', answer: { status } });
    expect(await ask(list)).toMatchObject({ status, whole: true });
    expect(seen()).toHaveLength(0);
    expect(await ask(list)).toMatchObject({ status, whole: true });
    expect(seen()).toHaveLength(1);
    expect(await ask(list)).toMatchObject({ status: 200 });
  });

  test('delay, header and echo', async () => {
    relay.fault({ path: /tags/, nth: 1 }, { kind: 'delay', ms: 1 });
    relay.fault({ path: /tags/, nth: 2 }, { kind: 'header', name: 'link', value: '<http://elsewhere>; rel="next"' });
    relay.fault({ path: /tags/, nth: 3 }, { kind: 'echo', status: 500 });
    expect(await ask(list)).toMatchObject({ status: 200, whole: true });
    expect(await ask(list)).toMatchObject({ status: 200, headers: { link: '<http://elsewhere>; rel="next"' } });
    const echoed = await ask(list, { headers: { authorization: 'Basic me' } });
    expect(echoed).toMatchObject({ status: 500, body: expect.stringContaining('Basic me') });
    expect(relay.faults.map(({ fault }) => fault.kind)).toEqual(['delay', 'header', 'echo']);
  });

  test('redirect: to another origin, which tells what it was sent', async () => {
    const foreign = await startForeignOrigin(() => ({ status: 200, body: 'me' }));
    relay.fault({ path: /tags/ }, { kind: 'redirect', status: 307, to: foreign.url });
    const came = await ask(list);
    expect(came).toMatchObject({ status: 307, headers: { location: `${foreign.url}${list}` } });
    const followed = await fetch(`${foreign.url}${list}`, { headers: { authorization: 'Basic me' } });
    expect(await followed.text()).toBe('me');
    expect(foreign.requests).toMatchObject([{ method: 'GET', path: list, headers: { authorization: 'Basic me' } }]);
    await foreign.close();
  });
});

test('expire: a token is refused from then on by the challenge of the registry itself, which leads through the relay', async () => {
  await relay.close();
  await registry.close();
  registry = await startSandboxRegistry({ auth: { kind: 'token', users: [], anonymous: { '*': ['pull'] } } });
  relay = await startRelay(registry.url);
  await pushImage(registry, { repository: 'apps/web', tags: ['v1'] });
  const tokenPath = '/token?scope=repository:apps/web:pull';
  const token = async (): Promise<Record<string, string>> => {
    const { token: value } = JSON.parse((await ask(tokenPath))?.body ?? '') as { token: string };
    return { authorization: `Bearer ${value}` };
  };
  const first = await token();
  expect(await ask(list, { headers: first })).toMatchObject({ status: 200 });
  relay.fault({ path: /tags/, nth: 1 }, { kind: 'expire' });
  const refused = await ask(list, { headers: first });
  expect(refused).toMatchObject({ status: 401 });
  expect(refused?.headers['www-authenticate']).toContain(`realm="${relay.url}/token"`);
  expect(await ask(list, { headers: first })).toMatchObject({ status: 401 });
  expect(await ask(list, { headers: await token() })).toMatchObject({ status: 200 });
  expect(relay.faults).toHaveLength(1);
});

test('a registry below a path is reached as well', async () => {
  const prefixed = await startSandboxRegistry({ pathPrefix: '/registry' });
  const second = await startRelay(prefixed.url);
  expect(second.url).toMatch(/\/registry$/);
  expect((await fetch(`${second.url}/v2/`)).status).toBe(200);
  await second.close();
  await prefixed.close();
});

describe('chance', () => {
  test('has every kind, and the same ones for the same seed', () => {
    const some = (seed: number): readonly Fault[] => {
      const random = randomFrom(seed);
      return Array.from({ length: 400 }, () => randomFault(random, 'http://foreign'));
    };
    expect(some(1)).toEqual(some(1));
    expect([...new Set(some(1).map(({ kind }) => kind))].sort()).toEqual([
      'answer',
      'delay',
      'duplicate',
      'echo',
      'expire',
      'header',
      'length',
      'redirect',
      'reset',
      'stall',
      'truncate',
    ]);
  });

  test('breaks a line in the same places for the same seed, and what it broke can be mended', async () => {
    const played = async (): Promise<readonly unknown[]> => {
      const broken = await startRelay(registry.url);
      const mend = breakLine(broken, { random: randomFrom(5), foreign: 'http://foreign', stalls: { left: 0 } });
      const through = async (): Promise<unknown> =>
        fetch(`${broken.url}${list}`, { redirect: 'manual' }).then(
          async (answer) =>
            answer.text().then(
              (text) => [answer.status, text],
              () => 'cut',
            ),
          () => 'cut',
        );
      const results: unknown[] = [];
      for (let times = 0; times < 60; times += 1) results.push(await through());
      const faults = broken.faults.map(({ fault, request: { path } }) => [fault, path]);
      mend();
      const mended = await through();
      await broken.close();
      return [results, faults, mended];
    };
    const [results, faults, mended] = await played();
    expect(faults).not.toEqual([]);
    expect(mended).toEqual([200, `${JSON.stringify(whole)}\n`]);
    expect(await played()).toEqual([results, faults, mended]);
  });
});

test('is quiet once the client is gone, and what it had sent is carried out', async () => {
  const [reached, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  registry.before({ method: 'DELETE', path: /manifests\/v1$/ }, async () => {
    reached.resolve(undefined);
    await held.promise;
  });
  const client = request(`${relay.url}/v2/apps/web/manifests/v1`, { method: 'DELETE', agent: false });
  client.on('error', () => undefined);
  client.end();
  await reached.promise;
  client.destroy();
  const quiet = relay.quiet();
  expect(registry.store.tags('apps/web').has('v1')).toBe(true);
  held.resolve(undefined);
  await quiet;
  expect(registry.store.tags('apps/web').has('v1')).toBe(false);
  await relay.quiet();
});
