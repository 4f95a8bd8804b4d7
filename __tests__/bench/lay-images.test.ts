// What is laid must be what the registry would have written itself, byte by byte where it reads.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { layImages } from '../../bench/lay-images.ts';
import { manifestCount } from '../../bench/repository.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'registry-prune-lay-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const base = (): string => join(root, 'docker/registry/v2');
const blobPath = (digest: string): string =>
  join(base(), 'blobs', digest.slice(0, 9).replace(':', '/'), digest.slice(7), 'data');

test('every link leads to a blob of that digest, down to the layers', () => {
  const images = layImages({
    root,
    repository: 'apps/web',
    count: 5,
    seed: 'a',
    tagsOf: (place) => [`b${place}`, `c${place}`],
  });
  expect(new Set(images.map(({ digest }) => digest)).size).toBe(5);
  const repository = join(base(), 'repositories/apps/web');
  for (const { digest, tags } of images) {
    const folder = digest.replace(':', '/');
    expect(readFileSync(join(repository, '_manifests/revisions', folder, 'link'), 'utf8')).toBe(digest);
    for (const tag of tags) {
      expect(readFileSync(join(repository, '_manifests/tags', tag, 'current/link'), 'utf8')).toBe(digest);
      expect(readFileSync(join(repository, '_manifests/tags', tag, 'index', folder, 'link'), 'utf8')).toBe(digest);
    }
    const manifest = JSON.parse(readFileSync(blobPath(digest), 'utf8')) as {
      readonly config: { readonly digest: string; readonly size: number };
      readonly layers: readonly { readonly digest: string; readonly size: number }[];
    };
    for (const part of [{ digest, size: readFileSync(blobPath(digest)).length }, manifest.config, ...manifest.layers]) {
      const bytes = readFileSync(blobPath(part.digest));
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(part.digest);
      expect(bytes).toHaveLength(part.size);
    }
    for (const part of [manifest.config, ...manifest.layers])
      expect(readFileSync(join(repository, '_layers', part.digest.replace(':', '/'), 'link'), 'utf8')).toBe(
        part.digest,
      );
  }
  expect(manifestCount(root, 'apps/web')).toBe(5);
});

test('a seed makes the same images again, another one others, and repositories share no image', () => {
  const lay = (repository: string, seed: string): readonly string[] =>
    layImages({ root, repository, count: 2, seed }).map(({ digest }) => digest);
  const first = lay('apps/a', 'one');
  expect(lay('apps/b', 'one').some((digest) => first.includes(digest))).toBe(false);
  expect(lay('apps/c', 'two').some((digest) => first.includes(digest))).toBe(false);
  rmSync(join(base(), 'repositories/apps/a'), { recursive: true });
  expect(lay('apps/a', 'one')).toEqual(first);
});
