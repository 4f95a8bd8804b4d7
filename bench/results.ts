/** The file of the results: between its marks it is written by the benchmark, around them by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type SectionName = 'deleting' | 'reading' | 'memory' | 'start' | 'peers';
/** Written by commands of their own. */
export type OtherSectionName = 'soak' | 'fuzz' | 'kills' | 'mutation';

/** A table of Markdown, its columns as wide as their widest cell; those with `:` at the end of the head are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = head.map((cell) => cell.endsWith(':'));
  const names = head.map((cell) => cell.replace(/:$/, ''));
  const width = names.map((name, column) =>
    Math.max(3, ...[name, ...rows.map((row) => row[column] ?? '')].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${width.map((wide, column) => (right[column] ? (cells[column] ?? '').padStart(wide) : (cells[column] ?? '').padEnd(wide))).join(' | ')} |`;
  const rule = `| ${width.map((wide, column) => (right[column] ? `${'-'.repeat(wide - 1)}:` : '-'.repeat(wide))).join(' | ')} |`;
  return [line(names), rule, ...rows.map(line)].join('\n');
}

/** The text with what is between the marks of a section replaced. PURE. Throws where the marks aren't there, once each. */
export function withSection(text: string, name: string, content: string): string {
  const [from, to] = [`<!-- ${name}: from here -->`, `<!-- ${name}: to here -->`];
  const [before, inside, ...more] = text.split(from);
  const [, after, ...evenMore] = (inside ?? '').split(to);
  if (before === undefined || after === undefined || more.length > 0 || evenMore.length > 0)
    throw new Error(`The results have no marks of their own for “${name}”: ${from} and ${to}, once each.`);
  return `${before}${from}\n\n${content.trim()}\n\n${to}${after}`;
}

export function writeSection(name: SectionName | OtherSectionName, content: string): void {
  const path = join(import.meta.dirname, 'RESULTS.md');
  writeFileSync(path, withSection(readFileSync(path, 'utf8'), name, content));
}

/** `reached`, or how far it is from that. */
export function verdict(value: number, target: { readonly most: number } | { readonly least: number }): string {
  const isReached = 'most' in target ? value <= target.most : value >= target.least;
  return isReached ? 'reached' : '**not reached**';
}
