/** A repository of which the storage is known, too: push times, and manifests that no tag leads to. */
import { describe, expect, test } from '@jest/globals';
import { pushImage, pushIndex, tag, type Pushed } from '../../sandbox/push.ts';
import type { Digest, Instant, StoredRepository, Tag } from '../../src/model/index.ts';
import { instantOf, tagOf } from '../arbitraries/names.ts';
import { manifestOf, repository, stateOf, useSandbox } from './sandbox.ts';

const start = useSandbox();
const then = instantOf('2026-10-01T00:00:00Z');
const later = instantOf('2026-11-01T00:00:00Z');

/** What the storage says: of each tag its image and its time, of each manifest its time. */
function stored(
  tags: Readonly<Record<string, readonly [Pushed, Instant | undefined]>>,
  revisions: readonly (readonly [Pushed, Instant | undefined])[],
): StoredRepository {
  return {
    tags: new Map(
      Object.entries(tags).map(
        ([name, [{ digest }, pushedAt]]): [Tag, { digest: Digest; mtime: number; pushedAt?: Instant }] => [
          tagOf(name),
          { digest: digest as Digest, mtime: 1, ...(pushedAt === undefined ? {} : { pushedAt }) },
        ],
      ),
    ),
    revisions: new Map(
      revisions.map(([{ digest }, at]) => [digest as Digest, { mtime: 1, ...(at === undefined ? {} : { at }) }]),
    ),
  };
}

describe('push times', () => {
  test('stand at tags of which registry and storage say the same', async () => {
    const sandbox = await start();
    const one = await pushImage(sandbox, { repository, tags: ['same', 'moved', 'unknown', 'timeless'], seed: 'one' });
    const other = await pushImage(sandbox, { repository, seed: 'other' });
    const known = stored({ same: [one, then], moved: [other, then], timeless: [one, undefined] }, []);
    const snapshot = await sandbox.observe({ stored: known });
    const { digest } = one;
    expect(stateOf(snapshot, 'same')).toEqual({ kind: 'points', digest, pushedAt: then });
    for (const name of ['moved', 'unknown', 'timeless'])
      expect(stateOf(snapshot, name)).toEqual({ kind: 'points', digest });
    expect(snapshot.via).toBe('api');
    expect(manifestOf(snapshot, other)).toBeUndefined();
  });

  test('are those of the first look in the second one, where the tag has not moved', async () => {
    const sandbox = await start();
    const one = await pushImage(sandbox, { repository, tags: ['stays', 'moves'], seed: 'one' });
    const other = await pushImage(sandbox, { repository, tags: ['other'], seed: 'other' });
    const before = await sandbox.observe({ stored: stored({ stays: [one, then], moves: [one, then] }, []) });
    await tag(sandbox, other, 'moves');
    const fresh = await sandbox.recheck(before);
    expect(stateOf(fresh, 'stays')).toEqual(stateOf(before, 'stays'));
    expect(stateOf(fresh, 'moves')).toEqual({ kind: 'points', digest: other.digest });
  });
});

describe('manifests that no tag leads to', () => {
  test('are read, each once, with all that they list', async () => {
    const sandbox = await start();
    const tagged = await pushImage(sandbox, { repository, tags: ['v1'] });
    const child = await pushImage(sandbox, { repository, seed: 'child' });
    const index = await pushIndex(sandbox, { repository, children: [child] });
    const known = stored(
      { v1: [tagged, then] },
      [tagged, child, index].map((each) => [each, then] as const),
    );
    sandbox.forgetRequests();
    const snapshot = await sandbox.observe({ stored: known, untagged: true });
    expect(snapshot.via).toBe('storage');
    expect(manifestOf(snapshot, index)).toMatchObject({ kind: 'index', children: [child.digest] });
    expect(manifestOf(snapshot, child)).toMatchObject({ kind: 'image' });
    expect(new Map(snapshot.revisions)).toEqual(new Map([tagged, child, index].map(({ digest }) => [digest, then])));
    expect([...sandbox.asked(/manifests/)].sort()).toEqual(
      ['v1', child.digest, index.digest].map((reference) => `GET manifests/${reference}`).sort(),
    );
  });

  test('one that the registry does not serve is left out, and one that can not be read may hold anything', async () => {
    const sandbox = await start();
    const gone = await pushImage(sandbox, { repository, tags: ['x'], seed: 'gone' });
    const broken = await pushImage(sandbox, { repository, seed: 'broken' });
    sandbox.store.removeTag(repository, 'x');
    sandbox.store.removeManifest(repository, gone.digest);
    sandbox.answer({ path: new RegExp(broken.digest) }, { status: 500, body: '' });
    const snapshot = await sandbox.observe({
      stored: stored({}, [
        [gone, then],
        [broken, then],
      ]),
      untagged: true,
    });
    expect(manifestOf(snapshot, gone)).toBeUndefined();
    expect(manifestOf(snapshot, broken)).toMatchObject({ kind: 'opaque' });
  });

  test('one that a tag named in the storage, and not here, has no time: it was just moved, or one of the two is wrong', async () => {
    const sandbox = await start();
    const one = await pushImage(sandbox, { repository, tags: ['v1'], seed: 'one' });
    const other = await pushImage(sandbox, { repository, seed: 'other' });
    const known = stored({ v1: [other, then], unlisted: [one, then] }, [
      [one, then],
      [other, then],
    ]);
    const { revisions } = await sandbox.observe({ stored: known, untagged: true });
    expect([...(revisions?.values() ?? [])]).toEqual([undefined, undefined]);
  });

  test('a repository without a tag is one, where the storage has it', async () => {
    const sandbox = await start();
    const loose = await pushImage(sandbox, { repository });
    sandbox.answer({ path: /tags\/list/ }, { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' });
    expect(await sandbox.tryToObserve()).toBeUndefined();
    const snapshot = await sandbox.observe({ stored: stored({}, [[loose, then]]), untagged: true });
    expect(snapshot.tags.size).toBe(0);
    expect(manifestOf(snapshot, loose)).toMatchObject({ kind: 'image' });
  });

  test('stay known at the second look; a later word of the storage brings new times and new manifests', async () => {
    const sandbox = await start();
    const old = await pushImage(sandbox, { repository, tags: ['v1'], seed: 'old' });
    const loose = await pushImage(sandbox, { repository, seed: 'loose' });
    const before = await sandbox.observe({ stored: stored({ v1: [old, then] }, [[loose, then]]), untagged: true });
    sandbox.forgetRequests();
    const again = await sandbox.recheck(before);
    expect({ via: again.via, revisions: again.revisions }).toEqual({ via: 'storage', revisions: before.revisions });
    expect(manifestOf(again, loose)).toEqual(manifestOf(before, loose));
    expect(sandbox.asked(/sha256/)).toEqual([]);

    const holder = await pushIndex(sandbox, { repository, children: [loose] });
    const fresh = await sandbox.recheck(
      before,
      stored({ v1: [old, then] }, [
        [loose, later],
        [holder, later],
      ]),
    );
    expect(fresh.revisions?.get(loose.digest as Digest)).toBe(later);
    expect(manifestOf(fresh, holder)).toMatchObject({ kind: 'index', children: [loose.digest] });
  });
});
