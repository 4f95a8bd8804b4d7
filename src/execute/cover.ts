/**
 * Removing tags where a registry can't delete one by itself, though their images stay or are many.
 *
 * 1. The placeholder's blob is there before anything is covered.
 * 2. PUT the placeholder over each tag. A tag is overwritten here: this is why the registry was probed in this very
 *    repository first, and why the original's bytes are in the journal.
 * 3. DELETE the placeholder's digest: the registry takes every tag along that still points at it. One that somebody
 *    pushed to in between points elsewhere and survives.
 * 4. Whatever has no clear answer is asked for: a tag that still carries the placeholder gets its own manifest back.
 *
 * Where the run is interrupted no further tag is covered, and steps 3 and 4 are done for those that are.
 */
import type { Tag, Digest } from '../model/index.ts';
import { RegistryError } from '../registry/index.ts';
import type { Ledger } from './ledger.ts';
import { tagSubject } from './ledger.ts';
import { emptyBlob, placeholder, type Placeholder } from './placeholder.ts';
import { randomHex } from './probe.ts';
import { isFinal, isUnsent, problemOf, type Site } from './site.ts';

export type Covered = { readonly tag: Tag; readonly expect: Digest | undefined };
/** A tag that the placeholder was put over; with an error, nobody knows whether it was. */
type Put = { readonly covered: Covered; readonly error?: unknown };

export async function coverTags(site: Site, tags: readonly Covered[], ledger: Ledger): Promise<void> {
  if (tags.length === 0) return;
  const cover = placeholder(`${site.now()} ${randomHex(site.random, 32)}`);
  try {
    await site.registry.putBlob(site.repository, emptyBlob);
  } catch (error) {
    if (isUnsent(site, error)) {
      ledger.stop();
      return;
    }
    for (const { tag } of tags) ledger.failed(tagSubject(tag), problemOf(`${site.repository}:${tag}`, error));
    if (isFinal(error)) ledger.stop(problemOf(site.repository, error));
    return;
  }
  const puts = await Promise.all(tags.map((covered) => putOver(site, covered, cover)));
  if (puts.some(({ error }) => isUnsent(site, error))) ledger.stop();
  const sent = puts.filter(({ error }) => !isUnsent(site, error));
  const refused = sent.filter(({ error }) => isRefusal(error));
  for (const { covered, error } of refused) fail(site, covered, error, ledger);
  const put = sent.filter(({ error }) => !isRefusal(error));
  if (put.length > 0) await removePlaceholder(site, put, cover, ledger);
}

async function putOver({ registry, repository }: Site, covered: Covered, cover: Placeholder): Promise<Put> {
  try {
    await registry.putManifest(repository, covered.tag, cover.mediaType, cover.bytes);
    return { covered };
  } catch (error) {
    return { covered, error };
  }
}

/** Whether the error says that nothing was written, and not only that no good answer came. */
function isRefusal(error: unknown): boolean {
  const kinds = ['denied', 'unauthorized', 'unsupported', 'not-found', 'rate-limited', 'tls'];
  return error instanceof RegistryError && kinds.includes(error.kind);
}

async function removePlaceholder(site: Site, put: readonly Put[], cover: Placeholder, ledger: Ledger): Promise<void> {
  const { repository } = site;
  try {
    const answer = await site.registry.finishing.deleteManifest(repository, cover.digest);
    if (answer.kind === 'refused') throw answer.error;
    // 404 may be somebody else's doing, and a registry's way to say that this account may not.
    if (answer.kind === 'absent') throw new Error('the registry says that it has no such placeholder');
    const clear = put.filter(({ error }) => error === undefined && answer.certain);
    for (const { covered } of clear) ledger.done(tagSubject(covered.tag), 'cover-tags');
    const unclear = put.filter((each) => !clear.includes(each));
    await Promise.all(unclear.map((each) => uncover(site, each, cover, new Error('no answer came'), ledger)));
  } catch (error) {
    await Promise.all(put.map((each) => uncover(site, each, cover, error, ledger)));
  }
}

/** Gives a tag that still carries the placeholder its own manifest back. Never rejects. */
async function uncover(
  site: Site,
  { covered, error }: Put,
  cover: Placeholder,
  because: unknown,
  ledger: Ledger,
): Promise<void> {
  const { repository, memory } = site;
  const registry = site.registry.finishing;
  const { tag, expect } = covered;
  const why = error ?? because;
  try {
    const head = await registry.headManifest(repository, tag);
    if (head.kind === 'absent') {
      ledger.done(tagSubject(tag), 'cover-tags');
      return;
    }
    if (head.kind === 'found' && head.digest !== cover.digest) {
      fail(site, covered, why, ledger);
      return;
    }
    const own =
      expect === undefined ? undefined : (memory.manifest(expect) ?? (await registry.getManifest(repository, expect)));
    if (own === undefined || !('bytes' in own)) throw new Error('there is nothing to put back');
    await registry.putManifest(repository, tag, own.mediaType, own.bytes);
    fail(site, covered, why, ledger, 'The tag has its own manifest back');
  } catch {
    fail(site, covered, why, ledger, 'The tag may be left covered by a placeholder, which the next run removes');
  }
}

function fail({ repository }: Site, { tag }: Covered, error: unknown, ledger: Ledger, addition?: string): void {
  const why = problemOf(`${repository}:${tag}`, error);
  ledger.failed(tagSubject(tag), addition === undefined ? why : { ...why, what: `${why.what}. ${addition}` });
  if (isFinal(error)) ledger.stop(problemOf(repository, error));
}
