/**
 * The same rule as a step of a workflow and as a command gives the same plan file, byte for byte: each in a process of its own,
 * with all that lies between what was written down and the registry. Both have a clock that stands still, so that nothing in
 * the plan need be left out of the comparison.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import type { Plan } from '../../src/model/index.ts';

// Two processes each; on a busy machine the start of one takes seconds.
jest.setTimeout(240_000);

const root = join(import.meta.dirname, '..', '..');
const repository = 'apps/web';
const clock = `
const now = Date.parse('2026-11-22T01:30:00Z');
globalThis.Date = class extends Date {
  constructor(...given) { super(...(given.length === 0 ? [now] : given)); }
  static now() { return now; }
};`;

let folder: string;
let registry: SandboxRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-prune-same-plan-'));
  await Promise.all(['home', 'temp', 'work'].map((name) => mkdir(join(folder, name))));
  await writeFile(join(folder, 'clock.mjs'), clock);
  registry = await startSandboxRegistry({ profile: 'distribution-3.1' });
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ];
  for (const day of [1, 2, 3, 4, 5])
    await pushImage(registry.direct, { repository, tags: [`build-${day}`], created: `2026-0${day}-01T06:00:00Z` });
  await pushMultiPlatform(registry.direct, {
    repository,
    tags: ['v1.0.0'],
    created: '2026-02-03T00:00:00Z',
    platforms,
    attestations: true,
  });
  const newest = await pushMultiPlatform(registry.direct, {
    repository,
    tags: ['v1.1.0', 'latest'],
    created: '2026-11-20T00:00:00Z',
    platforms,
  });
  await tag(registry.direct, newest, 'stable');
  await pushImage(registry.direct, { repository: 'apps/api', tags: ['build-7'], created: '1970-01-01T00:00:00Z' });
  await pushImage(registry.direct, { repository: 'apps/api', tags: ['v1.0.0'], created: '2026-11-21T00:00:00Z' });
});
afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

/** In the folder `work`; rejects where it fails. */
async function started(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const [home, temp] = [join(folder, 'home'), join(folder, 'temp')];
  const given = ['--import', pathToFileURL(join(folder, 'clock.mjs')).href, join(root, 'src', program), ...args];
  const ended = await new Promise<{ readonly code: number | null; readonly said: string }>((resolve, reject) => {
    const child = spawn(process.execPath, given, {
      cwd: join(folder, 'work'),
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: temp, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, said });
    });
  });
  if (ended.code !== 0) throw new Error(`${program} ended with ${String(ended.code)}:\n${ended.said}`);
}

/** `given`: what stands in `with:`. */
async function byWorkflow(given: Readonly<Record<string, string>>): Promise<string> {
  const output = join(folder, 'output');
  await writeFile(output, '');
  const inputs = Object.entries({ registry: registry.url, 'dry-run': 'true', ...given });
  await started('index.ts', [], {
    ...Object.fromEntries(inputs.map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: output,
    GITHUB_WORKSPACE: join(folder, 'work'),
    RUNNER_TEMP: join(folder, 'temp'),
  });
  const [, planFile = ''] = /^plan-file<<.*\n(.*)$/m.exec(await readFile(output, 'utf8')) ?? [];
  return readFile(planFile, 'utf8');
}

async function byCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const file = join(folder, 'plan.json');
  await started('cli.ts', ['plan', registry.url, ...args, '--out', file], env);
  return readFile(file, 'utf8');
}

const rule = {
  repositories: 'apps/*\n!apps/docs',
  tags: '*',
  'keep-tags': 'build-2\nstable',
  'keep-last': '1',
  'older-than': '30d',
  'max-deletions': '90%',
};

test('a rule in inputs, in options, and in the environment', async () => {
  const workflow = await byWorkflow(rule);
  // Something goes, and with its evidence, ages in seconds among it.
  expect(workflow).toMatch(/"tag": "build-1"/);
  expect(workflow).toMatch(/"seconds": \d+/);
  expect(workflow).toContain('"madeAt": "2026-11-22T01:30:00');
  const typed = [
    '--repositories',
    'apps/*',
    '--repositories',
    '!apps/docs',
    '--tags',
    '*',
    '--keep-tags',
    'build-2,stable',
  ];
  expect(await byCommand([...typed, '--keep-last=1', '--older-than', '30d', '--max-deletions', '90%'])).toBe(workflow);
  const variables = Object.entries(rule).map(([name, text]) => [
    `REGISTRY_PRUNE_${name.toUpperCase().replaceAll('-', '_')}`,
    text,
  ]);
  expect(await byCommand([], Object.fromEntries(variables) as Record<string, string>)).toBe(workflow);
  // And it is the rule that makes it what it is.
  expect(await byCommand([...typed, '--keep-last=2', '--older-than', '30d', '--max-deletions', '90%'])).not.toBe(
    workflow,
  );
});

test('a policy file of several rules, beside files that name what is deployed', async () => {
  const work = join(folder, 'work');
  await writeFile(
    join(work, 'prune.yml'),
    `version: 1
keep-tags: [stable]
rules:
  - name: releases
    repositories: ['apps/**']
    tags: ['v{version}']
    keep-last: 1
  - name: builds
    repositories: ['apps/**']
    tags: ['build-{number}']
    keep-last: 1
    older-than: 30d
`,
  );
  await writeFile(
    join(work, 'compose.yaml'),
    `services:\n  web:\n    image: ${new URL(registry.url).host}/apps/web:build-3\n`,
  );
  const workflow = await byWorkflow({ policy: 'prune.yml', 'keep-referenced-in': 'compose.yaml' });
  const { repositories } = JSON.parse(workflow) as Plan;
  expect(repositories.flatMap(({ tags }) => tags.map((each) => `${each.tag} by ${String(each.rule)}`)).sort()).toEqual([
    'build-1 by builds',
    'build-2 by builds',
    'build-4 by builds',
    'v1.0.0 by releases',
  ]);
  expect(await byCommand(['--policy', 'prune.yml', '--keep-referenced-in', 'compose.yaml'])).toBe(workflow);
});
