/**
 * Puts back what is missing of a journal in one repository.
 *
 * 1. Manifests by their digests, wave by wave: what is listed before what lists it, what is signed before its
 *    signature. Nobody sees these yet.
 * 2. Tags, each asked for once more right before it is put: one that exists by then is never moved. Whoever pushes the
 *    tag between that answer and our PUT is overwritten, for no registry takes a condition with a PUT; that is a matter
 *    of one request for each tag, or of its retries. Their image stays there by its digest.
 * 3. Everything that was put is asked for: what counts is what the registry serves.
 *
 * It deletes nothing. Cut anywhere, it has left a part of the work done, and the next restore does the rest.
 */
import pMap from 'p-map';
import { askHead } from '../inventory/index.ts';
import type { Digest, Problem, Restoration, Subject, Tag } from '../model/index.ts';
import { RegistryError } from '../registry/index.ts';
import { manifestSubject, tagSubject } from './ledger.ts';
import { lookAtTag, missingParts, problemAt, type Missing, type Piece, type Place } from './missing.ts';
import { isFinal } from './site.ts';

/** Answers what became of everything that was found. Never rejects: what goes wrong is in the answer. */
export async function putBack(place: Place, missing: Missing): Promise<readonly Restoration[]> {
  const work = new Work(place);
  for (const wave of missing.waves) await pMap(wave, (piece) => work.putManifest(piece), { concurrency: place.atOnce });
  await pMap(missing.tags, ({ tag, piece }) => work.putTag(tag, piece), { concurrency: place.atOnce });
  await pMap(missing.waves.flat(), (piece) => work.proveManifest(piece), { concurrency: place.atOnce });
  await pMap(missing.tags, ({ tag, piece }) => work.proveTag(tag, piece), { concurrency: place.atOnce });
  return missing.found.map((each) => work.resultOf(each.subject) ?? each);
}

type Ending<Each> = Each extends Restoration ? Omit<Each, 'repository' | 'subject' | 'digest'> : never;

class Work {
  readonly #place: Place;
  readonly #results = new Map<string, Restoration>();
  /** What was refused, or had no good answer. */
  readonly #errors = new Map<string, unknown>();
  /** Tags that a placeholder lay on. */
  readonly #over = new Map<Tag, Digest>();
  #stopped: Problem | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  resultOf(subject: Subject): Restoration | undefined {
    return this.#results.get(keyOf(subject));
  }

  async putManifest(piece: Piece): Promise<void> {
    const { digest, mediaType, bytes, children } = piece;
    const { registry, repository } = this.#place;
    if (this.#stopped !== undefined) return;
    // The registry would say that it doesn't know them, as if they had been collected.
    if (children.some((child) => this.#errors.has(child))) {
      this.#errors.set(digest, new Error('what it lists could not be put back'));
      return;
    }
    try {
      await registry.putManifest(repository, digest, mediaType, bytes);
    } catch (error) {
      this.#failed(digest, error);
    }
  }

  async putTag(tag: Tag, piece: Piece): Promise<void> {
    const { registry, repository } = this.#place;
    if (this.#stopped !== undefined) return;
    const underlying = this.#errors.get(piece.digest);
    if (underlying !== undefined) {
      this.#errors.set(tag, underlying);
      return;
    }
    try {
      const now = await lookAtTag(this.#place, tag, piece.digest);
      if (now.result !== 'due') {
        this.#results.set(keyOf(now.subject), now);
        return;
      }
      if (now.over !== undefined) this.#over.set(tag, now.over);
      await registry.putManifest(repository, tag, piece.mediaType, piece.bytes);
    } catch (error) {
      this.#failed(tag, error);
    }
  }

  async proveManifest(piece: Piece): Promise<void> {
    const { digest } = piece;
    await this.#prove(manifestSubject(digest), piece, async () => {
      if ((await askHead(this.#place, digest)).kind === 'found') return { result: 'restored' };
      return this.#explain(digest, piece, this.#errors.get(digest));
    });
  }

  async proveTag(tag: Tag, piece: Piece): Promise<void> {
    if (this.resultOf(tagSubject(tag)) !== undefined) return;
    await this.#prove(tagSubject(tag), piece, async () => {
      const below = this.resultOf(manifestSubject(piece.digest));
      if (below?.result === 'lost') return { result: 'lost', missing: below.missing };
      const now = await lookAtTag(this.#place, tag, piece.digest);
      if (now.result === 'there') {
        const over = this.#over.get(tag);
        return { result: 'restored', ...(over === undefined ? {} : { over }) };
      }
      if (now.result === 'taken') return { result: 'taken', by: now.by };
      return this.#explain(tag, piece, this.#errors.get(tag));
    });
  }

  async #prove(subject: Subject, { digest }: Piece, ask: () => Promise<Ending<Restoration>>): Promise<void> {
    const { repository } = this.#place;
    const write = (ending: Ending<Restoration>): void => {
      this.#results.set(keyOf(subject), { repository, subject, digest, ...ending });
    };
    try {
      write(this.#stopped === undefined ? await ask() : { result: 'failed', why: this.#stopped });
    } catch (error) {
      if (isFinal(error)) this.#stopped ??= problemAt(repository, error);
      write({ result: 'failed', why: problemAt(this.#at(keyOf(subject)), error) });
    }
  }

  /** Why something that was tried is not there. */
  async #explain(reference: string, piece: Piece, error: unknown): Promise<Ending<Restoration>> {
    if (error instanceof RegistryError && error.status !== undefined && error.status < 500) {
      const missing = await missingParts(this.#place, piece);
      if (missing.length > 0) return { result: 'lost', missing };
    }
    const why = problemAt(
      this.#at(reference),
      error ?? new Error('the registry confirmed that it was put back, and does not serve it'),
    );
    return { result: 'failed', why };
  }

  #failed(reference: string, error: unknown): void {
    this.#errors.set(reference, error);
    if (isFinal(error)) this.#stopped ??= problemAt(this.#place.repository, error);
  }

  #at(reference: string): string {
    return `${this.#place.repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  }
}

/** A tag has no colon, and a digest has one. */
function keyOf(subject: Subject): string {
  return subject.kind === 'tag' ? subject.tag : subject.digest;
}
