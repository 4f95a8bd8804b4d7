// `npm run bench:collection`: how long a registry is away for an offline collection, ours against the recipe that people
// run by hand (`docker exec … garbage-collect`, then a restart). On a real engine, with the real registries, each pair in
// one run on the same storage. Writes the table into bench/RESULTS.md.
//
// Away is the time in which a push may be refused or lost. By hand that is from the collector's start, since a push
// meanwhile is swept and the running registry remembers blobs that are gone, until the restarted registry answers. Ours is
// from the stop until it answers again.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startContainedRegistry, untilAnswering } from '../__tests__/real/collection/contained-registry.ts';
import { startEngine, type Engine, type RegistryLine } from '../__tests__/real/docker-engine.ts';
import { collect } from '../src/gc/index.ts';
import { findService, localHost } from '../src/machine/index.ts';
import { layTree } from './storage-tree.ts';

const repository = 'apps/web';
const orphans = 50;
const sizes = [
  { revisions: 1_000, rounds: 5 },
  { revisions: 20_000, rounds: 3 },
];
const lines: readonly { readonly line: RegistryLine; readonly configuration: string }[] = [
  { line: '2.8', configuration: '/etc/docker/registry/config.yml' },
  { line: '3.1', configuration: '/etc/distribution/config.yml' },
];

type Row = { readonly version: string; readonly revisions: number; readonly byHand: number; readonly ours: number };

const engine = await startEngine();
const rows: Row[] = [];
try {
  for (const { line, configuration } of lines)
    for (const { revisions, rounds } of sizes)
      rows.push(await measure(engine, { line, configuration, revisions, rounds }));
} finally {
  await engine.close();
}
const table = render(rows);
console.log(table);
writeResults(table);

async function measure(
  on: Engine,
  given: {
    readonly line: RegistryLine;
    readonly configuration: string;
    readonly revisions: number;
    readonly rounds: number;
  },
): Promise<Row> {
  const { line, configuration, revisions, rounds } = given;
  const storage = mkdtempSync(join(tmpdir(), 'registry-prune-bench-'));
  const tree = { root: storage, repository, orphans, orphanBytes: 100_000 };
  try {
    layTree({ ...tree, revisions, tagged: 20 });
    const registry = await startContainedRegistry(on, line, { storage });
    try {
      const version = await on.docker(['exec', registry.name, 'registry', '--version']);
      const host = localHost({ env: on.env });
      const byHand: number[] = [];
      const ours: number[] = [];
      // In turns, so that a machine that gets slower or faster meanwhile does so for both.
      for (let round = 0; round < rounds; round += 1) {
        layTree({ ...tree, revisions: 0, tagged: 0 });
        const begun = performance.now();
        await on.docker(['exec', registry.name, 'registry', 'garbage-collect', configuration]);
        await on.docker(['restart', registry.name]);
        await untilAnswering(registry);
        byHand.push((performance.now() - begun) / 1000);

        layTree({ ...tree, revisions: 0, tagged: 0 });
        const service = await findService(host, { service: { kind: 'docker', name: registry.name } });
        const done = await collect({
          ...{ host, service, mode: 'offline', who: 'the benchmark', now: () => new Date() },
          registryAnswers: () => registry.isAnswering(),
          say: () => undefined,
          sleep: async (ms) => {
            await sleep(ms);
          },
        });
        if (done.result !== 'done' || done.blobs !== orphans || done.awaySeconds === undefined)
          throw new Error(`The collection came to ${JSON.stringify(done)}`);
        ours.push(done.awaySeconds);
      }
      await host.close();
      const row = { version: version.split(' ').at(-1) ?? line, revisions, byHand: median(byHand), ours: median(ours) };
      console.log(JSON.stringify({ ...row, byHand, ours }));
      return row;
    } finally {
      await registry.close();
    }
  } finally {
    rmSync(storage, { recursive: true, force: true });
  }
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function render(all: readonly Row[]): string {
  const docker = execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { env: engine.env })
    .toString()
    .trim();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return [
    `Docker ${docker}, Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${memory} GiB, median of ${sizes.map(({ rounds }) => rounds).join(' and ')} rounds, in turns.`,
    '',
    '| distribution | manifests | by hand | registry-prune | ratio |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...all.map(
      ({ version, revisions, byHand, ours }) =>
        `| ${version} | ${revisions} | ${byHand.toFixed(2)} s | ${ours.toFixed(2)} s | ${(ours / byHand).toFixed(2)} |`,
    ),
  ].join('\n');
}

/** Between the marks of the file; everything around them is written by hand. */
function writeResults(text: string): void {
  const path = join(import.meta.dirname, 'RESULTS.md');
  const [from, to] = ['<!-- collection: from here -->', '<!-- collection: to here -->'];
  const old = readFileSync(path, 'utf8');
  const [before, after] = [old.split(from)[0] ?? '', old.split(to)[1] ?? ''];
  writeFileSync(path, `${before}${from}\n\n${text}\n\n${to}${after}`);
}
