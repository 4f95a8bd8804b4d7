/** A storage as distribution lays it, written by hand: for what no registry would do. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { Digest } from '../../src/model/index.ts';

export type Files = {
  readonly root: string;
  /** Writes a file below the repositories' folder, as old as it is said (seconds since 1970). */
  write(path: string, text: string, mtime?: number): Promise<void>;
  tag(repository: string, tag: string, digest: Digest, mtime?: number): Promise<void>;
  revision(repository: string, digest: Digest, mtime?: number): Promise<void>;
  layer(repository: string, digest: Digest, mtime?: number): Promise<void>;
  path(path: string): string;
};

/** A moment long past: 2023-11-14T22:13:20Z. */
export const then = 1_700_000_000;

/** Storages of one test file; each is removed after its test. */
export function useFiles(): () => Promise<Files> {
  const roots: string[] = [];
  afterEach(async () => {
    for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
  });
  return async () => {
    // A quote and a space, as any folder may have them.
    const root = await mkdtemp(join(tmpdir(), "registry-prune's storage "));
    roots.push(root);
    const repositories = join(root, 'docker/registry/v2/repositories');
    await mkdir(repositories, { recursive: true });
    const path = (below: string): string => join(repositories, below);
    const write: Files['write'] = async (below, text, mtime = then) => {
      await mkdir(dirname(path(below)), { recursive: true });
      await writeFile(path(below), text);
      // As dates: numbers below zero are none to node.
      await utimes(path(below), new Date(mtime * 1000), new Date(mtime * 1000));
    };
    const inPath = (digest: Digest): string => digest.replace(':', '/');
    return {
      root,
      path,
      write,
      async tag(repository, tag, digest, mtime) {
        await write(`${repository}/_manifests/tags/${tag}/current/link`, digest, mtime);
        await write(`${repository}/_manifests/tags/${tag}/index/${inPath(digest)}/link`, digest, mtime);
      },
      revision: (repository, digest, mtime) =>
        write(`${repository}/_manifests/revisions/${inPath(digest)}/link`, digest, mtime),
      layer: (repository, digest, mtime) => write(`${repository}/_layers/${inPath(digest)}/link`, digest, mtime),
    };
  };
}
