// The main job on real registries, with real images, pulled afterwards by the programs that people pull with.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pMap from 'p-map';
import {
  pushArtifact,
  pushFallbackIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Platform,
  type Pushed,
} from '../../sandbox/push.ts';
import type { MemoryRuntime } from '../support/runtime.ts';
import {
  allPullProblems,
  deletedBy,
  describeDistribution,
  expectSuccess,
  pruneOn,
  stillServed,
  tagsOf,
  type Whole,
} from './pruning.ts';
import type { RunningRegistry } from './registries.ts';
import { pullTools } from './tools.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(180_000);

const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const arm64: Platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const baseLayer = 'a base layer that every build has in common';

describeDistribution('prune', (registry) => {
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());

  if (pullTools().length === 0)
    test.skip('neither skopeo nor crane is here: pulled by plain requests alone', () => undefined);

  /** Repository → what must still pull at the very end, after the registry was started anew. */
  const survivors: [tag: string, image: Whole][] = [];

  describe('keep-last: 3 over 50 builds', () => {
    const repository = 'apps/web';
    const inputs = { repositories: repository, 'keep-last': '3' };
    const builds = new Map<number, Pushed>();
    const reproducible: Pushed[] = [];
    let first: MemoryRuntime;

    const tagsOfBuild = (number: number): readonly string[] => [
      `build-${number}`,
      `git-${(number * 0x1234567).toString(16).padStart(8, '0')}`,
      ...(number > 47 ? [`candidate.${number}`] : []),
      ...(number === 50 ? ['edge', 'v2'] : []),
    ];
    const kept = [50, 49, 48];
    const doomed = Array.from({ length: 47 }, (_, place) => place + 1);
    const build = (number: number): Pushed => {
      const found = builds.get(number);
      if (found === undefined) throw new Error(`There is no build ${number}.`);
      return found;
    };

    beforeAll(async () => {
      // Not in the order of their dates: 17 and 50 have no common divisor.
      const order = Array.from({ length: 50 }, (_, place) => ((place * 17) % 50) + 1);
      const pushBuild = async (number: number): Promise<void> => {
        const created = new Date(Date.UTC(2025, 0, 1) + number * 86_400_000).toISOString();
        const image = await pushImage(running, {
          repository,
          tags: tagsOfBuild(number),
          created,
          format: number % 2 === 0 ? 'oci' : 'docker',
          layers: [baseLayer, `what build ${number} added`],
        });
        builds.set(number, image);
      };
      await pMap(order, pushBuild, { concurrency: 6 });
      // Rolled back to an old build, whose own tags are stale.
      await tag(running, build(7), 'latest');
      for (const [name, created] of [
        ['nix', '1970-01-01T00:00:00Z'],
        ['buildpack', '1980-01-01T00:00:01Z'],
        ['ko', '0001-01-01T00:00:00Z'],
      ] as const)
        reproducible.push(await pushImage(running, { repository, tags: [name], created }));
      first = await pruneOn(running, inputs);
    });

    test('the newest 3 images and all their tags are there and pull, byte for byte', async () => {
      expectSuccess(first);
      const expected = kept.flatMap((number) => tagsOfBuild(number).map((name) => [name, build(number)] as const));
      expect(expected).toHaveLength(11);
      expect(await allPullProblems(running, expected)).toEqual([]);
      survivors.push(...expected.map(([name, image]): [string, Whole] => [name, image]));
    });

    test('the rest answer 404, by tag and by digest', async () => {
      const tags = doomed.flatMap(tagsOfBuild);
      const digests = doomed.filter((number) => number !== 7).map((number) => build(number).digest);
      expect(await stillServed(running, repository, [...tags, ...digests])).toEqual([]);
      expect([...deletedBy(first)].sort()).toEqual(tags.map((name) => `${repository}:${name}`).sort());
      expect(await tagsOf(running, repository)).toEqual(
        [...kept.flatMap(tagsOfBuild), 'latest', 'nix', 'buildpack', 'ko'].sort(),
      );
    });

    test('latest survives on an image that it shared with doomed tags', async () => {
      expect(await allPullProblems(running, [['latest', build(7)]])).toEqual([]);
      survivors.push(['latest', build(7)]);
    });

    test('images dated 1970, 1980 and 1 stay', async () => {
      const expected = reproducible.map((image): [string, Whole] => [image.tags[0] ?? '', image]);
      expect(await allPullProblems(running, expected)).toEqual([]);
      survivors.push(...expected);
    });

    test('a second run finds nothing to do', async () => {
      const before = await tagsOf(running, repository);
      const second = await pruneOn(running, inputs);
      expectSuccess(second);
      expect(second.outputs.get('stale-tags')).toBe('[]');
      expect(second.outputs.get('deleted-manifest-count')).toBe('0');
      expect(await tagsOf(running, repository)).toEqual(before);
    });
  });

  describe('indexes, signatures, attestations', () => {
    const repository = 'apps/api';
    const pushed = new Map<string, Whole>();
    const attached = new Map<string, Pushed>();
    const image = (name: string): Whole => {
      const found = pushed.get(name) ?? attached.get(name);
      if (found === undefined) throw new Error(`There is no ${name}.`);
      return found;
    };
    const sign = async (name: string, of: Pushed): Promise<void> => {
      attached.set(`${name}.sig`, await pushSignature(running, { repository, of }));
      // And with the referrers tag, as cosign 3 and oras do where there is no referrers API.
      const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
      const bundle = await pushArtifact(running, { repository, artifactType, subject: of });
      attached.set(`${name} bundle`, bundle);
      attached.set(name, await pushFallbackIndex(running, { repository, subject: of, referrers: [bundle] }));
    };
    const tagFor = (of: Pushed, ending = ''): string => `${of.digest.replace(':', '-')}${ending}`;

    beforeAll(async () => {
      const multi = async (name: string, format: 'oci' | 'docker', attestations: boolean): Promise<void> => {
        const options = { repository, tags: [name], platforms: [amd64, arm64], format, attestations };
        pushed.set(name, await pushMultiPlatform(running, { ...options, layers: [baseLayer, `${name} layer`] }));
      };
      await multi('1.3', 'oci', true);
      await multi('1.2', 'docker', false);
      const shared = image('1.2').children?.[0];
      if (shared === undefined) throw new Error('1.2 has no platforms.');
      const own = await pushImage(running, { repository, platform: arm64, seed: '1.1', format: 'docker' });
      const children = [
        { ...shared, platform: amd64 },
        { ...own, platform: arm64 },
      ];
      const index = await pushIndex(running, { repository, tags: ['1.1'], format: 'docker', children });
      pushed.set('1.1', { ...index, children });
      await multi('1.0', 'oci', true);
      const inner = await pushMultiPlatform(running, { repository, platforms: [amd64, arm64], seed: '0.9 inner' });
      const outer = await pushIndex(running, { repository, tags: ['0.9'], children: [inner] });
      pushed.set('0.9', { ...outer, children: [inner] });

      await sign('kept', image('1.3'));
      await sign('doomed', image('1.0'));
      const platform = image('1.3').children?.[1];
      if (platform !== undefined)
        attached.set('platform.sig', await pushSignature(running, { repository, of: platform }));
      const runtime = await pruneOn(running, { repositories: repository, tags: '{version}', 'keep-last': '2' });
      expectSuccess(runtime);
    });

    test('a kept multi-platform image pulls on every platform', async () => {
      const expected = ['1.3', '1.2'].map((name): [string, Whole] => [name, image(name)]);
      expect(await allPullProblems(running, expected)).toEqual([]);
      survivors.push(...expected);
    });

    test('a doomed index takes its children along, attestations and nested ones too', async () => {
      const all = (of: Whole): readonly string[] => [of.digest, ...(of.children ?? []).flatMap(all)];
      const gone = ['1.0', '0.9'].flatMap((name) => [name, ...all(image(name))]);
      expect(gone.length).toBe(2 + 5 + 4);
      expect(await stillServed(running, repository, gone)).toEqual([]);
    });

    test('… unless a kept index lists them', async () => {
      const [shared, own] = image('1.1').children ?? [];
      expect(await stillServed(running, repository, ['1.1', image('1.1').digest, own?.digest ?? ''])).toEqual([]);
      if (shared === undefined) throw new Error('1.1 has no platforms.');
      expect(await allPullProblems(running, [[shared.digest, shared]])).toEqual([]);
    });

    test("a kept image's signatures stay, its platforms' too, and a doomed one's go", async () => {
      const kept: [string, Whole][] = [
        [tagFor(image('1.3'), '.sig'), image('kept.sig')],
        [tagFor(image('1.3')), { ...image('kept'), children: [image('kept bundle')] }],
        [tagFor(image('1.3').children?.[1] ?? image('1.3'), '.sig'), image('platform.sig')],
      ];
      expect(await allPullProblems(running, kept)).toEqual([]);
      survivors.push(...kept);
      const gone = ['doomed.sig', 'doomed', 'doomed bundle'].map((name) => image(name).digest);
      const tags = [tagFor(image('1.0'), '.sig'), tagFor(image('1.0'))];
      expect(await stillServed(running, repository, [...tags, ...gone])).toEqual([]);
      expect(await tagsOf(running, repository)).toEqual(['1.2', '1.3', ...kept.map(([name]) => name)].sort());
    });
  });

  test('after a restart, when nothing is answered from memory, everything kept pulls still', async () => {
    await running.restart();
    expect(survivors.length).toBeGreaterThan(15);
    const byImage = [...new Map(survivors.map((each) => [each[1].digest, each])).values()];
    expect(await allPullProblems(running, byImage)).toEqual([]);
  });
});
