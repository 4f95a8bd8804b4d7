/** What the rules want to know of a repository, so that nothing else is asked of any registry. */
import type { Claim, RepositoryName, Tag } from '../model/index.ts';
import type { Reading } from '../pattern/index.ts';
import { byRule, governor } from './governs.ts';
import { rank, seriesOf, standingOf } from './rank.ts';
import type { Policy, Rule } from './rule.ts';

export type Needs = {
  /** Tags whose image's created date a verdict may depend on. */
  readonly dated: ReadonlySet<Tag>;
  /** Kinds of claim that the rules which govern a tag here ask for. */
  readonly claims: readonly Claim['kind'][];
};

/**
 * From names alone. Each tag is ranked as if it were an image of its own that counts: that can only put it further back
 * than its image will be, so a tag that is among the newest N by its name survives whatever its date is.
 */
export function needs(policy: Policy, repository: RepositoryName, tags: readonly Tag[]): Needs {
  const governs = governor(policy, repository);
  const governed = byRule(tags.map((tag) => ({ tag, governance: governs(tag) })));
  const dated = new Set<Tag>();
  const claims = new Set<Claim['kind']>();
  for (const [rule, ofRule] of governed) {
    if (rule.tags.conditions.pr) claims.add('pull-request');
    if (rule.tags.conditions.branch) claims.add('branch');
    if (policy.dateSource === 'pushed') continue;
    const asking = ofRule.filter(({ governance }) => governance.readings.some((reading) => asksForDate(rule, reading)));
    if (asking.length === 0) continue;
    const ranking = rank(
      ofRule.map(({ tag, governance }) => ({
        image: tag,
        counts: true,
        standings: governance.readings.map((reading) => standingOf(reading, undefined)),
      })),
      () => new Set(),
    );
    for (const { tag, governance } of asking) {
      const positions = governance.readings.map((reading) => ranking(tag, seriesOf(reading))?.position ?? Infinity);
      if (Math.min(...positions) > rule.keepLast) dated.add(tag);
    }
  }
  return { dated, claims: [...claims] };
}

function asksForDate({ keepLast, olderThanSeconds }: Rule, reading: Reading): boolean {
  return (keepLast > 0 && reading.order.length === 0) || (olderThanSeconds !== undefined && reading.date === undefined);
}
