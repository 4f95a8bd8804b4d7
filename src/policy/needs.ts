/** What the rules want to know of a repository, so that nothing else is asked of any registry, or of GitHub. */
import type { Claim, Focus, RepositoryName, Tag } from '../model/index.ts';
import type { Reading } from '../pattern/index.ts';
import { asksFor, inFocus } from './focus.ts';
import { byRule, governor, type ByRule } from './governs.ts';
import { rank, seriesOf, standingOf } from './rank.ts';
import type { Policy, Rule } from './rule.ts';

/** One question about what is alive. `repo` is `owner/name`, as a rule has it. */
export type Ask =
  | { readonly kind: 'pull-request'; readonly repo: string; readonly number: number }
  /** Whether any branch or git tag gives this text (`refTexts`). */
  | { readonly kind: 'branch'; readonly repo: string; readonly text: string };

export type Needs = {
  /** Tags whose image's created date a verdict may depend on. */
  readonly dated: ReadonlySet<Tag>;
  /** Tags whose image must be asked where it was built: it may be another repository's. */
  readonly sourced: ReadonlySet<Tag>;
  /** Kinds of claim that the rules which govern a tag here ask for. */
  readonly claims: readonly Claim['kind'][];
  /** Each pull request and branch that a verdict may depend on, once. */
  readonly asks: readonly Ask[];
};

type Governed = { readonly tag: Tag; readonly governance: ByRule };

/** From names alone, and `focus`: what the event that started the run is about. */
export function needs(policy: Policy, repository: RepositoryName, tags: readonly Tag[], focus?: Focus): Needs {
  const governs = governor(policy, repository);
  const isInFocus = inFocus(focus);
  const dated = new Set<Tag>();
  const sourced = new Set<Tag>();
  const claims = new Set<Claim['kind']>();
  const asks = new Map<string, Ask>();
  for (const [rule, ofRule] of byRule(tags.map((tag) => ({ tag, governance: governs(tag) })))) {
    const kinds = (['pull-request', 'branch'] as const).filter((kind) => asksFor(rule, kind));
    for (const kind of kinds) claims.add(kind);
    // Nobody can say what is alive where it isn't known whose: all is kept.
    if (kinds.length > 0 && rule.repo === undefined) continue;
    const concerned = ofRule.filter(({ governance }) => governance.readings.every((each) => isInFocus(rule, each)));
    const undecided = undecidedByName(rule, ofRule, concerned);
    if (undecided.length === 0) continue;
    if (policy.dateSource === 'created') for (const { tag } of datesNeeded(rule, ofRule, undecided)) dated.add(tag);
    for (const { tag, governance } of undecided) {
      if (kinds.length > 0) sourced.add(tag);
      for (const ask of governance.readings.flatMap((reading) => asksOf(rule, reading)))
        if (!asks.has(keyOf(ask))) asks.set(keyOf(ask), ask);
    }
  }
  return { dated, sourced, claims: [...claims], asks: [...asks.values()] };
}

/**
 * Those that keep-last doesn't keep for their names alone. Each tag is ranked as if it were an image of its own that
 * counts: that can only put it further back than its image will be, so a tag that is among the newest N by its name
 * survives whatever its image says.
 */
function undecidedByName(rule: Rule, ofRule: readonly Governed[], concerned: readonly Governed[]): readonly Governed[] {
  if (rule.keepLast === 0 || isByDate(rule) || concerned.length === 0) return concerned;
  const ranking = rank(
    ofRule.map(({ tag, governance }) => ({
      image: tag,
      counts: true,
      standings: governance.readings.map((reading) => standingOf(reading, undefined, seriesOf)),
    })),
    () => new Set(),
  );
  return concerned.filter(({ tag, governance }) =>
    governance.readings.every((reading) => {
      const place = ranking(tag, seriesOf(reading));
      return place === undefined || place.position > rule.keepLast;
    }),
  );
}

/** A place by date depends on the dates of all that are ranked, an age on nothing else. */
function datesNeeded(rule: Rule, ofRule: readonly Governed[], undecided: readonly Governed[]): readonly Governed[] {
  const { keepLast, keepLastLive = 0, olderThanSeconds, tags } = rule;
  if (keepLast > 0 && isByDate(rule)) return ofRule;
  // Of one pull request or branch only a tag that can be read in several ways may be decided, and that takes no place.
  const isRanked = keepLastLive > 0 && isByDate(rule);
  return isRanked || (olderThanSeconds !== undefined && !tags.conditions.date) ? undecided : [];
}

/** Whether keep-last goes by dates of images. */
function isByDate({ tags }: Rule): boolean {
  return tags.conditions.order.length === 0;
}

function asksOf({ repo }: Rule, { pr, branch }: Reading): readonly Ask[] {
  if (repo === undefined) return [];
  return [
    ...(pr === undefined ? [] : [{ kind: 'pull-request', repo, number: pr } as const]),
    ...(branch === undefined ? [] : [{ kind: 'branch', repo, text: branch } as const]),
  ];
}

function keyOf(ask: Ask): string {
  return JSON.stringify([ask.kind, ask.repo.toLowerCase(), ask.kind === 'branch' ? ask.text : ask.number]);
}
