// A plan that waits for its approval while a real registry goes on living.

import { chmod, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { pushImage, pushIndex, pushSignature, tag, type Pushed } from '../../sandbox/push.ts';
import { repository as onGitHub, startGitHub, type GitHubServer } from '../support/github/server.ts';
import {
  allPullProblems,
  applyOn,
  coverTag,
  deletedBy,
  deleteDigest,
  describeDistribution,
  expectSuccess,
  pruneOn,
  stillServed,
  tagsOf,
  type Whole,
} from './pruning.ts';
import { quote } from '../../src/machine/index.ts';
import { whatIsHere, type RunningRegistry } from './registries.ts';
import { describeReal } from './suites.ts';

// Programs are started by the dozen; on a busy machine each takes its time.
jest.setTimeout(120_000);

const repo = 'acme/shop';
const policy = [
  'version: 1',
  'rules:',
  '  - { name: previews, repositories: "plans/*", tags: "pr-{pr}" }',
  '  - { name: builds, repositories: "plans/*", tags: "build-{number}", keep-last: 1 }',
  '',
].join('\n');

describeReal('plan, approve, apply', (registry) => {
  let running: RunningRegistry;
  let github: GitHubServer;
  let repository = '';
  let count = 0;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    count += 1;
    repository = `plans/${count}`;
    github = await startGitHub([
      onGitHub(repo, { pulls: [7, 8].map((number) => ({ number, state: 'closed' as const })) }),
    ]);
  });
  afterEach(() => github.close());

  const push = (name: string, ...tags: readonly string[]): Promise<Pushed> =>
    pushImage(running, { repository, tags, seed: name });
  const indexOf = async (children: readonly Pushed[], ...tags: readonly string[]): Promise<Whole> => ({
    ...(await pushIndex(running, { repository, tags, children })),
    children,
  });
  const rules = (): Readonly<Record<string, string>> => ({
    policy: policy.replaceAll('plans/*', repository),
    'github-token': github.token,
    'github-repository': repo,
  });
  const env = (): Readonly<Record<string, string>> => ({ GITHUB_API_URL: github.apiUrl });
  const plan = async (): Promise<string> => {
    const dry = await pruneOn(running, { ...rules(), 'dry-run': 'true' }, env());
    expectSuccess(dry);
    return dry.files.readText(dry.outputs.get('plan-file') ?? '');
  };
  const apply = (text: string): ReturnType<typeof applyOn> => applyOn(running, text, rules(), env());

  test('what changed meanwhile is spared, each for its reason, and the rest is done', async () => {
    const [seven, eight] = [await push('seven', 'pr-7'), await push('eight', 'pr-8')];
    const moved = await push('one', 'build-1');
    const [amd64, arm64] = [await push('amd64'), await push('arm64')];
    const doomedIndex = await indexOf([amd64, arm64], 'build-2');
    const removed = await push('three', 'build-3');
    const rolledBack = await push('four', 'build-4');
    const untouched = await push('five', 'build-5');
    const newest = await push('six', 'build-6', 'latest');
    const text = await plan();

    for (const each of github.repositories[0]?.pulls ?? []) if (each.number === 7) each.state = 'open';
    const rebuilt = await push('one, rebuilt', 'build-1');
    const release = await indexOf([arm64], 'v1');
    // As somebody does it who knows of no other way: a tag that is covered and deleted with its cover.
    const cover = await coverTag(running, repository, 'build-3');
    expect(await deleteDigest(running, repository, cover.digest)).toBe(202);
    await tag(running, rolledBack, 'production');
    const stale = await push('stale since', 'build-0');

    const runtime = await apply(text);
    expectSuccess(runtime);
    const expected: readonly (readonly [string, Whole])[] = [
      ['build-0', stale],
      ['build-1', rebuilt],
      ['build-6', newest],
      ['latest', newest],
      ['pr-7', seven],
      ['production', rolledBack],
      ['v1', release],
    ];
    expect(await tagsOf(running, repository)).toEqual(expected.map(([name]) => name));
    expect(await allPullProblems(running, expected)).toEqual([]);
    expect(deletedBy(runtime)).toEqual(
      ['build-2', 'build-4', 'build-5', 'pr-8'].map((name) => `${repository}:${name}`),
    );
    const gone = [eight, moved, amd64, doomedIndex, removed, untouched].map(({ digest }) => digest);
    expect(await stillServed(running, repository, gone)).toEqual([]);
    const log = runtime.lines.join('\n');
    expect(log).toMatch(/spared +pr-7 .*alive again/);
    expect(log).toMatch(/spared +build-1 .*pushed to meanwhile/);
    expect(log).toMatch(/gone +build-3 /);

    // What is left of it is nothing, however often it is tried.
    const again = await apply(text);
    expectSuccess(again);
    expect(again.lines.join('\n')).toContain('Nothing of it was left to do.');
    expect(await allPullProblems(running, expected)).toEqual([]);
  });

  test('a plan of which nothing changed does what a run would have done', async () => {
    const old = await push('old', 'build-1', 'build-2');
    const newest = await push('new', 'build-3');
    const runtime = await apply(await plan());
    expectSuccess(runtime);
    expect(await tagsOf(running, repository)).toEqual(['build-3']);
    expect(await allPullProblems(running, [['build-3', newest]])).toEqual([]);
    expect(await stillServed(running, repository, ['build-1', 'build-2', old.digest])).toEqual([]);
  });

  test('what a run took before it was killed holds nothing of its plan back, given its journal', async () => {
    const [amd64, arm64] = [await push('amd64'), await push('arm64')];
    const doomed = await indexOf([amd64, arm64], 'build-1');
    const signature = await pushSignature(running, { repository, of: amd64 });
    const name = `${amd64.digest.replace(':', '-')}.sig`;
    const newest = await push('new', 'build-2');
    const run = await pruneOn(running, rules(), env());
    expectSuccess(run);
    const [planned, journaled] = ['plan-file', 'journal-file'].map((output) =>
      run.files.readText(run.outputs.get(output) ?? ''),
    ) as [string, string];
    expect(await tagsOf(running, repository)).toEqual(['build-2']);

    // As if it had been killed after its first deletion: its platforms have no tag, and their signature has one.
    for (const each of ['amd64', 'arm64']) await push(each);
    await pushSignature(running, { repository, of: amd64 });
    const left = [amd64, arm64, signature].map(({ digest }) => digest);
    expect(await stillServed(running, repository, [doomed.digest, ...left])).toEqual(left);
    expectSuccess(await pruneOn(running, rules(), env()));
    expect(await tagsOf(running, repository)).toEqual(['build-2', name]);
    expectSuccess(await applyOn(running, planned, rules(), env()));
    expect(await stillServed(running, repository, left)).toContain(amd64.digest);

    expectSuccess(await applyOn(running, planned, rules(), env(), journaled));
    expect(await tagsOf(running, repository)).toEqual(['build-2']);
    expect(await stillServed(running, repository, [doomed.digest, ...left])).toEqual([]);
    expect(await allPullProblems(running, [['build-2', newest]])).toEqual([]);
  });

  test('an edited plan that takes the image of a kept tag does nothing', async () => {
    const old = await push('old', 'build-1');
    const newest = await push('new', 'build-2');
    const text = (await plan()).replaceAll(old.digest, newest.digest);
    const runtime = await apply(text);
    expect(runtime.failures).toEqual([expect.stringMatching(/^The plan contradicts itself/)]);
    expect(
      await allPullProblems(running, [
        ['build-1', old],
        ['build-2', newest],
      ]),
    ).toEqual([]);
  });
});

describeDistribution('a plan with manifests that no tag reaches', (registry) => {
  const found = whatIsHere().registries.find((one) => `distribution ${one.version}` === registry.name);
  if (found?.run.kind !== 'program') {
    test.skip('it is no program of this machine', () => undefined);
    return;
  }
  const { path } = found.run;
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());
  const repository = 'apps/web';
  const push = (seed: string, ...tags: readonly string[]): Promise<Pushed> =>
    pushImage(running, { repository, tags, seed });

  /** The registry on its host, which is this machine: a program of one's own that tells what distribution it is. */
  async function service(): Promise<Readonly<Record<string, string>>> {
    const [program, config] = ['registry-ctl', 'config.yml'].map((name) => join(running.root, name)) as [
      string,
      string,
    ];
    await writeFile(
      program,
      `#!/bin/sh\ncase $1 in\n  status) echo running ;;\n  registry) shift; exec ${quote(path)} "$@" ;;\nesac\n`,
    );
    await chmod(program, 0o755);
    const storage = `filesystem: {rootdirectory: ${JSON.stringify(running.root)}}\n  delete: {enabled: true}`;
    const { host } = new URL(running.url);
    await writeFile(config, `version: 0.1\nstorage:\n  ${storage}\nhttp: {addr: "${host}"}\n`);
    return { 'registry-service': `command:${program}`, 'registry-config': config };
  }

  async function age({ digest }: Pushed): Promise<void> {
    const at = new Date(Date.now() - 30 * 86_400_000);
    const link = `docker/registry/v2/repositories/${repository}/_manifests/revisions/${digest.replace(':', '/')}/link`;
    await utimes(join(running.root, link), at, at);
  }

  test('looks at the storage again: one that was pushed or tagged since stays, and the rest goes', async () => {
    const kept = await push('kept', 'v1');
    const loose = await push('loose');
    const [pushed, tagged] = [await push('pushed again'), await push('tagged since')];
    for (const each of [loose, pushed, tagged]) await age(each);
    const env = { PATH: process.env.PATH ?? '' };
    const host = await service();
    const rule = { repositories: repository, tags: 'build-{number}', 'keep-last': '1', 'delete-untagged': 'true' };
    const dry = await pruneOn(running, { ...rule, ...host, 'dry-run': 'true' }, env);
    expectSuccess(dry);
    const text = dry.files.readText(dry.outputs.get('plan-file') ?? '');
    for (const { digest } of [loose, pushed, tagged]) expect(text).toContain(digest);

    await push('pushed again');
    await tag(running, tagged, 'rescued');
    const young = await push('since the plan');
    const runtime = await applyOn(running, text, host, env);
    expectSuccess(runtime);
    expect(runtime.outputs.get('deleted-manifest-count')).toBe('1');
    const all = [loose, pushed, tagged, young].map(({ digest }) => digest);
    expect(await stillServed(running, repository, all)).toEqual(all.slice(1));
    expect(
      await allPullProblems(running, [
        ['rescued', tagged],
        ['v1', kept],
      ]),
    ).toEqual([]);
  });
});
