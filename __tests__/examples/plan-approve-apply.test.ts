/** examples/plan-approve-apply.yml: what one job plans, the next one does, and no more, whatever comes between. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';
import { repository as onGitHub, startGitHub, type GitHubServer } from '../support/github/server.ts';
import { registryHost, runExample, shop } from './run-example.ts';
import { deletedBy, pushTags, secrets, startRegistry, success, tagsOf } from './shop.ts';
import { readExample } from './workflow.ts';

jest.setTimeout(180_000);

const event = { name: 'workflow_dispatch', file: 'workflow-dispatch.json' };
const workflow = readExample('plan-approve-apply');
const stepThat = (job: string, isIt: (step: { uses?: string | undefined; run?: unknown }) => boolean): unknown =>
  workflow.jobs[job]?.steps.find(isIt);

let registry: SandboxRegistry;
let github: GitHubServer;
beforeEach(async () => {
  registry = await startRegistry();
  await pushTags(registry, 'apps/web', ['latest', 'pr-12', 'pr-12-arm64', 'pr-40', 'pr-7']);
  github = await startGitHub([
    onGitHub(shop, {
      pulls: [
        { number: 7, state: 'open' },
        { number: 12, state: 'closed' },
        { number: 40, state: 'closed' },
      ],
    }),
  ]);
});
afterEach(async () => {
  await registry.close();
  await github.close();
});

/** The script between the two steps of the first job, run as it stands, and what the artifact then holds. */
async function passOn(step: Step): Promise<string> {
  const { run } = stepThat('plan', (each) => typeof each.run === 'string') as { readonly run: string };
  const folder = await mkdtemp(join(tmpdir(), 'registry-prune-'));
  try {
    const path = step.outputs.get('plan-file') ?? '';
    const file = step.files.get(path);
    if (file === undefined) throw new Error(`'${path}' is no file of the step.`);
    const written = join(folder, 'written by the step');
    await writeFile(written, file.text);
    const ran = spawnSync('sh', ['-c', run], { cwd: folder, env: { ...process.env, PLAN_FILE: written } });
    expect(ran.status).toBe(0);
    return await readFile(join(folder, 'plan.json'), 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Both jobs, and what happens while somebody looks at the plan. */
const run = (approval: () => Promise<unknown> = () => Promise.resolve()): Promise<readonly Step[]> =>
  runExample('plan-approve-apply', {
    event,
    registries: { [registryHost]: registry.url },
    secrets,
    github,
    between: async (job, [step]) => {
      if (job !== 'plan' || step === undefined) return {};
      const text = await passOn(step);
      await approval();
      return { plan: { 'plan.json': text } };
    },
  });

describe('the workflow', () => {
  test('waits for an approval between the two, and passes the plan on by one name', () => {
    expect(workflow.jobs.apply).toMatchObject({ needs: 'plan', environment: 'production' });
    const given = { name: 'plan', path: 'plan.json' };
    expect(stepThat('plan', ({ uses }) => uses?.startsWith('actions/upload-artifact@') === true)).toMatchObject({
      with: given,
    });
  });

  test('does what was planned', async () => {
    const [plan, applied, ...others] = await run();
    expect(others).toEqual([]);
    for (const step of [plan, applied]) expect(step).toMatchObject(success);
    expect(plan === undefined ? [] : deletedBy(plan)).toEqual([]);
    expect(applied === undefined ? [] : deletedBy(applied)).toEqual([
      'apps/web:pr-12',
      'apps/web:pr-12-arm64',
      'apps/web:pr-40',
    ]);
    expect(tagsOf(registry, 'apps/web')).toEqual(['latest', 'pr-7']);
  });

  test('spares what was reopened or pushed meanwhile, and takes nothing that was closed meanwhile', async () => {
    const [, applied] = await run(async () => {
      for (const each of github.repositories[0]?.pulls ?? [])
        if (each.number === 12) each.state = 'open';
        else if (each.number === 7) each.state = 'closed';
      await pushImage(registry, { repository: 'apps/web', tags: ['pr-40'], seed: 'a new build' });
    });
    expect(applied).toMatchObject(success);
    expect(tagsOf(registry, 'apps/web')).toEqual(['latest', 'pr-12', 'pr-12-arm64', 'pr-40', 'pr-7']);
    expect(applied?.log).toContain('3 tags and 2 manifests spared, 0 tags and 0 manifests gone already');
  });

  test('asks nobody where there is nothing to do', async () => {
    for (const each of github.repositories[0]?.pulls ?? []) each.state = 'open';
    const [plan, ...others] = await run();
    expect(plan).toMatchObject(success);
    expect(others).toEqual([]);
  });
});
