/** What a repository holds: the bytes that its manifests state. */
import { expect, test } from '@jest/globals';
import { holdsOf } from '../../src/plan/index.ts';
import { layer, manifest, opaque, repository } from './repository.ts';

test('each manifest and each part of one, once', () => {
  const manifests = [
    manifest(1, { blobs: [layer(100, 1000), layer(101, 2000)] }),
    manifest(2, { blobs: [layer(101, 2000), layer(102, 4000)] }),
  ];
  expect(holdsOf(repository({ a: 1, b: 2, c: 'ghost' }, manifests))).toEqual({ bytes: 1 + 2 + 7000, atLeast: false });
});

test.each([
  ['a manifest that was not read', repository({ a: 1, b: 2 }, [manifest(1), opaque(2)])],
  ['a tag that does not answer', repository({ a: 1, b: 'unreadable' }, [manifest(1)])],
  ['a manifest that states no sizes', repository({ a: 1 }, [manifest(1, { kind: 'legacy' })])],
] as const)('at least that, where there is %s', (_, snapshot) => {
  expect(holdsOf(snapshot)).toEqual({ bytes: 1, atLeast: true });
});
