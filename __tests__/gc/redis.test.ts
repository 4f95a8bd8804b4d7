// A real Redis as the descriptor cache of real registries: it is flushed while the registry is stopped, or nothing is stopped.

import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { planFlush } from '../../src/gc/redis.ts';
import type { FoundService } from '../../src/machine/index.ts';
import { pushImage, type Pushed } from '../../sandbox/push.ts';
import { collectOn } from './collecting.ts';
import {
  registryProgram,
  shellHost,
  startPlainService,
  type PlainService,
  type RedisSettings,
} from './plain-service.ts';
import { redisMissing, startRedis, type RedisServer } from './redis-server.ts';

const database = 3;
const layer = 'a layer of its own, collected and pushed again';

async function push(plain: PlainService): Promise<Pushed> {
  return pushImage({ url: plain.url }, { repository: 'apps/web', tags: ['again'], layers: [layer] });
}

async function layerOf(plain: PlainService, image: Pushed): Promise<{ readonly head: number; readonly text: string }> {
  const digest = image.blobs.find(({ mediaType }) => mediaType.includes('layer'))?.digest ?? '';
  const url = `${plain.url}/v2/apps/web/blobs/${digest}`;
  const head = await fetch(url, { method: 'HEAD' });
  // A body that is shorter than announced is an error of fetch's.
  const read = async (): Promise<string> => (await fetch(url)).text();
  const text = await read().catch(() => 'truncated');
  return { head: head.status, text: text.slice(0, layer.length) };
}

async function drop(plain: PlainService, image: Pushed): Promise<void> {
  const { status } = await fetch(`${plain.url}/v2/apps/web/manifests/${image.digest}`, { method: 'DELETE' });
  expect(status).toBe(202);
}

describe.each([2, 3] as const)('distribution %s', (major) => {
  // redis-cli on the one, netcat on the other.
  describe.each(['dash', 'busybox'] as const)('under %s', (shell) => {
    const here = shellHost(shell);
    if (here === undefined || redisMissing !== undefined || registryProgram(major) === undefined) {
      test.skip(redisMissing ?? `${shell} or distribution isn't here`, () => undefined);
      return;
    }
    const { host, close } = here;
    let redis: RedisServer;
    let plain: PlainService;
    let image: Pushed;
    const start = async (account: Pick<RedisSettings, 'username' | 'password'> = { password: redis.password }) => {
      const settings = { address: redis.address, db: database, ...account };
      plain = await startPlainService({ major, redis: settings, standsBy: shell === 'busybox' });
      image = await push(plain);
      expect(await layerOf(plain, image)).toEqual({ head: 200, text: layer });
      await drop(plain, image);
    };

    beforeEach(async () => {
      redis = await startRedis();
    });
    afterEach(async () => {
      await plain.close();
      await redis.stop();
    });
    afterAll(close);

    test('a layer that was collected can be pushed again, and is served; what else is in Redis stays', async () => {
      await start();
      redis.cli(database, 'SET', 'other', 'kept');
      redis.cli(database, 'SET', 'blobsandmore', 'kept');
      redis.cli(database + 1, 'SET', 'blobs::of-another', 'kept');
      expect(redis.cli(database, 'KEYS', 'blobs::*')).not.toBe('');
      const { collection } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'done' });
      expect(plain.calls()).toEqual([
        ...['prepare', 'inside', 'check'],
        ...(shell === 'busybox' ? ['told'] : []),
        ...['stop', 'collect', 'offline-inside', 'start', 'cleanup'],
      ]);
      expect(await layerOf(plain, image)).toMatchObject({ head: 404 });
      const again = await push(plain);
      expect(await layerOf(plain, again)).toEqual({ head: 200, text: layer });
      expect(redis.cli(database, 'GET', 'other')).toBe('kept');
      expect(redis.cli(database, 'GET', 'blobsandmore')).toBe('kept');
      expect(redis.cli(database + 1, 'GET', 'blobs::of-another')).toBe('kept');
    });

    test('without the flush the new push would be lost', async () => {
      await start();
      const { collection } = await collectOn(host, {
        ...plain,
        service: { ...plain.service, cache: { kind: 'inmemory' } },
      });
      expect(collection.result).toBe('done');
      const again = await push(plain);
      expect((await layerOf(plain, again)).text).not.toBe(layer);
    });

    test.each<[string, () => void, string]>([
      ['EVAL', () => redis.cli(0, 'ACL', 'SETUSER', 'default', '-eval'), 'NOPERM'],
      ['DEL', () => redis.cli(0, 'ACL', 'SETUSER', 'default', '-del'), "can't run this command"],
      ['its keys', () => redis.cli(0, 'ACL', 'SETUSER', 'default', 'resetkeys', '~repository::*'), 'key'],
    ])('without the right to %s: nothing is stopped', async (_, forbid, words) => {
      await start();
      const blobs = plain.blobs();
      forbid();
      const { collection } = await collectOn(host, plain);
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toMatch(
        /^the right to flush the descriptor cache in Redis couldn't be proven; nothing was stopped\. The host said: Redis answers: /,
      );
      expect(collection.why?.what).toContain(words);
      expect(plain.calls()).toEqual(['prepare', 'inside', 'cleanup']);
      expect(plain.blobs()).toBe(blobs);
      expect(await plain.answers()).toBe(true);
      await rm(collection.log ?? '', { recursive: true });
    });

    test('a Redis that is gone in the middle: the registry is started, and the failure says what to flush', async () => {
      await start();
      // It still answers for a moment after it was told to end.
      plain.before('collect', `kill -9 ${redis.pid}; while kill -0 ${redis.pid} 2>/dev/null; do sleep 0.1; done`);
      const { collection } = await collectOn(host, plain);
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain("the descriptor cache in Redis couldn't be flushed after the collection");
      expect(plain.calls()).toContain('start');
      await rm(collection.log ?? '', { recursive: true });
    });

    if (major === 3)
      test('a user of its own', async () => {
        redis.cli(0, 'ACL', 'SETUSER', 'cache', 'on', '>a word', '~blobs::*', '~repository::*', '+@all');
        await start({ username: 'cache', password: 'a word' });
        const { collection } = await collectOn(host, plain);
        expect(collection.result).toBe('done');
        expect(await layerOf(plain, await push(plain))).toEqual({ head: 200, text: layer });
      });
  });
});

const here = redisMissing === undefined ? describe : describe.skip;
here('an account that stands in the environment', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['the right one', { REGISTRY_REDIS_PASSWORD: `'p"a''s $x\\y'` }, 0],
    ['a wrong one', { REGISTRY_REDIS_PASSWORD: 'password' }, 1],
    ['one that YAML would not take', { REGISTRY_REDIS_PASSWORD: '*password' }, 1],
    ['none, and no file either', {}, 1],
  ])('%s', (_, env, status) => {
    const place = { addresses: [redis.address], database: 0, tls: false, password: true };
    const cache = { kind: 'redis', ...place, username: false, sentinel: false } as const;
    const plan = planFlush({ cache, configPath: '/nowhere.yml' });
    const input = plan.kind === 'flush' ? plan.prove : 'exit 3';
    const ran = spawnSync('sh', ['-s'], { input, encoding: 'utf8', env: { PATH: process.env.PATH ?? '', ...env } });
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status, stdout: '' });
    expect(ran.stderr).not.toContain('p"a');
  });
});

describe('what is refused beforehand', () => {
  const redis = {
    kind: 'redis',
    addresses: ['redis:6379'],
    database: 0,
    tls: false,
    password: false,
    username: false,
    sentinel: false,
  } as const;
  const planOf = (cache: FoundService['cache']) => planFlush({ cache, configPath: '/etc/registry.yml' });

  test.each<[string, FoundService['cache'], string]>([
    ['TLS', { ...redis, tls: true }, 'is reached by TLS'],
    ['sentinels', { ...redis, sentinel: true }, 'stands behind sentinels'],
    ['a cluster', { ...redis, addresses: ['a:1', 'b:2'] }, 'is a cluster'],
    ['no address', { ...redis, addresses: [] }, 'is a cluster'],
    ['an address that is a command', { ...redis, addresses: ['$(reboot):1'] }, 'has an address that is none'],
    ['an address that is an option', { ...redis, addresses: ['-e:1'] }, 'has an address that is none'],
    ['a port that is none', { ...redis, addresses: ['redis:65536'] }, 'has an address that is none'],
  ])('%s', (_, cache, words) => {
    const plan = planOf(cache);
    expect(plan.kind).toBe('refused');
    expect(plan.kind === 'refused' && plan.why.what).toContain(words);
  });

  test.each<[string, string]>([
    ['redis:6379', "rp_host='redis' rp_port=6379 "],
    ['redis', "rp_host='redis' rp_port=6379 "],
    ['10.0.0.7:7000', "rp_host='10.0.0.7' rp_port=7000 "],
    ['[fd00::7]:7000', "rp_host='fd00::7' rp_port=7000 "],
  ])('%s is an address', (address, words) => {
    const plan = planOf({ ...redis, addresses: [address] });
    expect(plan.kind === 'flush' && plan.flush).toContain(words);
  });

  test('no cache, and one in memory: nothing to flush', () => {
    expect(planOf({ kind: 'none' })).toEqual({ kind: 'none' });
    expect(planOf({ kind: 'inmemory' })).toEqual({ kind: 'none' });
  });
});
