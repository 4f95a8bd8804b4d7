/** Untagged manifests in a plan: what holds them, and what makes a plan of them stale. */
import { describe, expect, test } from '@jest/globals';
import { build, narrow, verify, type UntaggedWish } from '../../src/plan/index.ts';
import type { Digest, Instant, RepositoryPlan, Snapshot } from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, instantOf, tagOf } from '../arbitraries/names.ts';
import { withTag } from '../arbitraries/changes.ts';
import { deleting, index, layer, manifest, numberOf, opaque, repository } from './repository.ts';

const then = instantOf('2026-10-01T00:00:00.000Z');
const later = instantOf('2026-11-22T00:00:00.000Z');

/** All manifests are linked in the storage, and were pushed then. */
function stored(snapshot: Snapshot): Snapshot {
  const revisions = new Map([...snapshot.manifests.keys()].map((digest): [Digest, Instant] => [digest, then]));
  return { ...snapshot, via: 'storage', revisions };
}

const wish = (...numbers: readonly number[]): readonly UntaggedWish[] =>
  numbers.map((number) => ({ digest: digestOf(number), because: { revisedAt: then } }));
const goes = (snapshot: Snapshot, ...numbers: readonly number[]): readonly number[] =>
  build(snapshot, [], wish(...numbers)).manifests.map(({ digest }) => numberOf(digest));

describe('what stays though it has no tag', () => {
  test('platforms of a tagged index, at any depth, and what attests them', () => {
    const manifests = [
      index(1, [2]),
      index(2, [3, 4]),
      manifest(3),
      manifest(4, { kind: 'artifact', attests: digestOf(3) }),
      manifest(5),
    ];
    expect(goes(stored(repository({ latest: 1 }, manifests)), 2, 3, 4, 5)).toEqual([5]);
  });

  test('what a referrer of a kept image is, and the subject of a kept referrer', () => {
    const manifests = [
      manifest(1),
      manifest(2, { subject: digestOf(1) }),
      manifest(3),
      manifest(4, { subject: digestOf(3) }),
    ];
    expect(goes(stored(repository({ latest: 1, sbom: 4 }, manifests)), 2, 3)).toEqual([]);
  });

  test('the subject of a signature that has a tag, and what a fallback tag lists', () => {
    const tags = { [attachmentTagOf(digestOf(1))]: 2, [attachmentTagOf(digestOf(3), '')]: 4 };
    const manifests = [manifest(1), manifest(2), manifest(3), index(4, [5]), manifest(5, { subject: digestOf(3) })];
    expect(goes(stored(repository(tags, manifests)), 1, 3, 5)).toEqual([]);
  });

  test('what a young index lists, which itself is not wished for', () => {
    const snapshot = stored(repository({}, [index(1, [2]), manifest(2), manifest(3)]));
    expect(goes(snapshot, 2, 3)).toEqual([3]);
    expect(goes(snapshot, 1, 2, 3)).toEqual([1, 3, 2]);
  });

  test('all of them, where one manifest could not be read', () => {
    expect(goes(stored(repository({}, [manifest(1), opaque(2)])), 1, 2)).toEqual([]);
  });

  test('one that a kept manifest names as a layer', () => {
    const holder = manifest(2, { blobs: [layer(1, 1)] });
    expect(goes(stored(repository({ latest: 2 }, [manifest(1), holder])), 1)).toEqual([]);
  });
});

test('what goes along with a tag goes for that, and frees what it would', () => {
  const manifests = [
    index(1, [2]),
    manifest(2, { blobs: [layer(100, 7)] }),
    index(3, [2]),
    manifest(4, { blobs: [layer(101, 11)] }),
  ];
  const snapshot = stored(repository({ old: 1 }, manifests));
  const plan = build(snapshot, deleting(snapshot, 'old'), wish(2, 3, 4));
  const roles = plan.manifests.map(({ digest, role, revisedAt }) => [numberOf(digest), role, revisedAt]);
  expect(roles.sort()).toEqual([
    [1, 'tagged', undefined],
    [2, 'child', undefined],
    [3, 'untagged', then],
    [4, 'untagged', then],
  ]);
  expect(plan.frees).toEqual({ bytes: 1 + 2 + 3 + 4 + 7 + 11, atLeast: false });
});

test.each<[string, Snapshot]>([
  ['was pushed since', { ...stored(repository({}, [manifest(1)])), revisions: new Map([[digestOf(1), later]]) }],
  ['has no known time', { ...stored(repository({}, [manifest(1)])), revisions: new Map([[digestOf(1), undefined]]) }],
  ['is not linked', { ...stored(repository({}, [manifest(1)])), revisions: new Map() }],
  ['was seen through the API alone', repository({}, [manifest(1)])],
])('a wish for one that %s is none', (_, snapshot) => {
  expect(goes(snapshot, 1)).toEqual([]);
});

describe('right before', () => {
  const before = stored(repository({ kept: 9 }, [index(1, [2]), manifest(2), manifest(3), manifest(9)]));
  const plan = build(before, [], wish(1, 2, 3));
  const after = (fresh: Snapshot): Readonly<Record<string, unknown>> => {
    const narrowed = narrow(plan, fresh, []);
    expect(verify(narrowed.plan, fresh)).toEqual([]);
    const spared = narrowed.spared.map(({ subject, why }): readonly [string | number, string] => [
      subject.kind === 'manifest' ? numberOf(subject.digest) : subject.tag,
      why,
    ]);
    return { left: narrowed.plan.manifests.map(({ digest }) => numberOf(digest)), ...Object.fromEntries(spared) };
  };
  const pushedAt = (number: number, at: Instant | undefined): Snapshot => ({
    ...before,
    revisions: new Map([...(before.revisions ?? []), [digestOf(number), at]]),
  });

  test('nothing has changed: all of it goes', () => {
    expect(after({ ...before, observedAt: later })).toEqual({ left: [1, 3, 2] });
  });

  test('one that got a tag stays, with what it lists', () => {
    const tagged = withTag(before, tagOf('new'), { kind: 'points', digest: digestOf(1) });
    expect(after(tagged)).toEqual({ left: [3], 1: 'gained-a-kept-tag', 2: 'now-held' });
  });

  test('one that was pushed again stays', () => {
    expect(after(pushedAt(3, later))).toEqual({ left: [1, 2], 3: 'moved' });
    expect(after(pushedAt(3, undefined))).toEqual({ left: [1, 2], 3: 'moved' });
    expect(after(pushedAt(1, later))).toEqual({ left: [3], 1: 'moved', 2: 'now-held' });
  });

  test('two readings of one time may differ by seconds', () => {
    expect(after(pushedAt(3, instantOf('2026-10-01T00:00:10.000Z')))).toEqual({ left: [1, 3, 2] });
    expect(after(pushedAt(3, instantOf('2026-10-01T00:00:11.000Z')))).toEqual({ left: [1, 2], 3: 'moved' });
  });

  test('without the storage nobody knows, and all of them stay', () => {
    expect(after(repository({ kept: 9 }, [...before.manifests.values()]))).toEqual({
      left: [],
      1: 'moved',
      2: 'moved',
      3: 'moved',
    });
  });
});

test('a plan of one that was pushed since, or that says no time, is refused', () => {
  const snapshot = stored(repository({}, [manifest(1)]));
  const plan = build(snapshot, [], wish(1));
  const objections = (changed: RepositoryPlan, at: Snapshot): readonly string[] =>
    verify(changed, at).map(({ what }) => what);
  const words = ['Is planned for want of a tag, but was pushed since, or nobody knows when it was.'];
  expect(objections(plan, snapshot)).toEqual([]);
  expect(objections(plan, { ...snapshot, revisions: new Map([[digestOf(1), later]]) })).toEqual(words);
  const timeless = plan.manifests.map(({ digest, mediaType, size, role }) => ({ digest, mediaType, size, role }));
  expect(objections({ ...plan, manifests: timeless }, snapshot)).toEqual(words);
});
