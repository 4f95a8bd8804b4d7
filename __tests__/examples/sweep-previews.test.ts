/** examples/sweep-previews.yml: the previews whose closing event was missed. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';
import { repository as onGitHub, startGitHub, type GitHubServer, type PullRequest } from '../support/github/server.ts';
import { registryHost, runOneStep, shop } from './run-example.ts';
import { deletedBy, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';

// A failing GitHub is asked several times, with pauses.
jest.setTimeout(300_000);

const nightly = { name: 'schedule', file: 'schedule-sweep-previews.json' };
const byHand = { name: 'workflow_dispatch', file: 'workflow-dispatch.json' };

// 250 open ones: GitHub's pages hold 100. The list is newest first: 1 to 50 are on the third page.
const open = Array.from({ length: 253 }, (_, index) => index + 1).filter((number) => ![12, 40, 200].includes(number));
const pulls = (): PullRequest[] => [
  ...open.map((number): PullRequest => ({ number, state: 'open' })),
  ...[12, 40, 200].map((number): PullRequest => ({ number, state: 'closed' })),
];
const living = ['pr-1', 'pr-123', 'pr-250', 'pr-250-arm64', 'pr-7'];
const missed = ['pr-12', 'pr-12-arm64', 'pr-200'];
// 999 was never a pull request.
const others = ['latest', 'pr-999', 'pr-preview', 'v1.2.3'];
const web = [...living, ...missed, ...others].sort();

let registry: SandboxRegistry;
let github: GitHubServer;
beforeEach(async () => {
  registry = await startRegistry();
  await pushTags(registry, 'apps/web', web);
  await pushTags(registry, 'apps/api', ['latest', 'pr-40', 'pr-41']);
  await pushTags(registry, 'charts/web', ['pr-40']);
  github = await startGitHub([onGitHub(shop, { pulls: pulls() })]);
});
afterEach(async () => {
  await registry.close();
  await github.close();
});

const run = (event: typeof nightly): Promise<Step> =>
  runOneStep('sweep-previews', { event, registries: { [registryHost]: registry.url }, secrets, github });
const lists = (): readonly string[] => github.lines().filter((line) => line.includes('/pulls?'));

describe('a sweep', () => {
  test.each([
    ['at night', nightly],
    ['by hand', byHand],
  ])('%s takes what is closed, and asks for each before it goes', async (_, event) => {
    const step = await run(event);
    expect(step).toMatchObject(success);
    expect(tagsOf(registry, 'apps/web')).toEqual([...living, ...others].sort());
    expect(tagsOf(registry, 'apps/api')).toEqual(['latest', 'pr-41']);
    expect(tagsOf(registry, 'charts/web')).toEqual(['pr-40']);
    expect(deletedBy(step)).toEqual(['apps/api:pr-40', ...missed.map((each) => `apps/web:${each}`)]);
    expect(lists()).toHaveLength(3);
    for (const number of [12, 40, 200]) expect(github.lines()).toContain(`200 /repos/${shop}/pulls/${number}`);
  });

  test('one that is reopened between the list and the deletion keeps its preview', async () => {
    const two = github.repositories[0]?.pulls.find(({ number }) => number === 200);
    let asked = 0;
    github.before = ({ path }) => {
      if (path === `/repos/${shop}/pulls/200`) asked += 1;
      // Asked for once because the list doesn't have it, then once more because it is to go.
      if (asked === 2 && two !== undefined) two.state = 'open';
      return undefined;
    };
    expect(await run(nightly)).toMatchObject(success);
    expect(tagsOf(registry, 'apps/web')).toEqual([...living, ...others, 'pr-200'].sort());
  });

  test.each([
    ['fails', { status: 502, body: '<h1>Unicorn!</h1>' }],
    ['is refused', { status: 403, body: { message: 'Resource not accessible by integration' } }],
    ['ends in the middle', 'cut'],
  ] as const)('whose third page %s deletes nothing, and says why', async (_, fault) => {
    github.before = ({ path }) => (/[?&]page=3(?:&|$)/.test(path) ? fault : undefined);
    const step = await run(nightly);
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toMatch(/pull requests/);
    expect(step.errors.join('\n')).toContain(shop);
    expect(tagsOf(registry, 'apps/web')).toEqual(web);
    expect(tagsOf(registry, 'apps/api')).toEqual(['latest', 'pr-40', 'pr-41']);
    expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
  });

  test('that would take more than half of the tags is refused as a whole', async () => {
    for (const each of github.repositories[0]?.pulls ?? []) each.state = 'closed';
    const step = await run(nightly);
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('max-deletions');
    expect(tagsOf(registry, 'apps/web')).toEqual(web);
  });
});
