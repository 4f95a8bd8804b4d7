/** examples/pull-request-closed.yml, on the closing of pull request 12, which came from a fork. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';
import { repository as onGitHub, startGitHub, type GitHubServer, type PullRequest } from '../support/github/server.ts';
import { registryHost, runOneStep, shop } from './run-example.ts';
import { deletedBy, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';

jest.setTimeout(180_000);

const event = { name: 'pull_request_target', file: 'pull-request-target-closed.json' };
const web = ['latest', 'pr-1', 'pr-12', 'pr-12-arm64', 'pr-123', 'v1.2.3'];
const api = ['latest', 'pr-12', 'pr-2'];
const pull = (number: number, state: PullRequest['state']): PullRequest =>
  number === 12 ? { number, state, fork: 'example-contributor/shop' } : { number, state };

let registry: SandboxRegistry;
let github: GitHubServer;
beforeEach(async () => {
  registry = await startRegistry();
  await pushTags(registry, 'apps/web', web);
  await pushTags(registry, 'apps/api', api);
  // pr-2 of apps/api is a preview whose closing event was missed: not for this run to tell.
  const pulls = [pull(1, 'open'), pull(2, 'closed'), pull(12, 'closed'), pull(123, 'open')];
  github = await startGitHub([onGitHub(shop, { pulls })]);
});
afterEach(async () => {
  await registry.close();
  await github.close();
});

const run = (): Promise<Step> =>
  runOneStep('pull-request-closed', { event, registries: { [registryHost]: registry.url }, secrets, github });
const expectAllThere = (): void => {
  expect({ web: tagsOf(registry, 'apps/web'), api: tagsOf(registry, 'apps/api') }).toEqual({ web, api });
};
const twelve = (): PullRequest => {
  const found = github.repositories[0]?.pulls.find(({ number }) => number === 12);
  if (found === undefined) throw new Error('There is no pull request 12.');
  return found;
};

describe('when pull request 12 is closed', () => {
  test('exactly its previews go, for one question to GitHub', async () => {
    const step = await run();
    expect(step).toMatchObject(success);
    expect(tagsOf(registry, 'apps/web')).toEqual(['latest', 'pr-1', 'pr-123', 'v1.2.3']);
    expect(tagsOf(registry, 'apps/api')).toEqual(['latest', 'pr-2']);
    expect(deletedBy(step)).toEqual(['apps/api:pr-12', 'apps/web:pr-12', 'apps/web:pr-12-arm64']);
    expect(github.lines()).toEqual([`200 /repos/${shop}/pulls/12`]);
    expect(step.log).toMatch(/pull request 12 .*closed/);
  });

  test('reopened since, it keeps them', async () => {
    twelve().state = 'open';
    expect(await run()).toMatchObject(success);
    expectAllThere();
    expect(github.lines()).toEqual([`200 /repos/${shop}/pulls/12`]);
  });

  test('without the right to ask, nothing goes, and the step names the permission', async () => {
    github.permissions.delete('pull-requests');
    const step = await run();
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('pull-requests: read');
    expectAllThere();
  });
});
