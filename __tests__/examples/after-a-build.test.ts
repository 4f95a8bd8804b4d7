/** examples/after-a-build.yml, on the push that the build was for. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { tag, type Target } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { allPullProblems, stillServed, tagsOf as listedTags, type Whole } from '../real/pruning.ts';
import { knownPassword, type RunningRegistry } from '../real/registries.ts';
import { describeReal } from '../real/suites.ts';
import { registryHost, runOneStep } from './run-example.ts';
import { deletedBy, numbered, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';

// A process each, and real registries; on a busy machine that takes its time.
jest.setTimeout(180_000);

const name = 'after-a-build';
const event = { name: 'push', file: 'push.json' };
const repository = 'apps/web';
const kept = [...numbered('build-', 5, 14), 'latest', 'main', 'production'].sort();
const doomed = numbered('build-', 1, 4);

/** Fourteen builds, the oldest of which is deployed; other tags; and builds of another image. */
async function fill(target: Target): Promise<readonly Whole[]> {
  const builds = await pushTags(target, repository, numbered('build-', 1, 14));
  for (const [index, label] of [
    [0, 'production'],
    [13, 'latest'],
  ] as const) {
    const build = builds[index];
    if (build !== undefined) await tag(target, build, label);
  }
  await pushTags(target, repository, ['main']);
  await pushTags(target, 'apps/api', numbered('build-', 1, 12));
  return builds;
}

describe('after a build', () => {
  let registry: SandboxRegistry;
  beforeEach(async () => {
    registry = await startRegistry();
  });
  afterEach(() => registry.close());

  test('the newest ten builds of this image stay, and whatever is no build', async () => {
    await fill(registry);
    const step = await runOneStep(name, { event, registries: { [registryHost]: registry.url }, secrets });
    expect(step).toMatchObject(success);
    expect(tagsOf(registry, repository)).toEqual(kept);
    expect(deletedBy(step)).toEqual(doomed.map((each) => `${repository}:${each}`));
    expect(tagsOf(registry, 'apps/api')).toEqual([...numbered('build-', 1, 12)].sort());
  });

  test('without the secrets nothing is deleted, and the step says what it lacks', async () => {
    await fill(registry);
    const step = await runOneStep(name, { event, registries: { [registryHost]: registry.url }, secrets: {} });
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('username');
    expect(tagsOf(registry, repository)).toHaveLength(17);
  });

  test('on a push to another branch it does not start', async () => {
    const elsewhere = { ...event, ref: 'refs/heads/feature/one' };
    const started = runOneStep(name, { event: elsewhere, registries: { [registryHost]: registry.url }, secrets });
    await expect(started).rejects.toThrow("The workflow 'build' doesn't start");
  });
});

describeReal(
  'after a build, with an account and behind a web server with a certificate,',
  (real) => {
    const account = { REGISTRY_USERNAME: 'pruner', REGISTRY_PASSWORD: knownPassword };
    let running: RunningRegistry;
    beforeEach(async () => {
      running = await real.start({ htpasswd: { username: 'pruner', password: knownPassword } });
    });
    afterEach(() => running.close());

    test('the newest ten builds stay, byte for byte', async () => {
      const basic = Buffer.from(`pruner:${knownPassword}`).toString('base64');
      const target = { url: running.url, authorization: `Basic ${basic}` };
      const builds = await fill(target);
      const step = await runOneStep(name, { event, registries: { [registryHost]: running.url }, secrets: account });
      expect(step).toMatchObject(success);
      expect(await listedTags(target, repository)).toEqual(kept);
      const digests = builds.slice(1, 4).map(({ digest }) => digest);
      expect(await stillServed(target, repository, [...doomed, ...digests])).toEqual([]);
      const pairs = builds.flatMap((build, index) => (index < 4 ? [] : [[`build-${index + 1}`, build] as const]));
      const first = builds.slice(0, 1).map((build) => ['production', build] as const);
      const login = { username: 'pruner', password: knownPassword };
      expect(await allPullProblems(target, [...first, ...pairs], login)).toEqual([]);
    });
  },
  ['htpasswd'],
);
