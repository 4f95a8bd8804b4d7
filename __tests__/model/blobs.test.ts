import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlobPool, bytesOf, parseDigest, type Descriptor, type Manifest } from '../../src/model/index.ts';
import { digestOf } from '../arbitraries/names.ts';
import { layer, manifest, opaque } from '../plan/repository.ts';

/** Few digests, so that they come again; some of them with another size or media type, and some no sha256. */
const descriptors: fc.Arbitrary<Descriptor> = fc.record({
  digest: fc.oneof(fc.nat(9).map(digestOf), fc.nat(2).map(longDigest)),
  mediaType: fc.constantFrom('application/vnd.oci.image.layer.v1.tar+gzip', 'application/octet-stream', ''),
  size: fc.oneof(fc.nat(3), fc.constantFrom(0, 2 ** 31, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER)),
});

function longDigest(number: number): Descriptor['digest'] {
  const digest = parseDigest(`sha512:${String(number).repeat(128)}`);
  if (digest === undefined) throw new Error('no digest');
  return digest;
}

describe('what is packed', () => {
  test('comes out as it went in, in its order, however often it is looked at', () => {
    fc.assert(
      fc.property(fc.array(fc.array(descriptors)), (lists) => {
        const pool = new BlobPool();
        const packed = lists.map((list) => pool.pack(list));
        for (let look = 0; look < 2; look += 1) expect(packed.map((list) => [...list])).toEqual(lists);
      }),
    );
  });

  test('also by the ten thousand, and where one list is longer than all that had come before', () => {
    const pool = new BlobPool();
    const few = Array.from({ length: 5_000 }, (_, place) => [layer(place, place), layer(place % 7, place % 7)]);
    const many = Array.from({ length: 20_000 }, (_, place) => layer(place, place));
    const packed = [...few, many, [layer(3, 3)]].map((list) => ({ list, blobs: pool.pack(list) }));
    const differing = packed.filter(({ list, blobs }) => JSON.stringify([...blobs]) !== JSON.stringify(list));
    expect(differing).toEqual([]);
    expect(pool.count).toBe(20_000);
  });

  test('is in there once, whatever names it', () => {
    const pool = new BlobPool();
    pool.pack([layer(1, 10), layer(2, 20), { ...layer(1, 10) }]);
    pool.pack([layer(2, 20), layer(1, 11)]);
    expect(pool.count).toBe(3);
    expect(pool.find(digestOf(2))).toBe(1);
    expect(pool.find(digestOf(3))).toBeUndefined();
    expect(pool.find(longDigest(1))).toBeUndefined();
  });
});

describe('bytes', () => {
  /** Of manifests whose blobs have one size for each digest, as true ones have. */
  const manifests = fc.array(fc.array(fc.nat(12)), { maxLength: 6 }).map((lists) =>
    // Some of the blobs are manifests of the list themselves.
    lists.map((numbers, place) => manifest(place + 1, { size: place + 1, blobs: numbers.map((n) => layer(n, n)) })),
  );

  test('count each digest once, without what those that stay name, packed or not', () => {
    fc.assert(
      fc.property(manifests, manifests, (going, staying) => {
        const freed = new Map<string, number>();
        for (const { digest, size, blobs } of going)
          for (const each of [{ digest, size }, ...blobs]) freed.set(each.digest, each.size);
        for (const { blobs } of staying) for (const { digest } of blobs) freed.delete(digest);
        const expected = [...freed.values()].reduce((sum, size) => sum + size, 0);
        const pool = new BlobPool();
        const packed = (all: readonly Manifest[]): readonly Manifest[] =>
          all.map((each) => (each.kind === 'opaque' ? each : { ...each, blobs: pool.pack(each.blobs) }));
        expect(bytesOf(going, staying)).toBe(expected);
        expect(bytesOf(packed(going), packed(staying))).toBe(expected);
      }),
    );
  });

  test('are of one count at a time in a pool', () => {
    const pool = new BlobPool();
    pool.pack([layer(1, 10), layer(2, 20)]);
    const first = pool.begin();
    expect([pool.meet(first, 0), pool.meet(first, 0), pool.hasMet(first, 1)]).toEqual([false, true, false]);
    const second = pool.begin();
    expect(pool.hasMet(second, 0)).toBe(false);
    expect(() => pool.meet(first, 1)).toThrow('went on after the next one had begun');
  });

  test('of one that was not read are its own', () => {
    expect(bytesOf([{ ...opaque(1), size: 7 }, manifest(2, { size: 3 })])).toBe(10);
  });
});
