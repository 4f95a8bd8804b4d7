/** Which rules made a plan, so that it isn't carried out under others. */
import { createHash } from 'node:crypto';
import { parseDigest, type Digest } from '../model/index.ts';
import type { Policy } from '../policy/index.ts';

/** Over what the rules say, in a fixed order; the same rules give the same digest whatever their defaults' spelling. */
export function policyDigest(policy: Policy): Digest {
  const said = {
    keepTags: policy.keepTags.source,
    dateSource: policy.dateSource,
    rules: policy.rules.map(({ name, repositories, tags, keepLast, olderThanSeconds }) => ({
      name,
      repositories: repositories.source,
      tags: tags.source,
      keepLast,
      olderThanSeconds,
    })),
  };
  const digest = parseDigest(`sha256:${createHash('sha256').update(JSON.stringify(said)).digest('hex')}`);
  if (digest === undefined) throw new Error('A hash that is no digest.');
  return digest;
}
