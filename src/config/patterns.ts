/** Lists of patterns, and what the rooms below say of a bad one. */
import { parseRepositoryPatterns, parseTagPatterns, PatternError } from '../pattern/index.ts';
import type { RepositoryPatterns, TagPatterns } from '../pattern/index.ts';
import { makeKeepTags, parseDuration, RuleError } from '../policy/index.ts';
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { splitList } from './list.ts';

/** `host`: the registry's, where it is known: people write it in front of a repository out of habit. */
export function parseRepositories(items: readonly string[], host: string | undefined): Parsed<RepositoryPatterns> {
  const full = items.find((item) => host !== undefined && item.replace(/^!/, '').startsWith(`${host}/`));
  return full === undefined
    ? attempt(() => parsed(parseRepositoryPatterns(items)))
    : refused(`${quote(full)} begins with the registry. Give the repository alone.`, full);
}

export function parseTags(items: readonly string[]): Parsed<TagPatterns> {
  return attempt(() => parsed(parseTagPatterns(items)));
}

export function parseKeepTags(items: readonly string[]): Parsed<TagPatterns> {
  return attempt(() => parsed(makeKeepTags(items)));
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

/** A list of patterns in one text. A list of only separators is none. */
export function parseItems<T>(text: string, parse: (items: readonly string[]) => Parsed<T>): Parsed<T> {
  const items = splitList(text);
  if (items.length === 0) return refused(`${quote(text)} has nothing between its commas.`);
  const odd = items.find(isOdd);
  return odd === undefined
    ? parse(items)
    : refused(
        `${quote(odd)} holds a space or a quotation mark. Give one pattern a line, or several with commas between, without quotes and without "- " in front.`,
      );
}

/**
 * No tag and no repository holds a space or a quotation mark, so a pattern with one would silently match nothing, and
 * in keep-tags protect nothing.
 */
export function isOdd(item: string): boolean {
  return /[\s"'`]/.test(item);
}

/** What the rooms below say of bad text, as an answer; every other error is a bug and passes. */
export function attempt<T>(parse: () => Parsed<T>): Parsed<T> {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PatternError)
      return refused(`${sentence(error.message)} ${sentence(error.wayOut)}`, error.text);
    if (error instanceof RuleError) return refused(`${sentence(error.what)} ${sentence(error.wayOut)}`);
    throw error;
  }
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}${/[.!?]$/.test(clause) ? '' : '.'}`;
}
