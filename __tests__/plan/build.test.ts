import { describe, expect, test } from '@jest/globals';
import { build } from '../../src/plan/index.ts';
import type { RepositoryPlan, Snapshot } from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, tagOf } from '../arbitraries/names.ts';
import { deleting, index, layer, manifest, numberOf, opaque, repository } from './repository.ts';

function summary(plan: RepositoryPlan): { readonly tags: readonly string[]; readonly manifests: readonly number[] } {
  return { tags: plan.tags.map(({ tag }) => tag), manifests: plan.manifests.map(({ digest }) => numberOf(digest)) };
}

function goes(snapshot: Snapshot, ...doomed: readonly string[]): ReturnType<typeof summary> {
  return summary(build(snapshot, deleting(snapshot, ...doomed)));
}

const signatureOf1 = attachmentTagOf(digestOf(1));
const fallbackOf1 = attachmentTagOf(digestOf(1), '');

describe('where images were lost', () => {
  test('latest survives on a shared digest: its tag companion goes alone', () => {
    const snapshot = repository({ latest: 1, b1: 1, b2: 2 }, [manifest(1), manifest(2)]);
    expect(goes(snapshot, 'b1', 'b2')).toEqual({ tags: ['b1', 'b2'], manifests: [2] });
  });

  test('the layers that a cache index lists are not manifests', () => {
    const cache = index(1, [], { blobs: [layer(100, 5)] });
    const snapshot = repository({ cache: 1, app: 2 }, [cache, manifest(2, { blobs: [layer(100, 5)] })]);
    expect(goes(snapshot, 'cache')).toEqual({ tags: ['cache'], manifests: [1] });
  });

  test('a platform of a kept index stays, though its own tag goes', () => {
    const snapshot = repository({ '1.0': 1, '1.0-amd64': 2 }, [index(1, [2, 3]), manifest(2), manifest(3)]);
    expect(goes(snapshot, '1.0-amd64')).toEqual({ tags: ['1.0-amd64'], manifests: [] });
  });

  test('an index takes its platforms and their attestations along, unless a kept index lists them', () => {
    const manifests = [
      index(1, [3, 4]),
      index(2, [3]),
      manifest(3),
      manifest(4, { kind: 'artifact', attests: digestOf(5) }),
    ];
    const snapshot = repository({ old: 1, new: 2 }, manifests);
    expect(goes(snapshot, 'old')).toEqual({ tags: ['old'], manifests: [1, 4] });
  });

  test('an attestation of a platform that stays is kept, though the index that lists it goes', () => {
    const manifests = [
      index(1, [3, 4]),
      index(2, [3]),
      manifest(3),
      manifest(4, { kind: 'artifact', attests: digestOf(3) }),
    ];
    expect(goes(repository({ old: 1, new: 2 }, manifests), 'old')).toEqual({ tags: ['old'], manifests: [1] });
  });

  test("a manifest that is a kept artifact's layer stays", () => {
    const artifact = manifest(2, { kind: 'artifact', blobs: [layer(1, 1)] });
    expect(goes(repository({ a: 1, b: 2 }, [manifest(1), artifact]), 'a')).toEqual({ tags: ['a'], manifests: [] });
  });

  test.each([
    ['a tag', repository({ a: 1, b: 'unreadable' }, [manifest(1)])],
    ['a manifest', repository({ a: 1, b: 2 }, [manifest(1), opaque(2)])],
    ["a tag's manifest that is missing from the snapshot", repository({ a: 1, b: 2 }, [manifest(1)])],
  ])('where %s could not be read, only tags go', (_, snapshot) => {
    expect(goes(snapshot, 'a', 'b')).toEqual({ tags: ['a'], manifests: [] });
  });

  test('a ghost goes, and holds nothing', () => {
    const snapshot = repository({ gone: 'ghost', left: 'ghost', a: 1 }, [manifest(1)]);
    expect(goes(snapshot, 'gone', 'a')).toEqual({ tags: ['a', 'gone'], manifests: [1] });
    expect(build(snapshot, deleting(snapshot, 'gone')).tags[0]?.digest).toBeUndefined();
  });
});

describe('attachments', () => {
  const signed = repository({ a: 1, [signatureOf1]: 2 }, [manifest(1), manifest(2, { kind: 'artifact' })]);

  test("a doomed image's signature goes after it", () => {
    const plan = build(signed, deleting(signed, 'a', signatureOf1));
    expect(summary(plan)).toEqual({ tags: ['a', signatureOf1], manifests: [1, 2] });
    expect(plan.manifests.map(({ role, of }) => ({ role, of }))).toEqual([
      { role: 'tagged', of: undefined },
      { role: 'attachment', of: digestOf(1) },
    ]);
  });

  test("a kept image's signature stays, whatever was decided of it", () => {
    expect(goes(signed, signatureOf1)).toEqual({ tags: [], manifests: [] });
  });

  test('a signature that is kept keeps the image, whatever was decided of that', () => {
    expect(goes(signed, 'a')).toEqual({ tags: ['a'], manifests: [] });
  });

  test('where something was not read, a signature stays: its subject may', () => {
    const snapshot = repository({ a: 1, [signatureOf1]: 2, b: 'unreadable' }, [manifest(1), manifest(2)]);
    expect(goes(snapshot, 'a', signatureOf1)).toEqual({ tags: ['a'], manifests: [] });
  });

  test('a referrer that the API names goes with its subject, and so does what refers to it', () => {
    const manifests = [manifest(1), manifest(2, { subject: digestOf(1) }), manifest(3, { subject: digestOf(2) })];
    const snapshot = repository({ a: 1 }, manifests, [
      [1, [2]],
      [2, [3]],
    ]);
    expect(goes(snapshot, 'a')).toEqual({ tags: ['a'], manifests: [1, 2, 3] });
  });

  test("a referrer's kept tag keeps its subject", () => {
    const snapshot = repository({ a: 1, sbom: 2 }, [manifest(1), manifest(2, { subject: digestOf(1) })]);
    expect(goes(snapshot, 'a')).toEqual({ tags: ['a'], manifests: [] });
  });

  test('a fallback index goes after its subject and before the referrers that it lists', () => {
    const manifests = [manifest(1), index(9, [3]), manifest(3, { kind: 'artifact', subject: digestOf(1) })];
    const snapshot = repository({ a: 1, [fallbackOf1]: 9 }, manifests);
    const plan = build(snapshot, deleting(snapshot, 'a', fallbackOf1));
    expect(summary(plan).manifests).toEqual([1, 9, 3]);
    expect(plan.manifests.map(({ role }) => role)).toEqual(['tagged', 'attachment', 'attachment']);
  });

  test('an attachment whose subject is gone already goes by its own verdict', () => {
    const snapshot = repository({ [fallbackOf1]: 3, keep: 4 }, [index(3, [5]), manifest(4), manifest(5)]);
    const plan = build(snapshot, deleting(snapshot, fallbackOf1));
    expect(plan.manifests.map(({ digest, role, of }) => [numberOf(digest), role, of])).toEqual([
      [3, 'attachment', digestOf(1)],
      [5, 'child', digestOf(3)],
    ]);
  });

  test("a ghost and a leftover placeholder on an attachment's tag go, though the image stays", () => {
    const snapshot = repository({ a: 1, [signatureOf1]: 'ghost', [fallbackOf1]: 2 }, [
      manifest(1),
      manifest(2, { kind: 'placeholder' }),
    ]);
    expect(goes(snapshot, signatureOf1, fallbackOf1)).toEqual({ tags: [fallbackOf1, signatureOf1], manifests: [2] });
  });

  test("an attachment's tag that claims an index which lists its subject: the index still goes first", () => {
    const snapshot = repository({ a: 1, [signatureOf1]: 2 }, [manifest(1), index(2, [1])]);
    expect(goes(snapshot, 'a', signatureOf1)).toEqual({ tags: ['a', signatureOf1], manifests: [2, 1] });
  });
});

describe('decisions are believed only as far as the snapshot shows the same', () => {
  const snapshot = repository({ a: 1, g: 'ghost' }, [manifest(1)]);
  const [a, g] = deleting(snapshot, 'a', 'g');

  test.each([
    ['of a tag that was not observed', { ...a, tag: tagOf('z') }],
    ['at another digest', { ...a, digest: digestOf(2) }],
    ['of a ghost, with a digest', { ...g, digest: digestOf(1) }],
  ])('a decision %s', (_, decision) => {
    expect(summary(build(snapshot, [decision as typeof a & object]))).toEqual({ tags: [], manifests: [] });
  });

  test('of two decisions that differ, keeping wins', () => {
    const keep = deleting(snapshot);
    expect(summary(build(snapshot, [...keep, ...deleting(snapshot, 'a', 'g')]))).toEqual({ tags: [], manifests: [] });
  });

  test('a tag of which nothing was decided stays', () => {
    expect(build(snapshot, []).stays).toEqual([{ tag: 'a', digest: digestOf(1) }]);
  });
});

describe('what is freed', () => {
  test('each manifest and layer once, without those that something kept names', () => {
    const manifests = [
      manifest(1, { blobs: [layer(100, 1000), layer(101, 2000)] }),
      manifest(2, { blobs: [layer(101, 2000), layer(102, 4000)] }),
      manifest(3, { blobs: [layer(102, 4000)] }),
    ];
    const snapshot = repository({ a: 1, b: 2, c: 3 }, manifests);
    expect(build(snapshot, deleting(snapshot, 'a', 'b')).frees).toEqual({ bytes: 1 + 2 + 1000 + 2000, atLeast: false });
  });

  test('at least that, where a manifest states no sizes', () => {
    const snapshot = repository({ a: 1 }, [manifest(1, { kind: 'legacy', blobs: [layer(100, 0)] })]);
    expect(build(snapshot, deleting(snapshot, 'a')).frees).toEqual({ bytes: 1, atLeast: true });
  });

  test('at least nothing, where something unread forbids all; exactly nothing, where nothing was to go', () => {
    const snapshot = repository({ a: 1, b: 'unreadable' }, [manifest(1)]);
    expect(build(snapshot, deleting(snapshot, 'a')).frees).toEqual({ bytes: 0, atLeast: true });
    expect(build(snapshot, deleting(snapshot)).frees).toEqual({ bytes: 0, atLeast: false });
  });
});

test('a plan says what was seen, what goes and why, and what stays', () => {
  const snapshot = repository({ a: 1, b: 2, c: 'ghost' }, [manifest(1), manifest(2)]);
  expect(build(snapshot, deleting(snapshot, 'a'))).toEqual({
    repository: 'apps/web',
    observedAt: '2026-11-22T01:30:00.000Z',
    tagsSeen: 3,
    tags: [{ tag: 'a', digest: digestOf(1), because: [{ kind: 'no-rule' }], rule: 'builds' }],
    manifests: [{ digest: digestOf(1), mediaType: manifest(1).mediaType, size: 1, role: 'tagged' }],
    stays: [{ tag: 'b', digest: digestOf(2) }],
    frees: { bytes: 1, atLeast: false },
  });
});
