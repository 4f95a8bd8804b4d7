/**
 * What of a journal is missing in one repository, and what of that can be put back. Only read: a dry run ends with this.
 *
 * A manifest is there if the registry serves it by its digest. One that is missing can be put back if the registry
 * still has its config and layers, and all that it lists is there or comes back; else it is lost, and so is all that
 * lists it. A tag is there, or it names another image by now, or it is missing.
 */
import pMap from 'p-map';
import { askHead, parseManifest } from '../inventory/index.ts';
import type { Descriptor, Digest, Problem, RepositoryName, Restoration, Tag } from '../model/index.ts';
import type { Registry } from '../registry/index.ts';
import type { JournaledManifest } from './journal-reader.ts';
import { manifestSubject, tagSubject } from './ledger.ts';
import { isPlaceholder } from './placeholder.ts';
import { isServed } from './prove-blobs.ts';
import { problemOf } from './site.ts';

export type Place = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  /** As many requests as may be under way: then none waits long between a question and what is done upon its answer. */
  readonly atOnce: number;
};

/** A manifest of the journal, with what its bytes say. */
export type Piece = JournaledManifest & {
  readonly children: readonly Digest[];
  readonly subject?: Digest | undefined;
  /** Config and layers, as far as a registry has them. */
  readonly blobs: readonly Descriptor[];
};

export type Missing = {
  /** What each manifest and tag is found to be. */
  readonly found: readonly Restoration[];
  /** The manifests to be put back: those of a wave need none but those of the waves before it. */
  readonly waves: readonly (readonly Piece[])[];
  readonly tags: readonly { readonly tag: Tag; readonly piece: Piece }[];
};

/** The manifests must be of this repository. Never rejects: where the registry can't be asked, nothing can be put back. */
export async function findMissing(place: Place, journaled: readonly JournaledManifest[]): Promise<Missing> {
  try {
    return await lookForMissing(place, journaled);
  } catch (error) {
    const why = problemAt(place.repository, error);
    const found = journaled.flatMap((manifest) => restorationsOf(manifest, { result: 'failed', why }));
    return { found, waves: [], tags: [] };
  }
}

/** An error as something to show, with the way out of a restore where it has none of its own. */
export const problemAt = (at: string, error: unknown): Problem =>
  problemOf(at, error, 'Run it again: what is back by then is skipped.');

async function lookForMissing(place: Place, journaled: readonly JournaledManifest[]): Promise<Missing> {
  const { repository } = place;
  const found: Restoration[] = [];
  const pieces = new Map<Digest, Piece>();
  for (const manifest of journaled) {
    const piece = pieceOf(manifest);
    if (piece !== undefined) pieces.set(manifest.digest, piece);
    else found.push(...restorationsOf(manifest, { result: 'placeholder' }));
  }
  const atOnce = { concurrency: place.atOnce };
  const present = new Set<Digest>();
  await pMap(
    pieces.values(),
    async ({ digest }) => {
      // One that can't be read is put once more, which changes nothing where it is there.
      if ((await askHead(place, digest)).kind === 'found') present.add(digest);
    },
    atOnce,
  );
  const absent = [...pieces.values()].filter(({ digest }) => !present.has(digest));
  const blobs = new Map(absent.flatMap((piece) => piece.blobs.map((blob) => [blob.digest, blob] as const)));
  const gone = new Set((await pMap(blobs.keys(), (digest) => askBlob(place, digest), atOnce)).flat());

  const lost = new Map<Digest, readonly Digest[]>();
  const waves = inWaves(absent).map((wave) =>
    wave.filter(({ digest, blobs: own, children }) => {
      const missing = [
        ...own.map((blob) => blob.digest).filter((blob) => gone.has(blob)),
        ...children.flatMap((child) => lost.get(child) ?? []),
      ];
      if (missing.length > 0) lost.set(digest, [...new Set(missing)]);
      return missing.length === 0;
    }),
  );
  for (const { digest } of pieces.values()) {
    const missing = lost.get(digest);
    const state: Result =
      missing === undefined ? { result: present.has(digest) ? 'there' : 'due' } : { result: 'lost', missing };
    found.push({ repository, subject: manifestSubject(digest), digest, ...state });
  }
  const wanted = [...pieces.values()].flatMap((piece) => piece.tags.map((tag) => ({ tag, piece })));
  const asked = await pMap(
    wanted,
    async ({ tag, piece }) => {
      const now = await lookAtTag(place, tag, piece.digest);
      const missing = lost.get(piece.digest);
      return now.result === 'due' && missing !== undefined ? ({ ...now, result: 'lost', missing } as const) : now;
    },
    atOnce,
  );
  found.push(...asked);
  const tags = wanted.filter((_, index) => asked[index]?.result === 'due');
  return { found, waves: waves.filter((wave) => wave.length > 0), tags };
}

type Result =
  | { readonly result: 'there' | 'due' | 'placeholder' }
  | { readonly result: 'failed'; readonly why: Problem }
  | { readonly result: 'lost'; readonly missing: readonly Digest[] };

/** The same of a manifest and of all its tags. */
function restorationsOf({ repository, digest, tags }: JournaledManifest, state: Result): readonly Restoration[] {
  const subjects = [manifestSubject(digest), ...tags.map(tagSubject)];
  return subjects.map((subject) => ({ repository, subject, digest, ...state }));
}

/** `undefined` for a placeholder that the run had found and removed: it stood for nobody's image. */
function pieceOf(journaled: JournaledManifest): Piece | undefined {
  const parsed = parseManifest(journaled);
  // Whatever it is, the registry had it: it is for the registry to say whether it takes it again.
  if ('unreadable' in parsed) return { ...journaled, children: [], blobs: [] };
  const { kind, children, subject, blobs } = parsed.manifest;
  if (kind === 'placeholder') return undefined;
  return { ...journaled, children, subject, blobs: [...blobs].filter(isServed) };
}

/** What a manifest lists, and what it is attached to, in earlier waves than itself; as far as these are among them. */
function inWaves(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const waves: (readonly Piece[])[] = [];
  const waiting = new Map(pieces.map((piece) => [piece.digest, piece]));
  while (waiting.size > 0) {
    const waits = ({ children, subject }: Piece): boolean =>
      children.some((child) => waiting.has(child)) || (subject !== undefined && waiting.has(subject));
    const ready = [...waiting.values()].filter((piece) => !waits(piece));
    // Each holds the hash of the other: it can't be, and must not be waited for.
    const wave = ready.length > 0 ? ready : [...waiting.values()];
    waves.push(wave);
    for (const { digest } of wave) waiting.delete(digest);
  }
  return waves;
}

/** The blob, if the registry says that it has none; one that can't be asked for is for the registry to refuse. */
async function askBlob({ registry, repository }: Place, digest: Digest): Promise<readonly Digest[]> {
  return (await registry.headBlob(repository, digest)).kind === 'absent' ? [digest] : [];
}

/** What a manifest needs, and the registry doesn't have, at this moment. */
export async function missingParts(place: Place, { blobs, children }: Piece): Promise<readonly Digest[]> {
  const atOnce = { concurrency: place.atOnce };
  const gone = await pMap(new Set(blobs.map(({ digest }) => digest)), (digest) => askBlob(place, digest), atOnce);
  const absent = await pMap(
    new Set(children),
    async (child) => ((await askHead(place, child)).kind === 'absent' ? [child] : []),
    atOnce,
  );
  return [...gone, ...absent].flat();
}

/** Whether a tag is there, names another image, or is to be put back: also over a placeholder, which is no image. */
export async function lookAtTag(place: Place, tag: Tag, digest: Digest): Promise<Restoration> {
  const { registry, repository } = place;
  const restoration = { repository, subject: tagSubject(tag), digest };
  const head = await askHead(place, tag);
  if (head.kind === 'absent') return { ...restoration, result: 'due' };
  if (head.kind === 'found' && head.digest === digest) return { ...restoration, result: 'there' };
  const body = await registry.getManifest(repository, tag);
  if (body.kind === 'absent') return { ...restoration, result: 'due' };
  if (body.kind === 'unreadable')
    return {
      ...restoration,
      result: 'failed',
      why: {
        at: `${repository}:${tag}`,
        what: `what it names now can't be read (${body.why}), so it is left as it is`,
        wayOut: 'Look at it in the registry, and run it again.',
      },
    };
  if (body.digest === digest) return { ...restoration, result: 'there' };
  if (isPlaceholder(body.bytes)) return { ...restoration, result: 'due', over: body.digest };
  return { ...restoration, result: 'taken', by: body.digest };
}
