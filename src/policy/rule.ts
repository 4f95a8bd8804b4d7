/** What a rule is, and what makes one legal. */
import { matchedBy, parseTagPatterns, type RepositoryPatterns, type TagPatterns } from '../pattern/index.ts';
import { RuleError } from './error.ts';

/** The name of the one rule that the flat inputs make; it stands in plan and report like any other. */
export const inputsRule = 'inputs';

export type Rule = {
  readonly name: string;
  readonly repositories: RepositoryPatterns;
  readonly tags: TagPatterns;
  /** How many images survive in each repository and group, whatever their age. 0: none for their rank alone. */
  readonly keepLast: number;
  /** Only what is older than this may go. */
  readonly olderThanSeconds?: number;
  /** Bounds the tags of each open pull request or living branch. */
  readonly keepLastLive?: number;
  /** `owner/name` on GitHub: whose pull requests and branches `{pr}` and `{branch}` speak of. */
  readonly repo?: string;
};

export type Policy = {
  /** What no rule may take. `latest` is among them, unless `!latest` was written. */
  readonly keepTags: TagPatterns;
  /** The first one that matches a tag governs it. */
  readonly rules: readonly Rule[];
  /** `pushed`: a tag is as old as its last push, as the registry's storage tells it. */
  readonly dateSource: 'created' | 'pushed';
};

/** The parts of a rule, parsed; `undefined` where nothing was written. */
export type RuleParts = {
  readonly name: string;
  readonly repositories: RepositoryPatterns;
  readonly tags: TagPatterns;
  readonly keepLast?: number | undefined;
  readonly olderThanSeconds?: number | undefined;
  readonly keepLastLive?: number | undefined;
  readonly repo?: string | undefined;
};

/**
 * A rule from its parts, with its defaults: `keep-last` is 0 beside `{pr}` and `{branch}`, and 1 beside `older-than`
 * alone, so that age never empties a repository. Throws RuleError, above all for a rule without any condition.
 */
export function makeRule(parts: RuleParts): Rule {
  const { name, repositories, tags, keepLast, olderThanSeconds, keepLastLive, repo } = parts;
  const bySource = tags.conditions.pr || tags.conditions.branch;
  checkCount('keep-last', keepLast);
  checkCount('keep-last-live', keepLastLive);
  if (olderThanSeconds !== undefined && !(Number.isSafeInteger(olderThanSeconds) && olderThanSeconds > 0))
    throw new RuleError(
      `older-than is ${olderThanSeconds} seconds`,
      'write a time longer than zero, as "30d", or leave it out',
    );
  if (keepLastLive !== undefined && !bySource)
    throw new RuleError(
      `keep-last-live is ${keepLastLive}, but no pattern of the rule says whose tags it counts`,
      'write "pr-{pr}-*" or "{branch}-{sha}" for tags, or leave keep-last-live out',
    );
  if (keepLast === undefined && olderThanSeconds === undefined && !bySource)
    throw new RuleError(
      'the rule has no condition, so it would delete every tag that matches',
      'write "keep-last: 10" or "older-than: 30d", or say "keep-last: 0" to delete every match',
    );
  return {
    name,
    repositories,
    tags,
    keepLast: keepLast ?? (bySource ? 0 : 1),
    ...(olderThanSeconds !== undefined && { olderThanSeconds }),
    ...(keepLastLive !== undefined && { keepLastLive }),
    ...(repo !== undefined && { repo }),
  };
}

function checkCount(input: string, count: number | undefined): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return;
  throw new RuleError(`${input} is ${count}`, `write a whole number that is not negative, as "${input}: 10"`);
}

/**
 * keep-tags from its lines, `latest` with it unless `!latest` is one of them. Throws PatternError, and RuleError where
 * another exclude would silently take `latest` out of what is always kept.
 */
export function makeKeepTags(lines: readonly string[]): TagPatterns {
  if (lines.includes('!latest')) return parseTagPatterns(lines, { allowOnlyExcludes: true, keepsOnly: true });
  const keepTags = parseTagPatterns(['latest', ...lines], { keepsOnly: true });
  if (matchedBy(keepTags, 'latest') === undefined)
    throw new RuleError(
      'an exclude of keep-tags matches latest, which is always kept',
      'write "!latest" beside it if the rules may delete latest, or make the exclude narrower',
    );
  return keepTags;
}

/** Of a door that asks no rule: a tag that none governs is kept. */
export const noRule: Policy = { keepTags: makeKeepTags([]), rules: [], dateSource: 'created' };
