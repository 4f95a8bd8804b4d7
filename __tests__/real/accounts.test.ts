// The built action on real registries that want an account: with a password (Basic), and with tokens.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag, type Pushed, type Target } from '../../sandbox/push.ts';
import { runStep, type Step } from '../dist/step.ts';
import { allPullProblems, describeDistribution, stillServed, tagsOf, type Whole } from './pruning.ts';
import { knownPassword, type RunningRegistry } from './registries.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(180_000);

const username = 'robot';
const basic = (password: string): string => Buffer.from(`${username}:${password}`).toString('base64');
const given = { tags: 'build-{number}', 'keep-last': '2' };

/** Six builds, the first of which `latest` points at, too. `target` may push there. */
async function pushBuilds(target: Target, repository: string): Promise<readonly Whole[]> {
  const builds: Whole[] = [];
  for (let number = 1; number <= 5; number += 1)
    builds.push(await pushImage(target, { repository, tags: [`build-${number}`] }));
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ];
  builds.push(await pushMultiPlatform(target, { repository, tags: ['build-6'], platforms, attestations: true }));
  for (const first of builds.slice(0, 1)) await tag(target, first, 'latest');
  return builds;
}

async function expectPruned(
  target: Target,
  repository: string,
  builds: readonly Whole[],
  password: string,
): Promise<void> {
  expect(await tagsOf(target, repository)).toEqual(['build-5', 'build-6', 'latest']);
  const gone = [1, 2, 3, 4].map((number) => `build-${number}`);
  const digests = builds.slice(1, 4).map(({ digest }) => digest);
  expect(await stillServed(target, repository, [...gone, ...digests])).toEqual([]);
  const kept = [5, 6].flatMap((number): [string, Pushed][] => {
    const build = builds[number - 1];
    return build === undefined ? [] : [[`build-${number}`, build]];
  });
  const [first] = builds;
  const expected = first === undefined ? kept : [...kept, ['latest', first] as const];
  expect(await allPullProblems(target, expected, { username, password })).toEqual([]);
}

const deletedBy = (step: Step): unknown => JSON.parse(step.outputs.get('deleted-tags') ?? 'null');
const deletedOf = (...repositories: readonly string[]): readonly string[] =>
  repositories.flatMap((repository) => [1, 2, 3, 4].map((number) => `${repository}:build-${number}`));

describeDistribution(
  'the built action, with a password',
  (registry) => {
    let running: RunningRegistry;
    let target: Target;
    beforeAll(async () => {
      running = await registry.start({ htpasswd: { username, password: knownPassword } });
      target = { url: running.url, authorization: `Basic ${basic(knownPassword)}` };
    });
    afterAll(() => running.close());

    test('a wrong one: nothing is deleted, and it is said', async () => {
      await pushImage(target, { repository: 'wrong', tags: ['build-1', 'build-2', 'build-3'] });
      const inputs = { ...given, registry: running.url, repositories: 'wrong', username, password: 'wrong password' };
      const step = await runStep(inputs, { secrets: () => ['wrong password', basic('wrong password')] });
      expect(step).toMatchObject({ code: 1, leaks: [] });
      expect(step.errors.join('\n')).toContain("The registry doesn't accept this username and password");
      expect(await tagsOf(target, 'wrong')).toEqual(['build-1', 'build-2', 'build-3']);
    });

    test('a dry run changes nothing, a real one prunes, a second one finds nothing to do', async () => {
      const builds = await pushBuilds(target, 'apps/web');
      const inputs = { ...given, registry: running.url, repositories: 'apps/*', username, password: knownPassword };
      const options = { secrets: () => [knownPassword, basic(knownPassword)], env: { RUNNER_DEBUG: '1' } };
      const dry = await runStep({ ...inputs, 'dry-run': 'true' }, options);
      expect(dry).toMatchObject({ code: 0, errors: [], leaks: [] });
      expect(JSON.parse(dry.outputs.get('stale-tags') ?? '')).toEqual(deletedOf('apps/web'));
      expect(await tagsOf(target, 'apps/web')).toHaveLength(7);

      const step = await runStep(inputs, options);
      expect(step).toMatchObject({ code: 0, errors: [], leaks: [] });
      expect(deletedBy(step)).toEqual(deletedOf('apps/web'));
      await expectPruned(target, 'apps/web', builds, knownPassword);

      const again = await runStep(inputs, options);
      expect(again).toMatchObject({ code: 0, errors: [], leaks: [] });
      expect(JSON.parse(again.outputs.get('stale-tags') ?? '')).toEqual([]);
    });
  },
  ['htpasswd'],
);

describeDistribution(
  'the built action, with tokens',
  (registry) => {
    const password = 'a password for the token server';
    let tokens: TokenServer;
    let running: RunningRegistry;
    const targetFor = (repository: string): Target => ({
      url: running.url,
      authorization: tokens.authorization(`repository:${repository}:pull,push`),
    });
    beforeAll(async () => {
      tokens = await startTokenServer({
        accounts: { [username]: password },
        // Everything in team/, the catalog included; elsewhere nothing can be deleted.
        allow: (account, { type, name, action }) =>
          account === username && (type === 'registry' || name.startsWith('team/') || action !== 'delete'),
      });
      running = await registry.start({ token: tokens.settings });
    });
    afterAll(async () => {
      await running.close();
      await tokens.close();
    });

    test("Docker's own login, the catalog, several repositories, one of them without the right to delete", async () => {
      const repositories = ['team/api', 'team/web', 'other/app'];
      const builds = new Map<string, readonly Whole[]>();
      for (const repository of repositories)
        builds.set(repository, await pushBuilds(targetFor(repository), repository));
      const step = await runStep(
        { ...given, registry: running.url, repositories: '**' },
        {
          secrets: () => [password, basic(password)],
          env: { RUNNER_DEBUG: '1' },
          home: {
            '.docker/config.json': JSON.stringify({
              auths: { [new URL(running.url).host]: { auth: basic(password) } },
            }),
          },
        },
      );
      expect(step).toMatchObject({ code: 1, leaks: [] });
      expect(step.errors.join('\n')).toContain('other/app');
      expect(step.errors.join('\n')).toContain('This account has no right to delete here');
      // No token of three parts either: every one begins with the same header.
      expect(step.log).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\./);
      expect(deletedBy(step)).toEqual(deletedOf('team/api', 'team/web'));
      for (const repository of ['team/api', 'team/web'])
        await expectPruned(targetFor(repository), repository, builds.get(repository) ?? [], password);

      const untouched = builds.get('other/app') ?? [];
      const all = untouched.map((image, place): [string, Whole] => [`build-${place + 1}`, image]);
      expect(await allPullProblems(targetFor('other/app'), all, { username, password })).toEqual([]);
      expect(await tagsOf(targetFor('other/app'), 'other/app')).toHaveLength(7);
    });
  },
  ['token'],
);
