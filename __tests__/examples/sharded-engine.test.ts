/** examples/sharded.yml with all of its jobs: the last one collects on a host, a real registry in a real engine behind a real sshd. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Pushed } from '../../sandbox/push.ts';
import type { Step } from '../dist/step.ts';
import { startContainedRegistry, type ContainedRegistry } from '../real/collection/contained-registry.ts';
import { sshToEngine } from '../real/collection/workplace.ts';
import { describeEngine } from '../real/engine.ts';
import { allPullProblems, tagsOf } from '../real/pruning.ts';
import { sshServerMissing, type SshServer } from '../real/ssh-server.ts';
import { registryHost, runExample } from './run-example.ts';
import { deletedBy, numbered, pushTags, secrets, success } from './shop.ts';

// A real engine, and a registry that is stopped and started.
jest.setTimeout(180_000);

const repositories = ['apps/api', 'apps/docs', 'apps/web'];

describeEngine('in shards, with the collection after them', (engine) => {
  if (sshServerMissing !== undefined) {
    test.skip(`over SSH: ${sshServerMissing}`, () => undefined);
    return;
  }
  let server: SshServer;
  let folder: string;
  beforeAll(async () => {
    server = await sshToEngine(engine());
    folder = await mkdtemp(join(tmpdir(), 'registry-prune-ssh-'));
    // The name, the port and the account of the workflow lead to the server of this test; all else is what ssh is told.
    const there = [`HostName=${server.host}`, `Port=${server.port}`, `User=${server.user}`];
    const words = there.map((word) => `-o ${word}`).join(' ');
    const rest = (process.env.PATH ?? '').replaceAll("'", '');
    await writeFile(join(folder, 'ssh'), `#!/bin/sh\nPATH='${rest}'\nexec ssh ${words} "$@"\n`);
    await chmod(join(folder, 'ssh'), 0o755);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  let registry: ContainedRegistry;
  const kept = numbered('build-', 3, 12);
  let images: readonly (readonly [tag: string, pushed: Pushed])[];
  beforeEach(async () => {
    registry = await startContainedRegistry(engine(), '3.1', { name: 'registry' });
    images = [];
    for (const repository of repositories) {
      const pushed = await pushTags(registry, repository, numbered('build-', 1, 12));
      images = [...images, ...pushed.slice(2).map((build, at) => [kept[at] ?? '', build] as const)];
    }
  });
  afterEach(() => registry.close());

  const run = (): Promise<readonly Step[]> =>
    runExample('sharded', {
      event: { name: 'schedule', file: 'schedule-nightly.json' },
      registries: { [registryHost]: registry.url },
      secrets: { ...secrets, REGISTRY_SSH_KEY: server.keys.key },
      vars: { REGISTRY_SSH_KNOWN_HOSTS: server.knownHosts() },
      env: { PATH: [folder, process.env.PATH ?? ''].join(delimiter) },
      outputs: { plan: { matrix: '{"shard":["1/2","2/2"]}' } },
    });

  test('every shard prunes its own, then the disk comes back, and all that was to stay can be pulled', async () => {
    const before = await registry.diskBytes();
    const [plan, first, second, collect, ...others] = await run();
    expect(others).toEqual([]);
    for (const step of [plan, first, second, collect]) expect(step).toMatchObject(success);
    expect([first, second].flatMap((step) => (step === undefined ? [] : deletedBy(step)))).toHaveLength(6);
    expect(Number(collect?.outputs.get('reclaimed-bytes'))).toBeGreaterThan(0);
    expect(await registry.diskBytes()).toBeLessThan(before);
    for (const repository of repositories) expect(await tagsOf(registry, repository)).toEqual([...kept].sort());
    expect(await allPullProblems(registry, images)).toEqual([]);
  });
});
