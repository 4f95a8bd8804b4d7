/** {pr} and {branch}: what is alive outside the registry, as the claims say. */
import type { Claim, Focus } from '../model/index.ts';
import type { Reading } from '../pattern/index.ts';
import { finding, type Finding } from './finding.ts';
import { asksFor, inFocus, type InFocus } from './focus.ts';
import type { Rule } from './rule.ts';

/** Claims by what they speak of: a registry may hold a tag for each of 10,000 pull requests. */
type ClaimsAbout = (kind: Claim['kind'], repo: string, name: number | string) => readonly Claim[];

/** What {pr} and {branch} make of one reading. `ofLiving`: what becomes of a tag of something alive. */
export type JudgeClaims = (rule: Rule, reading: Reading, ofLiving: (claim: Claim) => Finding) => readonly Finding[];

/**
 * Lets go only where the rule's repository is known, somebody spoke of the pull request or branch, and nobody said
 * that it lives. Silence keeps: it never reads as 'none'. Where the run is about one of them, all others are kept.
 */
export function claimsJudge(claims: readonly Claim[], focus: Focus | undefined): JudgeClaims {
  const claimsAbout = indexClaims(claims);
  const isInFocus: InFocus = inFocus(focus);
  return (rule, reading, ofLiving) => {
    if (focus !== undefined && !isInFocus(rule, reading))
      return [finding(false, { kind: 'other-event', event: focus.event })];
    const about = { repo: rule.repo, claimsAbout, ofLiving };
    return [
      ...(asksFor(rule, 'pull-request') ? [judge('pull-request', reading.pr, about)] : []),
      ...(asksFor(rule, 'branch') ? [judge('branch', reading.branch, about)] : []),
    ];
  };
}

function indexClaims(claims: readonly Claim[]): ClaimsAbout {
  const keyOf = (kind: Claim['kind'], repo: string, name: number | string): string =>
    JSON.stringify([kind, repo.toLowerCase(), name]);
  const found = Map.groupBy(claims, (claim) =>
    keyOf(claim.kind, claim.repo, claim.kind === 'branch' ? claim.text : claim.number),
  );
  return (kind, repo, name) => found.get(keyOf(kind, repo, name)) ?? [];
}

type About = {
  readonly repo: string | undefined;
  readonly claimsAbout: ClaimsAbout;
  readonly ofLiving: (claim: Claim) => Finding;
};

function judge(kind: Claim['kind'], name: number | string | undefined, about: About): Finding {
  const { repo, claimsAbout, ofLiving } = about;
  const claims = repo === undefined || name === undefined ? [] : claimsAbout(kind, repo, name);
  const [first, ...others] = claims;
  if (first === undefined) {
    const of = [kind.replace('-', ' '), name, repo && `of ${repo}`].filter((part) => part !== undefined).join(' ');
    return finding(false, { kind: 'unreadable', why: `nothing is known of ${of}` });
  }
  const missing = claims.find((claim) => claim.kind === 'pull-request' && claim.state === 'not-found');
  if (missing !== undefined) return finding(false, missing);
  const living = claims.find(isLiving);
  return living === undefined ? { kind: 'lets-go', evidence: [first, ...others] } : ofLiving(living);
}

function isLiving(claim: Claim): boolean {
  return claim.kind === 'branch' ? claim.liveAs !== undefined : claim.state === 'open';
}
