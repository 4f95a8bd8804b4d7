/** Which rules made a plan, so that it isn't carried out under others. */
import { createHash } from 'node:crypto';
import { parseDigest, type Digest } from '../model/index.ts';
import type { Policy } from '../policy/index.ts';

/** Over everything that the rules say, patterns as they were written. */
export function policyDigest(policy: Policy): Digest {
  const said = JSON.stringify(policy, (_, value: unknown) => (isPatterns(value) ? value.source : value));
  const digest = parseDigest(`sha256:${createHash('sha256').update(said).digest('hex')}`);
  if (digest === undefined) throw new Error('A hash that is no digest.');
  return digest;
}

function isPatterns(value: unknown): value is { readonly source: readonly string[] } {
  return typeof value === 'object' && value !== null && 'source' in value && Array.isArray(value.source);
}
