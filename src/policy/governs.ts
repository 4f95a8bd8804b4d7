/** Who decides of a tag: nobody, keep-tags, its subject, or the first rule that matches. From names alone. */
import { attachmentSubject, type Digest, type RepositoryName, type Tag } from '../model/index.ts';
import { matchedBy, matchRepository, readings, type Reading } from '../pattern/index.ts';
import type { Policy, Rule } from './rule.ts';

export type ByRule = {
  readonly kind: 'rule';
  readonly rule: Rule;
  readonly readings: readonly [Reading, ...Reading[]];
};

export type Governance =
  /** Goes and stays with its subject, whatever keep-tags and the rules say. */
  | { readonly kind: 'attachment'; readonly of: Digest }
  | { readonly kind: 'keep-tags'; readonly pattern: string }
  | ByRule
  | { readonly kind: 'no-rule' };

/** For the tags of one repository: rules of others are set aside once, not for every tag. */
export function governor(policy: Policy, repository: RepositoryName): (tag: Tag) => Governance {
  const rules = policy.rules.filter((rule) => matchRepository(rule.repositories, repository));
  let last: ByRule | undefined;
  return (tag) => {
    const subject = attachmentSubject(tag);
    if (subject !== undefined) return { kind: 'attachment', of: subject };
    const pattern = matchedBy(policy.keepTags, tag);
    if (pattern !== undefined) return { kind: 'keep-tags', pattern };
    for (const rule of rules) {
      const found = readings(rule.tags, tag);
      if (!isSome(found)) continue;
      // Patterns without placeholders read all tags alike: one value for all of them.
      if (last?.rule !== rule || last.readings !== found) last = { kind: 'rule', rule, readings: found };
      return last;
    }
    return noRule;
  };
}

const noRule: Governance = { kind: 'no-rule' };

function isSome<Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] {
  return items.length > 0;
}

/** Those that a rule governs, by their rule. */
export function byRule<Seen extends { readonly governance: Governance }>(
  tags: readonly Seen[],
): ReadonlyMap<Rule, readonly (Seen & { readonly governance: ByRule })[]> {
  const isGoverned = (seen: Seen): seen is Seen & { readonly governance: ByRule } => seen.governance.kind === 'rule';
  return Map.groupBy(tags.filter(isGoverned), ({ governance }) => governance.rule);
}
