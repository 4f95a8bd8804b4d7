/** Lists of patterns, and the rule that the flat inputs make. */
import { parseRepositoryPatterns, parseTagPatterns, PatternError } from '../pattern/index.ts';
import type { RepositoryPatterns, TagPatterns } from '../pattern/index.ts';
import { inputsRule, makeKeepTags, makeRule, parseDuration, RuleError } from '../policy/index.ts';
import type { Rule } from '../policy/index.ts';
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { splitList } from './list.ts';

/** `host`: the registry's, where it is known: people write it in front of a repository out of habit. */
export function parseRepositories(text: string, host: string | undefined): Parsed<RepositoryPatterns> {
  return parseItems(text, (items) => {
    const full = items.find((item) => host !== undefined && item.replace(/^!/, '').startsWith(`${host}/`));
    return full === undefined
      ? parsed(parseRepositoryPatterns(items))
      : refused(`${quote(full)} begins with the registry. Give the repository alone.`);
  });
}

export function parseTags(text: string): Parsed<TagPatterns> {
  return parseItems(text, (items) => {
    const tags = parseTagPatterns(items);
    const { pr, branch } = tags.conditions;
    return pr || branch
      ? refused(
          `${quote(text)} asks what became of pull requests or branches, which this version can't find out. Leave {pr} and {branch} out.`,
        )
      : parsed(tags);
  });
}

export function parseKeepTags(text: string): Parsed<TagPatterns> {
  return parseItems(text, (items) => parsed(makeKeepTags(items)));
}

/** Seconds, more than zero. */
export function parseOlderThan(text: string): Parsed<number> {
  return attempt(() => {
    const seconds = parseDuration(text);
    return seconds > 0
      ? parsed(seconds)
      : refused(`${quote(text)} is no time at all. Give a longer one, or leave older-than out.`);
  });
}

/** What is written of the rule; `undefined` where nothing is, or nothing that could be read. */
export type RuleInputs = {
  readonly repositories: RepositoryPatterns | undefined;
  readonly tags: TagPatterns | undefined;
  readonly keepLast: number | undefined;
  readonly olderThanSeconds: number | undefined;
};

/** The one rule that the flat inputs make. What was written but not understood counts as written: it has its own error. */
export function parseRule(inputs: RuleInputs): Parsed<Rule> {
  return attempt(() =>
    parsed(
      makeRule({
        name: inputsRule,
        repositories: inputs.repositories ?? parseRepositoryPatterns(['**']),
        tags: inputs.tags ?? parseTagPatterns(['*']),
        keepLast: inputs.keepLast,
        olderThanSeconds: inputs.olderThanSeconds,
      }),
    ),
  );
}

/** A list of only separators is none. */
function parseItems<T>(text: string, parse: (items: readonly string[]) => Parsed<T>): Parsed<T> {
  const items = splitList(text);
  if (items.length === 0) return refused(`${quote(text)} has nothing between its commas.`);
  // No tag and no repository holds a space or a quotation mark, so a pattern with one would silently match nothing,
  // and in keep-tags protect nothing.
  const odd = items.find((item) => /[\s"'`]/.test(item));
  if (odd !== undefined) {
    return refused(
      `${quote(odd)} holds a space or a quotation mark. Give one pattern a line, or several with commas between, without quotes and without "- " in front.`,
    );
  }
  return attempt(() => parse(items));
}

/** What the rooms below say of bad text, as an answer; every other error is a bug and passes. */
export function attempt<T>(parse: () => Parsed<T>): Parsed<T> {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PatternError) return refused(`${sentence(error.message)} ${sentence(error.wayOut)}`);
    if (error instanceof RuleError) return refused(`${sentence(error.what)} ${sentence(error.wayOut)}`);
    throw error;
  }
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}${/[.!?]$/.test(clause) ? '' : '.'}`;
}
