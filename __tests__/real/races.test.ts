// Somebody else at work on the same repository of a real registry, between two given requests of a run.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage, pushIndex, tag, type Pushed } from '../../sandbox/push.ts';
import { startRelay, type Relay } from '../../sandbox/relay.ts';
import {
  coverTag,
  deleteDigest,
  describeDistribution,
  expectSuccess,
  pruneOn,
  pullProblems,
  stillServed,
  tagsOf,
} from './pruning.ts';
import type { RunningRegistry } from './registries.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(120_000);

/** The second look, right before the first write. */
const recheck = { method: 'GET', path: /tags\/list/, nth: 2 };

describeDistribution('while somebody pushes', (registry) => {
  let running: RunningRegistry;
  let relay: Relay;
  let repository = '';
  let count = 0;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    count += 1;
    repository = `race/${count}`;
    relay = await startRelay(running.url);
  });
  afterEach(() => relay.close());

  const push = (name: string, ...tags: readonly string[]): Promise<Pushed> =>
    pushImage(running, { repository, tags, seed: name });
  const inputs = (): Readonly<Record<string, string>> => ({
    repositories: repository,
    tags: 'build-{number}',
    'keep-last': '1',
  });
  const ways = registry.profile === 'distribution-2.8' ? ['by placeholder'] : ['by tag', 'by placeholder'];
  /** Without tag deletion a registry is covered with placeholders: 2.8 as it is, 3.1 behind a relay that says so. */
  const withoutTagDeletes = (): void => {
    const body = '{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}';
    relay.answer({ method: 'DELETE', path: /manifests\/(?!sha256:)/ }, { status: 400, body });
  };
  const firstDelete = (digest: string): { readonly method: string; readonly path: RegExp } => ({
    method: 'DELETE',
    path: new RegExp(digest),
  });

  describe('before the second look', () => {
    test('a tag pushed onto a doomed image keeps it', async () => {
      // A rollback, of which a naive program knows nothing any more when it deletes.
      const naive = await push('old', 'naive-1');
      await tag(running, naive, 'naive-rollback');
      expect(await deleteDigest(running, repository, naive.digest)).toBe(202);
      expect(await tagsOf(running, repository)).toEqual([]);

      const old = await push('old', 'build-1');
      await push('new', 'build-2');
      relay.before(recheck, () => tag(running, old, 'rollback'));
      expectSuccess(await pruneOn(relay, inputs()));
      expect(await tagsOf(running, repository)).toEqual(['build-2', 'rollback']);
      expect(await pullProblems(running, old, 'rollback')).toEqual([]);
    });

    test('a doomed tag moved to a new image stays there, and the old image goes', async () => {
      await push('rebuilt naively', 'naive-1');
      const cover = await coverTag(running, repository, 'naive-1');
      expect(await deleteDigest(running, repository, cover.digest)).toBe(202);
      expect(await tagsOf(running, repository)).toEqual([]);

      const old = await push('old', 'build-1');
      await push('new', 'build-2');
      let rebuilt: Pushed | undefined;
      relay.before(recheck, async () => {
        rebuilt = await push('rebuilt', 'build-1');
      });
      expectSuccess(await pruneOn(relay, inputs()));
      expect(await tagsOf(running, repository)).toEqual(['build-1', 'build-2']);
      expect(await pullProblems(running, rebuilt ?? old, 'build-1')).toEqual([]);
      expect(await stillServed(running, repository, [old.digest])).toEqual([]);
    });

    test.each(ways)('so does one that would have to be removed by itself, %s', async (how) => {
      if (how === 'by placeholder') withoutTagDeletes();
      const old = await push('old', 'build-1', 'stable');
      await push('new', 'build-2');
      let rebuilt: Pushed | undefined;
      relay.before(recheck, async () => {
        rebuilt = await push('rebuilt', 'build-1');
      });
      expectSuccess(await pruneOn(relay, inputs()));
      expect(await tagsOf(running, repository)).toEqual(['build-1', 'build-2', 'stable']);
      expect(await pullProblems(running, rebuilt ?? old, 'build-1')).toEqual([]);
      expect(await pullProblems(running, old, 'stable')).toEqual([]);
    });

    test('a kept tag moved onto a doomed image keeps it', async () => {
      const old = await push('old', 'build-1');
      await push('new', 'build-2', 'production');
      relay.before(recheck, () => tag(running, old, 'production'));
      expectSuccess(await pruneOn(relay, inputs()));
      expect(await tagsOf(running, repository)).toEqual(['build-2', 'production']);
      expect(await pullProblems(running, old, 'production')).toEqual([]);
    });

    test('a doomed image that a new index lists stays', async () => {
      const old = await push('old', 'build-1');
      await push('new', 'build-2');
      let index: Pushed | undefined;
      relay.before(recheck, async () => {
        index = await pushIndex(running, { repository, tags: ['1.0'], children: [old] });
      });
      expectSuccess(await pruneOn(relay, inputs()));
      expect(await tagsOf(running, repository)).toEqual(['1.0', 'build-2']);
      expect(await pullProblems(running, { ...(index ?? old), children: [old] }, '1.0')).toEqual([]);
    });
  });

  describe.each(ways)('while tags are removed, %s', (how) => {
    beforeEach(() => {
      if (how === 'by placeholder') withoutTagDeletes();
    });

    test('a tag of a later batch that moves during the first one stays where it is', async () => {
      // More than a batch, on an image that stays: each tag has to go by itself.
      const name = (number: number): string => `build-${number}`;
      const many = Array.from({ length: 150 }, (_, place) => name(place + 1));
      const shared = await push('shared', 'stable', ...many);
      await push('new', 'build-1000');
      let rebuilt: Pushed | undefined;
      let moved = '';
      const firstWrite = /manifests\/build-\d+$/;
      const notYet = (): string => {
        const written = relay.requests.filter(({ method, path }) => /PUT|DELETE/.test(method) && firstWrite.test(path));
        const begun = new Set(written.map(({ path }) => path.replace(/.*\//, '')));
        return many.filter((each) => !begun.has(each)).at(-1) ?? '';
      };
      // When the last of the first hundred is asked for, what hasn't been is of the second batch.
      relay.before({ path: firstWrite, method: writeMethod(how), nth: 100 }, async () => {
        moved = notYet();
        rebuilt = await push('rebuilt', moved);
      });
      expectSuccess(await pruneOn(relay, inputs()));
      expect(moved).not.toBe('');
      expect(await tagsOf(running, repository)).toEqual(['build-1000', moved, 'stable'].sort());
      expect(await pullProblems(running, rebuilt ?? shared, moved)).toEqual([]);
      expect(await pullProblems(running, shared, 'stable')).toEqual([]);
    });
  });

  const writeMethod = (how: string): string => (how === 'by placeholder' ? 'PUT' : 'DELETE');

  test('a push that comes between a placeholder and its deletion survives', async () => {
    withoutTagDeletes();
    const old = await push('old', 'build-1', 'stable');
    await push('new', 'build-2');
    let rebuilt: Pushed | undefined;
    relay.before({ method: 'PUT', path: /manifests\/build-1$/ }, () => {
      relay.before({ method: 'DELETE', path: /manifests\/sha256:/ }, async () => {
        rebuilt = await push('rebuilt', 'build-1');
      });
    });
    await pruneOn(relay, inputs());
    expect(await tagsOf(running, repository)).toEqual(['build-1', 'build-2', 'stable']);
    expect(await pullProblems(running, rebuilt ?? old, 'build-1')).toEqual([]);
    expect(await pullProblems(running, old, 'stable')).toEqual([]);
  });

  describe.each(ways)('while another run of the same rules is at work, %s', (how) => {
    beforeEach(() => {
      if (how === 'by placeholder') withoutTagDeletes();
    });

    type Laid = Readonly<Record<'shared' | 'newest' | 'index' | 'old' | 'platform', Pushed>>;

    /** `shared` stays for one of its tags; `index`, with its platform, and `old` go whole. */
    async function lay(): Promise<Laid> {
      const shared = await push('shared', 'stable', 'build-1', 'build-2');
      const platform = await push('platform');
      const index = await pushIndex(running, { repository, tags: ['build-3'], children: [platform] });
      const old = await push('old', 'build-4');
      return { shared, platform, index, old, newest: await push('new', 'build-9') };
    }

    async function expectAllDone({ shared, newest, index, old, platform }: Laid): Promise<void> {
      const gone = [index, old, platform].map(({ digest }) => digest);
      expect(await tagsOf(running, repository)).toEqual(['build-9', 'stable']);
      expect(await pullProblems(running, shared, 'stable')).toEqual([]);
      expect(await pullProblems(running, newest, 'build-9')).toEqual([]);
      expect(await stillServed(running, repository, gone)).toEqual([]);
    }

    test.each([
      ['before the second look', () => recheck],
      ['before the first write to a tag', () => ({ path: /manifests\/build-\d$/, method: writeMethod(how) })],
      ['before the index goes', ({ index }: Laid) => firstDelete(index.digest)],
      ['before its platform goes', ({ platform }: Laid) => firstDelete(platform.digest)],
    ])('the whole of it %s: all is done, by one or the other', async (_, momentOf) => {
      const laid = await lay();
      let others = 0;
      relay.before(momentOf(laid), async () => {
        others += 1;
        expectSuccess(await pruneOn(running, inputs()));
      });
      const runtime = await pruneOn(relay, inputs());
      expect(others).toBe(1);
      expectSuccess(runtime);
      await expectAllDone(laid);
    });

    // Which request comes first is chance here: what either says of tags that vanish under its hands is not, what stays is.
    test('both from the same moment on: what stays pulls, and all is done, if need be by the next run', async () => {
      const laid = await lay();
      await Promise.all([pruneOn(relay, inputs()), pruneOn(relay, inputs())]);
      expect(await pullProblems(running, laid.shared, 'stable')).toEqual([]);
      expect(await pullProblems(running, laid.newest, 'build-9')).toEqual([]);
      expectSuccess(await pruneOn(relay, inputs()));
      await expectAllDone(laid);
    });
  });

  test('a platform of an index that came at the very last moment is put back, and the step fails', async () => {
    const old = await push('old', 'build-1');
    await push('new', 'build-2');
    let index: Pushed | undefined;
    relay.before(firstDelete(old.digest), async () => {
      index = await pushIndex(running, { repository, tags: ['1.0'], children: [old] });
    });
    const runtime = await pruneOn(relay, inputs());
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('which this run had deleted and has put back');
    expect(await pullProblems(running, { ...(index ?? old), children: [old] }, '1.0')).toEqual([]);
  });

  test('a kept tag that comes onto a doomed image at the very last moment goes with it, and that is said', async () => {
    const old = await push('old', 'build-1');
    await push('new', 'build-2', 'production');
    relay.before(firstDelete(old.digest), () => tag(running, old, 'production'));
    const runtime = await pruneOn(relay, inputs());
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain(`${repository}:production: it was to stay`);
    // What is needed to put it back by hand is there.
    const journal = runtime.memory.get(runtime.outputs.get('journal-file') ?? '') ?? '';
    expect(journal).toContain(Buffer.from(old.bytes).toString('base64'));
    expect(await stillServed(running, repository, ['build-2'])).toEqual(['build-2']);
  });
});
