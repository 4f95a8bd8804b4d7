// What is found of a registry in Kubernetes, with the real kubectl.

import { afterEach, describe, expect, test } from '@jest/globals';
import { secret, startLab, type Lab, type Setup } from './lab.ts';

let lab: Lab | undefined;

async function start(setup: Setup = {}): Promise<Lab> {
  lab = await startLab(setup);
  return lab;
}

afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

describe('a registry in Kubernetes', () => {
  test('is found with what it is and what it was told, and none of its secrets', async () => {
    const { find } = await start();
    const found = await find();
    expect(found).toEqual({
      shown: 'kubectl:infra/registry',
      version: { text: expect.stringMatching(/^2\.8\./), major: 2 },
      configPath: '/mnt/config/config.yml',
      storage: { driver: 'filesystem', root: '/mnt/registry' },
      readOnly: false,
      cache: { kind: 'none' },
      instances: [{ id: 'uid-registry-pod1', name: 'registry-pod1' }],
      notes: [],
      functions: expect.any(String),
    });
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});
