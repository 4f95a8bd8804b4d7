/** Several runs that share the work: together they do what one does, and the planning run says how many they are to be. */
import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { parseRepositoryName, type RepositoryName } from '../../src/model/index.ts';
import { decode } from '../../src/plan/index.ts';
import { inShard } from '../../src/inventory/index.ts';
import { reportOf, runPrune, useRegistry, writes } from './step.ts';

const start = useRegistry();
const rule = { repositories: '**', tags: 'build-{number}', 'keep-last': '1' };
const names = ['a', 'apps/api', 'apps/docs', 'apps/web', 'base', 'team/deep/down', 'team/web', 'tools'];

/** The number of builds differs from repository to repository; `latest` and an index's tag share images with builds. */
async function filled(): Promise<SandboxRegistry> {
  const registry = await start();
  for (const [at, repository] of names.entries()) {
    const builds = Array.from({ length: 1 + (at % 4) }, (_, number) => `build-${number + 1}`);
    for (const tag of builds)
      await pushImage(registry, { repository, tags: [tag, ...(tag === 'build-1' ? ['first'] : [])] });
  }
  return registry;
}

const tagsOf = (registry: SandboxRegistry): object =>
  Object.fromEntries(names.map((name) => [name, [...registry.store.tags(name).keys()].sort()]));
const isWrite = ({ method }: { readonly method: string }): boolean => writes.includes(method);
const repositoriesAsked = (registry: SandboxRegistry): readonly string[] =>
  [
    ...new Set(
      registry.requests.flatMap(({ path }) => /^\/v2\/(.+)\/(?:tags|manifests|blobs)\//.exec(path)?.[1] ?? []),
    ),
  ].sort();
function name(text: string): RepositoryName {
  const parsed = parseRepositoryName(text);
  if (parsed === undefined) throw new Error(`${text} is no repository.`);
  return parsed;
}
const shareOf = (index: number, of: number): readonly string[] =>
  names.filter((each) => inShard(name(each), { index, of }));

describe('all shards together', () => {
  test.each([1, 2, 5])('%i of them delete what one run deletes, each in its own repositories', async (of) => {
    const [whole, shared] = [await filled(), await filled()];
    const alone = await runPrune(whole, rule);
    expect(alone.failures).toEqual([]);
    const deleted: string[] = [];
    for (let index = 1; index <= of; index += 1) {
      const from = shared.requests.length;
      const runtime = await runPrune(shared, { ...rule, shard: `${index}/${of}` });
      expect(runtime.failures).toEqual([]);
      const mine = shareOf(index, of);
      expect(reportOf(runtime).repositories.map(({ repository }) => repository)).toEqual(mine);
      const asked = repositoriesAsked({ ...shared, requests: shared.requests.slice(from) });
      expect(asked.filter((each) => names.includes(each))).toEqual(mine);
      deleted.push(...(JSON.parse(runtime.outputs.get('deleted-tags') ?? '') as string[]));
    }
    expect(deleted.toSorted()).toEqual((JSON.parse(alone.outputs.get('deleted-tags') ?? '') as string[]).toSorted());
    expect(deleted.length).toBeGreaterThan(names.length);
    expect(tagsOf(shared)).toEqual(tagsOf(whole));
  });

  test('side by side they do, too', async () => {
    const [whole, shared] = [await filled(), await filled()];
    await runPrune(whole, rule);
    const runs = ['1/3', '2/3', '3/3'].map((shard) => runPrune(shared, { ...rule, shard }));
    expect((await Promise.all(runs)).flatMap(({ failures }) => failures)).toEqual([]);
    expect(tagsOf(shared)).toEqual(tagsOf(whole));
  });
});

describe('one shard', () => {
  test('says in plan, report, log and summary which it is', async () => {
    const registry = await filled();
    const runtime = await runPrune(registry, { ...rule, shard: '2/3', 'dry-run': 'true' });
    const mine = shareOf(2, 3).length;
    expect(mine).toBeGreaterThan(0);
    expect(reportOf(runtime).shard).toBe('2/3');
    expect(decode(runtime.files.readText(runtime.outputs.get('plan-file') ?? '')).shard).toBe('2/3');
    const log = runtime.lines.join('\n');
    expect(log).toContain(
      `Shard 2/3: ${mine} ${mine === 1 ? 'repository' : 'repositories'} of 8; the others belong to other shards.`,
    );
    expect(log).toContain('Shard 2/3: Dry run:');
    expect(runtime.summary()).toContain('## registry-prune, shard 2/3 (dry run)');
    expect(runtime.outputs.get('matrix')).toBe('');
    expect(registry.requests.filter(isWrite)).toEqual([]);
  });

  test('without a repository of its own has nothing to do, and fails nothing', async () => {
    const registry = await start();
    await pushImage(registry, { repository: 'apps/web', tags: ['build-1'] });
    const [first, second] = [
      await runPrune(registry, { ...rule, shard: '1/2' }),
      await runPrune(registry, { ...rule, shard: '2/2' }),
    ];
    const sizes = [first, second].map((runtime) => reportOf(runtime).repositories.length);
    expect(sizes.toSorted()).toEqual([0, 1]);
    for (const runtime of [first, second]) expect(runtime.failures).toEqual([]);
  });

  test('fails for a glob that matches nothing in the whole catalog, and for no other', async () => {
    const registry = await filled();
    const failures = async (repositories: string): Promise<readonly (readonly string[])[]> =>
      Promise.all(
        ['1/2', '2/2'].map(async (shard) => {
          const runtime = await runPrune(registry, { ...rule, repositories, shard, 'dry-run': 'true' });
          return reportOf(runtime).failures.map(({ at }) => at);
        }),
      );
    expect(await failures('tools*')).toEqual([[], []]);
    expect(await failures('tools*, none/*')).toEqual([['none/*'], ['none/*']]);
  });

  test('leaves a name that is spelled out to the shard that it belongs to, there or not', async () => {
    const registry = await filled();
    const missing = await Promise.all(
      ['1/2', '2/2'].map(async (shard) => {
        const runtime = await runPrune(registry, { ...rule, repositories: 'apps/wbe', shard });
        return reportOf(runtime).repositories.map(({ repository, state }) => [repository, state]);
      }),
    );
    expect(missing.flat()).toEqual([['apps/wbe', 'missing']]);
  });

  test('is held by max-deletions for itself', async () => {
    const registry = await filled();
    const planned = async (shard: string): Promise<number> => {
      const runtime = await runPrune(registry, { ...rule, shard, 'dry-run': 'true' });
      return (JSON.parse(runtime.outputs.get('stale-tags') ?? '') as string[]).length;
    };
    const [first, second] = [await planned('1/2'), await planned('2/2')];
    expect(Math.min(first, second)).toBeGreaterThan(0);
    const most = String(Math.max(first, second));
    for (const shard of ['1/2', '2/2']) {
      const runtime = await runPrune(registry, { ...rule, shard, 'max-deletions': most });
      expect(runtime.failures).toEqual([]);
    }
    expect(first + second).toBeGreaterThan(Number(most));
  });

  test('above its max-deletions is refused, and the others are not', async () => {
    const registry = await filled();
    const [kept, pruned] = shareOf(1, 2).includes('apps/web') ? (['1/2', '2/2'] as const) : (['2/2', '1/2'] as const);
    for (let number = 10; number < 30; number += 1)
      await pushImage(registry, { repository: 'apps/web', tags: [`build-${number}`] });
    const refused = await runPrune(registry, { ...rule, shard: kept, 'max-deletions': '20' });
    expect(refused.failures).toHaveLength(1);
    expect(registry.requests.filter(isWrite)).toEqual([]);
    const other = await runPrune(registry, { ...rule, shard: pruned, 'max-deletions': '20' });
    expect(other.failures).toEqual([]);
    expect(registry.requests.filter(isWrite)).not.toEqual([]);
  });
});

test('matrix is one job where there is little, or nothing, to do', async () => {
  const registry = await filled();
  for (const given of [{ ...rule, 'dry-run': 'true' }, { ...rule, repositories: 'base' }, rule, rule]) {
    const runtime = await runPrune(registry, given);
    expect(runtime.outputs.get('matrix')).toBe('{"shard":["1/1"]}');
  }
  const empty = await runPrune(await start(), { ...rule, repositories: 'apps/web' });
  expect(empty.outputs.get('matrix')).toBe('{"shard":["1/1"]}');
});
