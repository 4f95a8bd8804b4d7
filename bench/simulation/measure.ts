/**
 * `npm run simulate -- --measure` (Linux): how much of a processor one request of each reading kind costs a registry that
 * is laid on a disk or in memory, and a bare loop that asks. Processor time, unlike the clock's, is the same on a machine
 * that has other work.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findAll } from '../../scripts/provision/find.ts';
import { runLoop } from '../jobs.ts';
import { layImages } from '../lay-images.ts';
import { machine } from '../machine.ts';
import { placeFor } from '../place.ts';
import { benchRegistries, type BenchRegistry } from '../registries.ts';
import { table } from '../results.ts';

const repository = 'apps/web';
const images = 1_000;

export async function measureReads(): Promise<string> {
  const rows: string[][] = [];
  for (const registry of benchRegistries(findAll())) rows.push(...(await measureOn(registry)));
  return `${machine()}\n\n${table(['distribution', 'request', 'processor ms each:', 'of the loop:'], rows)}`;
}

async function measureOn(registry: BenchRegistry): Promise<string[][]> {
  return placeFor(images).within(async (root) => {
    const laid = layImages({ root, repository, count: images, seed: 'simulation' });
    const configs = laid.map(({ digest }) => configOf(root, digest));
    const started = await registry.start(root);
    const tags = laid.flatMap((image) => image.tags);
    const at = `/v2/${repository}`;
    const kinds = {
      'GET manifest': tags.map((tag) => `GET ${at}/manifests/${tag}`),
      'HEAD manifest': tags.map((tag) => `HEAD ${at}/manifests/${tag}`),
      'GET blob': configs.map((digest) => `GET ${at}/blobs/${digest}`),
      'GET tags': Array.from({ length: 20 }, () => `GET ${at}/tags/list?n=1000`),
    };
    try {
      const rows: string[][] = [];
      for (const [kind, requests] of Object.entries(kinds)) {
        const before = processorMsOfChildren();
        const { cpuMs } = await runLoop(started.url, requests);
        const each = (processorMsOfChildren() - before) / requests.length;
        rows.push([registry.version, kind, each.toFixed(2), (cpuMs / requests.length).toFixed(2)]);
      }
      return rows;
    } finally {
      await started.close();
    }
  });
}

function configOf(root: string, digest: string): string {
  const folder = digest.slice('sha256:'.length);
  const path = join(root, 'docker/registry/v2/blobs/sha256', folder.slice(0, 2), folder, 'data');
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly config: { readonly digest: string } }).config.digest;
}

/** The registry is the only child that is still there. User and system time, in ticks of 10 ms (proc(5), `stat`). */
function processorMsOfChildren(): number {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(/\s+/);
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return 10 * ticks.reduce((sum, each) => sum + each, 0);
}
