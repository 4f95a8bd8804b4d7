/** Which of two tags is newer, by what their names say. */
import type { Instant } from '../model/index.ts';

export type VersionKey = {
  readonly kind: 'version';
  /** As written in the tag. */
  readonly text: string;
  readonly parts: readonly bigint[];
  /** Empty: a release. */
  readonly prerelease: readonly (string | bigint)[];
};
export type NumberKey = { readonly kind: 'number'; readonly text: string; readonly value: bigint };
export type DateKey = {
  readonly kind: 'date';
  readonly text: string;
  /** A day alone is its end, UTC. */
  readonly at: Instant;
};
export type OrderKey = VersionKey | NumberKey | DateKey;
export type OrderKind = OrderKey['kind'];

/** Positive: `a` is the newer one. Zero: as new as each other. Left to right, as the placeholders stand. */
export function compareOrder(_a: readonly OrderKey[], _b: readonly OrderKey[]): number {
  throw new Error('not there yet');
}
