/** The proof after a collection: what is said of an image whose parts are there, gone, or can't be asked for. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, type Pushed } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { proveBlobs } from '../../src/execute/prove-blobs.ts';
import { ContentMemory, observe } from '../../src/inventory/index.ts';
import type { Instant, Proof, RepositoryName, Snapshot } from '../../src/model/index.ts';
import { client, type Client } from '../registry/server.ts';

const repository = 'apps/web' as RepositoryName;
const now = '2026-11-22T01:30:00.000Z' as Instant;
let sandbox: SandboxRegistry;
let registry: Client;
let image: Pushed;
let index: Awaited<ReturnType<typeof pushMultiPlatform>>;
let before: Snapshot;
/** Requests before the proof. */
let asked: number;

beforeEach(async () => {
  sandbox = await startSandboxRegistry();
  registry = client(sandbox.url, { kind: 'anonymous' });
  const shared = 'a layer that both have';
  image = await pushImage(sandbox, { repository, tags: ['1', 'one'], layers: [shared, 'of one'] });
  index = await pushMultiPlatform(sandbox, {
    repository,
    tags: ['2'],
    layers: [shared, 'of two'],
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
  });
  const seen = await observe({
    registry,
    repository,
    memory: new ContentMemory(),
    now: () => now,
    dated: () => new Set(),
  });
  if (seen === undefined) throw new Error('The repository is not there.');
  before = seen;
  asked = sandbox.requests.length;
});

afterEach(async () => {
  await registry.close();
  await sandbox.close();
});

async function prove(readBytes = false): Promise<Readonly<Record<string, Pick<Proof, 'result' | 'missing'>>>> {
  const stays = [...before.tags].flatMap(([tag, state]) =>
    state.kind === 'points' ? { tag, digest: state.digest } : [],
  );
  const { proofs } = await proveBlobs({ registry, repository, stays, manifests: before.manifests, readBytes });
  return Object.fromEntries(proofs.map(({ tag, result, missing }) => [tag, { result, missing }]));
}

const present = { result: 'present', missing: [] };
const layerOf = (pushed: Pushed): string => pushed.blobs.at(-1)?.digest ?? '';

test('all of it is there: each manifest and each blob is asked for once', async () => {
  expect(await prove()).toEqual({ 1: present, one: present, 2: present });
  const lines = sandbox.requests.slice(asked).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.filter((line) => line.startsWith('HEAD') && line.includes('/blobs/')).length).toBe(
    new Set([image, ...index.children].flatMap(({ blobs }) => blobs.map(({ digest }) => digest))).size,
  );
});

test('a layer that is gone is named at every tag that needs it, and at no other', async () => {
  sandbox.store.blobs.delete(layerOf(image));
  const missing = { result: 'lost', missing: [layerOf(image)] };
  expect(await prove()).toEqual({ 1: missing, one: missing, 2: present });
});

test("a config of one platform is the index's", async () => {
  const config = index.children[1]?.blobs[0]?.digest ?? '';
  sandbox.store.blobs.delete(config);
  expect(await prove()).toEqual({ 1: present, one: present, 2: { result: 'lost', missing: [config] } });
});

test('a platform that is gone', async () => {
  const child = index.children[0]?.digest ?? '';
  sandbox.store.removeManifest(repository, child);
  expect(await prove()).toMatchObject({ 2: { result: 'lost', missing: [child] } });
});

test('a platform that was not there before is not missed', async () => {
  const child = index.children[0]?.digest ?? '';
  sandbox.store.removeManifest(repository, child);
  before = { ...before, manifests: new Map([...before.manifests].filter(([digest]) => digest !== child)) };
  expect(await prove()).toMatchObject({ 2: present });
});

test("somebody's new image behind the tag is theirs", async () => {
  sandbox.store.setTag(repository, 'one', index.digest);
  expect(await prove()).toMatchObject({ 1: present, one: { result: 'moved', missing: [] } });
});

test('a tag that is gone', async () => {
  sandbox.store.removeTag(repository, 'one');
  expect(await prove()).toMatchObject({ 1: present, one: { result: 'lost', missing: [image.digest] } });
});

test('what is answered by a cache and has no bytes is found by reading alone', async () => {
  sandbox.store.blobs.set(layerOf(image), new Uint8Array());
  expect(await prove()).toMatchObject({ 1: present });
  expect(await prove(true)).toMatchObject({ 1: { result: 'lost', missing: [layerOf(image)] } });
});

test('what the registry refuses to say is unproven', async () => {
  sandbox.answer({ method: 'HEAD', path: new RegExp(`blobs/${layerOf(image)}`) }, (real) => ({ ...real, status: 400 }));
  expect(await prove()).toMatchObject({ 1: { result: 'unproven', missing: [layerOf(image)] }, 2: present });
});
