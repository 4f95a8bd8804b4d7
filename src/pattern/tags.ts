/** Lists of tag patterns, and what one makes of a tag. */
import type { DateKey } from './date.ts';
import { PatternError } from './error.ts';
import { compareTexts, type OrderKey, type OrderKind } from './order.ts';
import { meaningOf, type Placeholder, type Value } from './placeholder.ts';
import { readingLimit, readValues, type Item } from './reading.ts';
import { parseRegex } from './regex.ts';
import { parseTagGlob } from './tag-glob.ts';

/** One way in which a tag can be read by a pattern. */
export type Reading = {
  /** As written in the list. */
  readonly pattern: string;
  /** Values of the ordering placeholders, left to right; empty if there are none. */
  readonly order: readonly OrderKey[];
  /** Values of `{group}`, left to right. */
  readonly group: readonly string[];
  /** Value of the first `{date}`: what `older-than` counts from. It stands in `order` too. */
  readonly date?: DateKey;
  readonly pr?: number;
  readonly branch?: string;
};

/** What the placeholders of all patterns of one list ask of a tag and say of it. */
export type Conditions = {
  readonly pr: boolean;
  readonly branch: boolean;
  readonly order: readonly OrderKind[];
  /** How many `{group}`s. */
  readonly group: number;
  /** Whether the tag itself says a date. */
  readonly date: boolean;
};

/** Made by `parseTagPatterns`. */
export type TagPatterns = {
  /** The list as written. */
  readonly source: readonly string[];
  /** The same for every pattern of the list, unless `keepsOnly`: then there are none. */
  readonly conditions: Conditions;
  readonly includes: readonly TagPattern[];
  readonly excludes: readonly TagPattern[];
};

/** A pattern as written, and each sequence that its braces expand to. */
export type TagPattern = {
  readonly source: string;
  readonly forms: readonly (readonly Item[])[];
  /** What it makes of a tag in which it reads no values: one for all such tags. */
  readonly plain: readonly [Reading];
};

export type TagPatternOptions = {
  /** A list without a pattern that includes is legal: it matches nothing. */
  readonly allowOnlyExcludes?: boolean;
  /** The list only keeps tags (`keep-tags`): its patterns may carry whatever they like, since none of it decides. */
  readonly keepsOnly?: boolean;
};

/** Throws PatternError. `lines` are already split; `!` in front excludes, `!(` is an extglob; order doesn't matter. */
export function parseTagPatterns(lines: readonly string[], options: TagPatternOptions = {}): TagPatterns {
  const { allowOnlyExcludes = false, keepsOnly = false } = options;
  const includes = lines.filter((line) => !isExclude(line)).map((line) => parsePattern(line, line));
  const excludes = lines.filter(isExclude).map((line) => parsePattern(line, line.slice(1)));
  if (includes.length === 0 && !allowOnlyExcludes) throw onlyExcludes(lines);
  const conditions = keepsOnly ? noConditions : sharedConditions(includes);
  return { source: lines, conditions, includes, excludes };
}

const nothing: readonly Reading[] = [];

/**
 * Every reading of the tag; none where no pattern matches it or a `!` pattern excludes it. Readings that mean the
 * same are told once. Throws PatternError for a tag that can be read in more than `readingLimit` ways: nobody can say
 * what such a pattern does to such a tag, so nothing is decided.
 */
export function readings(patterns: TagPatterns, tag: string): readonly Reading[] {
  if (patterns.excludes.some((pattern) => matches(pattern, tag))) return nothing;
  const [first] = patterns.includes;
  const form = first?.forms.length === 1 ? first.forms[0] : undefined;
  if (first !== undefined && form !== undefined && patterns.includes.length === 1) {
    const [values, ...others] = readValues(form, tag);
    if (values === undefined) return nothing;
    // Nearly every tag of nearly every rule.
    if (others.length === 0) return values.length === 0 ? first.plain : [readingOf(first.source, values)];
  }
  const found = new Map<string, Reading>();
  for (const { source, forms, plain } of patterns.includes)
    for (const form of forms) {
      for (const values of readValues(form, tag)) {
        const meaning = meaningOfAll(values);
        if (!found.has(meaning)) found.set(meaning, values.length === 0 ? plain[0] : readingOf(source, values));
      }
      if (found.size > readingLimit)
        throw new PatternError(
          source,
          `reads the tag "${tag}" in more than ${readingLimit} ways`,
          `Write text between the placeholders, or leave that tag out: "!${tag}".`,
        );
    }
  return [...found.values()];
}

/** The first pattern, as written, that matches a tag which no `!` pattern excludes. */
export function matchedBy(patterns: TagPatterns, tag: string): string | undefined {
  if (patterns.excludes.some((pattern) => matches(pattern, tag))) return undefined;
  return patterns.includes.find((pattern) => matches(pattern, tag))?.source;
}

function matches(pattern: TagPattern, tag: string): boolean {
  return pattern.forms.some((form) => readValues(form, tag).length > 0);
}

/** Kind by kind, since `{group}-{version}` and `{version}-{group}` can say the same of two tags. */
function meaningOfAll(values: readonly Value[]): string {
  return values
    .filter((value) => value.kind !== 'sha')
    .toSorted((a, b) => compareTexts(a.kind, b.kind))
    .map((value) => `${value.kind} ${meaningOf(value)}`)
    .join(' ');
}

function readingOf(pattern: string, values: readonly Value[]): Reading {
  const order: OrderKey[] = [];
  const group: string[] = [];
  const rest: { date?: DateKey; pr?: number; branch?: string } = {};
  for (const value of values)
    switch (value.kind) {
      case 'date':
        rest.date ??= value;
        order.push(value);
        break;
      case 'version':
      case 'number':
        order.push(value);
        break;
      case 'group':
        group.push(value.text);
        break;
      case 'pr':
        rest.pr = value.number;
        break;
      case 'branch':
        rest.branch = value.text;
        break;
      case 'sha':
        break;
    }
  return { pattern, order, group, ...rest };
}

function isExclude(line: string): boolean {
  return line.startsWith('!') && !line.startsWith('!(');
}

/** `line` is what was written, `text` the same without the `!` of an exclude. */
function parsePattern(line: string, text: string): TagPattern {
  const forms = text.startsWith('/') ? [parseRegex(line, text)] : parseTagGlob(line, text);
  if (forms.length === 0 || forms.some((form) => form.length === 0))
    throw new PatternError(line, 'is empty', 'Write * for every tag.');
  return { source: line, forms, plain: [readingOf(line, [])] };
}

const noConditions: Conditions = { pr: false, branch: false, order: [], group: 0, date: false };

/** The conditions of every form of every pattern, which must be the same. */
function sharedConditions(patterns: readonly TagPattern[]): Conditions {
  const all = patterns.flatMap(({ source, forms }) =>
    forms.map((form) => ({ source, conditions: conditionsOf(source, form) })),
  );
  const [first, ...others] = all;
  if (first === undefined) return noConditions;
  for (const { source, conditions } of others)
    if (JSON.stringify(conditions) !== JSON.stringify(first.conditions)) throw unlike(first.source, source);
  return first.conditions;
}

function conditionsOf(source: string, form: readonly Item[]): Conditions {
  const names = form.flatMap(({ placeholder }) => placeholder ?? []);
  const count = (name: Placeholder): number => names.filter((each) => each === name).length;
  for (const name of ['pr', 'branch'] as const)
    if (count(name) > 1)
      throw new PatternError(source, `has {${name}} more than once`, `A tag belongs to one: write {${name}} once.`);
  const isAnchored = form.some((item) => item.literal) || names.some((name) => anchors.includes(name));
  if (count('branch') > 0 && !isAnchored)
    throw new PatternError(
      source,
      "has nothing beside {branch} that tells a branch's tags from others, so it would take every tag that is no branch",
      'Write "branch-{branch}", "{branch}-{sha}", or whatever else your tags have beside the branch.',
    );
  const order = names.filter((name) => name === 'version' || name === 'number' || name === 'date');
  return { pr: count('pr') > 0, branch: count('branch') > 0, order, group: count('group'), date: count('date') > 0 };
}

/** What narrows a `{branch}` pattern as text does. */
const anchors: readonly Placeholder[] = ['sha', 'date', 'number'];

function onlyExcludes(lines: readonly string[]): PatternError {
  return lines.length === 0
    ? new PatternError('', 'is empty', 'Write * for every tag.')
    : new PatternError(lines.join(', '), 'only excludes', `Say what may match, too: "*, ${lines.join(', ')}".`);
}

function unlike(one: string, other: string): PatternError {
  return one === other
    ? new PatternError(
        one,
        'has other placeholders in some of its alternatives than in the rest, and those would be without any',
        'Write the same placeholders in each: "{v{version},release-{version}}".',
      )
    : new PatternError(
        other,
        `carries other placeholders than "${one}" in the same list, and one of them would be without any`,
        'Write the same placeholders, in the same order, in all patterns of a rule: "v{version}", "release-{version}".',
      );
}
