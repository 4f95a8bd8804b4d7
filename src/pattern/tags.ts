/** Tag patterns: one list of them, and what it makes of a tag. */
import type { DateKey, OrderKey, OrderKind } from './order.ts';

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

/** What all patterns of one list say of a tag: the same kinds of condition, order and group. */
export type Conditions = {
  readonly pr: boolean;
  readonly branch: boolean;
  readonly order: readonly OrderKind[];
  /** How many `{group}`s. */
  readonly group: number;
  /** Whether the tag itself says a date. */
  readonly date: boolean;
};

export type TagPatterns = {
  /** The list as written. */
  readonly source: readonly string[];
  readonly conditions: Conditions;
};

export type TagPatternOptions = {
  /** A list of only `!` is legal: it then matches nothing. */
  readonly allowOnlyExcludes?: boolean;
};

/** Throws PatternError. `lines` are already split; `!` in front excludes; their order doesn't matter. */
export function parseTagPatterns(_lines: readonly string[], _options: TagPatternOptions = {}): TagPatterns {
  throw new Error('not there yet');
}

/** Every reading of the tag; none where no pattern matches it or a `!` pattern excludes it. */
export function readings(_patterns: TagPatterns, _tag: string): readonly Reading[] {
  throw new Error('not there yet');
}

/** The first pattern, as written, that matches a tag which no `!` pattern excludes. */
export function matchedBy(_patterns: TagPatterns, _tag: string): string | undefined {
  throw new Error('not there yet');
}
