// What can be wrong between the runner and the registry on its host: one clear sentence each. The tags are deleted by then,
// which is reported as done; the step fails, and the registry runs on as if nothing had been.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushImage } from '../../../sandbox/push.ts';
import { describeEngine } from '../engine.ts';
import { expectSuccess, tagsOf } from '../pruning.ts';
import { makeKeys, startSshServer, type KeyPair, type SshServer } from '../ssh-server.ts';
import { startContainedRegistry, type ContainedOptions, type ContainedRegistry } from './contained-registry.ts';
import { collectOverSsh, overSsh, pruneOverSsh, sshToEngine, type Inputs } from './workplace.ts';

jest.setTimeout(180_000);

const repository = 'apps/web';

describeEngine('a host that is of no use', (engine) => {
  let directory: string;
  let server: SshServer;
  let registry: ContainedRegistry;
  let otherKeys: KeyPair;
  let builds = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'registry-prune-refusals-'));
    otherKeys = makeKeys(directory, 'other');
    server = await sshToEngine(engine());
    registry = await startContainedRegistry(engine(), '3.1');
  });
  afterAll(async () => {
    await registry.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const startedAt = (): Promise<string> =>
    engine().docker(['inspect', '--format', '{{.State.StartedAt}}', registry.name]);

  /** Two builds, of which the rule lets one go; what is wrong then concerns the host alone. */
  async function pruned(inputs: Inputs): Promise<string> {
    for (const build of [builds + 1, builds + 2]) await pushImage(registry, { repository, tags: [`build-${build}`] });
    builds += 2;
    const before = await startedAt();
    const done = await pruneOverSsh({
      registry: registry.url,
      repositories: repository,
      tags: 'build-{number}',
      'keep-last': '1',
      'garbage-collect': 'offline',
      'registry-service': `docker:${registry.name}`,
      ...overSsh(server),
      ...inputs,
    });
    expect(Number(done.outputs.get('deleted-tag-count'))).toBeGreaterThan(0);
    expect(await tagsOf(registry, repository)).toEqual([`build-${builds}`]);
    expect(done.failures).toEqual(['One thing went wrong; it is named above.']);
    expect({ answers: await registry.isAnswering(), startedAt: await startedAt() }).toEqual({
      answers: true,
      startedAt: before,
    });
    const [sentence = '', ...others] = done.lines.filter((line) => /^error: (?!One thing went wrong)/.test(line));
    expect(others).toEqual([]);
    return sentence;
  }

  test('a key that the host does not take', async () => {
    expect(await pruned({ 'ssh-key': otherKeys.key })).toMatch(/nothing was collected: .*(lets|let|denied|key)/);
  });

  test('a host whose key is unknown: with the line to check and paste', async () => {
    const other = server.knownHosts().replace(/^\S+/, '[198.51.100.7]:22');
    const said = await pruned({ 'ssh-known-hosts': other });
    expect(said).toContain('nothing was collected');
    expect(said).toContain(`ssh-keyscan -p ${server.port} ${server.host}`);
  });

  test('a host whose key has changed', async () => {
    const known = server.knownHosts();
    await server.restart({ newHostKey: true });
    const said = await pruned({ 'ssh-known-hosts': known });
    expect(said).toMatch(/changed|another key|not the one/);
    expect(said).toContain('ssh-keyscan');
  });

  test('nobody at that port', async () => {
    const gone = await startSshServer();
    const inputs = overSsh(gone);
    await gone.stop();
    expect(await pruned(inputs)).toMatch(/nothing was collected: .*refuse/);
  });

  test('no docker on the host', async () => {
    // In a namespace of its own, where what lies there can't be run.
    const hide = 'for each in $(type -ap docker); do mount --bind /dev/null "$each"; done';
    const command = `exec unshare --mount bash -c '${hide}; exec sh -c "$SSH_ORIGINAL_COMMAND"'`;
    const bare = await sshToEngine(engine(), { settings: [`ForceCommand ${command}`] });
    try {
      expect(await pruned(overSsh(bare))).toMatch(/nothing was collected: .*docker/);
    } finally {
      await bare.stop();
    }
  });

  test('no right to use docker', async () => {
    const command = 'exec setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"';
    const humble = await sshToEngine(engine(), { settings: [`ForceCommand ${command}`] });
    try {
      expect(await pruned(overSsh(humble))).toMatch(/nothing was collected: .*(right|may not|permission)/i);
    } finally {
      await humble.stop();
    }
  });

  test('no such container: those that run are named', async () => {
    const said = await pruned({ 'registry-service': 'docker:regitsry' });
    expect(said).toContain('regitsry');
    expect(said).toContain(registry.name);
  });

  test('a container name that is a command is refused before anything is done', async () => {
    await pushImage(registry, { repository, tags: [`build-${++builds}`] });
    const before = await tagsOf(registry, repository);
    const done = await pruneOverSsh({
      registry: registry.url,
      repositories: repository,
      tags: 'build-{number}',
      'keep-last': '1',
      'garbage-collect': 'offline',
      'registry-service': 'docker:x; rm -rf /',
      ...overSsh(server),
    });
    expect(done.failures.join('\n')).toContain('registry-service');
    expect(await tagsOf(registry, repository)).toEqual(before);
  });

  test("another registry's container: its storage is not the one behind the registry", async () => {
    const other = await startContainedRegistry(engine(), '3.1');
    try {
      await pushImage(other, { repository, tags: ['build-1'] });
      expect(await pruned({ 'registry-service': `docker:${other.name}` })).toMatch(/another registry's storage/);
    } finally {
      await other.close();
    }
  });

  test('online, and the registry takes pushes', async () => {
    expect(await pruned({ 'garbage-collect': 'online' })).toContain('read-only');
  });

  describe('what would not survive a stop', () => {
    test.each<readonly [string, ContainedOptions, RegExp]>([
      ['--rm', { args: ['--rm'] }, /--rm/],
      ['tmpfs', { args: ['--tmpfs', '/var/lib/registry'], volume: false }, /tmpfs/],
      ['in memory', { args: ['--env', 'REGISTRY_STORAGE=inmemory'] }, /memory/],
      [
        "the container\'s own layer",
        { args: ['--env', 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/tmp/data'] },
        /own layer|volume/,
      ],
    ])('%s', async (_, options, sentence) => {
      const other = await startContainedRegistry(engine(), '3.1', options);
      try {
        await pushImage(other, { repository, tags: ['build-1'] });
        const started = await other.isAnswering();
        const done = await collectOverSsh({
          registry: other.url,
          'registry-service': `docker:${other.name}`,
          ...overSsh(server),
        });
        expect(done.failures.length).toBe(1);
        expect(done.lines.filter((line) => line.startsWith('error: ')).join('\n')).toMatch(sentence);
        expect([started, await other.isAnswering()]).toEqual([true, true]);
        expect(await tagsOf(other, repository)).toEqual(['build-1']);
      } finally {
        await other.close().catch(() => undefined);
      }
    });

    test('a second container on the same volume', async () => {
      const other = await startContainedRegistry(engine(), '3.1', { storage: registry.storage });
      try {
        const said = await pruned({});
        expect(said).toContain(other.name);
      } finally {
        await other.close();
      }
    });
  });

  test('nothing eligible: no collection, no downtime, said so', async () => {
    const other = await startContainedRegistry(engine(), '2.8');
    const started = (): Promise<string> => engine().docker(['inspect', '--format', '{{.State.StartedAt}}', other.name]);
    try {
      await pushImage(other, { repository, tags: ['build-1'] });
      const before = await started();
      const done = await collectOverSsh({
        registry: other.url,
        'registry-service': `docker:${other.name}`,
        ...overSsh(server),
      });
      expectSuccess(done);
      expect(await started()).toBe(before);
      expect(done.lines.join('\n')).toContain('no downtime');
      expect(done.summary()).toContain('no downtime');
    } finally {
      await other.close();
    }
  });

  test('a dry run sends nothing that changes anything, and says what it would do', async () => {
    const before = await startedAt();
    const done = await collectOverSsh({
      registry: registry.url,
      'registry-service': `docker:${registry.name}`,
      'dry-run': 'true',
      ...overSsh(server),
    });
    expectSuccess(done);
    expect(done.lines.join('\n')).toContain(`Garbage collection would stop docker:${registry.name}`);
    expect(await startedAt()).toBe(before);
  });
});
