/**
 * What deleting costs: all but 20 tags of a repository, each an image of its own, manifests included. Our whole run (the
 * list, the decisions, the journal, the rechecks, the proof) against nothing but the deletions by digest of the very same
 * images, in the same run, with as many requests under way.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { byDigestMs, fitCost, tagsOnAverage, type Sample } from './fit.ts';
import { concurrency, runLoop, runPrune } from './jobs.ts';
import { layImages, type LaidImage } from './lay-images.ts';
import { median } from './machine.ts';
import { placeFor, type Place } from './place.ts';
import { drawPlot, type Series } from './plot.ts';
import type { BenchRegistry, Line, Started } from './registries.ts';
import { manifestCount, tagsOf } from './repository.ts';
import { table, verdict } from './results.ts';
import type { Scale } from './scale.ts';

const repository = 'apps/web';

type Size = Scale['deleting'][number];
type Row = {
  readonly line: Line;
  readonly version: string;
  readonly tags: number;
  readonly deleted: number;
  /** Milliseconds of the whole run, and the requests in it as the registry counts them. */
  readonly oursMs: number;
  readonly requests: number | undefined;
  /** Milliseconds for the same deletions by digest; `computed` from what was measured at all sizes. */
  readonly byDigestMs: number;
  readonly computed: boolean;
};

/** What must be reached against deletion by digest: how many times as fast. */
const targets: readonly { readonly line: Line; readonly tags: number; readonly least: number }[] = [
  { line: '3.1', tags: 4_000, least: 10 },
  { line: '2.8', tags: 4_000, least: 3 },
  { line: '2.8', tags: 16_000, least: 10 },
];

export async function measureDeleting(registries: readonly BenchRegistry[], scale: Scale): Promise<string> {
  const place = placeFor(Math.max(...scale.deleting.map(({ tags }) => tags)));
  const rows: Row[] = [];
  for (const registry of registries) rows.push(...(await measureOn(registry, { scale, place })));
  return render(rows, scale, place);
}

/** The picture of what the last run wrote, for the README. */
export function writePicture(path: string, rows: readonly Row[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, picture(rows));
}

async function measureOn(
  registry: BenchRegistry,
  { scale, place }: { readonly scale: Scale; readonly place: Place },
): Promise<readonly Row[]> {
  const measured: { readonly size: Size; readonly ours: readonly Ours[]; readonly all: number | undefined }[] = [];
  const samples: Sample[] = [];
  for (const size of scale.deleting) {
    const ours: Ours[] = [];
    const all: number[] = [];
    const of = { registry, place, tags: size.tags, kept: scale.kept };
    for (let round = 0; round < size.rounds; round += 1) {
      ours.push(await onFreshStorage(of, deleteOurs));
      const taken = await onFreshStorage(of, (given) => deleteByDigest(given, size.byDigest));
      samples.push(taken);
      if (size.byDigest === 'all') all.push(taken.ms);
      console.log(
        `${registry.version}, ${size.tags} tags: ours ${Math.round(ours.at(-1)?.ms ?? 0)} ms, by digest ${taken.msEach.toFixed(1)} ms each`,
      );
    }
    measured.push({ size, ours, all: all.length > 0 ? median(all) : undefined });
  }
  const cost = fitCost(samples);
  return measured.map(({ size: { tags }, ours, all }) => ({
    line: registry.line,
    version: registry.version,
    tags,
    deleted: tags - scale.kept,
    oursMs: median(ours.map(({ ms }) => ms)),
    requests: ours[0]?.requests,
    byDigestMs: all ?? byDigestMs(cost, { tags, kept: scale.kept }),
    computed: all === undefined,
  }));
}

type Given = {
  readonly started: Started;
  readonly root: string;
  readonly images: readonly LaidImage[];
  readonly kept: number;
};

async function onFreshStorage<Result>(
  of: { readonly registry: BenchRegistry; readonly place: Place; readonly tags: number; readonly kept: number },
  work: (given: Given) => Promise<Result>,
): Promise<Result> {
  return of.place.within(async (root) => {
    const images = layImages({ root, repository, count: of.tags, seed: 'deleting' });
    const started = await of.registry.start(root);
    try {
      return await work({ started, root, images, kept: of.kept });
    } finally {
      await started.close();
    }
  });
}

type Ours = { readonly ms: number; readonly requests: number | undefined };

async function deleteOurs({ started, root, images, kept }: Given): Promise<Ours> {
  const inputs = { registry: started.url, repositories: repository, tags: 'build-{number}', 'keep-last': String(kept) };
  const before = await started.requests();
  const { ms } = await runPrune(inputs);
  const after = await started.requests();
  await expectLeft({ started, root, images, kept });
  return { ms, requests: before === undefined || after === undefined ? undefined : after - before };
}

/** All that are to go, or the first so many of them, while nearly all tags are still there. */
async function deleteByDigest(given: Given, count: 'all' | number): Promise<Sample & { readonly ms: number }> {
  const { started, images, kept } = given;
  const doomed = images.slice(0, images.length - kept).slice(0, count === 'all' ? undefined : count);
  const { ms } = await runLoop(
    started.url,
    doomed.map(({ digest }) => `DELETE /v2/${repository}/manifests/${digest}`),
  );
  if (count === 'all') await expectLeft(given);
  return { ms, msEach: ms / doomed.length, tags: tagsOnAverage(images.length, images.length - doomed.length) };
}

/** A run that left something, or took too much, has done another job than the one that is measured. */
async function expectLeft({ started, root, images, kept }: Given): Promise<void> {
  const tags = new Set(await tagsOf(started.url, repository));
  const manifests = manifestCount(root, repository);
  const due = images.slice(-kept).flatMap((image) => image.tags);
  if (tags.size !== kept || !due.every((tag) => tags.has(tag)) || manifests !== kept)
    throw new Error(`${tags.size} tags and ${manifests} manifests are left, where the ${kept} newest should be.`);
}

function render(rows: readonly Row[], scale: Scale, place: Place): string {
  if (scale.deleting.some(({ tags }) => targets.some((target) => target.tags === tags)))
    writePicture(join(import.meta.dirname, '../docs/images/bench.svg'), rows);
  const byRow = rows.map((row) => {
    const ratio = row.byDigestMs / row.oursMs;
    const target = targets.find(({ line, tags }) => line === row.line && tags === row.tags);
    return [
      row.version,
      String(row.tags),
      `${(row.oursMs / 1000).toFixed(1)} s`,
      `${(row.oursMs / row.deleted).toFixed(2)} ms`,
      row.requests === undefined ? '–' : (row.requests / row.deleted).toFixed(2),
      `${(row.byDigestMs / 1000).toFixed(1)} s${row.computed ? ' (computed)' : ''}`,
      `${(row.byDigestMs / row.deleted).toFixed(1)} ms`,
      `${ratio.toFixed(1)} times`,
      target === undefined ? '' : `at least ${target.least}: ${verdict(ratio, target)}`,
    ];
  });
  const [least, most] = [scale.deleting[0]?.tags, scale.deleting.at(-1)?.tags];
  const growth = [...new Set(rows.map(({ line }) => line))].map((line) => {
    const each = (tags: number | undefined): number => {
      const row = rows.find((one) => one.line === line && one.tags === tags);
      return row === undefined ? Number.NaN : row.oursMs / row.deleted;
    };
    const ratio = each(most) / each(least);
    return [line, ratio.toFixed(2), verdict(ratio, { most: 1.5 })];
  });
  const computed = scale.deleting.flatMap(({ tags, byDigest }) => (byDigest === 'all' ? [] : [{ tags, byDigest }]));
  const rounds = scale.deleting.map((size) => `${size.rounds} with ${size.tags}`).join(', ');
  return [
    `All but ${scale.kept} tags of one repository, ${concurrency} requests under way, storage ${place.shown}, a fresh one for each run; median of rounds (${rounds}).`,
    ...computed.map(
      ({ tags, byDigest }) =>
        `By digest with ${tags} tags: computed from a line through the cost of each deletion at all sizes, at this one ${byDigest} deletions.`,
    ),
    '',
    table(
      [
        ...['distribution', 'tags:', 'registry-prune:', 'per tag:', 'requests per tag:', 'by digest:', 'per tag:'],
        ...['registry-prune is faster:', 'target'],
      ],
      byRow,
    ),
    '',
    table(['distribution', `cost per tag with ${most ?? 0} over that with ${least ?? 0}:`, 'at most 1.5'], growth),
  ].join('\n');
}

function picture(rows: readonly Row[]): string {
  const series = [...new Set(rows.map(({ line }) => line))].flatMap((line, place): Series[] => {
    const own = rows.filter((row) => row.line === line);
    const version = own[0]?.version ?? line;
    const dashed = place > 0;
    const perTag = (ms: (row: Row) => number) => (row: Row) => ({ x: row.tags, y: ms(row) / row.deleted });
    return [
      {
        ...{ name: `by digest on ${version}`, color: 'theirs', dashed },
        points: own.map((row) => ({ ...perTag((one) => one.byDigestMs)(row), computed: row.computed })),
      },
      {
        ...{ name: `registry-prune on ${version}`, color: 'ours', dashed },
        points: own.map(perTag((row) => row.oursMs)),
      },
    ];
  });
  return drawPlot({
    title: 'What deleting one tag costs, where all but 20 go',
    xLabel: 'tags in the repository',
    yLabel: 'per deleted tag',
    note: `distribution with its filesystem driver, ${cpus().length} cores; hollow: computed. npm run bench -- deleting`,
    series,
  });
}
