/** The bytes of a cache-file: what was kept is found again, and nothing else ever is. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { CacheFileError, ContentCache } from '../../src/inventory/index.ts';
import type { Digest, Instant, Tag, TagState } from '../../src/model/index.ts';
import { digestOf, instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';

const today = instantOf('2026-11-22T01:30:00Z');
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const registry = 'https://registry.example.com';
const repository = repositoryOf('apps/web');

const digestOfBytes = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
const some = (text: string): { digest: Digest; bytes: Uint8Array } => {
  const bytes = Buffer.from(text);
  return { digest: digestOfBytes(bytes), bytes };
};
const fileOf = (cache: ContentCache): Buffer => Buffer.concat(cache.encode());
const points = (digest: Digest): TagState => ({ kind: 'points', digest });

function kept(texts: readonly string[], day: Instant = today): Buffer {
  const cache = new ContentCache(day);
  for (const { digest, bytes } of texts.map(some)) cache.keep(digest, { mediaType, bytes });
  return fileOf(cache);
}

/** Used as a run uses it: what it finds is read. */
function usedOn(day: Instant, file: Buffer, texts: readonly string[]): ContentCache {
  const cache = new ContentCache(day, file);
  for (const { digest } of texts.map(some)) cache.read(digest);
  return cache;
}

describe('content', () => {
  test('what was kept is read, by this run and by the next ones', () => {
    const long = 'x'.repeat(200_000);
    const texts = ['one', 'two', `${long}1`, `${long}2`, `${long}3`];
    let cache = new ContentCache(today);
    for (const { digest, bytes } of texts.map(some)) cache.keep(digest, { mediaType, bytes });
    for (let run = 0; run < 3; run += 1) {
      for (const { digest, bytes } of texts.map(some))
        expect(cache.read(digest)).toEqual({ mediaType, bytes: expect.objectContaining({ length: bytes.length }) });
      expect(cache.read(some('three').digest)).toBeUndefined();
      cache = new ContentCache(today, fileOf(cache));
    }
  });

  test('bytes that are not what their digest says are not read, and are kept anew', () => {
    const cache = new ContentCache(today);
    cache.keep(some('true').digest, { mediaType, bytes: Buffer.from('lies') });
    const next = new ContentCache(today, fileOf(cache));
    expect(next.has(some('true').digest)).toBe(true);
    expect(next.read(some('true').digest)).toBeUndefined();
    next.keep(some('true').digest, { mediaType, bytes: some('true').bytes });
    const [bytes] = [new ContentCache(today, fileOf(next)).read(some('true').digest)?.bytes];
    expect(Buffer.from(bytes ?? []).toString()).toBe('true');
  });

  test('what nobody has used for two months goes, and what is used stays', () => {
    const later = instantOf('2027-01-25T00:00:00Z');
    const file = kept(['old']);
    expect(new ContentCache(later, fileOf(usedOn(later, file, ['old']))).has(some('old').digest)).toBe(true);
    const muchLater = instantOf('2027-03-01T00:00:00Z');
    expect(new ContentCache(muchLater, fileOf(new ContentCache(muchLater, file))).has(some('old').digest)).toBe(false);
  });

  test('many small additions become one, without what nobody uses any more', () => {
    const names = Array.from({ length: 30 }, (_, place) => `image ${place}`);
    let file = kept([]);
    for (const name of names) {
      const cache = usedOn(
        today,
        file,
        names.filter((each) => each !== 'image 3'),
      );
      cache.keep(some(name).digest, { mediaType, bytes: some(name).bytes });
      file = fileOf(cache);
    }
    const cache = new ContentCache(today, file);
    expect(names.filter((name) => cache.has(some(name).digest))).toEqual(names.filter((name) => name !== 'image 3'));
    expect(file.toString('latin1').match(/"type":"content"/g)?.length).toBe(1);
  });
});

describe('what a repository was seen to have', () => {
  const [one, two, child] = [digestOf(1), digestOf(2), digestOf(3)];
  const seen = (tags: Readonly<Record<string, Digest>>): ReadonlyMap<Tag, TagState> =>
    new Map(Object.entries(tags).map(([tag, digest]) => [tagOf(tag), points(digest)]));
  const look = (
    file: Buffer | undefined,
    at: Instant,
    tags: Readonly<Record<string, Digest>>,
  ): { file: Buffer; since: Readonly<Record<string, Instant | undefined>> } => {
    const cache = new ContentCache(at, file);
    const memory = cache.repository(registry, repository);
    const since = Object.fromEntries(
      Object.entries(tags).map(([tag, digest]) => [tag, memory.firstSeen(tagOf(tag), digest, at)]),
    );
    memory.update({ at, tags: seen(tags), held: [...Object.values(tags), child] });
    return { file: fileOf(cache), since };
  };
  const [monday, tuesday, wednesday] = [22, 23, 24].map((day) => instantOf(`2026-11-${day}T01:30:00Z`)) as [
    Instant,
    Instant,
    Instant,
  ];

  test('a tag is first seen when a later look finds it, or finds it elsewhere; the very first look tells nothing', () => {
    const first = look(undefined, monday, { a: one, b: one });
    expect(first.since).toEqual({ a: undefined, b: undefined });
    const second = look(first.file, tuesday, { a: one, b: two, c: one });
    expect(second.since).toEqual({ a: undefined, b: tuesday, c: tuesday });
    expect(look(second.file, wednesday, { a: one, b: two, c: two }).since).toEqual({
      a: undefined,
      b: tuesday,
      c: wednesday,
    });
  });

  test('it holds what its tags name and what else was seen, and nothing of another repository or registry', () => {
    const { file } = look(undefined, monday, { a: one });
    const cache = new ContentCache(tuesday, file);
    const memory = cache.repository(registry, repository);
    expect([one, two, child].map((digest) => memory.holds(digest))).toEqual([true, false, true]);
    expect(memory.digestOf(tagOf('a'))).toBe(one);
    for (const other of [
      cache.repository('https://mirror.example.com', repository),
      cache.repository(registry, repositoryOf('apps/api')),
    ]) {
      expect(other.holds(one)).toBe(false);
      expect(other.digestOf(tagOf('a'))).toBeUndefined();
      expect(other.firstSeen(tagOf('a'), one, tuesday)).toBeUndefined();
    }
  });

  test('what was seen of the others stays in the file', () => {
    const { file } = look(undefined, monday, { a: one });
    const cache = new ContentCache(tuesday, file);
    cache.repository(registry, repositoryOf('apps/api')).update({ at: tuesday, tags: new Map(), held: [] });
    expect(new ContentCache(wednesday, fileOf(cache)).repository(registry, repository).digestOf(tagOf('a'))).toBe(one);
  });
});

describe('a file that is none, or is damaged', () => {
  const file = kept(['one', 'two']);
  const header = 'registry-prune cache 1\n';

  test.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'is no cache of this version'],
    ['something else', Buffer.from('{"version":1}\n'), 'is no cache of this version'],
    ['of another version', Buffer.from(file.toString('latin1').replace('cache 1', 'cache 2'), 'latin1'), 'is no cache'],
    ['cut at its first line', Buffer.from(header), 'was not written to its end'],
    ['cut in a record', file.subarray(0, -40), 'was not written to its end'],
    ['without its last line', file.subarray(0, -'{"type":"end"}\n'.length), 'was not written to its end'],
    ['with a record of a kind that is not known', Buffer.from(`${header}{"type":"other"}\n`), 'is damaged'],
    [
      'with a directory that is none',
      Buffer.from(`${header}{"type":"content","day":"2026-11-22","directory":2,"data":0}\nxx{"type":"end"}\n`),
      'is damaged',
    ],
  ])('%s', (_, bytes, words) => {
    expect(() => new ContentCache(today, bytes)).toThrow(CacheFileError);
    expect(() => new ContentCache(today, bytes)).toThrow(words);
  });

  test('a block that would inflate to more than it says is not inflated', () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
    const directory = deflateRawSync(JSON.stringify([[some('one').digest, 3, mediaType]]));
    const line = JSON.stringify({ type: 'content', day: '2026-11-22', directory: directory.length, data: bomb.length });
    const cache = new ContentCache(
      today,
      Buffer.concat([Buffer.from(`${header}${line}\n`), directory, bomb, Buffer.from('{"type":"end"}\n')]),
    );
    expect(cache.read(some('one').digest)).toBeUndefined();
  });

  test('whatever bytes are changed, no digest ever gets bytes that are not its own', () => {
    const texts = ['one', 'two', 'three'];
    const whole = kept(texts);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 5 }),
        fc.option(fc.nat({ max: whole.length })),
        (changes, end) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          let cache: ContentCache;
          try {
            cache = new ContentCache(today, bytes.subarray(0, end ?? bytes.length));
          } catch (error) {
            expect(error).toBeInstanceOf(CacheFileError);
            return;
          }
          for (const { digest, bytes: right } of texts.map(some)) {
            const content = cache.read(digest);
            if (content !== undefined) expect(Buffer.from(content.bytes).equals(Buffer.from(right))).toBe(true);
          }
          // What is written of it is a cache again.
          expect(() => new ContentCache(today, fileOf(cache))).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });

  test('bytes that were made up are read as a file without any harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => new ContentCache(today, Buffer.concat([Buffer.from(header), bytes]))).toThrow(CacheFileError);
      }),
      { numRuns: 500 },
    );
  });
});
