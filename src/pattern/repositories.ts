/** Repository patterns: names and globs of repositories. */
import type { Minimatch } from 'minimatch';
import { parseRepositoryName, type RepositoryName } from '../model/index.ts';
import { PatternError } from './error.ts';
import { compileGlob, expandBraces, scanGlob } from './glob.ts';

/** Made by `parseRepositoryPatterns`. */
export type RepositoryPatterns = {
  /** The list as written. */
  readonly source: readonly string[];
  /** Names without glob characters, each once: they are asked for, whether the catalog lists them or not. */
  readonly literal: readonly RepositoryName[];
  /** Only then is the catalog read. */
  readonly hasGlob: boolean;
  /** The lines that need it, as written: one that matches nothing there is an error. */
  readonly globs: readonly string[];
  readonly includes: readonly Minimatch[];
  readonly excludes: readonly Minimatch[];
};

/** Throws PatternError. `*` doesn't cross `/`, `**` does; `!` in front excludes, `!(` is an extglob; any order. */
export function parseRepositoryPatterns(lines: readonly string[]): RepositoryPatterns {
  const isExclude = (line: string): boolean => line.startsWith('!') && !line.startsWith('!(');
  const included = lines.filter((line) => !isExclude(line)).map((line) => ({ line, names: parseLine(line, line) }));
  const names = included.flatMap((each) => each.names);
  const excludes = lines.filter(isExclude).flatMap((line) => parseLine(line, line.slice(1)));
  const excluded = excludes.map((exclude) => exclude.compiled);
  const literal = names.flatMap((name) => name.literal ?? []).filter((name) => !isMatched(excluded, name));
  const globs = included.filter((each) => each.names.some((name) => name.literal === undefined));
  if (literal.length === 0 && globs.length === 0) throw nothingNamed(lines);
  return {
    source: lines,
    literal: [...new Set(literal)],
    hasGlob: globs.length > 0,
    globs: globs.map((glob) => glob.line),
    includes: names.map((name) => name.compiled),
    excludes: excluded,
  };
}

/** Whether the list names this repository and doesn't exclude it. */
export function matchRepository(patterns: RepositoryPatterns, name: RepositoryName): boolean {
  return isMatched(patterns.includes, name) && !isMatched(patterns.excludes, name);
}

function isMatched(globs: readonly Minimatch[], name: RepositoryName): boolean {
  return globs.some((glob) => glob.match(name));
}

type Named = { readonly literal?: RepositoryName; readonly compiled: Minimatch };

/** One for each expansion of the braces. `text` is the line without the `!` of an exclude. */
function parseLine(line: string, text: string): readonly Named[] {
  refuseOtherThings(line, text);
  return expandBraces(line, text).map((glob) => {
    const tokens = scanGlob(line, glob);
    const placeholder = tokens.find((token) => token.kind === 'braced')?.text;
    if (placeholder !== undefined)
      throw new PatternError(
        line,
        `has ${placeholder}, and a repository has no placeholders`,
        'Placeholders stand in tag patterns; here * stands for any text up to a slash, and {a,b} for one of several.',
      );
    const compiled = compileGlob(line, glob);
    if (tokens.some((token) => token.kind !== 'plain')) return { compiled };
    const literal = parseRepositoryName(glob);
    if (literal === undefined)
      throw new PatternError(
        line,
        'is no name that a repository can have',
        'Names are of lower-case letters and digits, with single ".", "_" or "-" between, and "/" between their parts: apps/web.',
      );
    return { literal, compiled };
  });
}

/** What people write where a repository should stand; the way out is told as a replacement, or in words. */
const mistakes: readonly (readonly [form: RegExp, problem: string, wayOut: string | RegExp])[] = [
  [/^$/, 'is empty', 'Write ** for every repository.'],
  [/^https?:\/\/[^/]*\/?/, 'is a URL', /^https?:\/\/[^/]*\/?/],
  [/^\/.+\/$/, 'looks like a regular expression, and repositories are named by globs', 'Write apps/* or apps/**.'],
  [/^\/|\/$/, 'begins or ends with a slash', /^\/+|\/+$/g],
  [/\/\//, 'has a part without a name', /\/(?=\/)/g],
  [/^[^/[]+:\d+\//, 'begins with a registry', /^[^/]+\//],
  [/^[^[]*:/, 'has a tag or a digest in it, and tags have an input of their own', /(?:@\w+)?:.*/s],
];

function refuseOtherThings(line: string, text: string): void {
  for (const [form, problem, wayOut] of mistakes)
    if (form.test(text))
      throw new PatternError(
        line,
        problem,
        typeof wayOut === 'string' ? wayOut : `Write "${text.replace(wayOut, '').toLowerCase()}".`,
      );
  if (/[A-Z]/.test(text))
    throw new PatternError(line, 'has upper-case letters, which no repository has', `Write "${text.toLowerCase()}".`);
}

function nothingNamed(lines: readonly string[]): PatternError {
  return lines.length === 0
    ? new PatternError('', 'is empty', 'Write ** for every repository.')
    : new PatternError(
        lines.join(', '),
        "names nothing that it doesn't exclude",
        `Say what may match, too: "**, ${lines.join(', ')}".`,
      );
}
