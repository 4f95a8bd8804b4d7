// A collection that fails on its host: the step fails and names the log there, the tags are reported as deleted, and the
// registry is asked to start until it does.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pushImage } from '../../../sandbox/push.ts';
import type { Phase } from '../../../src/gc/events.ts';
import type { MemoryRuntime } from '../../support/runtime.ts';
import { describeEngine } from '../engine.ts';
import { tagsOf } from '../pruning.ts';
import type { SshServer } from '../ssh-server.ts';
import { runningJobsOf, textOf, untilTried, watchPhases } from './host-watch.ts';
import { expectSurvival, startLaidRegistry, type LaidRegistry } from './laid-registry.ts';
import { overSsh, pruneOverSsh, sshToEngine, type Inputs } from './workplace.ts';

jest.setTimeout(180_000);

const policy = 'unless-stopped';
const repository = 'apps/builds';
const laid = { revisions: 1_500, garbage: 100 };
const configPath = '/etc/distribution/config.yml';

describeEngine('a collection that fails', (engine) => {
  let directory: string;
  let configuration: string;
  let configFile: string;
  let server: SshServer;
  let registry: LaidRegistry;
  let builds = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'registry-prune-failures-'));
    server = await sshToEngine(engine());
    const image = await engine().importRegistry('3.1');
    configuration = `${await engine().docker(['run', '--rm', '--entrypoint', 'cat', image, configPath])}\n`;
    configFile = join(directory, 'config.yml');
    await writeFile(configFile, configuration);
    const args = ['--restart', policy, '--volume', `${configFile}:${configPath}:ro`];
    registry = await startLaidRegistry(engine(), '3.1', laid, { args });
  });
  afterAll(async () => {
    await server.stop();
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  const startedAt = (): Promise<string> =>
    engine().docker(['inspect', '--format', '{{.State.StartedAt}}', registry.name]);

  /** Two builds, of which the rule lets one go. */
  async function pruned(inputs: Inputs = {}): Promise<MemoryRuntime> {
    for (const build of [builds + 1, builds + 2])
      await pushImage(registry, { repository, tags: [`build-${build}`], seed: `build ${build}` });
    builds += 2;
    registry.litter();
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
    return done;
  }

  /** One thing went wrong; its sentence. */
  function sentenceOf(done: MemoryRuntime): string {
    expect(done.failures).toEqual(['One thing went wrong; it is named above.']);
    const [sentence = '', ...others] = done.lines.filter((line) => /^error: (?!One thing went wrong)/.test(line));
    expect(others).toEqual([]);
    return sentence;
  }

  /** What a failure says of its log, which is there to be read. */
  function expectLog(sentence: string): void {
    const [directoryOfJob = ''] = /\/tmp\/registry-prune-[0-9a-f]{32}/.exec(sentence) ?? [];
    expect(textOf(join(directoryOfJob, 'log'))).toContain(' fail ');
  }

  async function expectAlive(): Promise<void> {
    await expectSurvival(engine(), registry, policy);
    expect(await tagsOf(registry, repository)).toEqual([`build-${builds}`]);
  }

  /** Once the next job has reached the phase it is held there, this is done, and it goes on. */
  async function meanwhile(phase: Phase, work: () => Promise<void>): Promise<void> {
    const watch = watchPhases(registry);
    await watch.reached(phase);
    watch.stop();
    const held = runningJobsOf(registry);
    for (const pid of held) process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      for (const pid of held) process.kill(pid, 'SIGCONT');
    }
  }

  test('a manifest of schema 1 on 3.x: the dry run finds out, and nothing is stopped', async () => {
    const before = await startedAt();
    const remove = await laySchema1(registry.storage);
    const sentence = sentenceOf(await pruned());
    await remove();
    expect(sentence).toMatch(/the collector's dry run failed; nothing was stopped\. The host said: .*schema/);
    expectLog(sentence);
    expect(await startedAt()).toBe(before);
    await expectAlive();
  });

  test('a configuration that is not there', async () => {
    const before = await startedAt();
    const sentence = sentenceOf(await pruned({ 'registry-config': '/etc/distribution/none.yml' }));
    expect(sentence).toMatch(/nothing was collected: .*\/etc\/distribution\/none\.yml/);
    expect(await startedAt()).toBe(before);
    await expectAlive();
  });

  test('a configuration that breaks while the registry is stopped: it is started until it is mended', async () => {
    const breaking = meanwhile('stopping', () => writeFile(configFile, 'broken: ['));
    const said: string[] = [];
    const running = pruned();
    await breaking;
    const job = runningJobsOf(registry);
    expect(job.length).toBe(1);
    await untilTried(registry, 2);
    await writeFile(configFile, configuration);
    const done = await running;
    said.push(...done.lines);
    const sentence = sentenceOf(done);
    expect(sentence).toMatch(/the collector (?:failed|ended with).*\. The registry answers again/);
    expect(said.join('\n')).toContain("the registry doesn't start yet (try 2)");
    expectLog(sentence);
    await expectAlive();
  });
});

/** A manifest of Docker schema 1, as an old registry left it. Answers with what takes it away again. */
async function laySchema1(storage: string): Promise<() => Promise<void>> {
  const manifest = JSON.stringify({
    schemaVersion: 1,
    name: 'apps/old',
    tag: '1',
    architecture: 'amd64',
    fsLayers: [],
    history: [],
    signatures: [],
  });
  const hex = createHash('sha256').update(manifest).digest('hex');
  const base = join(storage, 'docker/registry/v2');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  await write(join(base, 'blobs/sha256', hex.slice(0, 2), hex, 'data'), manifest);
  await write(join(base, 'repositories/apps/old/_manifests/revisions/sha256', hex, 'link'), `sha256:${hex}`);
  return () => rm(join(base, 'repositories/apps/old'), { recursive: true });
}
