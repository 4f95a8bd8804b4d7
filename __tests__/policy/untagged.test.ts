/** Manifests that no tag names: which of them may go. */
import { describe, expect, test } from '@jest/globals';
import type { Digest, Instant, Reference, Snapshot } from '../../src/model/index.ts';
import { decide, makeKeepTags, untagged, type Policy } from '../../src/policy/index.ts';
import { attachmentTagOf, digestOf, instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { index, manifest, numberOf, repository } from '../plan/repository.ts';
import { rule } from './tables.ts';

const now = instantOf('2026-11-22T00:00:00.000Z');
const day = 86_400;
const daysAgo = (days: number): Instant => instantOf(new Date(Date.parse(now) - days * day * 1000).toISOString());

/** Seen through storage: manifests by number, each with how many days ago it was pushed; `undefined`: nobody knows. */
function stored(snapshot: Snapshot, pushed: Readonly<Record<number, number | undefined>>): Snapshot {
  const revisions = new Map(
    Object.entries(pushed).map(([number, days]): [Digest, Instant | undefined] => [
      digestOf(Number(number)),
      days === undefined ? undefined : daysAgo(days),
    ]),
  );
  return { ...snapshot, via: 'storage', revisions };
}

function mayGo(snapshot: Snapshot, references: readonly Reference[] = []): readonly number[] {
  return untagged({ snapshot, graceSeconds: 7 * day, now, references }).map(({ digest }) => numberOf(digest));
}

const images = [1, 2, 3, 4].map((number) => manifest(number));

test('each that no tag names and that is not younger than the grace, with when it was pushed', () => {
  const snapshot = stored(repository({ latest: 1, gone: 'ghost' }, images), { 1: 30, 2: 30, 3: 7, 4: 6.9 });
  expect(mayGo(snapshot)).toEqual([2, 3]);
  expect(untagged({ snapshot, graceSeconds: 7 * day, now })[0]).toEqual({
    digest: digestOf(2),
    because: { kind: 'untagged', revisedAt: daysAgo(30) },
  });
});

test('one stays of which nobody knows when it was pushed, or that was pushed in the future', () => {
  expect(mayGo(stored(repository({}, images), { 1: undefined, 2: -1, 3: 30 }))).toEqual([3]);
});

test('through the API alone none is known', () => {
  expect(mayGo(repository({ latest: 1 }, images))).toEqual([]);
});

describe('what files name', () => {
  const snapshot = stored(repository({}, images), { 1: 30, 2: 30, 3: 30 });
  const naming = (names: Reference['names'], name = 'apps/web'): readonly Reference[] => [
    { repository: repositoryOf(name), file: 'deploy.yml', line: 1, as: 'x', names },
  ];

  test.each<[string, readonly Reference[], readonly number[]]>([
    ['by its digest stays', naming({ kind: 'digest', digest: digestOf(2) }), [1, 3]],
    ['by the tag of what is attached to it stays', naming({ kind: 'tag', tag: attachmentTagOf(digestOf(3)) }), [1, 2]],
    ['without a tag that can be resolved keeps all of the repository', naming({ kind: 'all' }), []],
    ['by another tag keeps none of them', naming({ kind: 'tag', tag: tagOf('latest') }), [1, 2, 3]],
    ['in another repository is nothing to them', naming({ kind: 'all' }, 'apps/api'), [1, 2, 3]],
  ])('%s', (_, references, expected) => {
    expect(mayGo(snapshot, references)).toEqual(expected);
  });
});

describe('a signature', () => {
  const policy: Policy = {
    keepTags: makeKeepTags([]),
    rules: [rule({ tags: ['build-*'], keepLast: 0 })],
    dateSource: 'created',
  };
  const signature = attachmentTagOf(digestOf(1));
  /** An old index lists the image, too; nothing names that index. */
  const snapshot = stored(
    repository({ 'build-1': 1, [signature]: 2 }, [manifest(1), manifest(2, { kind: 'artifact' }), index(3, [1])]),
    { 1: 30, 2: 30, 3: 30 },
  );
  const verdictOf = (untaggedToo: boolean): string | undefined =>
    decide({
      policy,
      snapshot,
      claims: [],
      now,
      ...(untaggedToo && { untagged: untagged({ snapshot, graceSeconds: 7 * day, now }) }),
    }).find(({ tag }) => tag === signature)?.verdict;

  test('stays with its image where an untagged index holds that', () => {
    expect(verdictOf(false)).toBe('keep');
  });

  test('goes with it where that index goes as well', () => {
    expect(verdictOf(true)).toBe('delete');
  });
});
