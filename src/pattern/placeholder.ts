/** The typed placeholders: what each matches and what its value is. */
import { parseDate } from './date.ts';
import type { OrderKey } from './order.ts';
import { parseVersion } from './version.ts';

export const placeholders = ['version', 'number', 'date', 'sha', 'group', 'pr', 'branch'] as const;
export type Placeholder = (typeof placeholders)[number];

/** What a placeholder read in a tag. */
export type Value =
  | OrderKey
  | { readonly kind: 'sha' } // only matches: which digits they are means nothing
  | { readonly kind: 'group' | 'branch'; readonly text: string }
  | { readonly kind: 'pr'; readonly number: number };

export function isPlaceholder(name: string): name is Placeholder {
  return placeholders.some((placeholder) => placeholder === name);
}

/** The value of this text, or `undefined` where the placeholder doesn't match it. */
export function parseValue(placeholder: Placeholder, text: string): Value | undefined {
  switch (placeholder) {
    case 'version':
      return parseVersion(text);
    case 'number':
      return /^\d+$/.test(text) ? { kind: 'number', text, value: BigInt(text) } : undefined;
    case 'date':
      return parseDate(text);
    case 'sha':
      return /^[0-9a-f]{7,64}$/i.test(text) ? { kind: 'sha' } : undefined;
    case 'group':
      return { kind: 'group', text };
    case 'pr': {
      const number = /^[1-9]\d*$/.test(text) ? Number(text) : NaN;
      return Number.isSafeInteger(number) ? { kind: 'pr', number } : undefined;
    }
    case 'branch':
      // `1.2.3-{sha}` must not be taken for the build of a branch `1.2.3` that is long gone.
      return text === '' || parseVersion(text) !== undefined ? undefined : { kind: 'branch', text };
  }
}

/** Equal for two values of a placeholder exactly where they mean the same: `v1.2` and `1.2.0` do. */
export function meaningOf(value: Value): string {
  switch (value.kind) {
    case 'version':
      return `${value.parts.join('.').replace(/(?:\.0)+$/, '')}-${value.prerelease.join('.')}`;
    case 'number':
      return String(value.value);
    case 'date':
      return value.at;
    case 'sha':
      return '';
    case 'group':
    case 'branch':
      return value.text;
    case 'pr':
      return String(value.number);
  }
}

// What people write who know another tool's names.
const otherNames: Readonly<Record<Placeholder, readonly string[]>> = {
  version: ['semver', 'ver', 'major', 'release'],
  number: ['num', 'int', 'integer', 'build', 'run', 'n'],
  date: ['time', 'timestamp', 'day', 'unix'],
  sha: ['hash', 'commit', 'digest', 'rev', 'revision'],
  group: ['any', 'name', 'variant', 'suffix', 'arch'],
  pr: ['pull', 'pullrequest', 'mr'],
  branch: ['ref', 'head'],
};

/** The placeholder that somebody meant who wrote `word`: in another case, misspelt, or by another tool's name. */
export function suggestPlaceholder(word: string): Placeholder | undefined {
  const letters = word.toLowerCase().replace(/[^a-z]/g, '');
  return (
    placeholders.find((name) => otherNames[name].includes(letters)) ??
    placeholders.find((name) => letters.startsWith(name)) ??
    placeholders.find((name) => isWithin(Math.floor((name.length - 1) / 2), letters, name))
  );
}

/** Whether at most so many single-letter changes make `b` of `a`. */
function isWithin(changes: number, a: string, b: string): boolean {
  if (a === b) return true;
  if (changes === 0) return false;
  const first = b.slice(0, 1);
  if (first !== '' && a.startsWith(first)) return isWithin(changes, a.slice(1), b.slice(1));
  return (
    isWithin(changes - 1, a.slice(1), b.slice(1)) ||
    isWithin(changes - 1, a.slice(1), b) ||
    isWithin(changes - 1, a, b.slice(1))
  );
}
