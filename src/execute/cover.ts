/**
 * Removing tags where a registry can't delete one by itself, though their images stay or are many.
 *
 * 1. The placeholder's blob is there before anything is covered.
 * 2. PUT the placeholder over each tag. A tag is overwritten here: this is why the registry was probed in this very
 *    repository first, and why the original's bytes are in the journal.
 * 3. DELETE the placeholder's digest: the registry takes every tag along that still points at it. One that somebody
 *    pushed to in between points elsewhere and survives.
 * 4. Should the registry refuse after all, the tags get their own manifests back at once.
 */
import type { Digest, Tag } from '../model/index.ts';
import type { Ledger } from './ledger.ts';
import { tagSubject } from './ledger.ts';
import { emptyBlob, placeholder } from './placeholder.ts';
import { randomHex } from './probe.ts';
import { isFinal, problemOf, type Site } from './site.ts';

export type Covered = { readonly tag: Tag; readonly expect: Digest | undefined };

export async function coverTags(site: Site, tags: readonly Covered[], ledger: Ledger): Promise<void> {
  if (tags.length === 0) return;
  const { registry, repository } = site;
  const cover = placeholder(`${site.now()} ${randomHex(site.random, 32)}`);
  try {
    await registry.putBlob(repository, emptyBlob);
  } catch (error) {
    for (const { tag } of tags) ledger.failed(tagSubject(tag), problemOf(`${repository}:${tag}`, error));
    if (isFinal(error)) ledger.stop(problemOf(repository, error));
    return;
  }
  const puts = await Promise.all(
    tags.map(async (covered) => {
      try {
        return { covered, digest: await registry.putManifest(repository, covered.tag, cover.mediaType, cover.bytes) };
      } catch (error) {
        return { covered, error };
      }
    }),
  );
  const digest = puts.find((put) => put.digest !== undefined)?.digest;
  for (const { covered, error } of puts)
    if (error !== undefined) ledger.failed(tagSubject(covered.tag), problemOf(`${repository}:${covered.tag}`, error));
  if (digest === undefined) {
    const final = puts.find((put) => isFinal(put.error));
    if (final !== undefined) ledger.stop(problemOf(repository, final.error));
    return;
  }
  const put = puts.filter((each) => each.digest !== undefined).map((each) => each.covered);
  try {
    const answer = await registry.deleteManifest(repository, digest);
    if (answer.kind === 'refused') throw answer.error;
    // 404 after PUTs that were confirmed: somebody else removed the placeholder, and its tags with it.
    for (const { tag } of put) ledger.done(tagSubject(tag), 'cover-tags');
  } catch (error) {
    await uncover(site, put, digest, error, ledger);
  }
}

/** Gives each tag that still carries the placeholder its own manifest back. */
async function uncover(
  site: Site,
  tags: readonly Covered[],
  placeholderDigest: Digest,
  because: unknown,
  ledger: Ledger,
): Promise<void> {
  const { registry, repository, memory } = site;
  await Promise.all(
    tags.map(async ({ tag, expect }) => {
      const at = `${repository}:${tag}`;
      const why = problemOf(at, because);
      const left = `${why.what}. The tag was left covered by a placeholder, and the journal has its own manifest`;
      try {
        const head = await registry.headManifest(repository, tag);
        if (head.kind === 'absent') {
          ledger.done(tagSubject(tag), 'cover-tags');
        } else if (head.kind === 'found' && head.digest !== placeholderDigest) {
          ledger.failed(tagSubject(tag), why);
        } else {
          const own = expect === undefined ? undefined : memory.manifest(expect);
          const content = own ?? (expect === undefined ? undefined : await registry.getManifest(repository, expect));
          if (content === undefined || !('bytes' in content)) {
            ledger.failed(tagSubject(tag), { ...why, what: left });
            return;
          }
          await registry.putManifest(repository, tag, content.mediaType, content.bytes);
          ledger.failed(tagSubject(tag), { ...why, what: `${why.what}. The tag has its own manifest back` });
        }
      } catch {
        ledger.failed(tagSubject(tag), { ...why, what: left });
      }
    }),
  );
  if (isFinal(because)) ledger.stop(problemOf(repository, because));
}
