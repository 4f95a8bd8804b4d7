/** prune on a real registry, and other people's eyes on what it leaves. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import pMap from 'p-map';
import { fetchManifest, pushArtifact, type Descriptor, type Pushed, type Target } from '../../sandbox/push.ts';
import { apply } from '../../src/commands/apply.ts';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';
import type { RealRegistry, Setting } from './registries.ts';
import { describeReal } from './suites.ts';
import { pullTools, referenceOf, type Account } from './tools.ts';

/**
 * For what was tried on distribution's own registries and looks into their storage: another product that is here shows
 * as skipped.
 */
export function describeDistribution(
  title: string,
  body: (registry: RealRegistry) => void,
  needs: readonly Setting[] = [],
): void {
  describeReal(
    title,
    (registry) => {
      if (registry.name.startsWith('distribution ')) body(registry);
      else test.skip('it was never tried on this one', () => undefined);
    },
    needs,
  );
}

export type Inputs = Readonly<Record<string, string>>;

type Env = Readonly<Record<string, string>>;

/** A run in this process, on this machine's clock. */
export async function pruneOn(
  registry: { readonly url: string },
  inputs: Inputs,
  env: Env = {},
): Promise<MemoryRuntime> {
  const memory = memoryRuntime({ inputs: { registry: registry.url, ...inputs }, env });
  await run(onThisMachine(memory), prune);
  return memory;
}

/** The door apply, for the plan of a dry run, or for that of a run that was killed, with its journal. */
export async function applyOn(
  registry: { readonly url: string },
  plan: string,
  inputs: Inputs = {},
  env: Env = {},
  journal?: string,
): Promise<MemoryRuntime> {
  const begun = journal === undefined ? {} : { 'journal-file': 'journal.jsonl' };
  const given = { registry: registry.url, 'plan-file': 'plan.json', ...begun, ...inputs };
  const memory = memoryRuntime({ inputs: given, env });
  memory.memory.set('plan.json', plan);
  if (journal !== undefined) memory.memory.set('journal.jsonl', journal);
  await run(onThisMachine(memory), apply);
  return memory;
}

/** Placeholders are told apart by time and chance, and a registry that is ill may be waited for. */
function onThisMachine(memory: MemoryRuntime): Runtime {
  return { ...memory, now: () => new Date(), random: Math.random, sleep: (ms: number) => wait(ms / 20) };
}

/** The log of a run that should have gone well, for the message of the assertion that says it didn't. */
export function expectSuccess(runtime: MemoryRuntime): void {
  const wrong = runtime.lines.filter((line) => /^(?:error|warning):|FAILED|lost/.test(line.trim()));
  expect({ failures: runtime.failures, wrong }).toEqual({ failures: [], wrong: [] });
}

export const deletedBy = (runtime: MemoryRuntime): readonly string[] =>
  JSON.parse(runtime.outputs.get('deleted-tags') ?? '[]') as readonly string[];

/** What the registry lists, page by page, sorted. */
export async function tagsOf(target: Target, repository: string): Promise<readonly string[]> {
  const tags: string[] = [];
  let next: string | undefined = `/v2/${repository}/tags/list?n=1000`;
  while (next !== undefined) {
    const response: Response = await ask(target, 'GET', next);
    const body = (await response.json()) as { readonly tags?: readonly string[] | null };
    tags.push(...(body.tags ?? []));
    next = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return tags.sort();
}

/** One request with every manifest type accepted; for what a naive program would send, as well. */
export function ask(target: Target, method: string, path: string): Promise<Response> {
  const accept = [
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
  ].join(', ');
  const { authorization } = target;
  const url = new URL(path, target.url);
  return fetch(url, { method, headers: { accept, ...(authorization === undefined ? {} : { authorization }) } });
}

/** The naive deletion: what stands behind the tag, by its digest. Answers the status. */
export async function deleteDigest(target: Target, repository: string, digest: string): Promise<number> {
  const response = await ask(target, 'DELETE', `/v2/${repository}/manifests/${digest}`);
  await response.arrayBuffer();
  return response.status;
}

/** The naive way where tags can't be deleted, its first half: another manifest over the tag. */
export function coverTag(target: Target, repository: string, tag: string): Promise<Pushed> {
  const artifactType = 'application/vnd.example.cover';
  return pushArtifact(target, { repository, tags: [tag], artifactType, content: `over ${tag}` });
}

/** Every file that the registry's storage has for a repository, with the moment of its last change. */
export async function filesOf(registry: { readonly root: string }, repository: string): Promise<readonly string[]> {
  const folder = join(registry.root, 'docker/registry/v2/repositories', repository);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const lines = paths.map(async (path) => `${path} ${String((await stat(path)).mtimeMs)}`);
  return (await Promise.all(lines)).sort();
}

/** References that are served all the same, out of those that must answer 404. */
export async function stillServed(
  target: Target,
  repository: string,
  references: readonly string[],
): Promise<readonly string[]> {
  const statuses = await pMap(
    references,
    async (reference) => (await ask(target, 'HEAD', `/v2/${repository}/manifests/${reference}`)).status,
    { concurrency: 8 },
  );
  return references.filter((_, place) => statuses[place] !== 404);
}

/** A manifest with all that hangs on it: an index's children, any depth. */
export type Whole = Pushed & { readonly children?: readonly Whole[] };

/**
 * Everything that is wrong with what a pull of this tag (or digest) gives, by every tool that is here and by plain
 * requests: each manifest and blob is compared with what was pushed, by its bytes. Empty: all is well.
 */
export async function pullProblems(
  target: Target,
  image: Whole,
  reference: string,
  account?: Account,
): Promise<readonly string[]> {
  const where = `${image.repository}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`;
  const byHand = await problemsByHand(target, image, reference);
  const byTools = await pMap(pullTools(), async (tool) => {
    const name = referenceOf(target.url, where);
    try {
      const pulled = await tool.pull(name, account);
      // skopeo rewrites an index whose entries say more than it knows (`artifactType`): then it is asked for the raw one.
      const own = pulled.get(image.digest) ?? (await tool.manifest(name, account));
      return [
        ...(Buffer.from(image.bytes).equals(own) ? [] : ['another manifest']),
        ...partsOf(image).flatMap(({ digest, size }) =>
          pulled.get(digest)?.length === size ? [] : [`without ${digest}`],
        ),
      ].map((what) => `${where} by ${tool.name}: ${what}`);
    } catch (error) {
      return [`${where} by ${tool.name}: ${String(error)}`];
    }
  });
  return [...byHand.map((what) => `${where}: ${what}`), ...byTools.flat()];
}

/** Several tags of several images. */
export async function allPullProblems(
  target: Target,
  expected: readonly (readonly [tag: string, image: Whole])[],
  account?: Account,
): Promise<readonly string[]> {
  const found = await pMap(expected, ([tag, image]) => pullProblems(target, image, tag, account), { concurrency: 2 });
  return found.flat();
}

/** Manifests below it and blobs, each once; its own manifest left out. */
function partsOf(image: Whole): readonly Descriptor[] {
  const parts = [...image.blobs, ...(image.children ?? []).flatMap((child) => [child, ...partsOf(child)])];
  return [...new Map(parts.map((part) => [part.digest, part])).values()];
}

async function problemsByHand(target: Target, image: Whole, reference: string): Promise<readonly string[]> {
  const { repository } = image;
  const served = await fetchManifest(target, repository, reference);
  if (served === undefined) return ['404'];
  if (served.digest !== image.digest) return [`it is ${served.digest}`];
  const blobs = await Promise.all(
    image.blobs.map(async ({ digest }) => {
      const response = await ask(target, 'GET', `/v2/${repository}/blobs/${digest}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      return response.status === 200 && found === digest ? [] : [`blob ${digest}: ${String(response.status)}`];
    }),
  );
  const below = await Promise.all((image.children ?? []).map((child) => problemsByHand(target, child, child.digest)));
  return [...blobs.flat(), ...below.flat()];
}
