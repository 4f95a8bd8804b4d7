/** A registry whose collections are made to fail, and what every such run must say. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { pushImage } from '../../../sandbox/push.ts';
import type { Phase } from '../../../src/gc/events.ts';
import type { MemoryRuntime } from '../../support/runtime.ts';
import type { Engine } from '../engine.ts';
import { tagsOf } from '../pruning.ts';
import type { SshServer } from '../ssh-server.ts';
import { runningJobsOf, signal, textOf, watchPhases } from './host-watch.ts';
import { expectSurvival, startLaidRegistry, type LaidRegistry } from './laid-registry.ts';
import { overSsh, pruneOverSsh, sshToEngine, type Inputs } from './workplace.ts';

const configPath = '/etc/distribution/config.yml';
const repository = 'apps/builds';
/** Of the registry's container. */
export const failingPolicy = 'unless-stopped';

export type Failing = {
  readonly registry: LaidRegistry;
  readonly server: SshServer;
  /** Its configuration, on this machine: `undefined` is as it should be. */
  configure(text?: string): Promise<void>;
  /** When the registry was started last. */
  startedAt(): Promise<string>;
  /** A run that deletes a tag, which is reported as done, and then collects. */
  pruned(inputs?: Inputs): Promise<MemoryRuntime>;
  /** The registry is as it was, and of the builds the newest is left. */
  expectAlive(): Promise<void>;
  close(): Promise<void>;
};

/** On distribution 3.1. */
export async function startFailing(engine: Engine): Promise<Failing> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-prune-failing-'));
  const server = await sshToEngine(engine);
  const image = await engine.importRegistry('3.1');
  const configuration = `${await engine.docker(['run', '--rm', '--entrypoint', 'cat', image, configPath])}\n`;
  const file = join(directory, 'config.yml');
  // In place: what a container has mounted is this very file.
  const configure = (text = configuration): Promise<void> => writeFile(file, text);
  await configure();
  const registry = await startLaidRegistry(
    engine,
    '3.1',
    { revisions: 1_500, garbage: 100 },
    { args: ['--restart', failingPolicy, '--volume', `${file}:${configPath}:ro`] },
  );
  let builds = 0;
  return {
    registry,
    server,
    configure,
    startedAt: () => engine.docker(['inspect', '--format', '{{.State.StartedAt}}', registry.name]),
    async pruned(inputs = {}) {
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
    },
    async expectAlive() {
      await expectSurvival(engine, registry, failingPolicy);
      expect(await tagsOf(registry, repository)).toEqual(builds === 0 ? [] : [`build-${builds}`]);
    },
    async close() {
      await server.stop();
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** One thing went wrong; its sentence. */
export function sentenceOf(done: MemoryRuntime): string {
  expect(done.failures).toEqual(['One thing went wrong; it is named above.']);
  const [sentence = '', ...others] = done.lines.filter((line) => /^error: (?!One thing went wrong)/.test(line));
  expect(others).toEqual([]);
  return sentence;
}

/** A failure names its log on the host, which is there to be read. */
export function expectLog(sentence: string): void {
  const [job = ''] = /\/tmp\/registry-prune-[0-9a-f]{32}/.exec(sentence) ?? [];
  expect(textOf(join(job, 'log'))).toContain(' fail ');
}

/** To be called before the run: once its job has reached the phase it is held there, this is done, and it goes on. */
export async function meanwhile(registry: LaidRegistry, phase: Phase, work: () => Promise<void>): Promise<void> {
  const watch = watchPhases(registry);
  await watch.reached(phase);
  watch.stop();
  const held = runningJobsOf(registry);
  for (const pid of held) signal(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    for (const pid of held) signal(pid, 'SIGCONT');
  }
}
