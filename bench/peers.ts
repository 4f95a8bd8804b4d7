/**
 * The same job with other people's tools, in one run: all but the newest 20 of a repository's tags, told apart by the
 * number in their names, the list of tags included. Loops run 16 of the tool at once, as many as we have requests under
 * way. What a tool left is counted afterwards, in the registry and in its storage.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFolder } from './folder.ts';
import { concurrency, runBundle } from './jobs.ts';
import { layImages } from './lay-images.ts';
import { median } from './machine.ts';
import type { Peer } from './peer-tools.ts';
import { placeFor } from './place.ts';
import type { BenchRegistry, Started } from './registries.ts';
import { manifestCount, tagsOf } from './repository.ts';
import { table } from './results.ts';
import type { Scale } from './scale.ts';

const repository = 'apps/web';
const patienceMs = 10 * 60_000;

export type Peers = {
  readonly here: readonly Peer[];
  readonly missing: readonly { readonly name: string; readonly why: string }[];
};

type Done = {
  readonly tool: string;
  readonly ms: number;
  readonly tags: number;
  readonly manifests: number;
  readonly failed: string | undefined;
};

export async function measurePeers(registries: readonly BenchRegistry[], scale: Scale, peers: Peers): Promise<string> {
  const place = placeFor(scale.peers);
  const rows: (readonly string[])[] = [];
  for (const registry of registries) {
    const onFresh = (tool: string, work: (started: Started) => Promise<string | undefined>): Promise<Done> =>
      place.within(async (root) => {
        layImages({ root, repository, count: scale.peers, seed: 'peers' });
        const started = await registry.start(root);
        try {
          const begun = performance.now();
          const failed = await work(started);
          const ms = performance.now() - begun;
          const tags = (await tagsOf(started.url, repository)).length;
          const done = { tool, ms, tags, manifests: manifestCount(root, repository), failed };
          console.log(`${registry.version}, ${tool}: ${JSON.stringify(done)}`);
          return done;
        } finally {
          await started.close();
        }
      });
    const ours: Done[] = [];
    const runOurs = (): Promise<Done> =>
      onFresh('registry-prune', async ({ url }) => {
        const inputs = { registry: url, repositories: repository, tags: 'build-{number}' };
        await runBundle({ ...inputs, 'keep-last': String(scale.kept) });
        return undefined;
      });
    const theirs: Done[] = [];
    // Ours comes before each of theirs, so that a machine that gets slower meanwhile does so for both.
    for (const peer of peers.here) {
      ours.push(await runOurs());
      theirs.push(await onFresh(peer.name, ({ url }) => runPeer(peer, url, scale.kept)));
    }
    const own = median(ours.map(({ ms }) => ms));
    const line = (done: Done, ms: number): readonly string[] => [
      registry.version,
      done.tool,
      `${(ms / 1000).toFixed(2)} s`,
      (ms / own).toFixed(1),
      String(done.tags),
      String(done.manifests),
      done.failed ?? (done.tool === 'registry-prune' ? '' : judge(done, ms / own, scale.kept)),
    ];
    if (ours[0]) rows.push(line(ours[0], own), ...theirs.map((done) => line(done, done.ms)));
  }
  return [
    `All but ${scale.kept} of ${scale.peers.toLocaleString('en')} tags, each an image of its own, from the start of the process to its end; storage ${place.shown}, a fresh one for each. ${peers.here.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
    '',
    table(['distribution', 'tool', 'time:', 'ratio to ours:', 'tags left:', 'manifests left:', 'are we ahead?'], rows),
    ...(peers.missing.length === 0 ? [] : ['', 'Not measured:', '']),
    ...peers.missing.map(({ name, why }) => `- ${name}: ${why}`),
  ].join('\n');
}

/** What leaves the images where they are gives no disk back, whatever it took: no comparison. */
function judge({ tags, manifests }: Done, ratio: number, kept: number): string {
  const less = [...(tags > kept ? ['tags stay'] : []), ...(manifests > kept ? ['manifests stay'] : [])].join(', ');
  if (less !== '') return `another job: ${less}`;
  return ratio > 1 ? 'yes' : '**no**';
}

/** Why it failed, in its own last words; undefined where it ended well. */
function runPeer(peer: Peer, url: string, kept: number): Promise<string | undefined> {
  return withFolder(tmpdir(), (folder) => {
    const { host } = new URL(url);
    for (const [name, text] of Object.entries(peer.files?.({ host, repository, kept }) ?? {}))
      writeFileSync(join(folder, name), text);
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      TOOL: peer.path,
      HOST: host,
      IMAGE: `${host}/${repository}`,
      KEPT: String(kept),
      AT_ONCE: String(concurrency),
    };
    return shell(peer.script, env, folder);
  });
}

function shell(script: string, env: NodeJS.ProcessEnv, cwd: string): Promise<string | undefined> {
  // A group of its own: a loop that takes too long is ended with all that it started.
  const child = spawn('sh', ['-ec', script], { env, cwd, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const endAll = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  process.on('exit', endAll);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2_000);
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(endAll, patienceMs);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(late);
      process.off('exit', endAll);
      if (status === 0) resolve(undefined);
      else if (signal !== null) resolve(`ended after ${patienceMs / 60_000} minutes`);
      else resolve(`failed: ${words.trim().split('\n').at(-1)?.slice(0, 120).replaceAll('|', '/') ?? ''}`);
    });
  });
}
