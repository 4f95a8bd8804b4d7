/**
 * What deciding costs: a dry run over plain images of their own, counted in requests and held against a bare loop that
 * sends the very same ones. The whole run is measured, from its inputs to its report.
 */
import { median } from './machine.ts';
import { runLoop, runPrune, type Inputs, type PruneRun } from './jobs.ts';
import { layImages } from './lay-images.ts';
import { placeFor } from './place.ts';
import type { BenchRegistry, Started } from './registries.ts';
import { table, verdict } from './results.ts';
import type { Scale } from './scale.ts';
import { join } from 'node:path';

const repository = 'apps/web';
/** What a run asks once, however many images there are; the registry doesn't count a path that it doesn't know. */
const beside = / \/v2\/$|\/tags\/list|\/referrers\//;

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
  readonly what: string;
  readonly tags: number;
  readonly ours: readonly PruneRun[];
  /** By the registry's own count. */
  readonly counted: number | undefined;
  readonly loop: readonly number[];
  readonly mostRequests: number;
};

export async function measureReading(registries: readonly BenchRegistry[], scale: Scale): Promise<string> {
  const rows: Row[] = [];
  const place = placeFor(scale.images);
  for (const registry of registries) {
    const cases = registry.line === '3.1' ? [byDate, ...byName] : [byDate];
    for (const rule of cases)
      await place.within(async (root) => {
        layImages({ root, repository, count: scale.images, tagsOf: rule.tagsOf, seed: rule.name });
        const started = await registry.start(root);
        const of = { registry, started, tags: scale.images, rounds: scale.rounds };
        try {
          if (rule === byDate) {
            rows.push(await measure({ ...of, rule, what: `${rule.name}, cold`, mostRequests: 2 * scale.images }));
            rows.push(await measureWarm({ ...of, rule, root }));
          } else rows.push(await measure({ ...of, rule, what: rule.name, mostRequests: scale.images }));
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
  readonly rule: Rule;
  readonly what: string;
  readonly tags: number;
  readonly rounds: number;
  readonly mostRequests: number;
};

async function measure({ registry, started, rule, ...given }: Case, more: Inputs = {}): Promise<Row> {
  const inputs = { registry: started.url, repositories: repository, 'dry-run': 'true', ...rule.inputs, ...more };
  const ours: PruneRun[] = [];
  const loop: number[] = [];
  let counted: number | undefined;
  // In turns, so that a machine that gets slower or faster meanwhile does so for both.
  for (let round = 0; round < given.rounds; round += 1) {
    const before = await started.requests();
    const run = await runPrune(inputs);
    const after = await started.requests();
    counted = before === undefined || after === undefined ? undefined : after - before;
    ours.push(run);
    loop.push((await runLoop(started.url, run.requests)).ms);
  }
  const row = { ...given, version: registry.version, ours, counted, loop };
  console.log(
    `${row.version} ${row.what}: ${row.ours.map(({ ms }) => Math.round(ms)).join(', ')} ms; bare ${loop.map(Math.round).join(', ')} ms`,
  );
  return row;
}

/** The first run writes the cache, and isn't measured. */
async function measureWarm(given: Omit<Case, 'what' | 'mostRequests'> & { readonly root: string }): Promise<Row> {
  const cache = { 'cache-file': join(given.root, 'cache') };
  const inputs = { registry: given.started.url, repositories: repository, 'dry-run': 'true', ...given.rule.inputs };
  await runPrune({ ...inputs, ...cache });
  return measure({ ...given, what: `${given.rule.name}, warm \`cache-file\``, mostRequests: given.tags }, cache);
}

function render(rows: readonly Row[], scale: Scale, place: string): string {
  const cells = rows.map((row) => {
    const requests = row.ours[0]?.requests ?? [];
    const forImages = requests.filter((request) => !beside.test(request)).length;
    const configs = requests.filter((request) => request.includes('/blobs/')).length;
    const ratio = median(row.ours.map(({ ms }, round) => ms / (row.loop[round] ?? Number.NaN)));
    return [
      row.version,
      row.what,
      `${forImages} (${configs})`,
      row.counted === undefined ? '–' : String(row.counted - (requests.length - forImages)),
      verdict(forImages, { most: row.mostRequests }),
      `${(median(row.ours.map(({ ms }) => ms)) / 1000).toFixed(2)} s`,
      `${(median(row.loop) / 1000).toFixed(2)} s`,
      ratio.toFixed(2),
      verdict(ratio, { most: 1.25 }),
    ];
  });
  return [
    `${scale.images.toLocaleString('en')} images in one repository, a tag each, storage ${place}, median of ${scale.rounds} rounds, in turns.`,
    '',
    table(
      [
        ...['distribution', 'dry run', 'requests (configs):', 'as the registry counts:', 'at most 2, or 1, an image'],
        ...['wall time:', 'bare loop:', 'ratio:', 'at most 1.25'],
      ],
      cells,
    ),
  ].join('\n');
}
