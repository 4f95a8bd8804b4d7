/** examples/sharded.yml: a planning job, the jobs that it asks for, and the one that collects after them. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { doors, loadConfig, loadGcConfig } from '../../src/config/index.ts';
import type { Step } from '../dist/step.ts';
import { registryHost, runExample, type ExampleOptions } from './run-example.ts';
import { deletedBy, numbered, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';
import { readExample, stepsOf } from './workflow.ts';

jest.setTimeout(180_000);

const event = { name: 'schedule', file: 'schedule-nightly.json' };
const workflow = readExample('sharded');
const repositories = ['apps/api', 'apps/docs', 'apps/team/deep', 'apps/web'];
const matrixOf = (...shards: readonly string[]): string => JSON.stringify({ shard: shards });

let registry: SandboxRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  // Twelve builds, of which the two oldest are too many.
  for (const repository of repositories) await pushTags(registry, repository, numbered('build-', 1, 12));
  await pushTags(registry, 'tools', numbered('build-', 1, 12));
});
afterEach(() => registry.close());

/** Without the last job: it needs a host. */
const run = (options: Partial<ExampleOptions> = {}): Promise<readonly Step[]> =>
  runExample('sharded', {
    event,
    registries: { [registryHost]: registry.url },
    secrets,
    without: ['collect'],
    ...options,
  });

function expectPruned(): void {
  for (const repository of repositories)
    expect(tagsOf(registry, repository)).toEqual([...numbered('build-', 3, 12)].sort());
  expect(tagsOf(registry, 'tools')).toHaveLength(12);
}
const doomed = repositories.flatMap((repository) => ['build-1', 'build-2'].map((tag) => `${repository}:${tag}`));

describe('the jobs', () => {
  test('a small registry is one job, as the planning one says', async () => {
    const [plan, only, ...others] = await run();
    expect(others).toEqual([]);
    expect(plan).toMatchObject(success);
    expect(plan?.outputs.get('matrix')).toBe(matrixOf('1/1'));
    expect(plan === undefined ? [] : deletedBy(plan)).toEqual([]);
    expect(only).toMatchObject(success);
    expect(only === undefined ? [] : deletedBy(only)).toEqual(doomed);
    expectPruned();
  });

  test('three of them do together what one does, and no repository is in two', async () => {
    // As it is for 60,000 tags, which no test should have to push.
    const matrix = matrixOf('1/3', '2/3', '3/3');
    const [plan, ...shards] = await run({ outputs: { plan: { matrix } } });
    expect(plan).toMatchObject(success);
    expect(shards).toHaveLength(3);
    for (const [at, shard] of shards.entries()) {
      expect(shard).toMatchObject(success);
      expect(shard.summary).toContain(`## registry-prune, shard ${at + 1}/3\n`);
      expect(shard.outputs.get('matrix')).toBe('');
    }
    expect(shards.flatMap(deletedBy).sort()).toEqual(doomed);
    expect(shards.filter((shard) => deletedBy(shard).length > 0).length).toBeGreaterThan(1);
    expectPruned();
  });

  test('nothing is collected after a shard that failed, and the others have done their work', async () => {
    const matrix = matrixOf('1/2', '3/2', '2/2');
    const [, first, failed, second, ...others] = await run({ without: [], outputs: { plan: { matrix } } });
    expect(others).toEqual([]);
    expect(failed?.code).toBe(1);
    expect(failed?.errors.join('\n')).toContain('There is no shard "3/2"');
    for (const shard of [first, second]) expect(shard).toMatchObject(success);
    expectPruned();
  });

  test('none starts where the plan is above max-deletions', async () => {
    for (const repository of repositories) await pushTags(registry, repository, numbered('build-', 13, 20));
    const [plan, ...others] = await run();
    expect(others).toEqual([]);
    expect(plan?.code).toBe(1);
    expect(plan?.errors.join('\n')).toContain('max-deletions');
    for (const repository of repositories) expect(tagsOf(registry, repository)).toHaveLength(20);
  });
});

describe('as they are written', () => {
  const key = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const steps = stepsOf(workflow, {
    github: { event_name: 'workflow_dispatch', event: {}, ref: 'refs/heads/main' },
    secrets: { ...secrets, REGISTRY_SSH_KEY: key },
    vars: { REGISTRY_SSH_KNOWN_HOSTS: `${registryHost} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1VQ6nDkd9Tn4JhTDLmmoWc` },
    needs: { plan: { outputs: { matrix: matrixOf('1/2', '2/2') } } },
  });
  const configs = steps
    .filter(({ door }) => door === 'prune')
    .map((step) => loadConfig(new Map(Object.entries(step.with)), () => ''));

  test('the planning job and its shards have the same rules', () => {
    expect(configs.map(({ shard, dryRun }) => ({ shard, dryRun }))).toEqual([
      { shard: undefined, dryRun: true },
      { shard: { index: 1, of: 2 }, dryRun: false },
      { shard: { index: 2, of: 2 }, dryRun: false },
    ]);
    const rules = configs.map(({ policy }) => JSON.stringify(policy));
    expect(new Set(rules).size).toBe(1);
  });

  test('what collects comes last, and only after every shard did its work', () => {
    expect(steps.map(({ door }) => door)).toEqual(['prune', 'prune', 'prune', 'gc']);
    const config = loadGcConfig(new Map(Object.entries(steps.at(-1)?.with ?? {})), () => '');
    expect(config).toMatchObject({ garbageCollect: 'offline', host: { ssh: { user: 'prune', host: registryHost } } });
    expect(config.repositories.source).toEqual(['**']);
    expect(workflow.jobs.collect).toMatchObject({ needs: 'prune' });
    // With a condition of its own it would start after a shard that failed, too.
    expect(workflow.jobs.collect).not.toHaveProperty('if');
    expect(workflow.jobs.prune?.strategy).toMatchObject({ 'fail-fast': false });
  });

  test('what jobs hand on is an output of the step before it', () => {
    const named = [...JSON.stringify(workflow).matchAll(/steps\.\w+\.outputs\.([\w-]+)/g)].map(([, output]) => output);
    expect(named).toEqual(['matrix', 'journal-file', 'journal-file']);
    for (const output of named) expect(doors.prune.outputs).toContain(output);
  });
});
