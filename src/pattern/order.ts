/** Which of two tags is newer, by what their names say. */
import type { DateKey } from './date.ts';
import { compareNumbers, compareVersions, type VersionKey } from './version.ts';

/** `{number}`, of any length. */
export type NumberKey = { readonly kind: 'number'; readonly text: string; readonly value: bigint };
export type OrderKey = VersionKey | NumberKey | DateKey;
export type OrderKind = OrderKey['kind'];

/**
 * Positive: `a` is newer. Zero: as new as each other. Left to right, as the placeholders stand. Keys of different
 * kinds don't meet within one list of patterns; they are ordered all the same, so that sorting is always well defined.
 */
export function compareOrder(a: readonly OrderKey[], b: readonly OrderKey[]): number {
  for (const [i, mine] of a.entries()) {
    const theirs = b[i];
    if (theirs === undefined) return 1;
    const order = compareKeys(mine, theirs);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareKeys(a: OrderKey, b: OrderKey): number {
  if (a.kind === 'version' && b.kind === 'version') return compareVersions(a, b);
  if (a.kind === 'number' && b.kind === 'number') return compareNumbers(a.value, b.value);
  if (a.kind === 'date' && b.kind === 'date') return compareTexts(a.at, b.at);
  return compareTexts(a.kind, b.kind);
}

/** By code unit, never by locale: the same everywhere. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a > b ? 1 : -1;
}
