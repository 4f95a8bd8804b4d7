/** Looking at many repositories: what concerns one of them, and what concerns them all. */
import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Heap } from '../../src/runtime/index.ts';
import { reportOf, runPrune, useRegistry, writes } from './step.ts';

const start = useRegistry();
const account = { username: 'ci', password: 'a-long-password' };
const rule = { tags: 'build-{number}', 'keep-last': '1' };

async function fill(registry: SandboxRegistry, ...repositories: readonly string[]): Promise<void> {
  for (const repository of repositories)
    for (const tag of ['build-1', 'build-2']) await pushImage(registry, { repository, tags: [tag] });
}

const states = (runtime: Awaited<ReturnType<typeof runPrune>>): object =>
  Object.fromEntries(reportOf(runtime).repositories.map(({ repository, state }) => [repository, state]));

describe('a repository that this account may not read', () => {
  const rights = { '*': ['pull', 'push', 'delete'], 'apps/secret': [] } as const;

  test.each([
    ['403', { kind: 'basic', ...account, rights } as const],
    ['a token without the scope', { kind: 'token', users: [{ ...account, rights }] } as const],
  ])('%s: is left alone, the others are done, and the step fails at its end', async (_, auth) => {
    const registry = await start({ auth });
    await fill(registry, 'apps/api', 'apps/secret', 'apps/web');
    const repositories = 'apps/api\napps/secret\napps/web';
    const runtime = await runPrune(registry, { ...account, ...rule, repositories });
    expect(states(runtime)).toEqual({ 'apps/api': 'read', 'apps/secret': 'unread', 'apps/web': 'read' });
    expect([...registry.store.tags('apps/api').keys()]).toEqual(['build-2']);
    expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-2']);
    expect([...registry.store.tags('apps/secret').keys()]).toEqual(['build-1', 'build-2']);
    expect(runtime.failures).toEqual(['One thing went wrong; it is named above.']);
    expect(runtime.lines.join('\n')).toContain('This account has no right to read here');
    expect(runtime.summary()).toContain('<code>apps/secret</code> (not read)');
  });
});

test('a repository that fails to be listed is left alone, and the others are done', async () => {
  const registry = await start();
  await fill(registry, 'apps/api', 'apps/web');
  registry.answer({ path: /apps\/api\/tags\/list/ }, { status: 500, body: '' });
  const runtime = await runPrune(registry, { ...rule, repositories: 'apps/api, apps/web' });
  expect(states(runtime)).toEqual({ 'apps/api': 'unread', 'apps/web': 'read' });
  expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-2']);
  expect(runtime.failures).toHaveLength(1);
});

test('a repository that is not there is named, and the step fails at its end', async () => {
  const registry = await start();
  await fill(registry, 'apps/web');
  const runtime = await runPrune(registry, { ...rule, repositories: 'apps/web, apps/wbe' });
  expect(states(runtime)).toEqual({ 'apps/wbe': 'missing', 'apps/web': 'read' });
  expect(runtime.lines.join('\n')).toContain('apps/wbe: the registry has no such repository.');
  expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-2']);
  expect(runtime.failures).toHaveLength(1);
});

test('a glob that matches nothing is named, and the step fails at its end', async () => {
  const registry = await start();
  await fill(registry, 'apps/web');
  const runtime = await runPrune(registry, { ...rule, repositories: 'apps/*, tools/*' });
  expect(runtime.lines.join('\n')).toContain('tools/*: no repository of the registry matches it');
  expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-2']);
  expect(runtime.failures).toHaveLength(1);
});

describe('what concerns the whole registry ends the run, and nothing is deleted', () => {
  test('credentials that it stops to accept', async () => {
    const registry = await start();
    await fill(registry, 'apps/api', 'apps/web');
    registry.answer(
      { path: /apps\/api\/tags\/list/ },
      { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, body: '' },
    );
    const runtime = await runPrune(registry, { ...account, ...rule, repositories: 'apps/api, apps/web' });
    expect(runtime.failures).toEqual([expect.stringContaining("doesn't accept this username and password")]);
    expect(registry.requests.filter(({ method }) => writes.includes(method))).toEqual([]);
    expect(runtime.outputs.size).toBe(0);
  });

  test('a connection that is gone', async () => {
    const registry = await start();
    await fill(registry, 'apps/api', 'apps/web');
    registry.answer({ path: /apps\/api\/tags\/list/ }, { status: 200, drop: 'connection' });
    const runtime = await runPrune(registry, { ...rule, repositories: 'apps/api, apps/web' });
    expect(runtime.failures).toHaveLength(1);
    expect(registry.requests.filter(({ method }) => writes.includes(method))).toEqual([]);
  });

  test('a catalog that this account may not read', async () => {
    const registry = await start({ auth: { kind: 'basic', ...account, rights: { 'apps/web': ['pull', 'delete'] } } });
    await fill(registry, 'apps/web');
    const runtime = await runPrune(registry, { ...account, ...rule, repositories: 'apps/*' });
    expect(runtime.failures).toEqual([expect.stringContaining('name the repositories without globs')]);
    expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-1', 'build-2']);
  });
});

test('what could not be read is a warning, and fails nothing', async () => {
  const registry = await start();
  await fill(registry, 'apps/web');
  await pushImage(registry, { repository: 'apps/web', tags: ['build-0'] });
  registry.answer({ path: /manifests\/build-0$/ }, { status: 500, body: '' });
  const runtime = await runPrune(registry, { ...rule, repositories: 'apps/web' });
  const [repository] = reportOf(runtime).repositories;
  expect(repository?.warnings).toMatchObject([{ at: 'apps/web:build-0' }]);
  expect(runtime.failures).toEqual([]);
  expect(registry.store.tags('apps/web').has('build-0')).toBe(true);
  expect(runtime.lines.some((line) => line.startsWith('warning: apps/web:build-0: '))).toBe(true);
});

describe('what lies ahead is told to whoever looks after memory', () => {
  test.each([
    ['a dry run', { 'dry-run': 'true' }, ['thinking']],
    ['a run that deletes', {}, ['thinking', 'waiting']],
    ['a run with nothing to do', { 'keep-last': '2' }, ['thinking']],
  ])('%s', async (_, inputs, expected) => {
    const registry = await start();
    await fill(registry, 'apps/web');
    const { told, heap } = listening();
    await runPrune(registry, { ...rule, repositories: 'apps/web', ...inputs }, { desk: { heap } });
    expect(told).toEqual(expected);
  });

  test('and where there is much, what nobody needs any more is let go of between the steps', async () => {
    const registry = await start();
    const pushed = await pushImage(registry, { repository: 'apps/web', tags: ['build-0'] });
    const target = registry.store.tags('apps/web').get('build-0');
    expect(target).toBe(pushed.digest);
    for (let number = 1; number < 10_000; number += 1)
      registry.store.setTag('apps/web', `build-${number}`, pushed.digest);
    const { told, heap } = listening();
    const inputs = { ...rule, repositories: 'apps/web', 'dry-run': 'true' };
    const runtime = await runPrune(registry, inputs, { desk: { heap } });
    expect(runtime.failures).toEqual([]);
    expect(told).toEqual(['thinking', 'free', 'free', 'free', 'free']);
  });
});

function listening(): { readonly told: readonly string[]; readonly heap: Heap } {
  const told: string[] = [];
  const hear = (word: string) => () => {
    told.push(word);
  };
  return { told, heap: { waiting: hear('waiting'), thinking: hear('thinking'), free: hear('free') } };
}
