import { describe, expect, test } from '@jest/globals';
import { laneOf, makeLanes, type Lanes } from '../../src/registry/lanes.ts';

function drain<T>(lanes: Lanes<T>): readonly T[] {
  const taken: T[] = [];
  for (let next = lanes.take(); next !== undefined; next = lanes.take()) taken.push(next);
  return taken;
}

describe('lanes', () => {
  test('are served in turn, each in its own order', () => {
    const lanes = makeLanes<string>();
    for (const which of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) lanes.put(which.charAt(0), which);
    expect(drain(lanes)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
    expect(lanes.isEmpty).toBe(true);
  });

  test('a new one comes after one of each of the others', () => {
    const lanes = makeLanes<string>();
    for (const which of ['a1', 'a2', 'b1', 'b2']) lanes.put(which.charAt(0), which);
    expect(lanes.take()).toBe('a1');
    lanes.put('c', 'c1');
    expect(drain(lanes)).toEqual(['b1', 'a2', 'c1', 'b2']);
  });

  test('100,000 in one don’t keep ten in another waiting', () => {
    const lanes = makeLanes<string>();
    for (let index = 0; index < 100_000; index += 1) lanes.put('big', `big${index}`);
    for (let index = 0; index < 10; index += 1) lanes.put('small', `small${index}`);
    const order = drain(lanes);
    expect(order).toHaveLength(100_010);
    expect(order.indexOf('small9')).toBe(19);
    expect(order.at(-1)).toBe('big99999');
  });
});

test.each<readonly [string, string]>([
  ['/v2/apps/web/manifests/1.0', 'apps/web'],
  ['/prefix/v2/apps/web/tags/list', 'apps/web'],
  ['/v2/apps/manifests/web/blobs/sha256:ab', 'apps/manifests/web'],
  ['/v2/apps/web/referrers/sha256:ab', 'apps/web'],
  ['/v2/apps/web/blobs/uploads/', 'apps/web'],
  ['/v2/_catalog', ''],
  ['/v2/', ''],
  ['/token', ''],
])('%s is for %j', (path, expected) => {
  expect(laneOf(new URL(path, 'https://registry.example'))).toBe(expected);
});
