/** pattern/ (pure): the language in which tags and repositories are named: parse, match, all readings. */
export { PatternError } from './error.ts';
export type { DateKey } from './date.ts';
export { compareOrder, type NumberKey, type OrderKey, type OrderKind } from './order.ts';
export type { VersionKey } from './version.ts';
export {
  matchedBy,
  parseTagPatterns,
  readings,
  type Conditions,
  type Reading,
  type TagPatterns,
  type TagPatternOptions,
} from './tags.ts';
export { matchRepository, parseRepositoryPatterns, type RepositoryPatterns } from './repositories.ts';
