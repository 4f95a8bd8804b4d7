/** The door apply: a plan of earlier, carried out as far as it is still true, whatever happened in between. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  fetchManifest,
  pushArtifact,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  tag,
  type Descriptor,
  type Pushed,
} from '../../sandbox/push.ts';
import type { SandboxProfile, SandboxRegistry } from '../../sandbox/registry.ts';
import type { Plan } from '../../src/model/index.ts';
import { decode } from '../../src/plan/index.ts';
import { nodeFiles } from '../../src/runtime/index.ts';
import { repository as onGitHub, startGitHub, type GitHubServer } from '../support/github/server.ts';
import type { MemoryRuntime } from '../support/runtime.ts';
import { planOf, reportOf, runApply, runPrune, useRegistry, writes } from './step.ts';

const start = useRegistry();
const repository = 'apps/web';
const rule = { repositories: 'apps/*', tags: 'build-{number}', 'keep-last': '1' };
const spared = {
  moved: 'it was pushed to meanwhile',
  gained: 'a tag that stays points at its image now',
  held: 'something that stays holds its image now',
  alive: 'what it belongs to is alive again',
  named: 'a file of the workspace names it now',
  newest: 'images that were to stay are gone since',
};

let registry: SandboxRegistry;
const fill = async (profile: SandboxProfile = 'distribution-3.1'): Promise<readonly Pushed[]> => {
  registry = await start({ profile });
  const images: Pushed[] = [];
  for (let number = 1; number <= 4; number += 1)
    images.push(await pushImage(registry, { repository, tags: [`build-${number}`], seed: `build ${number}` }));
  return images;
};
const tags = (name = repository): readonly string[] => [...registry.store.tags(name).keys()].sort();
const isServed = async (reference: string): Promise<boolean> =>
  (await fetchManifest(registry, repository, reference)) !== undefined;
const written = (): readonly string[] =>
  registry.requests.filter(({ method }) => writes.includes(method)).map(({ method, path }) => `${method} ${path}`);
const logOf = (runtime: MemoryRuntime): string => runtime.lines.join('\n');
const lineOf = (runtime: MemoryRuntime, name: string): string =>
  runtime.lines.find((line) => line.startsWith('  ') && line.includes(` ${name} `)) ?? '';

/** Every outcome in the report, by what it is about. */
function outcomesOf(runtime: MemoryRuntime): Readonly<Record<string, string>> {
  return Object.fromEntries(
    reportOf(runtime).repositories.flatMap(({ outcomes }) =>
      outcomes.map((outcome) => [
        outcome.subject.kind === 'tag' ? outcome.subject.tag : outcome.subject.digest,
        outcome.result === 'spared' ? `spared: ${outcome.why}` : outcome.result,
      ]),
    ),
  );
}

describe('a plan that is still true', () => {
  test.each<SandboxProfile>(['distribution-2.8', 'distribution-3.1'])('does what a run does: %s', async (profile) => {
    const images = await fill(profile);
    const plan = await planOf(registry, rule);
    expect(written()).toEqual([]);
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-4']);
    for (const { digest } of images.slice(0, 3)) expect(await isServed(digest)).toBe(false);
    expect(JSON.parse(runtime.outputs.get('deleted-tags') ?? '')).toEqual(
      ['build-1', 'build-2', 'build-3'].map((name) => `${repository}:${name}`),
    );
    expect(runtime.outputs.get('deleted-manifest-count')).toBe('3');
    expect(runtime.outputs.get('kept-tag-count')).toBe('1');
    expect(runtime.outputs.has('matrix')).toBe(false);
    const journal = runtime.files.readText(runtime.outputs.get('journal-file') ?? '');
    expect(journal.trimEnd().split('\n')).toHaveLength(3);
    expect(logOf(runtime)).toContain(
      'The plan of 2026-11-22 01:30:00Z names 3 tags and 3 manifests: 0 tags and 0 manifests spared, 0 tags and 0 manifests gone already. 3 tags and 3 manifests deleted in 1 repository, 1 tag kept.',
    );
    expect(runtime.summary()).toContain('## registry-prune: apply\n');
    expect(reportOf(runtime)).toMatchObject({
      door: 'apply',
      applied: { madeAt: '2026-11-22T01:30:00.000Z', repositories: 1, tags: 3, manifests: 3 },
      failures: [],
    });
    expect(reportOf(runtime).repositories[0]?.proofs).toMatchObject([{ tag: 'build-4', result: 'present' }]);
  });

  test('once more is a success that says so, and asks for nothing to be deleted', async () => {
    await fill();
    const plan = await planOf(registry, rule);
    await runApply(registry, plan);
    registry.forgetRequests();
    const again = await runApply(registry, plan);
    expect(again.failures).toEqual([]);
    expect(written()).toEqual([]);
    expect(logOf(again)).toContain('3 tags and 3 manifests gone already. Nothing of it was left to do.');
    expect(again.outputs.get('deleted-tags')).toBe('[]');
    expect(again.outputs.get('journal-file')).toBe('');
  });

  test('of nothing is one, too', async () => {
    await fill();
    const plan = await planOf(registry, { ...rule, 'keep-last': '9' });
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(logOf(runtime)).toContain('names 0 tags and 0 manifests');
    expect(logOf(runtime)).toContain('Nothing of it was left to do.');
  });

  test('of one shard is carried out, and said to be that', async () => {
    await fill();
    for (const name of ['apps/api', 'apps/docs', 'apps/team'])
      for (const label of ['build-1', 'build-2']) await pushImage(registry, { repository: name, tags: [label] });
    const plans = await Promise.all(['1/2', '2/2'].map((shard) => planOf(registry, { ...rule, shard })));
    const [first = '', second = ''] = plans;
    const mine = decode(first).repositories.map((each) => each.repository);
    const others = decode(second).repositories.map((each) => each.repository);
    expect([...mine, ...others].sort()).toEqual(['apps/api', 'apps/docs', 'apps/team', 'apps/web']);
    const runtime = await runApply(registry, first);
    expect(runtime.failures).toEqual([]);
    expect(reportOf(runtime).shard).toBe('1/2');
    expect(logOf(runtime)).toContain('Shard 1/2: The plan of');
    expect(decode(runtime.files.readText(runtime.outputs.get('plan-file') ?? '')).shard).toBe('1/2');
    for (const name of mine) expect(tags(name)).toHaveLength(1);
    for (const name of others) expect(tags(name).length).toBeGreaterThan(1);
    const collecting = await runApply(registry, second, { 'garbage-collect': 'offline' });
    expect(collecting.failures).toEqual([
      expect.stringMatching(/^The plan is that of shard 2\/2.*\n.*after all shards/),
    ]);
    for (const name of others) expect(tags(name).length).toBeGreaterThan(1);
  });

  test('dry, shows what is left of it, changes nothing, and writes that as a plan', async () => {
    await fill();
    const plan = await planOf(registry, rule);
    await pushImage(registry, { repository, tags: ['build-2'], seed: 'rebuilt' });
    registry.store.removeTag(repository, 'build-1');
    registry.forgetRequests();
    const dry = await runApply(registry, plan, { 'dry-run': 'true' });
    expect(dry.failures).toEqual([]);
    expect(written()).toEqual([]);
    expect(JSON.parse(dry.outputs.get('stale-tags') ?? '')).toEqual([`${repository}:build-3`]);
    expect(dry.outputs.get('kept-tag-count')).toBe('2');
    expect(lineOf(dry, 'build-1')).toContain('it was gone already');
    expect(lineOf(dry, 'build-2')).toContain(spared.moved);
    expect(lineOf(dry, 'build-3')).toMatch(/^ {2}delete /);
    const left = dry.files.readText(dry.outputs.get('plan-file') ?? '');
    expect(decode(left).configDigest).toBe(decode(plan).configDigest);
    await tag(registry, await pushImage(registry, { repository, seed: 'build 4' }), 'build-0');
    expect((await runApply(registry, left)).failures).toEqual([]);
    expect(tags()).toEqual(['build-0', 'build-2', 'build-4']);
  });
});

describe('between plan and deeds', () => {
  let images: readonly Pushed[] = [];
  let plan = '';
  beforeEach(async () => {
    images = await fill();
    plan = await planOf(registry, rule);
  });
  const imageOf = (number: number): Pushed => {
    const found = images[number - 1];
    if (found === undefined) throw new Error(`There is no build-${number}.`);
    return found;
  };

  test('a tag that moved stays, and what it pointed at goes', async () => {
    await pushImage(registry, { repository, tags: ['build-1'], seed: 'rebuilt' });
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-1', 'build-4']);
    expect(lineOf(runtime, 'build-1')).toContain(spared.moved);
    expect(runtime.summary()).toContain(`<code>build-1</code> | ${spared.moved} |`);
    expect(await isServed(imageOf(1).digest)).toBe(false);
  });

  test('a tag that somebody else deleted is gone already, and its image goes', async () => {
    registry.store.removeTag(repository, 'build-1');
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-4']);
    expect(outcomesOf(runtime)['build-1']).toBe('already-gone');
    expect(await isServed(imageOf(1).digest)).toBe(false);
  });

  test('a tag that was pushed onto a doomed image keeps it, and the doomed tag goes alone', async () => {
    await tag(registry, imageOf(1), 'production');
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-4', 'production']);
    expect(await isServed(imageOf(1).digest)).toBe(true);
    expect(outcomesOf(runtime)[imageOf(1).digest]).toBe('spared: gained-a-kept-tag');
    expect(runtime.summary()).toContain(spared.gained);
  });

  test('an image that a new index lists stays', async () => {
    await pushIndex(registry, { repository, tags: ['v1'], children: [imageOf(2)] });
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-4', 'v1']);
    expect(await isServed(imageOf(2).digest)).toBe(true);
    expect(outcomesOf(runtime)[imageOf(2).digest]).toBe('spared: now-held');
  });

  test('an image that was signed since stays with its signature, which is in no plan', async () => {
    const subject = imageOf(3);
    const signature = `${subject.digest.replace(':', '-')}.sig`;
    await pushArtifact(registry, { repository, tags: [signature], artifactType: 'application/vnd.example.sig' });
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-4', signature]);
    expect(await isServed(subject.digest)).toBe(true);
    expect(outcomesOf(runtime)[subject.digest]).toBe('spared: now-held');
  });

  test('what became stale since stays: it is in no plan', async () => {
    for (const name of ['build-5', 'build-6']) await pushImage(registry, { repository, tags: [name], seed: name });
    await pushImage(registry, { repository: 'apps/api', tags: ['build-1', 'build-2'] });
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-4', 'build-5', 'build-6']);
    expect(tags('apps/api')).toHaveLength(2);
    expect(lineOf(runtime, 'build-5')).toContain('the plan does not name it');
  });

  test('the images next in line stay where those that were to stay are gone', async () => {
    registry.store.removeTag(repository, 'build-4');
    const runtime = await runApply(registry, plan);
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-3']);
    expect(lineOf(runtime, 'build-3')).toContain(spared.newest);
  });

  test.each([
    ['by tag', ({ url }: { url: string }) => `image: ${new URL(url).host}/apps/web:build-2\n`, ['build-2', 'build-4']],
    [
      'without one',
      ({ url }: { url: string }) => `image: ${new URL(url).host}/apps/web:$VERSION\n`,
      ['build-1', 'build-2', 'build-3', 'build-4'],
    ],
    [
      'by digest',
      ({ url, digest }: { url: string; digest: string }) => `image: ${new URL(url).host}/apps/web@${digest}\n`,
      ['build-1', 'build-4'],
    ],
  ])('what a file names now stays: %s', async (_, textFor, expected) => {
    const workspace = await mkdtemp(join(tmpdir(), 'registry-prune-'));
    try {
      await writeFile(join(workspace, 'compose.yaml'), textFor({ url: registry.url, digest: imageOf(1).digest }));
      const runtime = await runApply(registry, plan, { 'keep-referenced-in': '*.yaml' }, { workspace });
      expect(runtime.failures).toEqual([]);
      expect(tags()).toEqual(expected);
      expect(logOf(runtime)).toContain(spared.named);
    } finally {
      await rm(workspace, { recursive: true });
    }
  });

  test('a repository whose tags were to stay and that is gone fails the run, and the others are done', async () => {
    for (const label of ['build-1', 'build-2']) await pushImage(registry, { repository: 'apps/api', tags: [label] });
    const both = await planOf(registry, rule);
    registry.answer(
      { method: 'GET', path: /^\/v2\/apps\/web\/tags/ },
      {
        status: 404,
        body: '{"errors":[{"code":"NAME_UNKNOWN","message":"unknown"}]}',
      },
    );
    const runtime = await runApply(registry, both);
    expect(runtime.failures).toHaveLength(1);
    expect(logOf(runtime)).toContain('the registry has no such repository any more, and 1 of its tags were to stay');
    expect(tags('apps/api')).toEqual(['build-2']);
    expect(tags()).toHaveLength(4);
  });

  test('a repository that can not be read is left alone, and the others are done', async () => {
    for (const label of ['build-1', 'build-2']) await pushImage(registry, { repository: 'apps/api', tags: [label] });
    const both = await planOf(registry, rule);
    registry.answer({ method: 'GET', path: /^\/v2\/apps\/web\/tags/ }, { status: 403, body: '' });
    const runtime = await runApply(registry, both);
    expect(runtime.failures).toHaveLength(1);
    expect(tags('apps/api')).toEqual(['build-2']);
    expect(tags()).toHaveLength(4);
    expect(logOf(runtime)).not.toContain('Nothing of it was left to do');
  });

  test('max-deletions is asked of what is left', async () => {
    const refused = await runApply(registry, plan, { 'max-deletions': '2' });
    expect(refused.failures).toHaveLength(1);
    expect(logOf(refused)).toContain('max-deletions: 2 allows 2. Nothing is deleted.');
    expect(written()).toEqual([]);
    await pushImage(registry, { repository, tags: ['build-1'], seed: 'rebuilt' });
    const allowed = await runApply(registry, plan, { 'max-deletions': '2' });
    expect(allowed.failures).toEqual([]);
    expect(tags()).toEqual(['build-1', 'build-4']);
  });
});

test('a platform of a doomed index that another index lists by now stays, and the rest goes', async () => {
  registry = await start();
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const old = await pushMultiPlatform(registry, { repository, tags: ['build-1'], platforms, seed: 'old' });
  await pushImage(registry, { repository, tags: ['build-2'] });
  const plan = await planOf(registry, rule);
  const [kept, lost] = (
    JSON.parse(new TextDecoder().decode(old.bytes)) as { readonly manifests: readonly Descriptor[] }
  ).manifests;
  if (kept === undefined || lost === undefined) throw new Error('An index of two was pushed.');
  await pushIndex(registry, { repository, tags: ['v1'], children: [kept] });
  const runtime = await runApply(registry, plan);
  expect(runtime.failures).toEqual([]);
  expect(tags()).toEqual(['build-2', 'v1']);
  expect(await isServed(kept.digest)).toBe(true);
  expect(await isServed(lost.digest)).toBe(false);
  expect(await isServed(old.digest)).toBe(false);
  expect(outcomesOf(runtime)[kept.digest]).toBe('spared: now-held');
});

describe('what lives on GitHub', () => {
  const repo = 'acme/shop';
  const previews = {
    repositories: repository,
    tags: 'pr-{pr}, branch-{branch}-{number}',
    'github-repository': repo,
  };
  let github: GitHubServer;
  const asking = (): Readonly<Record<string, string>> => ({ 'github-token': github.token });
  const env = (): { readonly env: Readonly<Record<string, string>> } => ({ env: { GITHUB_API_URL: github.apiUrl } });
  beforeEach(async () => {
    registry = await start();
    github = await startGitHub([
      onGitHub(repo, {
        pulls: [7, 8].map((number) => ({ number, state: 'closed' as const })),
        branches: ['main'],
      }),
    ]);
    for (const name of ['pr-7', 'pr-8', 'latest']) await pushImage(registry, { repository, tags: [name], seed: name });
  });
  afterEach(() => github.close());
  const plan = (): Promise<string> => planOf(registry, { ...previews, tags: 'pr-{pr}', ...asking() }, env());

  test('a pull request that was reopened keeps its tag, and the rest goes', async () => {
    const text = await plan();
    const seven = github.repositories[0]?.pulls.find(({ number }) => number === 7);
    if (seven !== undefined) seven.state = 'open';
    const runtime = await runApply(registry, text, asking(), env());
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['latest', 'pr-7']);
    expect(lineOf(runtime, 'pr-7')).toContain(spared.alive);
    expect(outcomesOf(runtime)).toMatchObject({ 'pr-7': 'spared: claim-changed', 'pr-8': 'done' });
  });

  test('one that is reopened after the look, right before its repository is touched, does as well', async () => {
    const text = await plan();
    let asked = 0;
    github.before = ({ path }) => {
      const seven = github.repositories[0]?.pulls.find(({ number }) => number === 7);
      if (path === `/repos/${repo}/pulls/7` && (asked += 1) === 2 && seven !== undefined) seven.state = 'open';
      return undefined;
    };
    const runtime = await runApply(registry, text, asking(), env());
    expect(runtime.failures).toEqual([]);
    expect(asked).toBe(2);
    expect(tags()).toEqual(['latest', 'pr-7']);
  });

  test('a branch that is back keeps its tags', async () => {
    for (const name of ['branch-login-1', 'branch-old-1'])
      await pushImage(registry, { repository, tags: [name], seed: name });
    const text = await planOf(registry, { ...previews, tags: 'branch-{branch}-{number}', ...asking() }, env());
    expect(decode(text).repositories[0]?.tags.map((each) => each.tag)).toEqual(['branch-login-1', 'branch-old-1']);
    github.repositories[0]?.branches.push('login');
    const runtime = await runApply(registry, text, asking(), env());
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['branch-login-1', 'latest', 'pr-7', 'pr-8']);
  });

  test('is asked in full at the very event that closed the pull request: the plan is older than that', async () => {
    const text = await plan();
    const seven = github.repositories[0]?.pulls.find(({ number }) => number === 7);
    if (seven !== undefined) seven.state = 'open';
    const event = { action: 'closed', pull_request: { number: 7 }, repository: { full_name: repo } };
    const folder = await mkdtemp(join(tmpdir(), 'registry-prune-'));
    try {
      await writeFile(join(folder, 'event.json'), JSON.stringify(event));
      const closing = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: join(folder, 'event.json') };
      const runtime = await runApply(registry, text, asking(), { env: { ...env().env, ...closing } });
      expect(runtime.failures).toEqual([]);
      expect(tags()).toEqual(['latest', 'pr-7']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['no token', {}, /There is no token to ask GitHub with/],
    ['an answer that is refused', { 'github-token': 'wrong' }, /GitHub/],
  ])('that can not be asked ends it before anything is deleted: %s', async (_, given, words) => {
    const text = await plan();
    registry.forgetRequests();
    const runtime = await runApply(registry, text, given, env());
    expect(runtime.failures).toEqual([expect.stringMatching(words)]);
    expect(written()).toEqual([]);
  });
});

describe('what is refused, before anything is asked', () => {
  let plan = '';
  beforeEach(async () => {
    await fill();
    plan = await planOf(registry, rule);
    registry.forgetRequests();
  });
  const edited = (edit: (plan: Plan) => object): string => JSON.stringify(edit(JSON.parse(plan) as Plan));
  const first = (change: (each: Plan['repositories'][number]) => object): string =>
    edited((whole) => ({ ...whole, repositories: whole.repositories.map(change) }));
  async function expectRefused(
    text: string | undefined,
    words: RegExp,
    inputs: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const runtime = await runApply(registry, text, inputs);
    expect(runtime.failures).toEqual([expect.stringMatching(words)]);
    expect(runtime.failures[0]?.length).toBeLessThan(1500);
    expect(registry.requests).toEqual([]);
    expect(tags()).toHaveLength(4);
    expect([...runtime.outputs.keys()]).toEqual([]);
  }

  test('a plan of another registry, with both names', () =>
    expectRefused(
      edited((whole) => ({ ...whole, registry: 'https://registry.example.com' })),
      /^The plan was made for the registry https:\/\/registry\.example\.com, and this run is for http:\/\/127.*\nGive the same registry/,
    ));

  test.each<[string, (plan: Plan) => object, RegExp]>([
    ['a later version', (whole) => ({ ...whole, version: 2 }), /^This is not a plan of registry-prune, version 1/],
    ['a report', (whole) => ({ ...whole, format: 'registry-prune.report' }), /^This is not a plan/],
    ['an unknown key', (whole) => ({ ...whole, also: 1 }), /also/],
    ['a shard that is none', (whole) => ({ ...whole, shard: '9/8' }), /at shard: no shard such as 2\/8/],
    ['a long wrong name', (whole) => ({ ...whole, registry: 'x'.repeat(100_000) }), /is malformed at registry: "xxx/],
    [
      'a claim that nothing rests on',
      (whole) => ({ ...whole, claims: [{ kind: 'branch', repo: 'a/b', text: 'main' }] }),
      /^The plan contradicts itself.*claims/,
    ],
    [
      'a repository twice',
      (whole) => ({ ...whole, repositories: [...whole.repositories, ...whole.repositories] }),
      /apps\/web is in it twice/,
    ],
  ])('%s', (_, edit, words) => expectRefused(edited(edit), words));

  test('one that was edited to take the image of a kept tag', () =>
    expectRefused(
      first((each) => ({
        ...each,
        manifests: [
          ...each.manifests,
          ...each.stays.map(({ digest }) => ({ digest, mediaType: 'x', size: 1, role: 'tagged' })),
        ],
      })),
      /is to go, and build-4, which is to stay, points at it\.\nMake a new plan/,
    ));

  test('one that was edited to take a kept tag', () =>
    expectRefused(
      first((each) => ({
        ...each,
        tags: [...each.tags, ...each.stays.map((kept) => ({ ...kept, because: [{ kind: 'no-rule' }], rule: null }))],
      })),
      /apps\/web:build-4 is to go and to stay/,
    ));

  test('bytes that are no text, and text that is cut off', async () => {
    const noise = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256)).toString('latin1');
    await expectRefused(noise, /^The plan is not JSON/);
    await expectRefused(plan.slice(0, -20), /^The plan is not JSON/);
    await expectRefused('['.repeat(100_000), /^The plan is not JSON/);
  });

  test('no file, an empty one, and no path', async () => {
    await expectRefused(undefined, /^plan-file: plan\.json is not there\.\n.*download-artifact/);
    await expectRefused('', /^plan-file: plan\.json is empty/);
    await expectRefused(plan, /^plan-file: This input is required/, { 'plan-file': '' });
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['another number', { ...rule, 'keep-last': '2' }],
    ['another source of dates', { ...rule, 'date-source': 'pushed' }],
    [
      'a policy, though it says the same',
      { policy: 'version: 1\nrules:\n  - repositories: apps/*\n    tags: build-{number}\n    keep-last: 1\n' },
    ],
  ])('one that was made under other rules, where rules are given: %s', (_, given) =>
    expectRefused(plan, /^The plan was made under other rules than those that are given here\./, given),
  );

  test('rules that are no rule', () => expectRefused(plan, /repositories: This input is required/, { tags: 'v*' }));
});

test('a plan whose rules are given, and are the same, is carried out', async () => {
  await fill();
  const policy = 'version: 1\nrules:\n  - repositories: apps/*\n    tags: build-{number}\n    keep-last: 1\n';
  for (const given of [rule, { policy }]) {
    await pushImage(registry, { repository, tags: ['build-1'], seed: 'again' });
    const plan = await planOf(registry, given);
    expect(decode(plan).repositories).toHaveLength(1);
    expect((await runApply(registry, plan, given)).failures).toEqual([]);
    expect(tags()).toEqual(['build-4']);
  }
});

test('a plan that was edited to take the image of a tag that it hides takes nothing that is tagged', async () => {
  const images = await fill();
  const whole = JSON.parse(await planOf(registry, rule)) as Plan;
  const kept = images[3]?.digest ?? '';
  const text = JSON.stringify({
    ...whole,
    repositories: whole.repositories.map((each) => ({
      ...each,
      manifests: [...each.manifests, { digest: kept, mediaType: 'x', size: 1, role: 'tagged' }],
      stays: [],
    })),
  });
  const runtime = await runApply(registry, text);
  expect(runtime.failures).toEqual([]);
  expect(tags()).toEqual(['build-4']);
  expect(await isServed(kept)).toBe(true);
  expect(outcomesOf(runtime)[kept]).toBe('spared: gained-a-kept-tag');
});

test('a file of 1 GB is not read', async () => {
  await fill();
  const folder = await mkdtemp(join(tmpdir(), 'registry-prune-'));
  try {
    const path = join(folder, 'plan.json');
    await writeFile(path, '');
    // Without a block of its own on the disk.
    await truncate(path, 1024 ** 3);
    const options = { files: nodeFiles, tempDir: folder };
    const runtime = await runApply(registry, undefined, { 'plan-file': path }, options);
    expect(runtime.failures).toEqual([expect.stringMatching(/can't be read\. It has 1073741824 bytes.*\n.*shard/)]);
    const directory = await runApply(registry, undefined, { 'plan-file': folder }, options);
    expect(directory.failures).toEqual([expect.stringMatching(/can't be read/)]);
    expect(registry.requests).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a registry that does not delete is said to be one, and the plan can be carried out later', async () => {
  registry = await start({ deletes: 'disabled' });
  for (const name of ['build-1', 'build-2']) await pushImage(registry, { repository, tags: [name], seed: name });
  const plan = await planOf(registry, rule);
  const runtime = await runApply(registry, plan);
  expect(runtime.failures).toHaveLength(1);
  expect(logOf(runtime)).toContain('Deletes are disabled');
  expect(tags()).toHaveLength(2);
  const [only] = (await runPrune(registry, { ...rule, 'dry-run': 'true' })).failures;
  expect(only).toBeUndefined();
});

test('a plan with manifests that no tag reaches needs the host, and nothing goes without it', async () => {
  const images = await fill();
  const whole = JSON.parse(await planOf(registry, rule)) as Plan;
  const loose = await pushImage(registry, { repository, seed: 'loose' });
  const text = JSON.stringify({
    ...whole,
    repositories: whole.repositories.map((each) => ({
      ...each,
      manifests: [
        ...each.manifests,
        { digest: loose.digest, mediaType: 'x', size: 1, role: 'untagged', revisedAt: '2026-01-01T00:00:00.000Z' },
      ],
    })),
  });
  registry.forgetRequests();
  // No such program on this machine: whatever stands there, it is no registry that could be asked.
  const service = { 'registry-service': 'command:/nowhere/registry-ctl', 'registry-config': '/nowhere/config.yml' };
  const runtime = await runApply(registry, text, service);
  expect(runtime.failures).toHaveLength(1);
  expect(written()).toEqual([]);
  expect(tags()).toHaveLength(images.length);
});
