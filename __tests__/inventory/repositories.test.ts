import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { listRepositories } from '../../src/inventory/index.ts';
import { parseRepositoryPatterns } from '../../src/pattern/index.ts';
import { useSandbox, type Sandbox } from './sandbox.ts';

const start = useSandbox();

async function filled(...names: readonly string[]): Promise<Sandbox> {
  const sandbox = await start();
  for (const repository of names) await pushImage(sandbox, { repository, tags: ['v1'] });
  return sandbox;
}

function list(sandbox: Sandbox, ...rules: readonly (readonly string[])[]): ReturnType<typeof listRepositories> {
  return listRepositories(sandbox.client, rules.map(parseRepositoryPatterns));
}

describe('names', () => {
  test('are taken as they stand, sorted, each once, and no catalog is read', async () => {
    const sandbox = await filled('apps/web');
    expect(await list(sandbox, ['apps/web', 'apps/api'], ['apps/web'])).toEqual({
      repositories: ['apps/api', 'apps/web'],
      elsewhere: 0,
      problems: [],
    });
    expect(sandbox.asked()).toEqual([]);
  });

  test('stay in the list where a glob has the catalog read and the catalog has them not', async () => {
    const sandbox = await filled('apps/web');
    const { repositories } = await list(sandbox, ['hidden/one', 'apps/*']);
    expect(repositories).toEqual(['apps/web', 'hidden/one']);
  });
});

describe('globs', () => {
  test('match within a segment or across them, and excludes take out', async () => {
    const sandbox = await filled('apps/web', 'apps/api', 'apps/old/web', 'tools');
    expect((await list(sandbox, ['apps/*'])).repositories).toEqual(['apps/api', 'apps/web']);
    expect((await list(sandbox, ['**', '!apps/old/**'])).repositories).toEqual(['apps/api', 'apps/web', 'tools']);
  });

  test('read the catalog once, whatever the number of rules', async () => {
    const sandbox = await filled('apps/web', 'tools');
    expect((await list(sandbox, ['apps/*'], ['**'], ['tools'])).repositories).toEqual(['apps/web', 'tools']);
    expect(sandbox.asked(/_catalog/)).toHaveLength(1);
  });

  test('of one rule say nothing about the names of another', async () => {
    const sandbox = await filled('apps/web', 'tools');
    expect((await list(sandbox, ['apps/*', '!tools'], ['tools'])).repositories).toEqual(['apps/web', 'tools']);
  });

  test('that match nothing are named, and the others go on', async () => {
    const sandbox = await filled('apps/web', 'apps/api');
    const { repositories, problems } = await list(sandbox, ['web*', 'apps/*']);
    expect(repositories).toEqual(['apps/api', 'apps/web']);
    expect(problems).toEqual([
      {
        at: 'web*',
        what: 'no repository of the registry matches it (the catalog lists 2)',
        wayOut: expect.stringContaining('** matches every repository'),
      },
    ]);
  });

  test('that match nothing but what is excluded are no mistake', async () => {
    const sandbox = await filled('apps/web');
    expect(await list(sandbox, ['apps/*', '!apps/web'])).toEqual({
      repositories: [],
      elsewhere: 0,
      catalog: ['apps/web'],
      problems: [],
    });
  });
});

describe('a shard', () => {
  const half = (sandbox: Sandbox, index: number, ...lines: readonly string[]): ReturnType<typeof listRepositories> =>
    listRepositories(sandbox.client, [parseRepositoryPatterns(lines)], { index, of: 2 });

  test('has its own repositories alone, spelled out or matched, and the other has the rest', async () => {
    const sandbox = await filled('a', 'apps/api', 'apps/web', 'tools');
    const [first, second] = [await half(sandbox, 1, '**', 'not/there'), await half(sandbox, 2, '**', 'not/there')];
    const both = [...first.repositories, ...second.repositories];
    expect(both.toSorted()).toEqual(['a', 'apps/api', 'apps/web', 'not/there', 'tools']);
    expect([first.elsewhere, second.elsewhere]).toEqual([second.repositories.length, first.repositories.length]);
    for (const { repositories } of [first, second]) expect(repositories.length).toBeGreaterThan(0);
  });

  test('may have none of what a glob matches; in neither it is a mistake', async () => {
    const sandbox = await filled('apps/web');
    const halves = [await half(sandbox, 1, 'apps/*', 'web*'), await half(sandbox, 2, 'apps/*', 'web*')];
    expect(halves.map(({ repositories }) => repositories.length).sort()).toEqual([0, 1]);
    for (const { problems } of halves) expect(problems.map(({ at }) => at)).toEqual(['web*']);
  });
});
