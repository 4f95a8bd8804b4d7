/** The most memory that a dry run of the bundle ever holds, as GitHub starts it. */
import { runBundle, type Inputs } from './jobs.ts';
import { layImages } from './lay-images.ts';
import { placeFor } from './place.ts';
import type { BenchRegistry, Started } from './registries.ts';
import { table, verdict } from './results.ts';
import type { Scale } from './scale.ts';

const megabyte = 1_000_000;
const mostMegabytes = 300;
const tagsOfEach = 10;

/** What V8 may take of its own: for machines with little memory, by `env` of the step. */
const bounded = '--max-semi-space-size=4 --max-old-space-size=140';

type Case = {
  readonly what: string;
  /** NODE_OPTIONS. */
  readonly options: readonly string[];
  readonly repositories: readonly string[];
  readonly tags: number;
  readonly inputs: Inputs;
};

export async function measureMemory(registries: readonly BenchRegistry[], scale: Scale): Promise<string> {
  const { tags, repositories } = scale.memory;
  const small = Array.from({ length: repositories }, (_, place) => `teams/t${place % 100}/app-${place}`);
  const cases: readonly Case[] = [
    {
      what: `${tags.toLocaleString('en')} tags in one repository`,
      options: ['', bounded],
      ...{ repositories: ['apps/web'], tags, inputs: { repositories: 'apps/web', 'keep-last': '20' } },
    },
    {
      what: `${repositories.toLocaleString('en')} repositories of ${tagsOfEach} tags`,
      options: [''],
      ...{ repositories: small, tags: tagsOfEach, inputs: { repositories: '**', 'keep-last': '3' } },
    },
  ];
  const place = placeFor(Math.max(tags, repositories * tagsOfEach));
  const rows: (readonly string[])[] = [];
  for (const each of cases)
    await place.within(async (root) => {
      const begun = performance.now();
      for (const repository of each.repositories)
        layImages({ root, repository, count: each.tags, seed: `memory ${repository}` });
      console.log(`${each.what}: laid in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      for (const registry of registries) {
        const started = await registry.start(root);
        try {
          for (const options of each.options) rows.push(await measured(each, started, registry.version, options));
        } finally {
          await started.close();
        }
      }
    });
  return [
    `A dry run of \`dist/index.js\` in a process of its own, images of their own behind all tags, storage ${place.shown}. The most memory is what the system counts for the whole process (maxRSS).`,
    '',
    table(
      [
        'dry run',
        'NODE_OPTIONS',
        'distribution',
        'requests:',
        'wall time:',
        'most memory:',
        `at most ${mostMegabytes} MB`,
      ],
      rows,
    ),
  ].join('\n');
}

async function measured(each: Case, started: Started, version: string, options: string): Promise<readonly string[]> {
  const before = await started.requests();
  const env = options === '' ? {} : { NODE_OPTIONS: options };
  const run = await runBundle({ registry: started.url, 'dry-run': 'true', ...each.inputs }, env);
  const after = await started.requests();
  const requests = before === undefined || after === undefined ? '–' : String(after - before);
  const kept = Number(run.outputs.get('kept-tag-count') ?? Number.NaN);
  const expected = each.repositories.length * Math.min(each.tags, Number(each.inputs['keep-last']));
  if (kept !== expected) throw new Error(`The dry run keeps ${kept} tags, and should ${expected}.`);
  const megabytes = run.maxRssBytes / megabyte;
  console.log(`${version}, ${each.what}, ${options === '' ? 'as it is' : options}: ${megabytes.toFixed(0)} MB`);
  return [
    ...[each.what, options === '' ? '' : `\`${options}\``, version, requests, `${(run.ms / 1000).toFixed(0)} s`],
    ...[`${megabytes.toFixed(0)} MB`, verdict(megabytes, { most: mostMegabytes })],
  ];
}
