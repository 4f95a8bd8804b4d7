// What of a registry's configuration and environment leaves its host, and what it means. The program for awk runs for
// real, on every awk of this machine.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  configurationOf,
  isRefusal,
  parseVersion,
  readSettings,
  type Settings,
} from '../../src/machine/distribution.ts';
import { settingsReduction } from '../../src/machine/settings-reduction.ts';
import { whatIsHere } from '../real/registries.ts';

type Awk = { readonly name: string; readonly command: readonly [string, ...string[]] };

const busybox = whatIsHere().tools.find(({ name }) => name === 'busybox')?.path;
const standardAwk: Awk = { name: 'awk', command: ['awk'] };
const awks: readonly Awk[] = [
  standardAwk,
  ...['mawk', 'gawk', 'original-awk']
    .filter((name) => spawnSync(name, ['1'], { input: '' }).status === 0)
    .map((name): Awk => ({ name, command: [name] })),
  ...(busybox === undefined ? [] : [{ name: 'busybox awk', command: [busybox, 'awk'] } satisfies Awk]),
];

function reduced(
  mode: 'file' | 'environment',
  text: string,
  { command: [program, ...args] }: Awk = standardAwk,
): string {
  const ran = spawnSync(program, [...args, '-v', `mode=${mode}`, settingsReduction], {
    input: text,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
  return ran.stdout;
}

function settings(file: string, environment: Readonly<Record<string, string>> = {}, awk?: Awk): Settings | string {
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const read = readSettings(
    { file: reduced('file', file, awk), environment: reduced('environment', lines.sort().join('\n'), awk) },
    '/etc/config.yml',
  );
  return isRefusal(read) ? read.what : read;
}

const official = `version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`;

const plain: Settings = {
  storage: { driver: 'filesystem', root: '/var/lib/registry' },
  readOnly: false,
  cache: { kind: 'inmemory' },
  proxy: false,
};

describe.each(awks.map((awk) => [awk.name, awk] as const))('with %s', (_, awk) => {
  test.each<readonly [string, string, Settings]>([
    ['the configuration of the official image', official, plain],
    ['line ends of Windows and a mark of byte order', `\uFEFF${official.replaceAll('\n', '\r\n')}`, plain],
    [
      'JSON',
      '{"version": 0.1, "storage": {"filesystem": {"rootdirectory": "/data/"}}}',
      {
        ...plain,
        storage: { driver: 'filesystem', root: '/data' },
        cache: { kind: 'none' },
      },
    ],
    ['no root directory', 'storage:\n  filesystem:\n', { ...plain, cache: { kind: 'none' } }],
    [
      'a driver in one word',
      'storage: inmemory\n',
      { ...plain, storage: { driver: 'inmemory' }, cache: { kind: 'none' } },
    ],
    [
      'an object store, whose keys stay there',
      'storage:\n  s3:\n    region: us-east-1\n    bucket: b\n    secretkey: "hunter\\x32"\n  delete: {enabled: true}\n',
      { ...plain, storage: { driver: 's3' }, cache: { kind: 'none' } },
    ],
    [
      'read-only, in each style',
      'storage: # here\n    filesystem: {rootdirectory: "/a b#c"} # there\n    maintenance:\n        readonly: {enabled: yes}\n    cache:\n        layerinfo: inmemory\n',
      { ...plain, storage: { driver: 'filesystem', root: '/a b#c' }, readOnly: true },
    ],
    [
      'a flow over several lines',
      'storage: {\n  filesystem: {\n    rootdirectory: /x # a comment }\n  },\n  cache: {blobdescriptor: inmemory}\n}\nhttp: {addr: ":5000"}\n',
      { ...plain, storage: { driver: 'filesystem', root: '/x' } },
    ],
    [
      'Redis of 2.8',
      'storage:\n  filesystem:\n  cache:\n    blobdescriptor: redis\nredis:\n  addr: localhost:6379\n  password: s3cr#t\n  db: 3\n  pool:\n    maxidle: 16\n',
      {
        ...plain,
        cache: {
          kind: 'redis',
          addresses: ['localhost:6379'],
          database: 3,
          tls: false,
          password: true,
          username: false,
          sentinel: false,
        },
      },
    ],
    [
      'Redis of 3.x',
      "storage:\n  filesystem:\n  cache:\n    blobdescriptor: redis\nredis:\n  addrs:\n  - a:6379\n  - 'b:6380'\n  username: u\n  tls:\n    rootcas:\n    - /ca.pem\n",
      {
        ...plain,
        cache: {
          kind: 'redis',
          addresses: ['a:6379', 'b:6380'],
          database: 0,
          tls: true,
          password: false,
          username: true,
          sentinel: false,
        },
      },
    ],
    [
      'a pull-through cache',
      `${official}proxy:\n  remoteurl: https://user:word@example.org\n`,
      { ...plain, proxy: true },
    ],
    ['no pull-through cache', `${official}proxy:\n  remoteurl: ""\n`, plain],
    [
      'what it has no eyes for elsewhere',
      `${official}notifications: &all\n  endpoints:\n    - name: "x: {"\n      headers: !!map {a: *all}\n      text: |\n        storage:\n          s3:\n  more: >-\n    storage: no\n? odd\n: {\n`.replace(
        '? odd\n: {\n',
        '',
      ),
      plain,
    ],
  ])('%s', (_name, file, expected) => {
    expect(settings(file, {}, awk)).toEqual(expected);
  });

  test.each([
    ['an anchor', 'storage: &s\n  filesystem:\n', 'line 2'],
    ['an alias', 'x: &x {filesystem: {}}\nstorage: *x\n', 'line 2'],
    ['a merge', 'storage:\n  <<: *x\n  filesystem:\n', 'line 2'],
    ['a tag', 'storage:\n  filesystem:\n    rootdirectory: !!str /x\n', 'line 3'],
    ['an escape', 'storage:\n  filesystem:\n    rootdirectory: "/x\\x41"\n', 'line 3'],
    ['a value over two lines', 'storage:\n  filesystem:\n    rootdirectory: /x\n      y\n', 'line 4'],
    [
      'a text of several lines',
      'storage:\n  filesystem:\n    rootdirectory: >-\n      /x\n',
      'storage.filesystem.rootdirectory',
    ],
    ['a key twice', 'storage:\n  filesystem:\nstorage:\n  s3:\n', 'line 3'],
    ['a key twice in one map', 'storage:\n  filesystem: {}\n  filesystem: {rootdirectory: /x}\n', 'line 3'],
    ['a tab in front', 'storage:\n\tfilesystem:\n', 'line 2'],
    ['a flow without its end', 'storage: {filesystem: {rootdirectory: /x}\n', 'line 1'],
    ['a complex key', 'storage:\n  ? filesystem\n  : {}\n', 'line 2'],
    ['an account in an address', 'storage:\n  filesystem:\nredis:\n  addr: user:secret@host:1\n', 'redis.addr'],
    ['a key of the first column that is none', 'storage:\n  filesystem:\nnonsense\n', 'line 3'],
  ])('%s is refused, with its place and not its text', (_name, file, where) => {
    const said = settings(file, {}, awk);
    expect(said).toContain(where);
    expect(said).toMatch(/isn't understood here$/);
    expect(said).not.toContain('secret');
  });
});

describe('the environment', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, Partial<Settings>]>([
    [
      'root directory',
      { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/data' },
      { storage: { driver: 'filesystem', root: '/data' } },
    ],
    [
      'another driver, which takes the place of all that was said of the storage',
      { REGISTRY_STORAGE: 's3', REGISTRY_STORAGE_S3_SECRETKEY: 'abc{x' },
      { storage: { driver: 's3' }, cache: { kind: 'none' } },
    ],
    ['in memory', { REGISTRY_STORAGE: 'inmemory' }, { storage: { driver: 'inmemory' }, cache: { kind: 'none' } }],
    ['read-only as JSON', { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' }, { readOnly: true }],
    ['read-only a level higher', { REGISTRY_STORAGE_MAINTENANCE: '{"readonly":{"enabled":true}}' }, { readOnly: true }],
    ['read-only as YAML', { REGISTRY_STORAGE_MAINTENANCE_READONLY: 'enabled: true' }, { readOnly: true }],
    // The registry passes it over: its parent is a map with keys of any kind.
    ['read-only one level too deep', { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' }, {}],
    [
      'Redis',
      {
        REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: 'redis',
        REGISTRY_REDIS_ADDRS: '[cache:6379]',
        REGISTRY_REDIS_PASSWORD: 'x',
        REGISTRY_REDIS_DB: '2',
      },
      {
        cache: {
          kind: 'redis',
          addresses: ['cache:6379'],
          database: 2,
          tls: false,
          password: true,
          username: false,
          sentinel: false,
        },
      },
    ],
    ['no cache', { REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: '' }, { cache: { kind: 'none' } }],
    ['a pull-through cache', { REGISTRY_PROXY_REMOTEURL: 'https://a:b@c' }, { proxy: true }],
    ['what has no meaning here', { REGISTRY_HTTP_SECRET: 'storage: {', REGISTRY_LOG_LEVEL: 'debug' }, {}],
  ])('says %s', (_name, environment, expected) => {
    expect(settings(official, environment)).toEqual({ ...plain, ...expected });
  });

  test.each([
    [{ REGISTRY_STORAGE: '{s3: {secretkey: &x y}}' }, 'REGISTRY_STORAGE'],
    [{ REGISTRY_STORAGE: 'a b' }, 'storage'],
    [{ REGISTRY_STORAGE_FILESYSTEM: '{rootdirectory: "/x\\n"}' }, 'REGISTRY_STORAGE_FILESYSTEM'],
  ])('is refused where it is not understood: %j', (environment, where) => {
    expect(settings(official, environment)).toMatch(new RegExp(`^What .*${where}.* says of`));
  });

  test('names the configuration', () => {
    expect(configurationOf(reduced('environment', 'REGISTRY_CONFIGURATION_PATH=/etc/a b.yml'))).toBe('/etc/a b.yml');
    expect(configurationOf(reduced('environment', 'REGISTRY_STORAGE=s3'))).toBeUndefined();
  });

  test('that adds a second driver is refused: such a registry does not start', () => {
    expect(settings(official, { REGISTRY_STORAGE_S3_BUCKET: 'b' })).toContain('several storages: filesystem, s3');
  });
});

test('a relative root directory and no storage at all are refused', () => {
  expect(settings('storage:\n  filesystem:\n    rootdirectory: data\n')).toContain('relative directory');
  expect(settings('version: 0.1\n')).toContain('name no storage');
});

test('no value that could be a secret leaves, whatever the configuration', () => {
  // Of letters, so that no driver, path or kind looks like it.
  const secret = fc.stringMatching(/^[A-Z]{12,20}$/);
  const style = fc.constantFrom('BLOCK_LITERAL', 'PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE');
  fc.assert(
    fc.property(secret, style, fc.integer({ min: 1, max: 8 }), fc.boolean(), (word, type, indent, flow) => {
      const document = {
        storage: {
          s3: { accesskey: word, secretkey: `${word}: x`, more: [word, { a: word }] },
          cache: { blobdescriptor: 'redis' },
        },
        redis: { password: word, addr: 'host:1', username: word },
        auth: { token: { realm: word } },
        proxy: { remoteurl: `https://${word}@x`, password: word },
      };
      const text = stringify(document, { indent, defaultStringType: type, collectionStyle: flow ? 'flow' : 'any' });
      expect(reduced('file', text)).not.toContain(word);
    }),
    { numRuns: 50 },
  );
});

test('any configuration that a YAML library writes is read as it reads it, or refused', () => {
  const path = fc.stringMatching(/^\/[a-z0-9 #:'"{}[\],&*!|>%@-]{1,12}$/);
  const shapes = fc.record({
    path,
    readOnly: fc.boolean(),
    type: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    indent: fc.integer({ min: 1, max: 8 }),
    flow: fc.boolean(),
    noise: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.string(), fc.array(fc.string()), fc.integer())),
  });
  fc.assert(
    fc.property(shapes, ({ path: root, readOnly, type, indent, flow, noise }) => {
      const document = {
        ...Object.fromEntries(Object.entries(noise).filter(([key]) => !['storage', 'redis', 'proxy'].includes(key))),
        storage: { filesystem: { rootdirectory: root }, maintenance: { readonly: { enabled: readOnly } } },
      };
      const text = stringify(document, { indent, defaultStringType: type, collectionStyle: flow ? 'flow' : 'any' });
      const read = settings(text);
      if (typeof read === 'string') return;
      expect(read.storage).toEqual({ driver: 'filesystem', root: root.replace(/(.)\/+$/, '$1') });
      expect(read.readOnly).toBe(readOnly);
    }),
    { numRuns: 100 },
  );
});

describe('what a program says of itself', () => {
  test.each([
    ['registry github.com/docker/distribution v2.8.3', { text: '2.8.3', major: 2 }],
    ['docker-registry github.com/docker/distribution 2.8.2+ds1', { text: '2.8.2+ds1', major: 2 }],
    ['/bin/registry github.com/docker/distribution v2.7.1', { text: '2.7.1', major: 2 }],
    ['registry github.com/distribution/distribution/v3 v3.1.1+unknown', { text: '3.1.1+unknown', major: 3 }],
    ['registry github.com/distribution/distribution/v3 v3.0.0-rc.4', { text: '3.0.0-rc.4', major: 3 }],
  ])('%s', (line, version) => {
    expect(parseVersion(line, 'docker:registry')).toEqual(version);
  });

  test.each([
    ['registry github.com/docker/distribution v4.9.0-gitlab', 'another program'],
    ['registry_DO_NOT_USE_GC github.com/docker/distribution v2.8.3.m', 'Harbor'],
    ['nginx version: nginx/1.27', 'another program than distribution: it calls itself "nginx version: nginx/1.27"'],
    ['', 'it calls itself nothing'],
    ['registry github.com/docker/distribution v2.6.2', 'only 2.7, 2.8 and 3.x are known'],
    ['registry github.com/distribution/distribution/v3 v4.0.0', 'only 2.7, 2.8 and 3.x are known'],
  ])('%s is refused', (line, words) => {
    const read = parseVersion(line, 'docker:registry');
    expect(isRefusal(read) ? read.what : '').toContain(words);
  });
});
