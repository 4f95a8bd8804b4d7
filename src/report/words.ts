/** Numbers and foreign text as words and markup. */
import { escapeMarkdown } from '../model/index.ts';

export { escapeMarkdown };

/** Bytes with a binary unit and at most one decimal: `1.5 GiB`. */
export function renderBytes(bytes: number): string {
  const { unit, of } = scaleFor(bytes);
  const value = of(bytes);
  return `${unit === 'B' || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${unit}`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** The unit in which so many bytes are said, and how many of it others are. */
export function scaleFor(bytes: number): { readonly unit: string; readonly of: (bytes: number) => number } {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return { unit: units[power] ?? '', of: (each) => each / 1024 ** power };
}

const durations = [
  { unit: 'year', seconds: 365 * 86_400 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
];

/** The largest unit of which there are at least two, cut, not rounded up: `34 days`, `90 minutes`. */
export function renderDuration(seconds: number): string {
  const fitting = durations.find((each) => seconds >= 2 * each.seconds) ?? { unit: 'second', seconds: 1 };
  return renderCount(Math.floor(seconds / fitting.seconds), fitting.unit);
}

/** `1 tag`, `2 tags`, `3 repositories`. */
export function renderCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function renderOrdinal(number: number): string {
  const teen = number % 100 >= 11 && number % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}

/** `2026-11-22 01:30:00Z`: to the second, which is as exact as builds are. */
export function renderInstant(instant: string): string {
  return instant.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

/** The first 12 hex digits, as container tools show them. */
export function renderDigest(digest: string): string {
  return digest.replace(/^(\w+:\w{12})\w+$/, '$1…');
}

/** A name from outside as code. */
export function code(name: string): string {
  return `<code>${escapeMarkdown(name)}</code>`;
}

/** A line of a Markdown table; its cells are Markdown. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
