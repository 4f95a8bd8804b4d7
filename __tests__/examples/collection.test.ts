/**
 * The examples that free the disk: what each step of ours is told when GitHub starts it. That it then does so is shown on
 * real hosts, in __tests__/real.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { doors, loadConfig, loadGcConfig } from '../../src/config/index.ts';
import { eventFile } from './run-example.ts';
import { secrets as account } from './shop.ts';
import { exampleFolder, readExample, stepsOf, type ExampleStep } from './workflow.ts';

const key = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const secrets = { ...account, REGISTRY_SSH_KEY: key };
const vars = {
  REGISTRY_SSH_KNOWN_HOSTS: 'registry.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1VQ6nDkd9Tn4JhTDLmmoWc',
};
const noFile = (path: string): never => {
  throw new Error(`nothing reads ${path}`);
};
const ssh = { user: 'prune', host: 'registry.example.com', key, knownHosts: `${vars.REGISTRY_SSH_KNOWN_HOSTS}\n` };

function stepsAt(name: string, cron: string): readonly ExampleStep[] {
  const event = JSON.parse(
    readFileSync(eventFile({ name: 'schedule', file: 'schedule-nightly.json' }), 'utf8'),
  ) as object;
  const github = { event_name: 'schedule', event: { ...event, schedule: cron }, ref: 'refs/heads/main' };
  return stepsOf(readExample(name), { github, secrets, vars });
}

describe('every night, with a collection', () => {
  test('tags and untagged manifests go, then the disk comes back', () => {
    const [step, ...others] = stepsAt('nightly-with-collection', '30 3 * * *');
    expect(others).toEqual([]);
    const config = loadConfig(new Map(Object.entries(step?.with ?? {})), noFile);
    expect(config).toMatchObject({
      garbageCollect: 'offline',
      deleteUntagged: true,
      maxDeletions: { kind: 'percent', percent: 20 },
      host: { service: { kind: 'docker', name: 'registry' }, ssh },
    });
    expect(step?.permissions.size).toBe(0);
  });
});

describe('every night, collected on Sundays', () => {
  test('six nights only prune', () => {
    const steps = stepsAt('weekly-gc', '30 3 * * 1-6');
    expect(steps.map(({ door }) => door)).toEqual(['prune']);
    const config = loadConfig(new Map(Object.entries(steps[0]?.with ?? {})), noFile);
    expect(config).toMatchObject({ garbageCollect: 'off', deleteUntagged: false });
  });

  test('the seventh collects after it', () => {
    const steps = stepsAt('weekly-gc', '30 3 * * 0');
    expect(steps.map(({ door }) => door)).toEqual(['prune', 'gc']);
    const config = loadGcConfig(new Map(Object.entries(steps[1]?.with ?? {})), noFile);
    expect(config).toMatchObject({
      garbageCollect: 'offline',
      deleteUntagged: true,
      removeEmptyRepositories: true,
      host: { ssh },
    });
    expect(config.repositories.source).toEqual(['**']);
    expect(readExample('weekly-gc').jobs.collect).toMatchObject({ needs: 'prune' });
  });

  test('what is kept as an artifact is an output of the step before it', () => {
    const text = readFileSync(join(exampleFolder, 'weekly-gc.yml'), 'utf8');
    const named = [...text.matchAll(/steps\.(\w+)\.outputs\.([\w-]+)/g)].map(([, id, output]) => ({ id, output }));
    expect(named).toHaveLength(4);
    for (const { id, output } of named) expect(doors[id === 'gc' ? 'gc' : 'prune'].outputs).toContain(output);
  });
});
