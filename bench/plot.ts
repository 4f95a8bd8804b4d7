/** A plot as SVG. PURE. Both axes are logarithmic, so that what is linear in total runs level and a quadratic rises. */

export type Series = {
  readonly name: string;
  readonly color: 'ours' | 'theirs';
  readonly dashed: boolean;
  /** `computed` points are drawn hollow. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly computed?: boolean }[];
};

export type Plot = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Under the plot, in small letters: where the figures come from. */
  readonly note: string;
  readonly series: readonly Series[];
};

const [width, height] = [800, 440];
const frame = { left: 76, right: 596, top: 52, bottom: 356 };

export function drawPlot(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  if (points.length === 0) throw new Error('There is nothing to draw.');
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const ys = points.map(({ y }) => y);
  const decades = decadesAround(Math.min(...ys), Math.max(...ys));
  const x = scale([(xs[0] ?? 1) / 1.3, (xs.at(-1) ?? 1) * 1.3], [frame.left, frame.right]);
  const y = scale([decades[0] ?? 1, decades.at(-1) ?? 10], [frame.bottom, frame.top]);
  const text = (at: { x: number; y: number }, words: string, attributes = ''): string =>
    `<text x="${round(at.x)}" y="${round(at.y)}"${attributes === '' ? '' : ` ${attributes}`}>${escape(words)}</text>`;
  const grid = decades.map((value) => `<path class="grid" d="M${frame.left} ${round(y(value))}H${frame.right}"/>`);
  const yTicks = decades.map((value) => text({ x: frame.left - 10, y: y(value) + 4 }, `${value} ms`, 'class="end"'));
  const xTicks = xs.map((value) =>
    text({ x: x(value), y: frame.bottom + 22 }, value.toLocaleString('en'), 'class="middle"'),
  );
  const names = apart(plot.series.map((series) => y(series.points.at(-1)?.y ?? 1)));
  const lines = plot.series.map((series, place) => {
    const path = series.points.map((point) => `${round(x(point.x))} ${round(y(point.y))}`).join('L');
    const dots = series.points.map(
      (point) =>
        `<circle cx="${round(x(point.x))}" cy="${round(y(point.y))}" r="4"${point.computed === true ? ' class="hollow"' : ''}/>`,
    );
    const label = text({ x: frame.right + 12, y: (names[place] ?? 0) + 4 }, series.name, 'class="name"');
    return `<g class="${series.color}"><path${series.dashed ? ' class="dashed"' : ''} d="M${path}"/>${dots.join('')}${label}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(plot.title)}">`,
    style,
    text({ x: frame.left, y: 26 }, plot.title, 'class="title"'),
    ...grid,
    `<path class="axis" d="M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}"/>`,
    ...yTicks,
    ...xTicks,
    text({ x: (frame.left + frame.right) / 2, y: frame.bottom + 44 }, plot.xLabel, 'class="middle"'),
    text({ x: frame.left, y: frame.top - 10 }, plot.yLabel),
    ...lines,
    text({ x: frame.left, y: height - 14 }, plot.note, 'class="note"'),
    '</svg>',
    '',
  ].join('\n');
}

// Read on GitHub's light and dark pages alike: the ground is left to the page.
const style = `<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #3d444d; }
.title { font-size: 15px; font-weight: 600; }
.note { font-size: 11px; fill: #656d76; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
.axis { stroke: #818b98; fill: none; }
g path { fill: none; stroke-width: 2.5; }
g .dashed { stroke-dasharray: 7 5; }
.ours path, .ours circle { stroke: #0969da; } .ours circle, .ours .name { fill: #0969da; }
.theirs path, .theirs circle { stroke: #bc4c00; } .theirs circle, .theirs .name { fill: #bc4c00; }
g circle.hollow { fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #d1d7e0; }
  .note { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .ours path, .ours circle { stroke: #58a6ff; } .ours circle, .ours .name { fill: #58a6ff; }
  .theirs path, .theirs circle { stroke: #f0883e; } .theirs circle, .theirs .name { fill: #f0883e; }
  g circle.hollow { fill: none; }
}
</style>`;

function scale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const [low, high] = [Math.log(from[0]), Math.log(from[1])];
  return (value) => to[0] + ((Math.log(value) - low) / (high - low)) * (to[1] - to[0]);
}

/** The powers of ten from the one below the least to the one above the most; two of them at least. */
function decadesAround(least: number, most: number): readonly number[] {
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(most)));
  return Array.from({ length: high - low + 1 }, (_, place) => Number((10 ** (low + place)).toPrecision(1)));
}

/** Heights of labels, moved so far apart that none covers another; the order stays. */
function apart(heights: readonly number[]): readonly number[] {
  const least = 18;
  const order = heights.map((height, place) => ({ height, place })).sort((a, b) => a.height - b.height);
  for (let index = 1; index < order.length; index += 1) {
    const [above, here] = [order[index - 1], order[index]];
    if (above && here) here.height = Math.max(here.height, above.height + least);
  }
  return order.sort((a, b) => a.place - b.place).map(({ height }) => height);
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
