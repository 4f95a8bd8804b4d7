/** The pages that people read, taken apart: headings with the anchors that GitHub gives them, links, fenced blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

function markdownIn(folder: string, recursive: boolean): readonly string[] {
  return readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')));
}

/** Of the project, from its root, in order; what a test expects of a summary is no page. */
export const pages: readonly string[] = [
  ...markdownIn('.', false),
  ...['.github', 'bench', 'docs'].flatMap((folder) => markdownIn(folder, true)),
].sort();

/** For users: README and docs/, without the decisions behind the program. */
export const userPages: readonly string[] = pages.filter((path) => path === 'README.md' || /^docs\/[^/]+$/.test(path));

export const readPage = (page: string): string => readFileSync(join(root, page), 'utf8');

export type Block = {
  /** `README.md:12`: the line of its fence. */
  readonly where: string;
  readonly language: string;
  readonly text: string;
};

const fence = /^( *)```([\w-]*)\n([\s\S]*?)^ *```$/gm;

/** Its lines without the indentation of the list that it may stand in. */
export function blocksOf(page: string): readonly Block[] {
  const text = readPage(page);
  return [...text.matchAll(fence)].map(({ 1: indent = '', 2: language = '', 3: body = '', index }) => ({
    where: `${page}:${text.slice(0, index).split('\n').length}`,
    language,
    text: body.replace(new RegExp(`^ {${indent.length}}`, 'gm'), ''),
  }));
}

/** What stands outside of fenced blocks, where a `#` is a heading and a `[` a link. */
function proseOf(page: string): string {
  return readPage(page).replace(fence, '');
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = [...proseOf(page).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(anchors);
}

/** The targets of links and pictures; those in code are no links. */
export function linksOf(page: string): readonly string[] {
  const prose = proseOf(page).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
  const inline = [...prose.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map(([, target = '']) => target);
  const defined = [...prose.matchAll(/^\[([^\]]+)\]: +(\S+)$/gm)].map(([, , target = '']) => target);
  const images = [...prose.matchAll(/<(?:img|source|a)\b[^>]*?\b(?:src|srcset|href)="([^"]+)"/g)].map(
    ([, target = '']) => target,
  );
  return [...inline, ...defined, ...images];
}

/** The cells of each row of the tables below a heading (all of the page without one), without head and ruler. */
export function rowsOf(page: string, heading?: string): readonly (readonly string[])[] {
  const text = proseOf(page);
  const from = heading === undefined ? 0 : text.indexOf(`\n${heading}\n`);
  if (from === -1) throw new Error(`${page} has no heading '${heading ?? ''}'.`);
  const level = heading === undefined ? 0 : heading.indexOf(' ');
  const rest = text.slice(from + 1 + (heading?.length ?? 0));
  const end = level === 0 ? -1 : rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return (end === -1 ? rest : rest.slice(0, end))
    .split('\n')
    .filter((line, index, lines) => line.startsWith('|') && !isRuler(line) && !isRuler(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, line.trimEnd().length - 1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

function isRuler(line: string): boolean {
  return /^\|(?: *:?-+:? *\|)+ *$/.test(line);
}
