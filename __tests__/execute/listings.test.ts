/** Listings that can't be right: what is told apart from somebody else at work, and that nothing is deleted then. */
import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { Answer, SandboxProfile, SandboxRegistry } from '../../sandbox/registry.ts';
import { runPrune, useRegistry, writes } from '../commands/step.ts';

const start = useRegistry();
const rules = { tags: 'build-{number}', 'keep-last': '1' };
const none = { headers: { 'content-type': 'application/json' }, status: 200, body: '{"name":"apps/web","tags":null}' };
const unknown = { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}' };

async function filled(
  builds: Readonly<Record<string, number>>,
  profile: SandboxProfile = 'distribution-3.1',
): Promise<SandboxRegistry> {
  const registry = await start({ profile });
  for (const [repository, count] of Object.entries(builds))
    for (let number = 1; number <= count; number += 1)
      await pushImage(registry, {
        repository,
        tags: [`build-${number}`],
        seed: `${repository} ${number}`,
        created: '2026-01-01T00:00:00Z',
      });
  registry.forgetRequests();
  return registry;
}

const tagsOf = (registry: SandboxRegistry, repository: string): readonly string[] =>
  [...registry.store.tags(repository).keys()].sort();

/** The probe's questions change nothing. */
const deletions = (registry: SandboxRegistry): readonly string[] =>
  registry.requests
    .filter(({ method, path }) => writes.includes(method) && !/8{16}$/.test(path))
    .map(({ method, path }) => `${method} ${path}`);

describe('a repository that listed tags a moment ago and none now', () => {
  test.each<readonly [SandboxProfile, string, Answer]>([
    ['distribution-2.8', 'as an empty list', none],
    ['distribution-3.1', 'as an empty list', none],
    ['distribution-3.1', 'as a name that it does not know', unknown],
  ])('%s, %s: nothing of it is deleted', async (profile, _, answer) => {
    const registry = await filled({ 'apps/web': 3 }, profile);
    registry.answer({ method: 'GET', path: /tags\/list/, nth: 2 }, answer);
    const runtime = await runPrune(registry, { repositories: 'apps/web', ...rules });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toMatch(
      /listed 3 tags a moment ago and lists none now, and serves build-\d all the same/,
    );
    expect(deletions(registry)).toEqual([]);
    expect(tagsOf(registry, 'apps/web')).toEqual(['build-1', 'build-2', 'build-3']);
  });

  test('where tags that were to stay are really gone with the others: nothing more of it is deleted', async () => {
    const registry = await filled({ 'apps/web': 3 });
    registry.before({ method: 'GET', path: /tags\/list/, nth: 2 }, () => {
      for (const name of tagsOf(registry, 'apps/web')) registry.store.removeTag('apps/web', name);
    });
    const runtime = await runPrune(registry, { repositories: 'apps/web', ...rules });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('lists none now, though build-3 was to stay');
    expect(deletions(registry)).toEqual([]);
    expect(registry.store.manifests('apps/web').size).toBe(3);
  });

  test('between two batches: what is left of it is left', async () => {
    const registry = await filled({ 'apps/web': 3 });
    registry.store.setTag('apps/web', 'stable', registry.store.tags('apps/web').get('build-1') ?? '');
    // build-1 goes by itself, since stable has its image, and build-2 in the batch after it.
    registry.answer({ method: 'GET', path: /tags\/list/, nth: 3 }, none);
    const runtime = await runPrune(registry, { repositories: 'apps/web', ...rules });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toMatch(/lists none now, though \S+ was to stay/);
    expect(deletions(registry)).toEqual(['DELETE /v2/apps/web/manifests/build-1']);
    expect(tagsOf(registry, 'apps/web')).toEqual(['build-2', 'build-3', 'stable']);
  });

  test('is no wonder where all were to go and somebody has deleted them', async () => {
    const registry = await filled({ 'apps/web': 2 });
    registry.before({ method: 'GET', path: /tags\/list/, nth: 2 }, () => {
      for (const name of tagsOf(registry, 'apps/web')) registry.store.removeTag('apps/web', name);
    });
    const runtime = await runPrune(registry, { repositories: 'apps/web', ...rules, 'keep-last': '0' });
    expect(runtime.failures).toEqual([]);
  });

  test('is one where all were to go and they are there', async () => {
    const registry = await filled({ 'apps/web': 2 });
    registry.answer({ method: 'GET', path: /tags\/list/, nth: 2 }, none);
    const runtime = await runPrune(registry, { repositories: 'apps/web', ...rules, 'keep-last': '0' });
    expect(runtime.failures).toHaveLength(1);
    expect(deletions(registry)).toEqual([]);
  });
});

describe('a list of tags that goes wrong', () => {
  const twice = { ...none, body: '{"name":"apps/web","tags":["build-1","build-2","build-3","build-1"]}' };
  const circle = {
    ...none,
    headers: { ...none.headers, link: '</v2/apps/web/tags/list?n=1000>; rel="next"' },
    body: '{"name":"apps/web","tags":["build-1","build-2","build-3"]}',
  };

  test.each<readonly [string, number, Answer, string]>([
    ['a tag twice, at the first look', 1, twice, 'The registry lists apps/web:build-1 twice'],
    ['a tag twice, right before the deletions', 2, twice, 'The registry lists apps/web:build-1 twice'],
    ['a circle, at the first look', 1, circle, 'The pages of this list go in a circle'],
    ['a circle, right before the deletions', 2, circle, 'The pages of this list go in a circle'],
  ])('%s: that repository is left alone, and the others are done', async (_, nth, answer, says) => {
    const registry = await filled({ 'apps/api': 2, 'apps/web': 3 });
    registry.answer({ method: 'GET', path: /apps\/web\/tags\/list/, nth }, answer);
    const runtime = await runPrune(registry, { repositories: 'apps/api, apps/web', ...rules });
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain(says);
    expect(tagsOf(registry, 'apps/api')).toEqual(['build-2']);
    expect(tagsOf(registry, 'apps/web')).toEqual(['build-1', 'build-2', 'build-3']);
    expect(deletions(registry).filter((line) => line.includes('apps/web'))).toEqual([]);
  });
});

describe('a catalog', () => {
  const listing = (...repositories: readonly string[]): Answer => ({
    ...none,
    body: JSON.stringify({ repositories }),
  });
  const globs = { repositories: 'apps/*', ...rules };

  test.each<readonly [string, string, Answer, string]>([
    ['with kept tags', 'apps/web', listing('apps/api', 'tools'), 'apps/web, of which tags were to stay, among them'],
    ['that nobody looked at', 'tools', listing('apps/api', 'apps/web'), 'tools, which has tags still, among them'],
    ['of all', 'apps/api', listing(), '3 of these no more'],
    ['that can not be read', 'apps/api', { status: 500 }, "it can't be read once more"],
    ['in a circle', 'apps/api', { ...listing('apps/api'), headers: { link: '<?n=1000>; rel=next' } }, 'go in a circle'],
  ])('without a repository that it listed a moment ago, %s: nothing is deleted anywhere', async (...given) => {
    const [, , answer, says] = given;
    const registry = await filled({ 'apps/api': 2, 'apps/web': 2, tools: 1 });
    // Until the end: an answer of 500 is asked for again.
    registry.before({ path: /_catalog/, nth: 2 }, () => {
      registry.answer({ path: /_catalog/ }, answer);
    });
    const runtime = await runPrune(registry, globs);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain(says);
    expect(deletions(registry)).toEqual([]);
    for (const repository of ['apps/api', 'apps/web'])
      expect(tagsOf(registry, repository)).toEqual(['build-1', 'build-2']);
  });

  test('without one that somebody has removed goes on with the others', async () => {
    const registry = await filled({ 'apps/api': 2, 'apps/web': 2, tools: 1 });
    registry.before({ path: /_catalog/, nth: 2 }, () => {
      registry.answer({ path: /_catalog/ }, listing('apps/api', 'apps/web'));
      registry.answer({ path: /tools\/tags\/list/ }, unknown);
    });
    const runtime = await runPrune(registry, globs);
    expect(runtime.failures).toEqual([]);
    for (const repository of ['apps/api', 'apps/web']) expect(tagsOf(registry, repository)).toEqual(['build-2']);
  });

  test('is read once more only where something is to be deleted', async () => {
    const registry = await filled({ 'apps/api': 2 });
    const asked = (): number => registry.requests.filter(({ path }) => path.includes('_catalog')).length;
    await runPrune(registry, { ...globs, 'dry-run': 'true' });
    expect(asked()).toBe(1);
    registry.forgetRequests();
    await runPrune(registry, globs);
    expect(asked()).toBe(2);
    registry.forgetRequests();
    await runPrune(registry, globs);
    expect(asked()).toBe(1);
  });
});
