/** What a registry serves of a repository, and what its storage links, read with nothing of `src/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pMap from 'p-map';
import { tagsOf } from '../../bench/repository.ts';
import { fetchManifest } from '../../sandbox/push.ts';
import type { Storage } from './content.ts';

export type Served = { readonly digest: string; readonly mediaType: string; readonly bytes: Uint8Array };

export type State = {
  /** What each listed tag gives; `undefined` where it gives nothing. */
  readonly tags: ReadonlyMap<string, Served | undefined>;
  /** Those that are served by their digests. */
  readonly manifests: ReadonlyMap<string, Served>;
  /** The digests that the storage links as manifests, served or not, and no others; their bytes. */
  readonly linked: ReadonlyMap<string, string>;
};

const atOnce = { concurrency: 8 };

/** Asks for every tag, and for every manifest that the storage links or that is in `also`. */
export async function lookAt(storage: Storage, repository: string, also: Iterable<string> = []): Promise<State> {
  const names = await tagsOf(storage.url, repository);
  const serve = (reference: string): Promise<Served | undefined> => fetchManifest(storage, repository, reference);
  const tags = await pMap(names, async (name) => [name, await serve(name)] as const, atOnce);
  const linked = linkedIn(storage, repository);
  const manifests = await pMap(
    new Set([...linked.keys(), ...also]),
    async (digest) => [digest, await serve(digest)] as const,
    atOnce,
  );
  const found = manifests.flatMap(([digest, served]) => (served === undefined ? [] : [[digest, served] as const]));
  return { tags: new Map(tags), manifests: new Map(found), linked };
}

/** A deleted manifest leaves its folder without the link in it (distribution, registry/storage/paths.go). */
function linkedIn({ root }: Storage, repository: string): ReadonlyMap<string, string> {
  const base = join(root, 'docker/registry/v2');
  const revisions = join(base, 'repositories', repository, '_manifests/revisions/sha256');
  const hexes = existsSync(revisions) ? readdirSync(revisions) : [];
  const linked = hexes.filter((hex) => existsSync(join(revisions, hex, 'link')));
  return new Map(
    linked.map((hex) => {
      const blob = join(base, 'blobs/sha256', hex.slice(0, 2), hex, 'data');
      return [`sha256:${hex}`, readFileSync(blob, 'utf8')];
    }),
  );
}

export function isSame(one: Served | undefined, other: Served | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.digest === other.digest && one.mediaType === other.mediaType && Buffer.from(one.bytes).equals(other.bytes);
}

export function isPlaceholder(text: string): boolean {
  return text.includes('"io.github.registry-prune.placeholder"');
}

/** What of `wanted` isn't there as it was, byte for byte: tags and what they give, manifests by their digests. */
export function missingIn(now: State, wanted: State): readonly string[] {
  return [
    ...[...wanted.tags].flatMap(([tag, served]) => {
      const there = now.tags.get(tag);
      return isSame(there, served) ? [] : [`${tag} gives ${there?.digest ?? 'nothing'}, not ${served?.digest ?? ''}`];
    }),
    ...[...wanted.manifests].flatMap(([digest, served]) => {
      const there = now.manifests.get(digest);
      return isSame(there, served) ? [] : [`${digest} is ${there === undefined ? 'gone' : 'another'}`];
    }),
  ];
}
