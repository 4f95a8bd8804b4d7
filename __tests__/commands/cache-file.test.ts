/** `cache-file`: what a second run doesn't ask again, and that it decides the same whatever the file says. */
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { ContentCache } from '../../src/inventory/index.ts';
import type { Digest } from '../../src/model/index.ts';
import { nodeFiles } from '../../src/runtime/index.ts';
import { instantOf } from '../arbitraries/names.ts';
import type { MemoryRuntime } from '../support/runtime.ts';
import { reportOf, runPrune, useRegistry } from './step.ts';

const start = useRegistry();
const repository = 'apps/web';
const at = (day: number): Date => new Date(Date.UTC(2026, 10, 22 + day, 1, 30));
const old = '2026-01-01T00:00:00Z';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-prune-cache-'));
  path = join(folder, 'below', 'cache');
});
afterEach(() => rm(folder, { recursive: true }));

async function run(
  registry: SandboxRegistry,
  inputs: Readonly<Record<string, string>> = {},
  now = at(0),
): Promise<MemoryRuntime> {
  registry.forgetRequests();
  const rule = { repositories: repository, 'keep-last': '1', 'older-than': '30d', 'dry-run': 'true' };
  const runtime = await runPrune(
    registry,
    { ...rule, 'cache-file': path, ...inputs },
    { now, files: nodeFiles, tempDir: folder },
  );
  expect(runtime.failures).toEqual([]);
  return runtime;
}

/** `HEAD manifests/build-1`, sorted, without what asks for no content. */
const asked = ({ requests }: SandboxRegistry): readonly string[] =>
  requests
    .map(({ method, path: where }) => `${method} ${where.split(`/${repository}/`)[1] ?? ''}`)
    .filter((each) => /manifests|blobs/.test(each))
    .sort();
const stale = (runtime: MemoryRuntime): unknown => JSON.parse(runtime.outputs.get('stale-tags') ?? '');
const warnings = ({ lines }: MemoryRuntime): readonly string[] => lines.filter((line) => line.startsWith('warning: '));

async function filled(): Promise<SandboxRegistry> {
  const registry = await start();
  for (const number of [1, 2, 3])
    await pushImage(registry, { repository, tags: [`build-${number}`], created: `2026-0${number}-01T00:00:00Z` });
  return registry;
}

describe('a second run', () => {
  test('asks for each tag by HEAD, for nothing else, and decides the same', async () => {
    const registry = await filled();
    const cold = await run(registry);
    expect(asked(registry).length).toBe(6);
    expect(stale(cold)).toEqual([`${repository}:build-1`, `${repository}:build-2`]);
    const warm = await run(registry);
    expect(asked(registry)).toEqual([1, 2, 3].map((number) => `HEAD manifests/build-${number}`));
    expect(reportOf(warm).repositories[0]?.decisions).toEqual(reportOf(cold).repositories[0]?.decisions);
    expect(stale(warm)).toEqual(stale(cold));
    expect(warnings(warm)).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('reads what is new alone: a moved tag whose image is known costs no GET', async () => {
    const registry = await filled();
    await run(registry);
    const fresh = await pushImage(registry, { repository, tags: ['build-4'], created: '2026-04-01T00:00:00Z' });
    await tag(registry, fresh, 'build-1');
    const manifest = await (await fetch(`${registry.url}/v2/${repository}/manifests/build-3`)).text();
    await fetch(`${registry.url}/v2/${repository}/manifests/build-2`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: manifest,
    });
    await run(registry);
    expect(asked(registry)).toEqual([
      expect.stringMatching(/^GET blobs\/sha256:/),
      'GET manifests/build-4',
      expect.stringMatching(/^GET manifests\/sha256:/),
      'HEAD manifests/build-1',
      'HEAD manifests/build-2',
      'HEAD manifests/build-3',
    ]);
  });

  test('asks for no platform of an index, and looks at each before it deletes', async () => {
    const registry = await start();
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    for (const name of ['build-1', 'build-2'])
      await pushMultiPlatform(registry, { repository, tags: [name], platforms, created: old });
    const inputs = { tags: 'build-{number}', 'older-than': '' };
    const cold = await run(registry, inputs);
    const warm = await run(registry, inputs);
    expect(asked(registry)).toEqual(['HEAD manifests/build-1', 'HEAD manifests/build-2']);
    expect(stale(warm)).toEqual(stale(cold));

    const kept = registry.store.manifests(repository);
    const done = await run(registry, { ...inputs, 'dry-run': 'false' });
    expect(done.outputs.get('deleted-manifest-count')).toBe('3');
    expect([...kept.keys()].length).toBe(3);
  });

  test('a platform that somebody has removed since is nobody’s loss', async () => {
    const registry = await start();
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    await pushImage(registry, { repository, tags: ['build-1'] });
    const { children } = await pushMultiPlatform(registry, { repository, tags: ['build-2'], platforms });
    const inputs = { tags: 'build-{number}', 'older-than': '' };
    await run(registry, inputs);
    registry.store.removeManifest(repository, children[0]?.digest ?? '');
    const done = await run(registry, { ...inputs, 'dry-run': 'false' });
    expect(reportOf(done).repositories[0]?.proofs).toMatchObject([{ tag: 'build-2', result: 'present' }]);
  });
});

describe('since when a tag is there', () => {
  const sweep = { tags: 'mirror-*', 'keep-last': '0' };

  test('what the first run finds is as old as it says; what came after that is as old as its first sighting', async () => {
    const registry = await start();
    await pushImage(registry, { repository, tags: ['mirror-1'], created: old });
    expect(stale(await run(registry, sweep))).toEqual([`${repository}:mirror-1`]);
    await pushImage(registry, { repository, tags: ['mirror-2'], created: old });
    expect(stale(await run(registry, sweep, at(1)))).toEqual([`${repository}:mirror-1`]);
    expect(stale(await run(registry, sweep, at(31)))).toEqual([`${repository}:mirror-1`]);
    expect(stale(await run(registry, sweep, at(32)))).toEqual([`${repository}:mirror-1`, `${repository}:mirror-2`]);
  });
});

describe('a file that is of no use', () => {
  test.each<[string, () => Promise<void>, RegExp]>([
    [
      'of another version',
      () => writeFile(path, 'registry-prune cache 2\n{"type":"end"}\n'),
      /no cache of this version/,
    ],
    ['half-written', async () => truncate(path, (await stat(path)).size - 100), /was not written to its end/],
    ['of 1 GB', () => truncate(path, 1024 ** 3), /has 1073741824 bytes, more than/],
    ['that is a directory', async () => rm(path).then(() => nodeFiles.writePrivateFile(join(path, 'x'), '')), /EISDIR/],
  ])('%s: a warning, and everything is asked for', async (_, spoil, words) => {
    const registry = await filled();
    const cold = await run(registry);
    await spoil();
    const again = await run(registry);
    expect(asked(registry).length).toBe(6);
    expect(stale(again)).toEqual(stale(cold));
    expect(warnings(again)[0]).toMatch(words);
  });

  test('with a tampered entry: it is found by its digest, and read anew', async () => {
    const registry = await filled();
    await run(registry);
    const file = await readFile(path);
    const today = instantOf('2026-11-22T01:30:00Z');
    const cache = new ContentCache(today, file);
    const poisoned = new ContentCache(today);
    for (const [digest, { bytes, mediaType }] of registry.store.manifests(repository)) {
      expect(cache.has(digest as Digest)).toBe(true);
      poisoned.keep(digest as Digest, { mediaType, bytes: Buffer.from(bytes).fill(32, 0, 10) });
    }
    const sightings = file.subarray(file.indexOf('{"type":"repository"'), file.indexOf('{"type":"content"'));
    const [first = Buffer.alloc(0), ...rest] = poisoned.encode();
    await writeFile(path, Buffer.concat([first, sightings, ...rest]));
    const again = await run(registry);
    expect(stale(again)).toEqual([`${repository}:build-1`, `${repository}:build-2`]);
    expect(asked(registry).filter((each) => each.startsWith('GET manifests/sha256:')).length).toBe(3);
    await run(registry);
    expect(asked(registry)).toEqual([1, 2, 3].map((number) => `HEAD manifests/build-${number}`));
  });

  test('one that cannot be written: a warning, and nothing else', async () => {
    const registry = await filled();
    await writeFile(join(folder, 'below'), 'a file');
    const runtime = await run(registry);
    expect(warnings(runtime)).toEqual([
      expect.stringContaining('is not used, and is written anew'),
      expect.stringContaining('could not be written'),
    ]);
  });
});
