/** The example that undoes a run: what is downloaded, how its file is found, and what our step is told. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { loadRestoreConfig } from '../../src/config/index.ts';
import { runPrune, useRegistry } from '../commands/step.ts';
import { eventFile } from './run-example.ts';
import { secrets } from './shop.ts';
import { readExample, stepsOf } from './workflow.ts';

const start = useRegistry();
const workflow = readExample('restore');
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-prune-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const asked = workflow.on.workflow_dispatch;
const defaults = asked != null && 'inputs' in asked ? asked.inputs : undefined;

test('the artifact is the one that weekly-gc keeps, and only reading it is allowed', () => {
  const kept = Object.values(readExample('weekly-gc').jobs).flatMap((job) =>
    job.steps.flatMap(({ uses, with: given }) => (uses?.startsWith('actions/upload-artifact@') ? given.name : [])),
  );
  expect(kept).toContain(defaults?.journal?.default);
  expect(workflow.permissions).toEqual({ actions: 'read' });
  expect(steps[0]?.with).toMatchObject({ 'run-id': '${{ inputs.run }}', path: 'journal' });
});

test('the journal is found under the name that a run gives it, and handed over', async () => {
  const registry = await start();
  for (const tag of ['build-1', 'build-2']) await pushImage(registry, { repository: 'apps/web', tags: [tag] });
  const run = await runPrune(registry, { repositories: 'apps/web', tags: 'build-{number}', 'keep-last': '1' });
  const name = (run.outputs.get('journal-file') ?? '').replace(/^.*\//, '');
  mkdirSync(join(folder, 'journal'));
  writeFileSync(join(folder, 'journal', name), 'a journal');
  const output = join(folder, 'output');
  const script = String(steps.find(({ id }) => id === 'journal')?.run);
  const ran = spawnSync('sh', ['-c', script], { cwd: folder, env: { PATH: process.env.PATH, GITHUB_OUTPUT: output } });
  expect(ran.status).toBe(0);
  const [, file] = /^file=(.*)\n$/.exec(readFileSync(output, 'utf8')) ?? [];
  expect(file).toBe(`journal/${name}`);

  const event = JSON.parse(
    readFileSync(eventFile({ name: 'workflow_dispatch', file: 'workflow-dispatch.json' }), 'utf8'),
  ) as unknown;
  const [step, ...others] = stepsOf(workflow, {
    github: { event_name: 'workflow_dispatch', event, ref: 'refs/heads/main' },
    secrets,
    inputs: { run: '123', journal: 'journal of tags', 'dry-run': defaults?.['dry-run']?.default },
    steps: { journal: { outputs: { file } } },
  });
  expect(others).toEqual([]);
  expect(step?.door).toBe('restore');
  const config = loadRestoreConfig(new Map(Object.entries(step?.with ?? {})), () => '');
  expect(config).toMatchObject({ origin: 'https://registry.example.com', journalFile: file, dryRun: true });
});
