/**
 * Bytes before and after as a picture: a bar for each repository, drawn by GitHub from Mermaid's text. Its `xychart-beta`
 * is there since 10.5; a second series is drawn over the first, so that what stays covers its part of what was there.
 */
import type { RepositoryReport, RunReport } from './run-report.ts';
import { scaleFor } from './words.ts';

/** Bars in one picture: those with the most to give back. */
const barsShown = 12;
/** Longer names would leave no room for the bars. */
const nameShown = 34;

/** Blue and orange are told apart by most eyes, on a light page and on a dark one. */
export const pictureColours = { stays: '#4184e4', goes: '#e16f24' } as const;

/** Nothing where no byte goes, or the sizes are not known. */
export function renderPicture({ repositories }: RunReport): readonly string[] {
  const found = repositories.map(barOf).filter((bar) => bar !== undefined);
  const bars = found.toSorted((a, b) => b.goes - a.goes).slice(0, barsShown);
  const [largest] = bars.toSorted((a, b) => b.before - a.before);
  if (largest === undefined) return [];
  const { unit, of } = scaleFor(largest.before);
  // Mermaid takes no other number than one with a point: no `1e-7`.
  const value = (bytes: number): string => of(bytes).toFixed(2);
  if (Number(value(bars[0]?.goes ?? 0)) === 0) return [];
  const which = found.length > bars.length ? `The ${bars.length} that give back most` : 'What they hold';
  const config = {
    xyChart: { width: 760, height: 90 + 34 * bars.length, titleFontSize: 16, xAxis: { labelFontSize: 13 } },
    themeVariables: {
      xyChart: { backgroundColor: 'transparent', plotColorPalette: `${pictureColours.goes}, ${pictureColours.stays}` },
    },
  };
  return [
    '```mermaid',
    `%%{init: ${JSON.stringify(config)}}%%`,
    'xychart-beta horizontal',
    `    title "${which}, in ${unit}: blue stays, orange goes"`,
    `    x-axis [${shownNames(bars).join(', ')}]`,
    `    y-axis 0 --> ${value(largest.before * 1.02)}`,
    `    bar [${bars.map(({ before }) => value(before)).join(', ')}]`,
    `    bar [${bars.map(({ before, goes }) => value(before - goes)).join(', ')}]`,
    '```',
    '',
  ];
}

type Bar = { readonly repository: string; readonly before: number; readonly goes: number };

function barOf({ repository, holds, plan }: RepositoryReport): Bar | undefined {
  const goes = plan?.frees.bytes ?? 0;
  if (holds === undefined || goes === 0) return undefined;
  return { repository, before: Math.max(holds.bytes, goes), goes };
}

/** In quotation marks, each once: bars of one name would be drawn over each other. */
function shownNames(bars: readonly Bar[]): readonly string[] {
  const shown = bars.map(({ repository }) => shownName(repository));
  return shown.map((name, place) => `"${name}${shown.indexOf(name) < place ? ` (${place + 1})` : ''}"`);
}

/** A repository's name has no mark that means anything within quotation marks; whatever else may come has none left. */
function shownName(name: string): string {
  const plain = name.replace(/[^\w./-]/g, '_');
  return plain.length > nameShown ? `…${plain.slice(1 - nameShown)}` : plain;
}
