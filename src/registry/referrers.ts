/** What refers to a manifest: signatures, attestations, SBOMs (distribution spec 1.1.1, "Listing Referrers"). */
import { z } from 'zod';
import { parseDigest, type Digest, type RepositoryName } from '../model/index.ts';
import { explainAnswer } from './answer-errors.ts';
import { listPages } from './pagination.ts';
import type { Referrer, Referrers } from './registry.ts';
import { repositoryScope } from './scope.ts';
import type { Session } from './session.ts';

const index = z.object({
  manifests: z
    .array(
      z.object({
        digest: z.string(),
        mediaType: z.string(),
        size: z.number().int().nonnegative(),
        artifactType: z.string().nullish(),
      }),
    )
    .nullable(),
});

/** Every referrer, or none of them: one that can't be read could be the signature of an image that stays. */
export async function getReferrers(session: Session, repository: RepositoryName, digest: Digest): Promise<Referrers> {
  const listed = await listPages(session, {
    at: `/v2/${repository}/referrers/${digest}`,
    scopes: [repositoryScope(repository, ['pull'])],
    parse,
  });
  if (listed.kind === 'refused') {
    // 404 is the spec's answer of a registry without this API; 405 and 501 are others' for the same.
    if ([404, 405, 501].includes(listed.reply.answer.status)) return { kind: 'unsupported' };
    throw explainAnswer(listed.reply);
  }
  return { kind: 'found', descriptors: listed.items };
}

function parse(body: unknown): readonly Referrer[] | undefined {
  const manifests = index.safeParse(body).data?.manifests;
  if (manifests === undefined) return undefined;
  const referrers: Referrer[] = [];
  for (const { artifactType, ...descriptor } of manifests ?? []) {
    const digest = parseDigest(descriptor.digest);
    if (digest === undefined) return undefined;
    const typed = typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {};
    referrers.push({ ...descriptor, digest, ...typed });
  }
  return referrers;
}
