/** examples/nightly.yml with examples/policy.yml: what each of its rules takes, and that what is deployed stays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { fetchManifest, pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';
import { repository as onGitHub, startGitHub, type GitHubServer } from '../support/github/server.ts';
import { registryHost, runOneStep, shop } from './run-example.ts';
import { daysAgo, deletedBy, numbered, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';
import { exampleFolder } from './workflow.ts';

jest.setTimeout(180_000);

const nightly = { name: 'schedule', file: 'schedule-nightly.json' };
const byHand = { name: 'workflow_dispatch', file: 'workflow-dispatch.json' };

const web = 'apps/web';
const pictures = 'apps/shop/pictures';
/** By rule: what it takes of apps/web, and what stays, for the reason in the comment. */
const rules = {
  previews: {
    doomed: ['pr-7', 'pr-7-arm64'],
    // Open; never a pull request; closed and named by the compose file.
    kept: ['pr-70', 'pr-999', 'pr-9'],
  },
  branches: {
    doomed: ['branch-old-idea-0a1b2c3'],
    // Alive, as it is and sanitised.
    kept: ['branch-main-0a1b2c3', 'branch-feature-login-4d5e6f7'],
  },
  releases: {
    doomed: ['v1.1.0'],
    // Older than it, and named by the Helm values; the newest twenty.
    kept: ['v1.0.0', ...numbered('v1.', 2, 21).map((each) => `${each}.0`)],
  },
  rest: {
    doomed: ['build-1', 'build-3'],
    // Named by its digest; the newest ten, old as they are; and one whose age nobody knows.
    kept: ['build-2', ...numbered('build-', 4, 13), 'nobody-knows-when'],
  },
} as const;
const kept = [...Object.values(rules).flatMap((rule) => [...rule.kept]), 'latest', 'stable'].sort();
const doomed = Object.values(rules).flatMap((rule) => [...rule.doomed]);

let registry: SandboxRegistry;
let github: GitHubServer;
let files: Readonly<Record<string, string>>;

beforeEach(async () => {
  registry = await startRegistry();
  const { previews, branches, releases } = rules;
  for (const rule of [previews, branches, releases])
    await pushTags(registry, web, [...rule.doomed, ...rule.kept], { created: daysAgo(400) });
  for (let number = 1; number <= 13; number += 1) {
    const [label, created] = [`build-${number}`, daysAgo(100 - number)];
    if (number !== 2) await pushTags(registry, web, [label], { created });
  }
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const second = { repository: web, tags: ['build-2'], created: daysAgo(98), platforms };
  const index = await pushMultiPlatform(registry, { ...second, attestations: true });
  const oldest = await pushImage(registry, { repository: web, tags: ['build-1'], created: daysAgo(99) });
  await tag(registry, oldest, 'stable');
  await pushTags(registry, web, ['nobody-knows-when']);
  await pushTags(registry, web, ['latest'], { created: daysAgo(400) });
  // Named with a tag that the script is given: every tag of it stays.
  await pushTags(registry, pictures, ['pr-7', ...numbered('build-', 1, 12)], { created: daysAgo(50) });
  // Below no rule of the policy.
  await pushTags(registry, 'base', numbered('build-', 1, 12), { created: daysAgo(50) });
  registry.forgetRequests();
  files = {
    'examples/policy.yml': readFileSync(join(exampleFolder, 'policy.yml'), 'utf8'),
    'deploy/compose.yml': `services:\n  web:\n    image: ${registryHost}/apps/web:pr-9\n  proxy:\n    image: nginx:1.29\n`,
    'deploy/chart/values.yaml': `image:\n  registry: ${registryHost}\n  repository: apps/web\n  tag: v1.0.0\n`,
    'deploy/job.yaml': `kind: Pod\nspec:\n  containers:\n    - image: ${registryHost}/apps/web@${index.digest}\n`,
    'deploy/pictures.sh': `docker pull "${registryHost}/apps/shop/pictures:$1"\n`,
  };
  const pulls = [7, 9].map((number) => ({ number, state: 'closed' as const }));
  github = await startGitHub([
    onGitHub(shop, { pulls: [...pulls, { number: 70, state: 'open' }], branches: ['main', 'feature/login'] }),
  ]);
});
afterEach(async () => {
  await registry.close();
  await github.close();
});

const run = (event = nightly): Promise<Step> =>
  runOneStep('nightly', { event, registries: { [registryHost]: registry.url }, secrets, github, files });
const everything = (): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(registry.store.repositories().map((name) => [name, tagsOf(registry, name)]));
const writes = (): readonly string[] =>
  registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method)).map(({ method, path }) => method + path);

describe('every night', () => {
  test.each([
    ['started by the clock', nightly],
    ['started by hand', byHand],
  ])('each rule takes its own, and what is deployed stays: %s', async (_, event) => {
    const before = everything();
    const step = await run(event);
    expect(step).toMatchObject(success);
    expect(tagsOf(registry, web)).toEqual(kept);
    expect(deletedBy(step)).toEqual(doomed.map((each) => `${web}:${each}`).sort());
    expect(everything()).toEqual({ ...before, [web]: kept });
    // Whole: the deployed index with its platforms and their attestations, and the image that stable names.
    const deployed = await fetchManifest(registry, web, 'build-2');
    const { manifests } = JSON.parse(new TextDecoder().decode(deployed?.bytes)) as {
      readonly manifests: readonly { readonly digest: string }[];
    };
    expect(manifests).toHaveLength(4);
    for (const { digest } of manifests) expect(await fetchManifest(registry, web, digest)).toBeDefined();
    expect(await fetchManifest(registry, web, 'stable')).toBeDefined();
  });

  test('the log has for each tag the rule and the evidence, with the file and line that name it', async () => {
    const { log } = await run();
    // Of apps/web alone: its group comes after that of apps/shop/pictures, which has tags of the same names.
    const lineOf = (name: string): string => log.split('\n').findLast((line) => line.includes(` ${name} `)) ?? '';
    expect(lineOf('pr-9')).toContain('deploy/compose.yml:3');
    expect(lineOf('v1.0.0')).toContain('deploy/chart/values.yaml:4');
    expect(lineOf('build-2')).toContain('deploy/job.yaml:4');
    expect(lineOf('v1.1.0')).toContain("rule 'releases'");
    expect(lineOf('pr-7-arm64')).toContain("rule 'previews of closed pull requests'");
    expect(lineOf('branch-old-idea-0a1b2c3')).toContain("rule 'builds of deleted branches'");
    expect(lineOf('build-3')).toContain("rule 'everything else'");
  });

  test('more than a fifth of the tags is refused as a whole', async () => {
    await pushTags(registry, web, numbered('pr-', 100, 120));
    for (let number = 100; number <= 120; number += 1) github.repositories[0]?.pulls.push({ number, state: 'closed' });
    const before = everything();
    const step = await run();
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain('max-deletions');
    expect({ after: everything(), writes: writes() }).toEqual({ after: before, writes: [] });
  });

  test.each([
    ['the deployment has moved elsewhere', /^deploy\//, 'deploy/**'],
    ['the policy is not there', /^examples\//, 'examples/policy.yml'],
  ])('where %s, nothing is deleted, and it is said', async (_, gone, named) => {
    files = Object.fromEntries(Object.entries(files).filter(([path]) => !gone.test(path)));
    const before = everything();
    const step = await run();
    expect(step.code).toBe(1);
    expect(step.errors.join('\n')).toContain(named);
    expect({ after: everything(), writes: writes() }).toEqual({ after: before, writes: [] });
  });
});
