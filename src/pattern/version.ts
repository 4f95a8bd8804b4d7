/** `{version}`: what counts as one, and which of two is newer. */
import semver from 'semver';

export type VersionKey = {
  readonly kind: 'version';
  /** As written in the tag. */
  readonly text: string;
  /** The 1 to 4 numeric parts, of any length: calendar versions outgrow doubles. */
  readonly parts: readonly bigint[];
  /** Words in lower case, short ones spelled out, and numbers. Empty: a release. */
  readonly prerelease: readonly (string | bigint)[];
};

// Only these words make a prerelease; anything else behind the numbers (`-alpine`, `-9-gabc1234`) makes the text no
// version at all. The single letters need their number behind them, and `a` and `b` stand right behind the version
// (PEP 440: `1.2a1`): OpenSSL's `1.0.2a` is a release, and `1.8-b9` a build.
const words = 'alpha|beta|canary|cr|dev|ea|milestone|next|nightly|prerelease|preview|pre|rc|snapshot';
const stage = `[-._]?(?:${words})(?:[-._]?\\d+(?:\\.\\d+)*)?|[ab]\\d+|[-._]?m\\d+`;
const grammar = new RegExp(`^v?(\\d+(?:\\.\\d+){0,3})((?:${stage})*)$`, 'i');
const spelledOut = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
  ['cr', 'rc'],
]);

/** `undefined` where the text is no version. */
export function parseVersion(text: string): VersionKey | undefined {
  const [, numbers, tail] = grammar.exec(text) ?? [];
  if (numbers === undefined || tail === undefined) return undefined;
  const prerelease = tail.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
  return {
    kind: 'version',
    text,
    parts: numbers.split('.').map(BigInt),
    prerelease: prerelease.map((part) => (/\d/.test(part) ? BigInt(part) : (spelledOut.get(part) ?? part))),
  };
}

/** Positive: `a` is newer. A missing part counts as 0; a prerelease comes before its release (semver 2.0.0, 11). */
export function compareVersions(a: VersionKey, b: VersionKey): number {
  for (let i = 0; i < Math.max(a.parts.length, b.parts.length); i++) {
    const order = compareNumbers(a.parts[i] ?? 0n, b.parts[i] ?? 0n);
    if (order !== 0) return order;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (const [i, mine] of a.prerelease.entries()) {
    const theirs = b.prerelease[i];
    if (theirs === undefined) return 1;
    const order =
      typeof mine === 'bigint' && typeof theirs === 'bigint'
        ? compareNumbers(mine, theirs) // semver's own comparison goes through doubles
        : semver.compareIdentifiers(String(mine), String(theirs));
    if (order !== 0) return order;
  }
  return a.prerelease.length - b.prerelease.length;
}

export function compareNumbers(a: bigint, b: bigint): number {
  return a === b ? 0 : a > b ? 1 : -1;
}
