/** One bundle, several doors: each starts its own command, with its own inputs. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { runStep, type DoorFolder } from './step.ts';

// A process each; on a busy machine one takes seconds.
jest.setTimeout(60_000);

let registry: SandboxRegistry;
beforeAll(async () => {
  registry = await startSandboxRegistry();
  await pushImage(registry, { repository: 'apps/web', tags: ['build-1', 'build-2'] });
});
beforeEach(() => {
  registry.forgetRequests();
});
afterAll(() => registry.close());

test('gc deletes no tag for any rule: it has none', async () => {
  const given = { registry: registry.url, tags: 'build-{number}', 'keep-last': '0', polcy: 'x' };
  const step = await runStep(given, { door: 'gc' });
  expect(step.code).toBe(1);
  expect(step.errors).toHaveLength(1);
  for (const input of ['tags', 'keep-last'])
    expect(step.errors[0]).toContain(`"${input}": OWNER/registry-prune/gc@v1 has no such input`);
  expect(step.errors[0]).toContain('"polcy": There is no such input.');
  expect(registry.requests).toEqual([]);
  expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-1', 'build-2']);
});

test('apply has no plan of its own: without one it asks for nothing', async () => {
  for (const [file, says] of [
    ['', 'plan-file: This input is required'],
    ['nowhere.json', 'plan-file: nowhere.json is not there'],
  ] as const) {
    const step = await runStep({ registry: registry.url, 'plan-file': file }, { door: 'apply' });
    expect(step.code).toBe(1);
    expect(step.errors).toEqual([expect.stringContaining(says)]);
    expect(registry.requests).toEqual([]);
  }
});

describe.each<DoorFolder>(['.', 'gc'])('door %s', (door) => {
  const rule = door === 'gc' ? {} : { repositories: 'apps/web', 'keep-last': '1', 'garbage-collect': 'offline' };
  const wrong: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [{ 'garbage-collect': 'yes' }, ['garbage-collect: "yes"']],
    [{ 'registry-service': 'docker:x; rm -rf /' }, ['registry-service: "x; rm -rf /"', 'registry-service: docker:']],
    [{ 'registry-service': 'command:/opt/registry-ctl' }, ['registry-config: ', 'Say it']],
    [{ 'ssh-host': 'registry.example.com', 'ssh-key': '~/.ssh/id_ed25519' }, ['ssh-key: It is no private key']],
    [{ 'ssh-key-passphrase': 'correct horse' }, ['ssh-key-passphrase: It was given without an ssh-key']],
    [{ 'garbage-collect': 'online', 'remove-empty-repositories': 'true' }, ['remove-empty-repositories: ', 'offline']],
  ];
  test.each(wrong)('%j is named, before anything is asked', async (given, says) => {
    const secrets = (): readonly string[] => ['correct horse'];
    const step = await runStep({ registry: registry.url, ...rule, ...given }, { door, secrets });
    expect(step.code).toBe(1);
    expect(step.errors).toHaveLength(1);
    for (const part of says) expect(step.errors[0]).toContain(part);
    expect(registry.requests).toEqual([]);
    expect([...step.outputs.keys(), ...step.files.keys(), ...step.leaks]).toEqual([]);
  });

  test('a key of several lines arrives whole, and no line of it is seen', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = String(privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const lines = key.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
    expect(lines.length).toBeGreaterThan(10);
    // The port of nobody: the key is read, and nothing else can go well.
    const login = { 'ssh-host': 'nobody@127.0.0.1:1', 'ssh-key': key };
    const given = { registry: registry.url, ...rule, ...login, concurrency: lines[0] ?? '' };
    const step = await runStep(given, { door, secrets: () => [...lines, key.trim()] });
    expect(step.errors).toEqual([expect.stringMatching(/^concurrency: "\*\*\*" is not a number/)]);
    expect(step.leaks).toEqual([]);
  });
});
