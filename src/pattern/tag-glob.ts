/** Globs with placeholders: `v{version}-{sha}`. */
import { PatternError } from './error.ts';
import { compileGlob, expandBraces, scanGlob, type GlobToken } from './glob.ts';
import { isPlaceholder, placeholders, suggestPlaceholder } from './placeholder.ts';
import type { Item } from './reading.ts';

// Other tools' ways to write a placeholder: {{version}}, ${version}, $version, <version>, %version%, [version].
// Without this most would be errors anyway, but none that says what to write.
const lookAlike =
  /\$?\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\w+|<[^<>]*>|%\{[^{}]*\}|%\w+%?|\[(?:version|number|date|group|branch)\]/;

/** One sequence for each expansion of the braces. `pattern` is what errors quote. Throws PatternError. */
export function parseTagGlob(pattern: string, glob: string): readonly (readonly Item[])[] {
  const found = lookAlike.exec(glob)?.[0];
  if (found !== undefined) throw unknownPlaceholder(pattern, found);
  return expandBraces(pattern, glob).map((expanded) => parseExpanded(pattern, expanded));
}

function parseExpanded(pattern: string, glob: string): readonly Item[] {
  if (glob.includes('/'))
    throw new PatternError(
      pattern,
      'has a /, which no tag holds',
      'Repositories have an input of their own; a regular expression begins and ends with a slash: /v\\d+/.',
    );
  const items: Item[] = [];
  let text: GlobToken[] = [];
  const endText = (): void => {
    if (text.length > 0) items.push(textItem(pattern, text));
    text = [];
  };
  for (const token of scanGlob(pattern, glob)) {
    if (token.kind !== 'braced') {
      text.push(token);
      continue;
    }
    endText();
    const name = token.text.slice(1, -1);
    if (!isPlaceholder(name)) throw unknownPlaceholder(pattern, token.text);
    items.push({ placeholder: name, literal: false, spans: () => () => true });
  }
  endText();
  return items;
}

/** The text between two placeholders, which is a glob by itself. */
function textItem(pattern: string, tokens: readonly GlobToken[]): Item {
  const glob = tokens.map((token) => token.text).join('');
  const literal = tokens.some((token) => token.kind === 'plain' && token.depth === 0);
  if (tokens.every((token) => token.kind === 'plain'))
    return { literal, spans: (tag) => (from, to) => to - from === glob.length && tag.startsWith(glob, from) };
  // minimatch takes its text for a file's name: empty, `.` and `..` would be something else than text. In the middle
  // of a name nothing is.
  const compiled = compileGlob(pattern, `x${glob}x`);
  return { literal, spans: (tag) => (from, to) => compiled.match(`x${tag.slice(from, to)}x`) };
}

function unknownPlaceholder(pattern: string, found: string): PatternError {
  const meant = suggestPlaceholder(found);
  return new PatternError(
    pattern,
    `has ${found}, which is no placeholder`,
    meant === undefined
      ? `The placeholders are ${placeholders.map((name) => `{${name}}`).join(' ')}; {a,b} is one of several texts.`
      : `Write "${pattern.replace(found, () => `{${meant}}`)}".`,
  );
}
