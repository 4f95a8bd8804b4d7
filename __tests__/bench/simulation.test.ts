// The simulation's requests are those of real runs: each case is filled into a registry, pruned, and counted there.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import type { RecordedRequest, SandboxOptions, SandboxRegistry } from '../../sandbox/registry.ts';
import { nodeFiles } from '../../src/runtime/index.ts';
import { runPrune, useRegistry } from '../commands/step.ts';
import { measuredDeletions } from '../../bench/simulation/check.ts';
import { disk3 } from '../../bench/simulation/registries.ts';
import { plain, stagesOf, type Rule, type Shape } from '../../bench/simulation/requests.ts';
import { simulate } from '../../bench/simulation/run.ts';
import { totals } from '../../bench/simulation/tables.ts';
import { inScaleDocument } from '../../bench/simulation/write.ts';

const start = useRegistry();
const repository = 'apps/web';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-prune-simulation-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Images 1 to `doomed` go, the others stay; aliases are further tags of those. */
async function fill(registry: SandboxRegistry, shape: Shape, repository = 'apps/web'): Promise<void> {
  const { images, doomed, tagsPerImage, platforms, attestations, aliases } = shape;
  for (let image = 1; image <= images; image += 1) {
    // What only another pattern keeps doesn't keep its other names.
    const kept = aliases > 0 && image > doomed;
    const tags = Array.from({ length: tagsPerImage }, (_, at) => `${kept ? 'keep' : 'build'}-${image * 1_000 + at}`);
    const created = new Date(Date.UTC(2024, 0, image)).toISOString();
    const common = { repository, tags, created, seed: `image ${image}` };
    const pushed =
      platforms === 0
        ? await pushImage(registry, common)
        : await pushMultiPlatform(registry, {
            ...common,
            attestations: attestations > 0,
            platforms: Array.from({ length: platforms }, (_, at) => ({ os: 'linux', architecture: `arch${at}` })),
          });
    if (image - doomed > 0 && image - doomed <= aliases) await tag(registry, pushed, `build-${image - doomed}`);
  }
}

/** `GET manifest` and the like, of everything that was asked since. */
function counted({ requests }: SandboxRegistry): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const request of requests) {
    const kind = kindOf(request);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function kindOf({ method, path }: RecordedRequest): string | undefined {
  // Once in a run: no cost of a repository.
  if (path === '/v2/' || path.includes('/referrers/')) return undefined;
  if (path.includes('/tags/list')) return `${method} tags`;
  if (path.includes('/blobs/uploads/')) return method === 'POST' ? 'POST upload' : 'PUT blob';
  if (path.includes('/blobs/')) return `${method} blob`;
  if (path.includes('/manifests/')) {
    if (method !== 'DELETE') return `${method} manifest`;
    return path.includes('sha256:') ? 'DELETE digest' : 'DELETE tag';
  }
  return `${method} ${path}`;
}

function simulated(shape: Shape, can: { readonly byTag: boolean; readonly pages: boolean }, rule: Rule): unknown {
  const { decide, carryOut } = stagesOf(shape, { can: { ...can, referrers: false }, rule });
  const counts: Record<string, number> = {};
  for (const { kind, count } of [...decide, ...carryOut]) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
}

type Case = { readonly name: string; readonly shape: Shape; readonly rule?: Partial<Rule> };
const cases: readonly Case[] = [
  { name: 'plain images', shape: { ...plain, images: 12, doomed: 9 } },
  {
    name: 'plain images, by the numbers in their tags',
    shape: { ...plain, images: 12, doomed: 9 },
    rule: { dates: false },
  },
  { name: 'nothing to do', shape: { ...plain, images: 5, doomed: 0 } },
  { name: 'a dry run', shape: { ...plain, images: 12, doomed: 9 }, rule: { dryRun: true } },
  { name: 'a warm cache', shape: { ...plain, images: 12, doomed: 9 }, rule: { cache: 'warm' } },
  { name: 'platforms', shape: { ...plain, images: 6, doomed: 4, platforms: 2 } },
  { name: 'platforms with attestations', shape: { ...plain, images: 6, doomed: 4, platforms: 2, attestations: 2 } },
  {
    name: 'platforms with attestations, a warm cache',
    shape: { ...plain, images: 6, doomed: 4, platforms: 2, attestations: 2 },
    rule: { cache: 'warm' },
  },
  { name: 'by digest: an image with few doomed among many', shape: { ...plain, images: 12, doomed: 1 } },
  { name: 'several tags on an image', shape: { ...plain, images: 4, doomed: 2, tagsPerImage: 3 } },
  {
    name: 'tags whose images stay',
    shape: { ...plain, images: 5, doomed: 2, aliases: 3 },
    rule: { dates: false },
  },
  {
    name: 'tags whose images stay, a warm cache',
    shape: { ...plain, images: 5, doomed: 2, aliases: 3 },
    rule: { dates: false, cache: 'warm' },
  },
  {
    name: 'only tags whose images stay',
    shape: { ...plain, images: 130, doomed: 0, aliases: 130 },
    rule: { dates: false },
  },
  { name: 'more manifests than a batch', shape: { ...plain, images: 130, doomed: 120 } },
  { name: 'more tags than are quickly looked at', shape: { ...plain, images: 3, doomed: 2, tagsPerImage: 340 } },
  { name: 'a full page', shape: { ...plain, images: 2, doomed: 1, tagsPerImage: 500 } },
];
const profiles = [
  { profile: 'distribution-2.8', can: { byTag: false, pages: false } },
  { profile: 'distribution-3.1', can: { byTag: true, pages: true } },
] as const satisfies readonly { readonly profile: SandboxOptions['profile']; readonly can: object }[];

for (const { profile, can } of profiles)
  test.each(cases)(`${profile}: $name`, async ({ shape, rule: given }) => {
    const rule: Rule = { dates: true, cache: 'cold', dryRun: false, ...given };
    const registry = await start({ profile });
    await fill(registry, shape);
    const inputs = {
      repositories: repository,
      tags: rule.dates ? 'build-*' : 'build-{number}',
      'keep-last': String(shape.aliases > 0 ? 0 : shape.images - shape.doomed),
      'keep-tags': 'keep-*',
      'dry-run': String(rule.dryRun),
      ...(rule.cache === 'warm' && { 'cache-file': join(folder, 'cache') }),
    };
    const options = { files: nodeFiles, tempDir: folder };
    if (rule.cache === 'warm') await runPrune(registry, { ...inputs, 'dry-run': 'true' }, options);
    registry.forgetRequests();
    const run = await runPrune(registry, inputs, options);
    expect(run.failures).toEqual([]);
    expect(run.outputs.get('deleted-manifest-count')).toBe(
      String(rule.dryRun ? 0 : shape.doomed * (1 + shape.platforms + shape.attestations)),
    );
    expect(counted(registry)).toEqual(simulated(shape, can, rule));
  });

test.each(profiles)('$profile: tokens, the list of repositories, and what is asked once', async ({ profile, can }) => {
  const users = [{ username: 'prune', password: 'a secret' }];
  const registry = await start({ profile, auth: { kind: 'token', users } });
  const shapes = [
    { ...plain, images: 5, doomed: 2, aliases: 3 },
    { ...plain, images: 3, doomed: 3 },
  ];
  for (const [number, shape] of shapes.entries()) await fill(registry, shape, `apps/a${number}`);
  const inputs = { repositories: 'apps/*', tags: 'build-{number}', 'keep-last': '0', 'keep-tags': 'keep-*' };
  const run = await runPrune(registry, { ...inputs, username: 'prune', password: 'a secret' });
  expect(run.failures).toEqual([]);
  const { requests, tokens } = simulate({
    groups: shapes.map((shape) => ({ count: 1, shape })),
    registry: { ...disk3, can: { ...can, referrers: false }, tokenSeconds: 300 },
    rule: { dates: false, cache: 'cold', dryRun: false },
    ...{ roundTripMs: 0, concurrency: 16 },
  });
  const askedFor = (path: string): number => registry.requests.filter((each) => each.path.startsWith(path)).length;
  expect(askedFor('/token')).toBe(tokens);
  const all = [...requests.values()].reduce((sum, count) => sum + count, 0);
  // The first request is sent without a token, and once more; 2.8 and 3.1 are asked once for referrers.
  expect(askedFor('/v2/')).toBe(all + 2);
});

test('the sizes are those that the page speaks of', () => {
  expect(totals()).toEqual({ repositories: 50_000, tags: 10_000_000 });
});

test('the tables of docs/scale.md are those of the simulation: npm run simulate writes them', () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  const page = read('docs/scale.md');
  expect(inScaleDocument(page, read('bench/RESULTS.md'))).toBe(page);
});

test('what was measured is read from the results, whatever stands beside it', () => {
  const results = [
    '<!-- deleting: from here -->',
    '| distribution | tags | registry-prune | per tag |',
    '| ------------ | ---: | -------------: | ------: |',
    '| 2.8.2        | 1000 |          9.5 s | 9.69 ms |',
    '| v3.1.1+x     | 4000 |         25.0 s | 6.28 ms |',
    '<!-- deleting: to here -->',
    '| 3.1.1        | 1000 |          1.0 s | 1.02 ms |',
  ].join('\n');
  expect(measuredDeletions(results)).toEqual([
    { line: '2.8', tags: 1_000, ms: 9_500 },
    { line: '3.1', tags: 4_000, ms: 25_000 },
  ]);
  expect(measuredDeletions('<!-- deleting: from here -->\n\n<!-- deleting: to here -->')).toEqual([]);
});
