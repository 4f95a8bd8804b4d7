/**
 * Regular expressions, `/v(?<version>.+)/`: JavaScript's, except that every way to match is found, and none takes
 * exponential time. JavaScript's matcher tells only the way that it comes upon first, and a tag may go only if no way
 * of reading it keeps it. So JavaScript checks the syntax and says what a single character matches; the rest is here:
 * each part is asked once, for each place of the tag at which it may begin, at which places it can end.
 */
import { PatternError } from './error.ts';
import { nameCharacters } from './glob.ts';
import { isPlaceholder, suggestPlaceholder, type Placeholder } from './placeholder.ts';
import type { Item, Spans } from './reading.ts';

type Node =
  | { readonly kind: 'character'; readonly matches: ReadonlySet<string> }
  | { readonly kind: 'assertion'; readonly text: string }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly of: Node }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number };
type Value = { readonly kind: 'value'; readonly placeholder: Placeholder; readonly of: Node };
type Part = Node | Value;

/** `text` begins with a slash; `pattern` is what errors quote. Throws PatternError. */
export function parseRegex(pattern: string, text: string): readonly Item[] {
  const source = text.slice(1, text.lastIndexOf('/'));
  const behind = text.slice(text.lastIndexOf('/') + 1);
  if (source !== '' && /^[a-z]+$/.test(behind))
    throw new PatternError(
      pattern,
      `has "${behind}" behind its last slash, and flags are not allowed`,
      `Write "${pattern.slice(0, -behind.length)}"; [Aa] is a letter in either case.`,
    );
  if (behind !== '' || text === '/')
    throw new PatternError(
      pattern,
      'begins with a / and is never closed',
      'A regular expression ends with a slash too: /v\\d+/. A tag holds no slash.',
    );
  try {
    new RegExp(source, 'u');
  } catch (error) {
    const reason = String(error).replace(/^.*\/u: /su, '');
    throw new PatternError(
      pattern,
      `is no regular expression: ${reason}`,
      'It is JavaScript\'s, with the flag "u": /v(?<version>\\d+\\.\\d+)/. Only ^ $ \\ . * + ? ( ) [ ] { } | / take a \\.',
    );
  }
  if (source === '') throw new PatternError(pattern, 'is empty', 'Write * for every tag.');
  return itemsOf(parseParts(pattern, source));
}

/** A placeholder is one stretch of the pattern, and all that stands between two of them another. */
function itemsOf(parts: readonly Part[]): readonly Item[] {
  const at = parts.findIndex((part) => part.kind === 'value');
  const text = parts.slice(0, at === -1 ? parts.length : at).filter((part) => part.kind !== 'value');
  const value = parts[at];
  return [
    ...(text.length > 0 ? [itemOf({ kind: 'sequence', of: text })] : []),
    ...(value?.kind === 'value' ? [{ ...itemOf(value.of), placeholder: value.placeholder }] : []),
    ...(at === -1 ? [] : itemsOf(parts.slice(at + 1))),
  ];
}

function itemOf(node: Node): Item {
  return { literal: isLiteral(node), spans: spansOf(node) };
}

// Syntax. The source is known to be valid, so that what is opened is closed and what is repeated is there.

const grammar =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z]|k<[^>]*>|\d+|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?|[*+?]\??|\{\d+,?\d*\}\??|./gsu;

function parseParts(pattern: string, source: string): readonly Part[] {
  const tokens = Array.from(source.matchAll(grammar), ([token]) => token);
  let next = 0;

  const parseChoice = (): readonly Part[] => {
    const alternatives = [parseSequence()];
    while (tokens[next] === '|') {
      next++;
      alternatives.push(parseSequence());
    }
    if (alternatives.length === 1) return alternatives.flat();
    return [{ kind: 'choice', of: alternatives.map((parts) => withoutValue(pattern, parts)) }];
  };

  const parseSequence = (): readonly Part[] => {
    const parts: Part[] = [];
    for (let token = tokens[next]; token !== undefined && token !== '|' && token !== ')'; token = tokens[next]) {
      next++;
      parts.push(...parseRepeat(token.startsWith('(') ? parseGroup(token) : [parseAtom(pattern, token)]));
    }
    return parts;
  };

  const parseGroup = (opening: string): readonly Part[] => {
    const inside = parseChoice();
    next++;
    return closeGroup(pattern, opening, inside);
  };

  const parseRepeat = (parts: readonly Part[]): readonly Part[] => {
    const bounds = repeatBounds(tokens[next] ?? '');
    if (bounds === undefined) return parts;
    next++;
    return [{ kind: 'repeat', of: withoutValue(pattern, parts), ...bounds }];
  };

  return parseChoice();
}

function repeatBounds(token: string): { readonly min: number; readonly max: number } | undefined {
  if (token.startsWith('*')) return { min: 0, max: Infinity };
  if (token.startsWith('+')) return { min: 1, max: Infinity };
  if (token.startsWith('?')) return { min: 0, max: 1 };
  const [, min, comma, max] = /^\{(\d+)(,?)(\d*)\}/.exec(token) ?? [];
  if (min === undefined) return undefined;
  if (comma === '') return { min: Number(min), max: Number(min) };
  return { min: Number(min), max: max === '' ? Infinity : Number(max) };
}

function parseAtom(pattern: string, token: string): Node {
  if (/^(?:[$^]|\\[bB])$/.test(token)) return { kind: 'assertion', text: token };
  if (/^\\[1-9k]/.test(token)) throw unsupported(pattern, token);
  const character = new RegExp(`^${token}$`, 'u');
  return { kind: 'character', matches: new Set(nameCharacters.filter((candidate) => character.test(candidate))) };
}

function closeGroup(pattern: string, opening: string, inside: readonly Part[]): readonly Part[] {
  if (opening === '(' || opening === '(?:') return inside;
  const look = /^\(\?(<?)([=!])$/.exec(opening);
  if (look !== null)
    return [{ kind: 'look', behind: look[1] === '<', negative: look[2] === '!', of: withoutValue(pattern, inside) }];
  if (!opening.endsWith('>')) throw unsupported(pattern, opening);
  const name = opening.slice(3, -1);
  if (!isPlaceholder(name))
    throw new PatternError(
      pattern,
      `has a group ${opening}…), and "${name}" is no placeholder`,
      `Write (?<${suggestPlaceholder(name) ?? 'version'}>…), or (?:…) for a group that means nothing.`,
    );
  return [{ kind: 'value', placeholder: name, of: withoutValue(pattern, inside) }];
}

/** A placeholder that some matches go without would leave those tags without its condition. */
function withoutValue(pattern: string, parts: readonly Part[]): Node {
  const of: Node[] = [];
  for (const part of parts) {
    if (part.kind === 'value')
      throw new PatternError(
        pattern,
        `has (?<${part.placeholder}>…) where it may be missing, repeat, or stand in another group`,
        'A placeholder takes part in every match: write one pattern for each alternative.',
      );
    of.push(part);
  }
  return { kind: 'sequence', of };
}

function unsupported(pattern: string, token: string): PatternError {
  return new PatternError(
    pattern,
    `has ${token}, which is not supported`,
    'Write out what it stands for; [Aa] is a letter in either case.',
  );
}

/** Whether some character in it is given, and must be there. */
function isLiteral(node: Node): boolean {
  switch (node.kind) {
    case 'character':
      return node.matches.size === 1;
    case 'sequence':
      return node.of.some(isLiteral);
    case 'choice':
      return node.of.every(isLiteral);
    case 'repeat':
      return node.min > 0 && isLiteral(node.of);
    case 'assertion':
    case 'look':
      return false;
  }
}

// Matching. A set of places in the tag is a bigint with a bit for each, so that joining two of them is one operation.

type Places = bigint;
type Ends = (from: number) => Places;

function spansOf(node: Node): Spans {
  return (tag) => {
    const ends = endsOf(node, tag);
    return (from, to) => holds(ends(from), to);
  };
}

function endsOf(node: Node, tag: string): Ends {
  const known = new Map<number, Places>();
  const find = finderOf(node, tag);
  return (from) => {
    const ends = known.get(from) ?? find(from);
    known.set(from, ends);
    return ends;
  };
}

function finderOf(node: Node, tag: string): Ends {
  switch (node.kind) {
    case 'character':
      return (from) => (node.matches.has(tag.charAt(from)) ? place(from + 1) : 0n);
    case 'assertion':
      return (from) => (isTrueAt(node.text, tag, from) ? place(from) : 0n);
    case 'look': {
      const ends = endsOf(node.of, tag);
      const begins = (from: number): boolean => {
        for (let start = 0; start <= from; start++) if (holds(ends(start), from)) return true;
        return false;
      };
      return (from) => ((node.behind ? begins(from) : ends(from) !== 0n) === node.negative ? 0n : place(from));
    }
    case 'sequence': {
      const parts = node.of.map((part) => endsOf(part, tag));
      return (from) => parts.reduce(advance, place(from));
    }
    case 'choice': {
      const alternatives = node.of.map((part) => endsOf(part, tag));
      return (from) => alternatives.reduce((found, ends) => found | ends(from), 0n);
    }
    case 'repeat':
      return repeated(endsOf(node.of, tag), node.min, node.max, tag.length);
  }
}

function repeated(once: Ends, min: number, max: number, length: number): Ends {
  // Of more rounds than the tag has characters one is empty, and that one can be done any number of times.
  const rounds = Math.min(min, length + 1);
  return (from) => {
    let found = place(from);
    for (let round = 0; round < rounds; round++) found = advance(found, once);
    let fresh = found;
    for (let left = max - min; left > 0 && fresh !== 0n; left--) {
      fresh = advance(fresh, once) & ~found;
      found |= fresh;
    }
    return found;
  };
}

function isTrueAt(assertion: string, tag: string, at: number): boolean {
  if (assertion === '^') return at === 0;
  if (assertion === '$') return at === tag.length;
  const isWord = (index: number): boolean => /\w/.test(tag.charAt(index));
  return (isWord(at - 1) !== isWord(at)) === (assertion === '\\b');
}

function place(at: number): Places {
  return 1n << BigInt(at);
}

function holds(places: Places, at: number): boolean {
  return (places & place(at)) !== 0n;
}

/** Where `part` can end if it begins at any of these places. */
function advance(places: Places, part: Ends): Places {
  let found = 0n;
  for (let at = 0, rest = places; rest !== 0n; at++, rest >>= 1n) if ((rest & 1n) === 1n) found |= part(at);
  return found;
}
