/** examples/with-a-cache.yml: the run writes what the next one reads. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { registryHost, runOneStep } from './run-example.ts';
import { daysAgo, deletedBy, numbered, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';

jest.setTimeout(180_000);

let registry: SandboxRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  await pushTags(registry, 'apps/web', numbered('build-', 1, 12), { created: daysAgo(40) });
});
afterEach(() => registry.close());

test('what was read is written to where the cache takes it from', async () => {
  const step = await runOneStep('with-a-cache', {
    event: { name: 'schedule', file: 'schedule-nightly.json' },
    registries: { [registryHost]: registry.url },
    secrets,
  });
  expect(step).toMatchObject(success);
  // As old as each other: a tie is never broken by chance.
  expect(deletedBy(step)).toEqual([]);
  expect(tagsOf(registry, 'apps/web').length).toBe(12);
  expect(step.workspace).toEqual(['registry-prune.cache']);
});
