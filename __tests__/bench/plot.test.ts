// The picture is looked at on other people's pages: well-formed, without a script, and every point inside.

import { describe, expect, test } from '@jest/globals';
import { drawPlot, type Plot } from '../../bench/plot.ts';

const plot: Plot = {
  title: 'A <title> & "more"',
  xLabel: 'tags',
  yLabel: 'per tag',
  note: 'a note',
  series: [
    {
      ...{ name: 'ours', color: 'ours', dashed: false },
      points: [
        { x: 1_000, y: 7 },
        { x: 16_000, y: 8 },
      ],
    },
    {
      ...{ name: 'ours too', color: 'ours', dashed: true },
      points: [{ x: 16_000, y: 8.1 }],
    },
    {
      ...{ name: 'theirs', color: 'theirs', dashed: false },
      points: [
        { x: 1_000, y: 20 },
        { x: 16_000, y: 640, computed: true },
      ],
    },
  ],
};

/** Enough of a reader: tags that close in their order, attributes in quotes, no stray `<` or `&`. */
function openElements(svg: string): readonly string[] {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/g, (_, close: string, name, __, empty) => {
    if (close === '') open.push(String(name));
    if ((close !== '' || empty !== '') && open.pop() !== name) throw new Error(`</${String(name)}> closes another one`);
    return '';
  });
  const stray = /<|&(?!amp;|lt;|gt;|quot;)/.exec(rest);
  if (stray) throw new Error(`A stray ${stray[0]} in: ${rest.slice(stray.index, stray.index + 40)}`);
  return open;
}

const numbers = (svg: string, attribute: string): readonly number[] =>
  [...svg.matchAll(new RegExp(` ${attribute}="([^"]+)"`, 'g'))].map(([, text]) => Number(text));

describe('drawPlot', () => {
  const svg = drawPlot(plot);

  test('is well-formed, and no script', () => {
    expect(openElements(svg)).toEqual([]);
    expect(svg).not.toMatch(/<script|href|onload/);
    expect(svg).toContain('A &lt;title&gt; &amp; &quot;more&quot;');
    expect(() => openElements(svg.replace('</svg>', '</g>'))).toThrow('closes another');
    expect(() => openElements(`${svg}<`)).toThrow('stray');
  });

  test('has every point inside, what costs more above, and what is computed hollow', () => {
    const [xs, ys] = [numbers(svg, 'cx'), numbers(svg, 'cy')];
    expect(xs).toHaveLength(5);
    for (const x of xs) expect(x >= 76 && x <= 596).toBe(true);
    for (const y of ys) expect(y >= 52 && y <= 356).toBe(true);
    const [oursSmall = 0, , , theirsSmall = 0, theirsLarge = 0] = ys;
    expect(theirsLarge < theirsSmall && theirsSmall < oursSmall).toBe(true);
    expect(svg.match(/class="hollow"/g)).toHaveLength(1);
  });

  test('keeps the names of lines apart that end at the same height', () => {
    const heights = [...svg.matchAll(/<text x="608" y="([\d.]+)" class="name">/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(3);
    for (const [place, height] of heights.entries())
      for (const other of heights.slice(place + 1)) expect(Math.abs(height - other)).toBeGreaterThanOrEqual(18);
  });

  test('reads on a light and on a dark page', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  test('refuses to draw nothing', () => {
    expect(() => drawPlot({ ...plot, series: [] })).toThrow('nothing to draw');
  });
});
