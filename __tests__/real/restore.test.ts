// Deleted, then restored: every tag gives what it gave, byte for byte, by plain requests and by other people's programs.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pMap from 'p-map';
import {
  fetchManifest,
  pushArtifact,
  pushCacheIndex,
  pushFallbackIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Platform,
  type Pushed,
} from '../../sandbox/push.ts';
import { startRelay } from '../../sandbox/relay.ts';
import { journalOf, runRestore } from '../commands/step.ts';
import { collectorOf } from '../storage/distribution.ts';
import { allPullProblems, expectSuccess, pruneOn, stillServed, tagsOf } from './pruning.ts';
import type { RunningRegistry } from './registries.ts';
import { describeReal } from './suites.ts';
import { pullTools, referenceOf } from './tools.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(180_000);

const platforms: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];
const artifactType = 'application/vnd.example.sbom';

describeReal('restore', (registry) => {
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());

  if (!pullTools().some(({ name }) => name === 'skopeo'))
    test.skip('skopeo is not here: inspected by plain requests alone', () => undefined);

  /** The raw manifest of every tag, as each program gives it, and of every digest, by plain requests. */
  const rawOf = async (repository: string, digests: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const tags = await tagsOf(running, repository);
    const raw = await pMap(
      tags,
      async (name) => {
        const reference = referenceOf(running.url, `${repository}:${name}`);
        return pMap(pullTools(), async (tool) => {
          const bytes = await tool.manifest(reference);
          return [`${name} by ${tool.name}`, Buffer.from(bytes).toString()] as const;
        });
      },
      { concurrency: 2 },
    );
    const plain = await pMap(
      [...tags, ...digests],
      async (reference) => {
        const found = await fetchManifest(running, repository, reference);
        if (found === undefined) return [reference, 'gone'] as const;
        return [reference, `${found.mediaType}\n${Buffer.from(found.bytes).toString()}`] as const;
      },
      { concurrency: 4 },
    );
    return new Map([...raw.flat(), ...plain]);
  };

  test('brings back indexes, attestations, signatures, referrers and shared images; then there is nothing to do', async () => {
    const repository = 'apps/web';
    const [fancy, plain] = [
      await pushMultiPlatform(running, { repository, tags: ['build-1'], platforms, attestations: true }),
      await pushMultiPlatform(running, { repository, tags: ['build-2', 'also-2'], platforms, format: 'docker' }),
    ];
    await tag(running, fancy.children[0] ?? fancy, 'build-1-amd64');
    const inner = await pushIndex(running, { repository, children: fancy.children.slice(0, 1) });
    const outer = await pushIndex(running, { repository, tags: ['build-3'], children: [inner] });
    const signature = await pushSignature(running, { repository, of: fancy });
    const referrer = await pushArtifact(running, { repository, artifactType, subject: fancy });
    const ofReferrer = await pushArtifact(running, { repository, artifactType, subject: referrer, content: 'of that' });
    await pushFallbackIndex(running, { repository, subject: fancy, referrers: [referrer] });
    await pushFallbackIndex(running, { repository, subject: referrer, referrers: [ofReferrer] });
    const shared = await pushImage(running, { repository, tags: ['build-4', 'stable'], layers: ['one', 'two'] });
    await pushCacheIndex(running, { repository, tags: ['build-5'], layers: shared.blobs.slice(1) });
    const newest = await pushImage(running, { repository, tags: ['build-6'] });

    const digests = [...fancy.children, ...plain.children, inner, outer, signature, referrer, ofReferrer].map(
      ({ digest }) => digest,
    );
    const before = await rawOf(repository, digests);
    expect([...before.values()]).not.toContain('gone');

    const pruned = await pruneOn(running, {
      repositories: repository,
      tags: 'build-*, also-*',
      'keep-tags': 'build-6',
      'keep-last': '0',
    });
    expectSuccess(pruned);
    expect(await tagsOf(running, repository)).toEqual(['build-6', 'stable']);
    expect(await stillServed(running, repository, digests)).toEqual([]);

    const restored = await runRestore(running, journalOf(pruned));
    expectSuccess(restored);
    expect(await rawOf(repository, digests)).toEqual(before);
    expect(
      await allPullProblems(running, [
        ['build-1', fancy],
        ['also-2', plain],
        ['build-4', shared],
        ['build-6', newest],
      ]),
    ).toEqual([]);
    expect(restored.outputs.get('restored-tag-count')).toBe(String((await tagsOf(running, repository)).length - 2));

    const again = await runRestore(running, journalOf(pruned));
    expectSuccess(again);
    expect(again.outputs.get('restored-tag-count')).toBe('0');
    expect(again.outputs.get('restored-manifest-count')).toBe('0');
    expect(again.lines.filter((line) => /^debug: (?:PUT|POST|PATCH|DELETE)/.test(line))).toEqual([]);
  });

  test('never moves a tag that was pushed since', async () => {
    const repository = 'apps/moved';
    const old = await pushImage(running, { repository, tags: ['build-1'] });
    await pushImage(running, { repository, tags: ['build-2'] });
    const pruned = await pruneOn(running, { repositories: repository, tags: 'build-{number}', 'keep-last': '1' });
    const since = await pushImage(running, { repository, tags: ['build-1'], seed: 'pushed since' });
    const restored = await runRestore(running, journalOf(pruned));
    expect(restored.failures).toEqual([]);
    expect(await allPullProblems(running, [['build-1', since]])).toEqual([]);
    expect((await fetchManifest(running, repository, old.digest))?.digest).toBe(old.digest);
  });

  test('takes a placeholder that a cut run left for no image', async () => {
    const repository = 'apps/cut';
    const push = (name: string, ...tags: readonly string[]): Promise<Pushed> =>
      pushImage(running, { repository, tags, seed: name });
    const first = await push('first', 'build-1', 'stable');
    const second = await push('second', 'build-2', 'production');
    await push('third', 'build-3');
    const relay = await startRelay(running.url);
    let journal = '';
    try {
      // What deletes by tag is taken for a registry that doesn't.
      const body = '{"errors":[{"code":"UNSUPPORTED","message":"no"}]}';
      relay.answer({ method: 'DELETE', path: /manifests\/(?!sha256:)/ }, { status: 400, body });
      relay.before({ method: 'PUT', path: /manifests\/build-1$/ }, () => {
        relay.before({ method: 'DELETE', path: /manifests\/sha256:/ }, () => {
          relay.answer({ path: /./ }, { status: 500, drop: 'connection' });
        });
      });
      const cut = await pruneOn(relay, { repositories: repository, tags: 'build-{number}', 'keep-last': '1' });
      expect(cut.failures).toHaveLength(1);
      journal = journalOf(cut).replaceAll(relay.url, running.url);
    } finally {
      await relay.close();
    }
    const left = await fetchManifest(running, repository, 'build-1');
    expect(new TextDecoder().decode(left?.bytes)).toContain('registry-prune.placeholder');

    const restored = await runRestore(running, journal);
    expectSuccess(restored);
    expect(restored.outputs.get('restored-tag-count')).toBe('2');
    expect(
      await allPullProblems(running, [
        ['build-1', first],
        ['build-2', second],
        ['stable', first],
      ]),
    ).toEqual([]);
  });

  const collect = collectorOf(registry);
  if (collect === undefined) test.skip('its collector is no program here', () => undefined);
  else
    test('after a collection says what is gone, and brings back the rest', async () => {
      const repository = 'apps/collected';
      const base = 'a layer that something kept has, too';
      const gone = await pushMultiPlatform(running, { repository, tags: ['build-1'], platforms });
      const light = await pushIndex(running, { repository, tags: ['build-2'], children: [] });
      await pushImage(running, { repository, tags: ['stable'], layers: [base] });
      const pruned = await pruneOn(running, { repositories: repository, tags: 'build-*', 'keep-last': '0' });
      expectSuccess(pruned);
      await running.kill9();
      collect(running.root);
      await running.restart();

      const told = await runRestore(running, journalOf(pruned), { 'dry-run': 'true' });
      const restored = await runRestore(running, journalOf(pruned));
      const parts = gone.children.flatMap(({ blobs }) => blobs.map(({ digest }) => digest));
      for (const runtime of [told, restored]) {
        expect(runtime.failures).toEqual(['One thing went wrong; it is named above.']);
        const [error = ''] = runtime.lines.filter((line) => line.startsWith(`error: ${repository}`));
        expect(error).toContain(`${repository}:build-1: it can't be put back: the registry has collected`);
        expect(parts.some((part) => error.includes(part))).toBe(true);
      }
      expect(restored.outputs.get('restored-tag-count')).toBe('1');
      expect(await tagsOf(running, repository)).toEqual(['build-2', 'stable']);
      expect((await fetchManifest(running, repository, 'build-2'))?.digest).toBe(light.digest);
    });
});
