/** Globs, whatever they name: their braces, their syntax, and minimatch for what they match. */
import { Minimatch, minimatch, type MinimatchOptions } from 'minimatch';
import { PatternError } from './error.ts';

// Braces are expanded here; `!` is the list's or an extglob's; `#` is no comment; `dot`: no name is hidden.
// `platform`: on Windows minimatch would take \ for a separator, and a registry knows none.
const options: MinimatchOptions = { nobrace: true, nonegate: true, nocomment: true, dot: true, platform: 'linux' };

/** Braces that make more than this were a mistake, and what minimatch has no room for it leaves out in silence. */
const expansionLimit = 1000;
/** Characters. Eighty times the longest tag; minimatch throws at 64 Ki, and expansions multiply it. */
const lengthLimit = 10_000;

/** One glob without braces. `pattern`, here and below, is what the user wrote and what errors quote. */
export function compileGlob(pattern: string, glob: string): Minimatch {
  try {
    return new Minimatch(glob, options);
  } catch (error) {
    throw new PatternError(pattern, `is more than can be matched: ${String(error)}`, 'Split it into several patterns.');
  }
}

/** `a{b,c}` → `ab`, `ac`; `{1..3}` → `1`, `2`, `3`; `{version}` stays as it is. Throws PatternError. */
export function expandBraces(pattern: string, glob: string): readonly string[] {
  if (glob.includes('\\'))
    throw new PatternError(
      pattern,
      'has a \\, which a glob here has no use for',
      'No name holds a character that would need one. A regular expression stands between slashes: /v\\d+/.',
    );
  if (glob.length > lengthLimit)
    throw new PatternError(pattern, `has more than ${lengthLimit} characters`, 'Split it into several patterns.');
  let depth = 0;
  for (const character of glob) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (depth < 0) throw strayCharacter(pattern, '}');
  }
  if (depth > 0) throw strayCharacter(pattern, '{');
  const expanded = minimatch.braceExpand(glob, { braceExpandMax: expansionLimit + 1 });
  if (expanded.length > expansionLimit)
    throw new PatternError(
      pattern,
      `expands to more than ${expansionLimit} patterns`,
      'Write {number} for any number in a tag, and * for any text.',
    );
  return expanded;
}

export type GlobToken = {
  readonly kind: 'braced' | 'set' | 'open' | 'close' | 'bar' | 'wild' | 'plain';
  readonly text: string;
  /** How many extglobs it stands in. */
  readonly depth: number;
};

// Tried in this order at each place.
const grammar: readonly (readonly [GlobToken['kind'], RegExp])[] = [
  ['braced', /^\{[^{}]*\}/],
  ['set', /^\[[!^]?\]?(?:\[:[a-z]+:\]|[^\]{}/])*\]/],
  ['open', /^[!?*+@]\(/],
  ['close', /^\)/],
  ['bar', /^\|/],
  ['wild', /^[*?]/],
  ['plain', /^[\w./-]/],
];

/** The tokens of a glob whose braces are expanded. Throws PatternError for what is never closed or never matches. */
export function scanGlob(pattern: string, glob: string): readonly GlobToken[] {
  const tokens: GlobToken[] = [];
  let depth = 0;
  for (let rest = glob; rest !== '';) {
    const { kind, text } = nextToken(pattern, rest);
    if (kind === 'close') depth--;
    if (depth < 0 || (kind === 'bar' && depth === 0)) throw strayCharacter(pattern, text);
    if (kind === 'set' && !matchesAnything(pattern, text))
      throw new PatternError(pattern, `has ${text}, which is no character`, 'Ranges go upwards: [a-z], [0-9].');
    if (depth > 0 && (kind === 'braced' || text === '/'))
      throw new PatternError(pattern, `has ${text} within ( )`, 'Write such alternatives in braces: {a,b}.');
    tokens.push({ kind, text, depth });
    if (kind === 'open') depth++;
    rest = rest.slice(text.length);
  }
  if (depth > 0)
    throw new PatternError(pattern, 'has a ( that is never closed', 'Close it: @(a|b) is one of several texts.');
  return tokens;
}

function nextToken(pattern: string, rest: string): Omit<GlobToken, 'depth'> {
  for (const [kind, form] of grammar) {
    const text = form.exec(rest)?.[0];
    if (text !== undefined) return { kind, text };
  }
  throw strayCharacter(pattern, rest.slice(0, 1));
}

/** Every character that a tag may hold. */
export const nameCharacters: readonly string[] = Array.from(
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-',
);

function matchesAnything(pattern: string, set: string): boolean {
  // `x`, since a lone `.` is a folder to minimatch, which nothing but itself matches.
  const compiled = compileGlob(pattern, `x${set}`);
  return nameCharacters.some((character) => compiled.match(`x${character}`));
}

const stray: Readonly<Record<string, readonly [problem: string, wayOut: string]>> = {
  '{': ['has a { that is never closed', 'Close it: {version} is a placeholder, {a,b} is one of several texts.'],
  '}': ['closes a } that was never opened', 'Open it: {version} is a placeholder, {a,b} is one of several texts.'],
  '[': ['has a [ that is never closed', 'Close it: [0-9] is one digit.'],
  '(': ['has a ( without ! ? * + or @ before it', 'Write @(a|b) or {a,b} for one of several texts.'],
  ')': ['closes a ) that was never opened', 'Write @(a|b) or {a,b} for one of several texts.'],
  '|': ['has a | outside of ( )', 'Write @(a|b) or {a,b} for one of several texts.'],
  ',': ['has a comma outside of { }', 'Give each pattern a line of its own, or write {a,b}.'],
};

function strayCharacter(pattern: string, character: string): PatternError {
  const [problem, wayOut] = stray[character] ?? [
    `has "${character}", which no name in a registry holds`,
    'Names consist of letters, digits, ".", "_" and "-"; * stands for any text.',
  ];
  return new PatternError(pattern, problem, wayOut);
}
