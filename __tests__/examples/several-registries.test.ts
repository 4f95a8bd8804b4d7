/** examples/several-registries.yml: each with an account of its own, side by side. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';
import { registryHost, runExample } from './run-example.ts';
import { daysAgo, deletedBy, numbered, pushTags, startRegistry, success, tagsOf } from './shop.ts';

jest.setTimeout(180_000);

const accounts = {
  MAIN_REGISTRY_USERNAME: 'pruner',
  MAIN_REGISTRY_PASSWORD: 'of the main one',
  EU_REGISTRY_USERNAME: 'pruner-eu',
  EU_REGISTRY_PASSWORD: 'of the other one',
};
const event = { name: 'schedule', file: 'schedule-several-registries.json' };

let main: SandboxRegistry;
let eu: SandboxRegistry;
beforeEach(async () => {
  main = await startRegistry({
    REGISTRY_USERNAME: accounts.MAIN_REGISTRY_USERNAME,
    REGISTRY_PASSWORD: accounts.MAIN_REGISTRY_PASSWORD,
  });
  eu = await startRegistry({
    REGISTRY_USERNAME: accounts.EU_REGISTRY_USERNAME,
    REGISTRY_PASSWORD: accounts.EU_REGISTRY_PASSWORD,
  });
  // Twelve builds, all old; and twelve, of which only the oldest is old.
  await pushTags(main, 'apps/web', numbered('build-', 1, 12), { created: daysAgo(40) });
  await pushTags(main, 'base', ['latest', 'v1.0.0'], { created: daysAgo(400) });
  await pushTags(eu, 'team/deep/down', ['build-1'], { created: daysAgo(40) });
  await pushTags(eu, 'team/deep/down', numbered('build-', 2, 12), { created: daysAgo(20) });
});
afterEach(async () => {
  await main.close();
  await eu.close();
});

const run = (secrets: Readonly<Record<string, string>> = accounts): Promise<readonly Step[]> =>
  runExample('several-registries', {
    event,
    registries: { [registryHost]: main.url, 'registry.eu.example.com': eu.url },
    secrets,
  });

describe('every registry', () => {
  test('keeps its newest ten, and what is younger than thirty days', async () => {
    const steps = await run();
    expect(steps).toHaveLength(2);
    for (const step of steps) expect(step).toMatchObject(success);
    expect(steps.map(deletedBy)).toEqual([['apps/web:build-1', 'apps/web:build-2'], ['team/deep/down:build-1']]);
    expect(tagsOf(main, 'apps/web')).toEqual([...numbered('build-', 3, 12)].sort());
    expect(tagsOf(main, 'base')).toEqual(['latest', 'v1.0.0']);
    expect(tagsOf(eu, 'team/deep/down')).toEqual([...numbered('build-', 2, 12)].sort());
  });

  test('is told from the others: one with a wrong password fails alone', async () => {
    const [first, second] = await run({ ...accounts, MAIN_REGISTRY_PASSWORD: accounts.EU_REGISTRY_PASSWORD });
    expect(first?.code).toBe(1);
    expect(first?.errors.join('\n')).toContain("doesn't accept this username and password");
    expect(tagsOf(main, 'apps/web')).toHaveLength(12);
    expect(second).toMatchObject(success);
    expect(tagsOf(eu, 'team/deep/down')).toHaveLength(11);
  });
});
