/**
 * What deciding costs: a dry run over plain images of their own, counted in requests and held against a bare loop that
 * sends the very same ones. The whole run is measured, from its inputs to its report.
 */
import { coresApart, onCores, type Apart } from './cores.ts';
import { median } from './machine.ts';
import { requestsOfPrune, runLoop, runPrune, type Inputs } from './jobs.ts';
import { layImages } from './lay-images.ts';
import { placeFor } from './place.ts';
import type { BenchRegistry, Started } from './registries.ts';
import { table, verdict } from './results.ts';
import type { Scale } from './scale.ts';
import { join } from 'node:path';

const repository = 'apps/web';
/** What a run asks beside its images: once, or once for a page. */
const beside = / \/v2\/$|\/tags\/list|\/referrers\//;
/** A path that distribution doesn't know, and doesn't count. */
const uncounted = '/referrers/';

type Rule = { readonly name: string; readonly inputs: Inputs; readonly tagsOf: (place: number) => readonly string[] };

const byDate: Rule = {
  name: '`keep-last: 20`, by the dates of the images',
  inputs: { 'keep-last': '20' },
  tagsOf: (place) => [`build-${place + 1}`],
};

/** Rules that read everything they want from the names of the tags. */
const byName: readonly Rule[] = [
  { ...byDate, name: '`build-{number}`', inputs: { tags: 'build-{number}', 'keep-last': '20' } },
  {
    name: '`v{version}`',
    inputs: { tags: 'v{version}', 'keep-last': '20' },
    tagsOf: (place) => [`v${Math.floor(place / 100)}.${place % 100}.0`],
  },
  {
    name: '`nightly-{date}`',
    inputs: { tags: 'nightly-{date}', 'keep-last': '20' },
    tagsOf: (place) => [
      `nightly-${new Date(Date.UTC(2024, 0, 1, place)).toISOString().slice(0, 13).replace(/\D/g, '')}00`,
    ],
  },
];

type Row = {
  readonly version: string;
  /** Where each of the two has cores of its own. */
  readonly apart: Apart | undefined;
  readonly what: string;
  readonly tags: number;
  /** As the client counts them. */
  readonly requests: readonly string[];
  /** As the registry itself does. */
  readonly counted: number | undefined;
  /** Milliseconds, round by round. */
  readonly ours: readonly number[];
  readonly loop: readonly number[];
  readonly mostRequests: number;
  /** Rules that read names alone are measured for their requests. */
  readonly hasRatioTarget: boolean;
};

export async function measureReading(registries: readonly BenchRegistry[], scale: Scale): Promise<string> {
  const rows: Row[] = [];
  const place = placeFor(scale.images);
  for (const registry of registries) {
    const cases = registry.line === '3.1' ? [byDate, ...byName] : [byDate];
    const separate = coresApart();
    // Requests alone are the same wherever they come from.
    const runs = cases.flatMap((rule) =>
      (rule === byDate && separate ? [undefined, separate] : [undefined]).map((apart) => ({ rule, apart })),
    );
    for (const { rule, apart } of runs)
      await place.within(async (root) => {
        layImages({ root, repository, count: scale.images, tagsOf: rule.tagsOf, seed: rule.name });
        const started = await onCores(apart?.registry, () => registry.start(root));
        const of = { registry, started, apart, tags: scale.images, rounds: scale.rounds };
        try {
          if (rule === byDate) {
            rows.push(
              await measure({
                ...of,
                rule,
                what: `${rule.name}, cold`,
                mostRequests: 2 * scale.images,
                hasRatioTarget: true,
              }),
            );
            rows.push(await measureWarm({ ...of, rule, root }));
          } else
            rows.push(
              await measure({
                ...of,
                rounds: 1,
                rule,
                what: rule.name,
                mostRequests: scale.images,
                hasRatioTarget: false,
              }),
            );
        } finally {
          await started.close();
        }
      });
  }
  return render(rows, scale, place.shown);
}

type Case = {
  readonly registry: BenchRegistry;
  readonly started: Started;
  readonly apart: Apart | undefined;
  readonly rule: Rule;
  readonly what: string;
  readonly tags: number;
  readonly rounds: number;
  readonly mostRequests: number;
  /** Rules that read names alone are measured for their requests. */
  readonly hasRatioTarget: boolean;
};

async function measure({ registry, started, rule, ...given }: Case, more: Inputs = {}): Promise<Row> {
  const inputs = { registry: started.url, repositories: repository, 'dry-run': 'true', ...rule.inputs, ...more };
  const before = await started.requests();
  const requests = await requestsOfPrune(inputs);
  const after = await started.requests();
  const counted = before === undefined || after === undefined ? undefined : after - before;
  const ours: number[] = [];
  const loop: number[] = [];
  // In turns, so that a machine that gets slower or faster meanwhile does so for both.
  for (let round = 0; round < given.rounds; round += 1) {
    await onCores(given.apart?.client, async () => {
      ours.push((await runPrune(inputs)).ms);
      loop.push((await runLoop(started.url, requests)).ms);
    });
  }
  const row = { ...given, version: registry.version, requests, counted, ours, loop };
  console.log(
    `${row.version} ${row.what}, ${coresOfRow(row)}: ${row.ours.map(Math.round).join(', ')} ms; bare ${loop.map(Math.round).join(', ')} ms`,
  );
  return row;
}

/** The first run writes the cache, and isn't measured. */
async function measureWarm(
  given: Omit<Case, 'what' | 'mostRequests' | 'hasRatioTarget'> & { readonly root: string },
): Promise<Row> {
  const cache = { 'cache-file': join(given.root, 'cache') };
  const inputs = { registry: given.started.url, repositories: repository, 'dry-run': 'true', ...given.rule.inputs };
  await runPrune({ ...inputs, ...cache });
  return measure(
    { ...given, what: `${given.rule.name}, warm \`cache-file\``, mostRequests: given.tags, hasRatioTarget: true },
    cache,
  );
}

function coresOfRow({ apart }: Pick<Row, 'apart'>): string {
  return apart === undefined ? 'shared' : 'of their own';
}

function render(rows: readonly Row[], scale: Scale, place: string): string {
  const cells = rows.map((row) => {
    const { requests } = row;
    const forImages = requests.filter((request) => !beside.test(request)).length;
    const besideCount = requests.filter((request) => beside.test(request) && !request.includes(uncounted)).length;
    const configs = requests.filter((request) => request.includes('/blobs/')).length;
    const ratio = median(row.ours.map((ms, round) => ms / (row.loop[round] ?? Number.NaN)));
    return [
      row.version,
      row.what,
      coresOfRow(row),
      `${forImages} (${configs})`,
      row.counted === undefined ? '–' : String(row.counted - besideCount),
      verdict(forImages, { most: row.mostRequests }),
      `${(median(row.ours) / 1000).toFixed(2)} s`,
      `${(median(row.loop) / 1000).toFixed(2)} s`,
      ratio.toFixed(2),
      row.hasRatioTarget ? verdict(ratio, { most: 1.25 }) : '',
    ];
  });
  return [
    `${scale.images.toLocaleString('en')} images in one repository, a tag each, storage ${place}, ${scale.rounds === 1 ? 'one round' : `median of ${scale.rounds} rounds`}, in turns (one where rules read names alone: their wall time has no target). Cores: the registry and its client on the same ones, or on halves of their own, as on machines of their own.`,
    '',
    table(
      [
        ...[
          'distribution',
          'dry run',
          'cores',
          'requests (configs):',
          'as the registry counts:',
          'at most 2, or 1, an image',
        ],
        ...['wall time:', 'bare loop:', 'ratio:', 'at most 1.25'],
      ],
      cells,
    ),
  ].join('\n');
}
