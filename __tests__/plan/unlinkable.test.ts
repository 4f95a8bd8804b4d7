/**
 * What may wait for the registry to be stopped, one edge at a time. Image 1 goes with its tag `a`, manifest 2 is untagged and goes
 * too: it waits only if nothing leads from one to the other but what stays.
 */
import { expect, test } from '@jest/globals';
import { build, unlinkable } from '../../src/plan/index.ts';
import type { Manifest, Snapshot } from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, instantOf } from '../arbitraries/names.ts';
import { deleting, index, layer, manifest, numberOf, repository, type Target } from './repository.ts';

const at = instantOf('2026-10-01T00:00:00.000Z');

/** By number those that wait, of a plan with these tags and this one untagged manifest, or these. */
function waiting(
  tags: Readonly<Record<string, Target>>,
  manifests: readonly Manifest[],
  untagged: readonly number[] = [2],
): readonly number[] {
  const revisions = new Map(untagged.map((number) => [digestOf(number), at]));
  const snapshot: Snapshot = {
    ...repository({ ...tags, kept: 9 }, [...manifests, manifest(9)]),
    via: 'storage',
    revisions,
  };
  const wishes = untagged.map((number) => ({ digest: digestOf(number), because: { revisedAt: at } }));
  const plan = build(snapshot, deleting(snapshot, ...Object.keys(tags)), wishes);
  // Else the case would say nothing of it.
  for (const number of untagged) expect(plan.manifests.map(({ digest }) => numberOf(digest))).toContain(number);
  expect(plan.tags.map(({ tag }) => String(tag)).sort()).toEqual(Object.keys(tags).sort());
  return [...unlinkable(plan, snapshot)].map(numberOf).sort((a, b) => a - b);
}

test.each<[string, readonly Manifest[]]>([
  ['nothing leads to it', [manifest(1), manifest(2)]],
  [
    'a layer of both, which is nothing else',
    [manifest(1, { blobs: [layer(5, 7)] }), manifest(2, { blobs: [layer(5, 7)] })],
  ],
  ['both list an image that stays', [index(1, [9]), index(2, [9])]],
])('it waits: %s', (_, manifests) => {
  expect(waiting({ a: 1 }, manifests)).toEqual([2]);
});

test.each<[string, readonly Manifest[]]>([
  ['it lists the image that goes', [manifest(1), index(2, [1])]],
  ['it is listed by what goes', [index(1, [2]), manifest(2)]],
  ['the image that goes is one of its layers', [manifest(1), manifest(2, { kind: 'artifact', blobs: [layer(1, 1)] })]],
  ['it is a layer of what goes', [manifest(1, { kind: 'artifact', blobs: [layer(2, 2)] }), manifest(2)]],
  ['it is the subject of what goes', [manifest(1, { kind: 'artifact', subject: digestOf(2) }), manifest(2)]],
  ['its subject goes', [manifest(1), manifest(2, { kind: 'artifact', subject: digestOf(1) })]],
  ['both list what is not here', [index(1, [5]), index(2, [5])]],
])('it does not wait: %s', (_, manifests) => {
  expect(waiting({ a: 1 }, manifests)).toEqual([]);
});

test('over several edges, and only as far as they lead', () => {
  const manifests = [
    manifest(1),
    index(2, [1, 3]),
    manifest(3),
    manifest(4, { kind: 'artifact', subject: digestOf(3) }),
  ];
  expect(waiting({ a: 1 }, [...manifests, index(6, [7]), manifest(7)], [2, 3, 4, 6, 7])).toEqual([6, 7]);
});

test('a signature with a tag that goes leads to its image, one with a tag that stays is no such way', () => {
  const signature = attachmentTagOf(digestOf(2));
  const signed = [manifest(1), manifest(2), manifest(3, { kind: 'artifact' })];
  expect(waiting({ a: 1, [signature]: 3 }, signed)).toEqual([]);
});
