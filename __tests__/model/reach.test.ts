/** What a kept tag holds: one table row per way in which an image needs another manifest. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attachedTo, attachments, reach, type Held, type Snapshot } from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, tagOf } from '../arbitraries/names.ts';
import { snapshots } from '../arbitraries/snapshots.ts';
import { index, layer, manifest, numberOf, opaque, repository } from '../plan/repository.ts';

const attachment = (subject: number, ending?: '.sig' | '.att' | '.sbom'): string =>
  attachmentTagOf(digestOf(subject), ending ?? '');

/** Numbers of the manifests that the tags hold. */
function held(snapshot: Snapshot, ...tags: readonly string[]): readonly number[] {
  return numbersOf(reach(snapshot, { tags: tags.map(tagOf) }).digests);
}

function numbersOf(digests: Held['digests']): readonly number[] {
  return [...digests].map(numberOf).sort((a, b) => a - b);
}

describe('a kept tag holds', () => {
  test.each<[string, Snapshot, readonly number[]]>([
    ['its own image', repository({ v1: 1, v2: 2 }, [manifest(1), manifest(2)]), [1]],
    [
      'the children of its index',
      repository({ v1: 3, v2: 4 }, [manifest(1), manifest(2), index(3, [1, 2])]),
      [1, 2, 3],
    ],
    [
      'the children of an index in its index',
      repository({ v1: 3 }, [manifest(1), index(2, [1]), index(3, [2]), manifest(4)]),
      [1, 2, 3],
    ],
    ["a child that isn't there, by its digest", repository({ v1: 2 }, [index(2, [1])]), [1, 2]],
    [
      'the subject of its artifact',
      repository({ v1: 2 }, [manifest(1), manifest(2, { subject: digestOf(1) })]),
      [1, 2],
    ],
    [
      'what refers to its image, and what refers to that',
      repository({ v1: 1 }, [
        manifest(1),
        manifest(2, { kind: 'artifact', subject: digestOf(1) }),
        manifest(3, { kind: 'artifact', subject: digestOf(2) }),
      ]),
      [1, 2, 3],
    ],
    ["what the registry's API names as its referrers", repository({ v1: 1 }, [manifest(1)], [[1, [2]]]), [1, 2]],
    [
      'what refers to a platform of its index',
      repository({ v1: 2 }, [manifest(1), index(2, [1]), manifest(3, { kind: 'artifact', subject: digestOf(1) })]),
      [1, 2, 3],
    ],
    [
      'the attestation of its platform, whoever lists it',
      repository({ v1: 1 }, [manifest(1), manifest(2, { kind: 'artifact', attests: digestOf(1) })]),
      [1, 2],
    ],
    [
      'its signature, attestation and SBOM of cosign, and the fallback index of referrers with what it lists',
      repository(
        {
          v1: 1,
          [attachment(1, '.sig')]: 2,
          [attachment(1, '.att')]: 3,
          [attachment(1, '.sbom')]: 4,
          [attachment(1)]: 5,
        },
        [manifest(1), manifest(2), manifest(3), manifest(4), index(5, [6]), manifest(6)],
      ),
      [1, 2, 3, 4, 5, 6],
    ],
    [
      'the signature of a platform of its index',
      repository({ v1: 2, [attachment(1, '.sig')]: 3 }, [manifest(1), index(2, [1]), manifest(3)]),
      [1, 2, 3],
    ],
    [
      'a manifest that its index lists as a layer',
      repository({ v1: 2 }, [manifest(1), index(2, [], { blobs: [layer(1, 10), layer(7, 10)] })]),
      [1, 2],
    ],
  ])('%s', (_, snapshot, numbers) => {
    expect(held(snapshot, 'v1')).toEqual(numbers);
  });
});

describe('nothing is held', () => {
  const snapshot = repository({ v1: 1, gone: 'ghost', [attachment(1, '.sig')]: 2 }, [manifest(1), manifest(2)]);

  test('by no tag', () => {
    expect(held(snapshot)).toEqual([]);
  });

  test('by a ghost, or by a tag that the repository has not', () => {
    expect(held(snapshot, 'gone', 'v9')).toEqual([]);
  });

  test("of an index that isn't kept, by its platform's own tag", () => {
    expect(held(repository({ amd64: 1, v1: 2 }, [manifest(1), index(2, [1])]), 'amd64')).toEqual([1]);
  });

  test('by the placeholder under an attachment tag: its subject is free to go', () => {
    const left = repository({ v1: 1, [attachment(1)]: 2 }, [manifest(1), manifest(2, { kind: 'placeholder' })]);
    expect(held(left, attachment(1))).toEqual([2]);
    expect(attachedTo(left, tagOf(attachment(1)))).toBeUndefined();
  });

  test('by a ghost under an attachment tag', () => {
    const left = repository({ v1: 1, [attachment(1)]: 'ghost' }, [manifest(1)]);
    expect(held(left, attachment(1))).toEqual([]);
  });
});

test('a kept attachment holds its subject', () => {
  const snapshot = repository({ v1: 1, [attachment(1, '.sig')]: 2 }, [manifest(1), manifest(2)]);
  expect(held(snapshot, attachment(1, '.sig'))).toEqual([1, 2]);
});

test('a child that is not here holds what it is attached to, as one that is here does', () => {
  const referrers: readonly [number, readonly number[]][] = [[3, [9]]];
  for (const here of [[], [manifest(9)]]) {
    const snapshot = repository({ v1: 2, v2: 3 }, [index(2, [9]), manifest(3), ...here], referrers);
    expect(held(snapshot, 'v1')).toEqual([2, 3, 9]);
  }
});

test('a manifest that stays for another reason holds as a tag does', () => {
  const snapshot = repository({}, [manifest(1), index(2, [1])]);
  expect(numbersOf(reach(snapshot, { tags: [], digests: [digestOf(2)] }).digests)).toEqual([1, 2]);
});

test('a manifest that is a config or layer of what stays is held, and one of what goes is not', () => {
  const snapshot = repository({ v1: 1, v2: 2 }, [
    manifest(1, { blobs: [layer(10, 1), layer(11, 1)] }),
    manifest(2, { blobs: [layer(11, 1), layer(12, 1)] }),
    ...[10, 11, 12].map((number) => manifest(number)),
  ]);
  expect(held(snapshot, 'v1')).toEqual([1, 10, 11]);
});

describe('what could not be read may hold anything', () => {
  test.each<[string, Snapshot, boolean]>([
    ['a kept tag', repository({ v1: 'unreadable' }, []), true],
    ['an opaque manifest behind a kept tag', repository({ v1: 1 }, [opaque(1)]), true],
    ['an opaque child of a kept index', repository({ v1: 2 }, [opaque(1), index(2, [1])]), true],
    [
      'an unreadable signature of a kept image',
      repository({ v1: 1, [attachment(1)]: 'unreadable' }, [manifest(1)]),
      true,
    ],
    ['a tag that is not kept', repository({ v1: 1, v2: 'unreadable' }, [manifest(1)]), false],
    ['an opaque manifest that nothing kept names', repository({ v1: 1, v2: 2 }, [manifest(1), opaque(2)]), false],
  ])('%s', (_, snapshot, isOpaque) => {
    expect(reach(snapshot, { tags: [tagOf('v1')] }).opaque).toBe(isOpaque);
  });
});

test('attachments are found by their subject, by tag and by digest', () => {
  const sig = attachment(1, '.sig');
  const snapshot = repository(
    { v1: 1, [sig]: 2 },
    [manifest(1), manifest(2), manifest(3, { subject: digestOf(1) }), manifest(4, { attests: digestOf(1) }), opaque(5)],
    [[1, [6]]],
  );
  expect([...attachments(snapshot)]).toEqual([
    [digestOf(1), { tags: [tagOf(sig)], digests: [digestOf(6), digestOf(3), digestOf(4)] }],
  ]);
});

describe('over random repositories', () => {
  const cases = snapshots.chain((snapshot) => {
    const tags = [...snapshot.tags.keys()];
    return fc.record({
      snapshot: fc.constant(snapshot),
      some: fc.subarray(tags),
      more: fc.subarray(tags),
    });
  });
  const includes = (outer: ReadonlySet<string>, inner: ReadonlySet<string>): boolean =>
    [...inner].every((each) => outer.has(each));

  test('more kept tags never hold less', () => {
    fc.assert(
      fc.property(cases, ({ snapshot, some, more }) => {
        const small = reach(snapshot, { tags: some });
        const large = reach(snapshot, { tags: [...some, ...more] });
        expect(includes(large.digests, small.digests)).toBe(true);
        expect(large.opaque || !small.opaque).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is held holds nothing more', () => {
    fc.assert(
      fc.property(cases, ({ snapshot, some }) => {
        const once = reach(snapshot, { tags: some });
        const again = reach(snapshot, { tags: some, digests: once.digests });
        expect(again).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });

  test("two sets of tags hold together what each holds alone: tags don't depend on each other", () => {
    fc.assert(
      fc.property(cases, ({ snapshot, some, more }) => {
        const [a, b] = [reach(snapshot, { tags: some }), reach(snapshot, { tags: more })];
        const both = reach(snapshot, { tags: [...some, ...more] });
        expect(both.digests).toEqual(new Set([...a.digests, ...b.digests]));
        expect(both.opaque).toBe(a.opaque || b.opaque);
      }),
      { numRuns: 2000 },
    );
  });
});
