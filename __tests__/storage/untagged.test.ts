/** Untagged manifests and push times on real registries, from the look at the files to the collector's end. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import {
  fetchManifest,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Platform,
} from '../../sandbox/push.ts';
import type { Outside } from '../../src/commands/outside.ts';
import { survey, type Surveyed } from '../../src/commands/survey.ts';
import { carryOut, openJournal, outcomesOfUnlinking, type CarriedOut } from '../../src/execute/index.ts';
import { ContentMemory, ReferrersSupport } from '../../src/inventory/index.ts';
import type { StoredRegistry } from '../../src/model/index.ts';
import { parseRepositoryPatterns, parseTagPatterns } from '../../src/pattern/index.ts';
import { makeKeepTags, makeRule, type Policy } from '../../src/policy/index.ts';
import { mayBeEmpty, renderOffline, type Unlink } from '../../src/storage/index.ts';
import { repositoryOf, tagOf } from '../arbitraries/names.ts';
import { memoryRuntime } from '../support/runtime.ts';
import { age, collectorOf, describeDistribution, now, storageShells, useLab, type Lab } from './distribution.ts';

jest.setTimeout(120_000);
const web = repositoryOf('apps/web');
const all = [parseRepositoryPatterns(['**'])];
const nobody: Outside = {
  focus: undefined,
  referencesIn: () => [],
  warnings: [],
  claim: () => Promise.resolve([]),
  confirm: () => Promise.resolve([]),
};
const noRules: Policy = { keepTags: makeKeepTags([]), rules: [], dateSource: 'created' };
const week = 7 * 86_400;
const platforms: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

describeDistribution('untagged manifests', (registry, major) => {
  const start = useLab();
  const collect = collectorOf(registry);
  const [{ shell }] = storageShells().toReversed() as [ReturnType<typeof storageShells>[number]];

  type Look = {
    readonly stored: StoredRegistry;
    readonly surveyed: readonly Surveyed[];
    readonly memory: ContentMemory;
  };

  async function look(lab: Lab, policy: Policy = noRules, deleteUntagged = true): Promise<Look> {
    const stored = await lab.storage.read({ now });
    const memory = new ContentMemory();
    const { surveyed } = await survey({
      registry: lab.registry,
      memory,
      referrers: new ReferrersSupport(),
      policy,
      repositories: all,
      outside: nobody,
      now,
      stored,
      deleteUntagged,
      untaggedGraceSeconds: week,
    });
    return { stored, surveyed, memory };
  }

  async function carry(lab: Lab, { surveyed, memory }: Look, unlinks: boolean): Promise<readonly CarriedOut[]> {
    const runtime = memoryRuntime();
    const journal = await openJournal(runtime.files, '/tmp/journal');
    const done: CarriedOut[] = [];
    for (const each of surveyed) {
      const { plan, snapshot, repository } = each;
      if (plan === undefined || snapshot === undefined || plan.tags.length + plan.manifests.length === 0) continue;
      const site = { registry: lab.registry, repository, memory, journal, now, random: Math.random };
      const order = { ...each, plan, snapshot, confirm: nobody.confirm.bind(undefined, plan), unlinks };
      done.push(await carryOut(site, { ...order, referrers: new ReferrersSupport() }));
    }
    return done;
  }

  const dueOf = (done: readonly CarriedOut[]): readonly Unlink[] => done.flatMap(({ deferred }) => deferred ?? []);

  /** Stops the registry, does the work on its files, collects, and starts it. Answers what the work told. */
  async function offline(
    lab: Lab,
    unlink: readonly Unlink[],
    removeEmpty: readonly Unlink['repository'][] = [],
  ): Promise<readonly string[]> {
    await lab.running.kill9();
    const worked = await lab.storage.shell.run(renderOffline({ root: lab.storage.root, unlink, removeEmpty }));
    expect(worked).toMatchObject({ status: 0, stderr: '' });
    collect?.(lab.running.root);
    await lab.running.restart();
    return worked.stdout.split('\n').filter((line) => line !== '');
  }

  const manifestsFolder = ({ running }: Lab, repository: string = web): string =>
    join(running.root, 'docker/registry/v2/repositories', repository, '_manifests');
  const isServed = async ({ running }: Lab, reference: string, repository: string = web): Promise<boolean> =>
    (await fetchManifest(running, repository, reference)) !== undefined;
  const hasBlob = async ({ running }: Lab, digest: string): Promise<boolean> => {
    const answer = await fetch(`${running.url}/v2/${web}/blobs/${digest}`);
    return answer.status === 200 && (await answer.arrayBuffer()).byteLength > 0;
  };

  test('the files know every push: of a tag, of the same image again, of an image without a tag', async () => {
    const lab = await start(registry, shell);
    const image = await pushImage(lab.running, {
      repository: web,
      tags: ['1.0', '1.1'],
      created: '2020-01-01T00:00:00Z',
    });
    const loose = await pushImage(lab.running, { repository: web, seed: 'loose' });
    age(manifestsFolder(lab), 30);
    await tag(lab.running, image, '1.1');
    const stored = (await lab.storage.read({ now })).repositories.get(web);
    const daysOf = (at: string | undefined): number => Math.round((Date.now() - Date.parse(at ?? '')) / 86_400_000);
    expect([...(stored?.tags ?? [])].map(([name, { pushedAt }]) => [name, daysOf(pushedAt)]).sort()).toEqual([
      ['1.0', 30],
      ['1.1', 0],
    ]);
    expect(new Map([...(stored?.revisions ?? [])].map(([digest, { at }]) => [digest as string, daysOf(at)]))).toEqual(
      new Map([
        [image.digest, 0],
        [loose.digest, 30],
      ]),
    );
  });

  test('date-source: pushed: an old image that was pushed today is new, and no config is asked for', async () => {
    const lab = await start(registry, shell);
    await pushImage(lab.running, { repository: web, tags: ['built-today'], created: now() });
    age(manifestsFolder(lab), 30);
    await pushImage(lab.running, { repository: web, tags: ['rolled-back'], created: '2019-01-01T00:00:00Z' });
    const rule = makeRule({
      name: 'inputs',
      repositories: parseRepositoryPatterns([web]),
      tags: parseTagPatterns(['*']),
      olderThanSeconds: 14 * 86_400,
    });
    const policy: Policy = { keepTags: makeKeepTags([]), rules: [rule], dateSource: 'pushed' };
    const { surveyed } = await look(lab, policy, false);
    expect(surveyed[0]?.plan?.tags.map((each) => each.tag)).toEqual(['built-today']);
    expect(lab.registry.records.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
    // Manifests without a tag are nobody's question then: what the API shows is what is seen.
    expect(surveyed[0]?.snapshot?.via).toBe('api');
  });

  test('a tagged image of several platforms keeps all of them; -m would have broken it on 2.x', async () => {
    const lab = await start(registry, shell);
    const kept = await pushMultiPlatform(lab.running, {
      repository: web,
      tags: ['1.0'],
      platforms,
      attestations: true,
    });
    const signature = await pushSignature(lab.running, { repository: web, of: kept });
    const old = await pushMultiPlatform(lab.running, { repository: web, seed: 'old', platforms });
    const shared = await pushIndex(lab.running, {
      repository: web,
      children: [...kept.children.slice(0, 1), ...old.children],
    });
    age(manifestsFolder(lab), 8);
    const young = await pushImage(lab.running, { repository: web, seed: 'young' });

    const seen = await look(lab);
    const done = await carry(lab, seen, true);
    expect(done.flatMap(({ problems }) => problems)).toEqual([]);
    const due = [old, shared, ...old.children].map(({ digest }) => digest);
    expect(new Set(dueOf(done)[0]?.digests)).toEqual(new Set(due));
    // Nothing was asked of the registry that deletes or writes.
    expect(lab.registry.records.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);

    const copy = `${lab.running.root}-copy`;
    cpSync(lab.running.root, copy, { recursive: true });
    const lines = await offline(lab, dueOf(done));
    expect(lines.map((line) => line.split(' ')[2]).sort()).toEqual([...due].sort());
    const outcomes = outcomesOfUnlinking(dueOf(done), { unlinked: [], spared: [] });
    expect(outcomes.every(({ result }) => result === 'failed')).toBe(true);

    for (const { digest, blobs } of [kept, ...kept.children, signature, young]) {
      expect(await isServed(lab, digest)).toBe(true);
      for (const blob of blobs) expect(await hasBlob(lab, blob.digest)).toBe(true);
    }
    for (const { digest } of [old, shared, ...old.children]) expect(await isServed(lab, digest)).toBe(false);
    if (collect !== undefined) {
      const layers = old.children.flatMap(({ blobs }) => blobs.slice(0, 1));
      for (const { digest } of layers) expect(await hasBlob(lab, digest)).toBe(false);
      // The seeds' own recipe, on the same storage.
      collect(copy, '-m');
      const broken = await start(registry, shell, { root: copy });
      const left = await Promise.all(kept.children.map(({ digest }) => isServed(broken, digest)));
      expect(await isServed(broken, '1.0')).toBe(true);
      expect(left.every((each) => each === (major === 3))).toBe(true);
    }
    rmSync(copy, { recursive: true, force: true });
  });

  test.each<[string, (lab: Lab, digest: string, bytes: Uint8Array, mediaType: string) => Promise<unknown>]>([
    [
      'a tag on one of them',
      (lab, digest, bytes, mediaType) =>
        tag(
          lab.running,
          { repository: web, tags: [], blobs: [], digest, bytes, mediaType, size: bytes.length },
          'back',
        ),
    ],
    ['the same image by its digest again', (lab) => pushImage(lab.running, { repository: web, seed: 'loose' })],
    ['another image', (lab) => pushImage(lab.running, { repository: web, tags: ['new'] })],
  ])('%s, pushed right before the stop, spares the repository, and no other', async (_, push) => {
    const lab = await start(registry, shell);
    const loose = await pushImage(lab.running, { repository: web, seed: 'loose' });
    const other = await pushImage(lab.running, { repository: 'other', seed: 'loose' });
    age(manifestsFolder(lab), 8);
    age(manifestsFolder(lab, 'other'), 8);
    const done = await carry(lab, await look(lab), true);
    await push(lab, loose.digest, loose.bytes, loose.mediaType);
    const lines = await offline(lab, dueOf(done));
    expect(lines.filter((line) => line.startsWith('@spared'))).toEqual([
      expect.stringMatching(/^@spared apps\/web changed: (?:tags|revisions)\//),
    ]);
    expect(lines).toContain(`@unlinked other ${other.digest}`);
    expect(await isServed(lab, loose.digest)).toBe(true);
    for (const blob of loose.blobs) expect(await hasBlob(lab, blob.digest)).toBe(true);
    const spared = [{ repository: web, why: 'changed: x' }];
    expect(outcomesOfUnlinking(dueOf(done), { unlinked: [], spared })).toContainEqual({
      repository: web,
      subject: { kind: 'manifest', digest: loose.digest },
      result: 'spared',
      why: 'moved',
    });
  });

  test('online they go by the API, and what was pushed again since the look stays', async () => {
    const lab = await start(registry, shell);
    const [loose, again] = [
      await pushImage(lab.running, { repository: web, seed: 'loose' }),
      await pushImage(lab.running, { repository: web, seed: 'again' }),
    ];
    await pushImage(lab.running, { repository: web, tags: ['1.0'] });
    age(manifestsFolder(lab), 8);
    const seen = await look(lab);
    await pushImage(lab.running, { repository: web, seed: 'again' });
    const later = (await lab.storage.read({ now })).repositories.get(web);
    const surveyed = seen.surveyed.map((each) => ({ ...each, ...(later === undefined ? {} : { stored: later }) }));
    const [done] = await carry(lab, { ...seen, surveyed }, false);
    expect(done?.problems).toEqual([]);
    expect(done?.deferred).toBeUndefined();
    expect(done?.outcomes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ subject: { kind: 'manifest', digest: loose.digest }, result: 'done' }),
        expect.objectContaining({ subject: { kind: 'manifest', digest: again.digest }, result: 'spared' }),
      ]),
    );
    expect(await isServed(lab, loose.digest)).toBe(false);
    expect(await isServed(lab, again.digest)).toBe(true);
    // As after unlinking: the link goes, its folder stays.
    const folder = join(manifestsFolder(lab), 'revisions', loose.digest.replace(':', '/'));
    expect([existsSync(folder), existsSync(join(folder, 'link'))]).toEqual([true, false]);
  });

  test('an untagged index that shares a platform with a doomed tag goes by the API, before the stop', async () => {
    const lab = await start(registry, shell);
    const doomed = await pushMultiPlatform(lab.running, { repository: web, tags: ['old'], platforms });
    const sharing = await pushIndex(lab.running, { repository: web, children: doomed.children });
    const apart = await pushImage(lab.running, { repository: web, seed: 'apart' });
    await pushImage(lab.running, { repository: web, tags: ['latest'] });
    age(manifestsFolder(lab), 8);
    const rule = makeRule({
      name: 'inputs',
      repositories: parseRepositoryPatterns([web]),
      tags: parseTagPatterns(['old']),
      keepLast: 0,
    });
    const seen = await look(lab, { keepTags: makeKeepTags([]), rules: [rule], dateSource: 'created' });
    const [done] = await carry(lab, seen, true);
    expect(done?.problems).toEqual([]);
    expect(done?.deferred?.digests).toEqual([apart.digest]);
    for (const { digest } of [doomed, sharing, ...doomed.children]) expect(await isServed(lab, digest)).toBe(false);
    expect(await offline(lab, done?.deferred === undefined ? [] : [done.deferred])).toEqual([
      `@unlinked ${web} ${apart.digest}`,
    ]);
    expect(await isServed(lab, tagOf('latest'))).toBe(true);
  });

  test('repositories that are empty afterwards leave the catalog, and nested ones stay whole', async () => {
    const lab = await start(registry, shell);
    const nested = await pushImage(lab.running, { repository: 'team/app/web', tags: ['1.0'] });
    await pushImage(lab.running, { repository: 'team/app', seed: 'loose' });
    await pushImage(lab.running, { repository: 'gone/app', seed: 'loose' });
    await pushImage(lab.running, { repository: 'kept', tags: ['1.0'] });
    for (const name of ['team/app', 'gone/app']) age(manifestsFolder(lab, name), 8);
    const seen = await look(lab);
    const done = await carry(lab, seen, true);
    const empty = mayBeEmpty(
      seen.stored,
      seen.surveyed.flatMap(({ plan }) => plan ?? []),
    );
    expect([...empty].sort()).toEqual(['gone/app', 'team/app']);
    const lines = await offline(lab, dueOf(done), empty);
    expect(lines.filter((line) => line.startsWith('@removed')).sort()).toEqual([
      '@removed gone/app',
      '@removed team/app',
    ]);
    expect([...(await lab.registry.listRepositories())].sort()).toEqual(['kept', 'team/app/web']);
    expect(existsSync(join(lab.running.root, 'docker/registry/v2/repositories/gone'))).toBe(false);
    expect(await isServed(lab, '1.0', 'team/app/web')).toBe(true);
    const pushed = await pushImage(lab.running, { repository: 'team/app', tags: ['again'], seed: 'loose' });
    expect(await isServed(lab, pushed.digest, 'team/app')).toBe(true);
    expect(nested.blobs.length).toBeGreaterThan(0);
  });
});
