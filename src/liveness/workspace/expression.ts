/**
 * Text with expressions in it: `$TAG`, `${TAG:-1.2}`, `$(git rev-parse HEAD)`, `${{ env.TAG }}`, `{{ .Values.tag }}`,
 * `${var.tag}`, `%TAG%`. Pure.
 */

/** What an expression is for which no value is known. Files that hold it are refused as not being text. */
export const unknown = '\0';
/** The same, where the expression calls itself a registry: what follows it is a path in one. Blanked in files. */
export const unknownRegistry = '\u0001';

export type Piece =
  { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'expression'; readonly text: string };

/** A run of text that can be one image's name. */
export type Word = { readonly text: string; readonly pieces: readonly Piece[] };

// Longer ones are read as text: the search for their end must not make a long line take a long time.
const longestExpression = 500;
const deepest = 10;

/** A line's words. Quotes join what they stand between, as a shell has it: `"$REGISTRY"/web:"$TAG"` is one word. */
export function parseWords(line: string): readonly Word[] {
  const words: Word[] = [];
  let pieces: Piece[] = [];
  let literal = '';
  let start = 0;
  const endLiteral = (): void => {
    if (literal !== '') pieces.push({ kind: 'literal', text: literal });
    literal = '';
  };
  const endWord = (at: number): void => {
    endLiteral();
    if (pieces.length > 0) words.push({ text: line.slice(start, at).replace(/["']/g, ''), pieces });
    pieces = [];
    start = at + 1;
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    const length = expressionStarts.includes(character) ? expressionLength(line, at) : 0;
    if (length > 0) {
      endLiteral();
      pieces.push({ kind: 'expression', text: line.slice(at, at + length) });
      at += length - 1;
    } else if (separators.includes(character)) endWord(at);
    else if (character !== '"' && character !== "'") literal += character;
  }
  endWord(line.length);
  return words;
}

/** The pieces of text that is one value, spaces and quotes included. */
export function parsePieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const length = expressionStarts.includes(text.charAt(at)) ? expressionLength(text, at) : 0;
    if (length === 0) continue;
    if (at > start) pieces.push({ kind: 'literal', text: text.slice(start, at) });
    pieces.push({ kind: 'expression', text: text.slice(at, at + length) });
    start = at + length;
    at = start - 1;
  }
  if (start < text.length) pieces.push({ kind: 'literal', text: text.slice(start) });
  return pieces;
}

/** Whether there may be an expression in the text at all. */
export function hasExpression(text: string): boolean {
  return /\$|\{\{|<%|%\w+%/.test(text);
}

/** What stands inside an expression, as text that may name images itself. */
export function insideOf(expression: string): string {
  return expression.replace(/^(?:\$\{\{|\{\{|\$\{|\$\(|<%|[$%])/, '').replace(/(?:\}\}|%>|[})%])$/, '');
}

const separators = ' \t\r\n\f\v,;|`';
const expressionStarts = '${<%';
const simpleVariable = /\$(?:[A-Za-z_]\w*|[0-9@*#?!$-])/y;
const batchVariable = /%[A-Za-z_]\w*%/y;

function expressionLength(text: string, at: number): number {
  const pair = text.slice(at, at + 3);
  if (pair === '${{') return lengthUntil(text, at, '}}');
  if (pair.startsWith('{{')) return lengthUntil(text, at, '}}');
  if (pair.startsWith('<%')) return lengthUntil(text, at, '%>');
  if (pair.startsWith('${')) return lengthOfPair(text, at, '{', '}');
  if (pair.startsWith('$(')) return lengthOfPair(text, at, '(', ')');
  const simple = pair.startsWith('%') ? batchVariable : simpleVariable;
  simple.lastIndex = at;
  return simple.exec(text)?.[0].length ?? 0;
}

/** Of one that is not closed here (a template goes on in the next line) the sign alone: what follows is read as text. */
function lengthUntil(text: string, at: number, end: string): number {
  const window = text.slice(at, at + longestExpression);
  const found = window.indexOf(end, 2);
  return found === -1 ? 2 : found + end.length;
}

function lengthOfPair(text: string, at: number, open: string, close: string): number {
  const end = Math.min(text.length, at + longestExpression);
  let depth = 0;
  for (let index = at + 1; index < end; index += 1) {
    const character = text.charAt(index);
    if (character === open) depth += 1;
    if (depth > deepest) break;
    else if (character === close) depth -= 1;
    if (depth === 0) return index - at + 1;
  }

  return 2;
}
