/** The way to the registry fails at a given request: what the proof makes of it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fetchManifest, pushImage, pushIndex, type Pushed } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { startRelay, type Relay } from '../../sandbox/relay.ts';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';

const repository = 'apps/web';
let registry: SandboxRegistry;
let relay: Relay;

beforeEach(async () => {
  registry = await startSandboxRegistry({ profile: 'distribution-3.1' });
  relay = await startRelay(registry.url);
});
afterEach(async () => {
  await relay.close();
  await registry.close();
});

const image = (name: string, ...tags: readonly string[]): Promise<Pushed> =>
  pushImage(registry, { repository, tags, seed: name, created: '2026-01-01T00:00:00Z' });

async function pruneThroughRelay(): Promise<MemoryRuntime> {
  const inputs = { registry: relay.url, repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
  // Nobody waits for what stalls on purpose longer than that; a request that is answered is answered in a fraction.
  const runtime = { ...memoryRuntime({ inputs }), patienceMs: 1_000 };
  await run(runtime, prune);
  return runtime;
}

const tags = (): readonly string[] => [...registry.store.tags(repository).keys()].sort();

test('what a deletion took that was asked for twice, and an index pushed meanwhile lists, is put back', async () => {
  const old = await image('old', 'build-1');
  await image('new', 'build-2');
  const deletion = { method: 'DELETE', path: new RegExp(old.digest) };
  // The second answer says that there is nothing, and is the one that arrives.
  relay.fault(deletion, { kind: 'duplicate' });
  relay.before(deletion, async () => {
    await pushIndex(registry, { repository, tags: ['v1'], children: [old] });
  });
  const runtime = await pruneThroughRelay();
  expect(runtime.lines.join('\n')).toContain('which this run had deleted and has put back');
  expect(runtime.failures).toHaveLength(1);
  expect(tags()).toEqual(['build-2', 'v1']);
  expect((await fetchManifest(registry, repository, old.digest))?.bytes).toEqual(old.bytes);
});

describe('a deletion whose answer is lost is asked for again, and is done', () => {
  test.each([
    ['a reset', { kind: 'reset', moment: 'after' }],
    ['a stall', { kind: 'stall', moment: 'after' }],
    ['a gateway that gave up', { kind: 'answer', moment: 'after', answer: { status: 504 } }],
  ] as const)('by %s', async (_, fault) => {
    const old = await image('old', 'build-1');
    await image('new', 'build-2');
    relay.fault({ method: 'DELETE', path: new RegExp(old.digest), nth: 1 }, fault);
    const runtime = await pruneThroughRelay();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-2']);
    expect(registry.store.manifest(repository, old.digest)).toBeUndefined();
    expect(relay.faults.map((done) => done.fault)).toEqual([fault]);
    expect(runtime.outputs.get('deleted-tags')).toContain('build-1');
  });
});

test('a list that ends too early is asked for again; one that always does is not taken for the whole', async () => {
  await image('old', 'build-1');
  await image('new', 'build-2');
  const list = { path: /tags\/list/ };
  relay.fault({ ...list, nth: 1 }, { kind: 'truncate' });
  expect((await pruneThroughRelay()).failures).toEqual([]);
  expect(tags()).toEqual(['build-2']);

  await image('older', 'build-1');
  for (const by of [-10, 1]) {
    const repair = relay.fault(list, { kind: 'length', by });
    expect((await pruneThroughRelay()).failures).toHaveLength(1);
    expect(tags()).toEqual(['build-1', 'build-2']);
    repair();
  }
});
