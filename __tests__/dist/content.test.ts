/** What can't be read is kept and named; what isn't there is named; the rest is done. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { fetchManifest, pushImage, tag, type Pushed } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import type { AnswerOverride } from '../../sandbox/registry/options.ts';
import { runStep } from './step.ts';

// A process each; on a busy machine one takes seconds.
jest.setTimeout(60_000);

const repository = 'apps/web';
const given = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
let registry: SandboxRegistry;

beforeEach(async () => {
  registry = await startSandboxRegistry({ profile: 'distribution-2.8' });
});
afterEach(() => registry.close());

const push = (number: number, where = repository): Promise<Pushed> =>
  pushImage(registry, { repository: where, tags: [`build-${number}`], created: `2026-01-0${number}T00:00:00Z` });
const tags = (where = repository): readonly string[] => [...registry.store.tags(where).keys()].sort();

const html = '<!doctype html><title>Sign in</title>';
const faults: readonly (readonly [string, AnswerOverride])[] = [
  [
    "manifest bytes that don't match their digest",
    (real) => ({ ...real, body: `${new TextDecoder().decode(real.body as Uint8Array)} ` }),
  ],
  ['truncated JSON', (real) => ({ ...real, body: (real.body as Uint8Array).slice(0, 100) })],
  ['HTML with status 200', { status: 200, headers: { 'content-type': 'text/html' }, body: html }],
];

test.each(faults)('%s: that tag is kept and reported, the others go', async (_, fault) => {
  for (const number of [1, 2, 3, 4]) await push(number);
  registry.answer({ method: 'GET', path: /manifests\/build-2$/ }, fault);
  const step = await runStep({ ...given, registry: registry.url });
  expect(step).toMatchObject({ code: 0, errors: [] });
  expect(tags()).toEqual(['build-2', 'build-4']);
  expect(await fetchManifest(registry, repository, 'build-2')).toBeDefined();
  expect(step.log).toMatch(/^::warning.*apps\/web:build-2/m);
  expect(step.log).toMatch(/^kept +build-2 /m);
  expect(step.summary).toContain('build-2');
});

test('truncated JSON that the registry has stored so, digest and all', async () => {
  for (const number of [1, 3, 4]) await push(number);
  const cut = '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image';
  registry.store.putManifest(
    repository,
    'application/vnd.oci.image.index.v1+json',
    new TextEncoder().encode(cut),
    'build-2',
  );
  const step = await runStep({ ...given, registry: registry.url });
  expect(step).toMatchObject({ code: 0, errors: [] });
  expect(tags()).toEqual(['build-2', 'build-4']);
  expect(step.log).toMatch(/^::warning.*build-2: it is not a JSON object/m);
});

test('2.8 without tag deletion works, by placeholder', async () => {
  const first = await push(1);
  await tag(registry, first, 'stable');
  await push(2);
  const step = await runStep({ ...given, registry: registry.url });
  expect(step).toMatchObject({ code: 0, errors: [] });
  expect(tags()).toEqual(['build-2', 'stable']);
  expect((await fetchManifest(registry, repository, 'stable'))?.digest).toBe(first.digest);
  // Neither the placeholder nor anything else is left over.
  expect([...registry.store.manifests(repository).keys()]).toHaveLength(2);
});

describe('what is not there', () => {
  beforeEach(async () => {
    for (const number of [1, 2]) await push(number);
    registry.forgetRequests();
  });

  test('a repository is named, the others go on, the step fails at its end', async () => {
    const step = await runStep({ ...given, registry: registry.url, repositories: 'apps/api\napps/web' });
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('apps/api: the registry has no such repository');
    expect(step.errors.join('\n')).toContain('repositories');
    expect(tags()).toEqual(['build-2']);
    expect(JSON.parse(step.outputs.get('deleted-tags') ?? '')).toEqual(['apps/web:build-1']);
  });

  test('a glob that matches nothing is named, the others go on, the step fails at its end', async () => {
    const step = await runStep({ ...given, registry: registry.url, repositories: 'team-?/*\napps/*' });
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('team-?/*: no repository of the registry matches it');
    expect(step.errors.join('\n')).toContain('** matches every repository');
    expect(tags()).toEqual(['build-2']);
  });

  test('more than max-deletions is refused whole', async () => {
    const step = await runStep({ ...given, registry: registry.url, 'max-deletions': '0' });
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('max-deletions');
    expect(tags()).toEqual(['build-1', 'build-2']);
    expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
  });
});
