/**
 * execute/: carries a plan out. This file: what the registry lets this account do in one repository, asked harmlessly.
 *
 * Asked in each repository and with the deletion's own scope, because a token may grant a push here and no delete
 * there: then a placeholder would cover a tag and stay. The questions are deletions of things that never existed.
 */
import { parseDigest, parseTag, type Abilities, type Problem, type RepositoryName } from '../model/index.ts';
import type { Registry } from '../registry/index.ts';

export type ProbeResult = {
  readonly abilities: Abilities;
  /** Why nothing can be deleted, ready to be shown; `undefined` where deletes work. */
  readonly refusal: Problem | undefined;
};

export async function probe(options: {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly referrers: Abilities['referrers'];
  readonly random: () => number;
}): Promise<ProbeResult> {
  const { registry, repository, referrers, random } = options;
  const digest = parseDigest(`sha256:${randomHex(random, 64)}`);
  const tag = parseTag(`registry-prune-probe-${randomHex(random, 16)}`);
  if (digest === undefined || tag === undefined) throw new Error('The probe made a name that is none.');

  const byDigest = await registry.deleteManifest(repository, digest);
  if (byDigest.kind === 'refused') {
    const { error, readOnly } = byDigest;
    const abilities: Abilities = { deletes: readOnly ? 'read-only' : 'no', byTag: 'unknown', referrers };
    return { abilities, refusal: { at: repository, what: error.message, wayOut: error.wayOut } };
  }
  // 404 is what a registry that deletes says of a digest that it doesn't have, be it after a first try that was cut. A
  // 2xx for 256 random bits is no answer of one that knows what it deletes.
  if (byDigest.kind === 'deleted' && byDigest.certain)
    return {
      abilities: { deletes: 'unknown', byTag: 'unknown', referrers },
      refusal: {
        at: repository,
        what: 'the registry claims to have deleted a digest that never existed, so its answers to deletions mean nothing',
        wayOut: 'Check what stands between this job and the registry (a proxy, a mock).',
      },
    };
  const byTag = await registry.deleteManifest(repository, tag);
  // 2.8 answers 400 DIGEST_INVALID, Harbor 400 UNSUPPORTED, others 405: tags can't be deleted by themselves there.
  const answers = { absent: 'yes', refused: 'no', deleted: 'unknown' } as const;
  const answer = byTag.kind === 'deleted' && !byTag.certain ? 'yes' : answers[byTag.kind];
  return { abilities: { deletes: 'yes', byTag: answer, referrers }, refusal: undefined };
}

export function randomHex(random: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}
