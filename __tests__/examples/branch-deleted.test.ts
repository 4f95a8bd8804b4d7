/** examples/branch-deleted.yml, on the deletion of the branch feature/Login-Page. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';
import { repository as onGitHub, startGitHub, type GitHubServer } from '../support/github/server.ts';
import { registryHost, runExample, shop } from './run-example.ts';
import { deletedBy, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';

jest.setTimeout(180_000);

const event = { name: 'delete', file: 'branch-deleted.json' };
const dead = ['branch-feature-Login-Page-0a1b2c3', 'branch-feature-login-page-4d5e6f7'];
const others = [
  'branch-feature-Login-Page-2-0a1b2c3',
  'branch-feature-other-0a1b2c3',
  // Deleted long ago: the sweep's business, as this run was started for another branch.
  'branch-long-gone-0a1b2c3',
  'branch-main-0a1b2c3',
  'edge',
  'latest',
  'v1.2.3',
].sort();

let registry: SandboxRegistry;
let github: GitHubServer;
beforeEach(async () => {
  registry = await startRegistry();
  await pushTags(registry, 'apps/web', [...dead, ...others]);
  github = await startGitHub([onGitHub(shop, { branches: ['main', 'feature/Login-Page-2', 'feature/other'] })]);
});
afterEach(async () => {
  await registry.close();
  await github.close();
});

const run = (file = event.file): Promise<readonly Step[]> =>
  runExample('branch-deleted', {
    event: { ...event, file },
    registries: { [registryHost]: registry.url },
    secrets,
    github,
  });

describe('when feature/Login-Page is deleted', () => {
  test('its builds go, and no others', async () => {
    const [step] = await run();
    expect(step).toMatchObject(success);
    expect(tagsOf(registry, 'apps/web')).toEqual(others);
    expect(step === undefined ? [] : deletedBy(step)).toEqual(dead.map((each) => `apps/web:${each}`));
  });

  test.each([
    ['branch', { branches: ['main', 'feature/login-page'] }],
    ['git tag', { tags: ['feature/login-page'] }],
  ])('what a living %s is called, too, stays', async (_, changes) => {
    Object.assign(github.repositories[0] ?? {}, changes);
    const [step] = await run();
    expect(step).toMatchObject(success);
    expect(tagsOf(registry, 'apps/web')).toEqual([...others, 'branch-feature-login-page-4d5e6f7'].sort());
  });

  test.each([
    ['that there is no branch at all', { branches: [] }],
    ['that there is no such repository', { hidden: true }],
  ])('and GitHub says %s, nothing goes', async (_, changes) => {
    Object.assign(github.repositories[0] ?? {}, changes);
    const [step] = await run();
    expect(step?.code).toBe(1);
    expect(step?.errors.join('\n')).toContain(shop);
    expect(tagsOf(registry, 'apps/web')).toEqual([...dead, ...others].sort());
  });
});

test('the deletion of a git tag starts no step', async () => {
  expect(await run('tag-deleted.json')).toEqual([]);
});
