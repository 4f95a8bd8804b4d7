/** {pr} and {branch}: what is alive outside the registry, as the claims say. */
import type { Claim, Evidence } from '../model/index.ts';
import type { Reading } from '../pattern/index.ts';
import type { Finding } from './finding.ts';
import type { Rule } from './rule.ts';

/** Claims by what they speak of: a registry may hold a tag for each of 10,000 pull requests. */
export type ClaimsAbout = (kind: Claim['kind'], repo: string, name: number | string) => readonly Claim[];

export function indexClaims(claims: readonly Claim[]): ClaimsAbout {
  const keyOf = (...parts: readonly (number | string)[]): string => JSON.stringify(parts);
  const found = new Map<string, Claim[]>();
  for (const claim of claims) {
    const key = keyOf(claim.kind, claim.repo, claim.kind === 'branch' ? claim.text : claim.number);
    found.set(key, [...(found.get(key) ?? []), claim]);
  }
  return (kind, repo, name) => found.get(keyOf(kind, repo, name)) ?? [];
}

/**
 * Lets go only where the rule's repository is known, somebody spoke of the pull request or branch, and nobody said
 * that it lives. Silence keeps: it never reads as 'none'.
 */
export function judgeClaims(rule: Rule, reading: Reading, claimsAbout: ClaimsAbout): readonly Finding[] {
  const { pr, branch } = rule.tags.conditions;
  return [
    ...(pr ? [judge('pull-request', rule.repo, reading.pr, claimsAbout)] : []),
    ...(branch ? [judge('branch', rule.repo, reading.branch, claimsAbout)] : []),
  ];
}

function judge(
  kind: Claim['kind'],
  repo: string | undefined,
  name: number | string | undefined,
  claimsAbout: ClaimsAbout,
): Finding {
  const claims = repo === undefined || name === undefined ? [] : claimsAbout(kind, repo, name);
  const alive = claims.find((claim) => !isGone(claim));
  if (alive !== undefined) return { kind: 'keeps', evidence: alive };
  if (claims.length > 0) return { kind: 'lets-go', evidence: claims };
  const subject = [kind.replace('-', ' '), name, repo && `of ${repo}`].filter((part) => part !== undefined).join(' ');
  const evidence: Evidence = { kind: 'unreadable', why: `nothing is known of ${subject}` };
  return { kind: 'keeps', evidence };
}

function isGone(claim: Claim): boolean {
  return claim.kind === 'branch' ? claim.liveAs === undefined : claim.state === 'closed';
}
