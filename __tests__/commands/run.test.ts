/** What is thrown becomes one message with its way out. */
import { describe, expect, test } from '@jest/globals';
import { run } from '../../src/commands/run.ts';
import { ConfigError } from '../../src/config/index.ts';
import { CredentialsError } from '../../src/credentials/index.ts';
import { RegistryError } from '../../src/registry/index.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';
import { runPrune, useRegistry } from './step.ts';

const start = useRegistry();

async function failed(error: unknown): Promise<MemoryRuntime> {
  const runtime = memoryRuntime();
  await run(runtime, () => {
    throw error;
  });
  return runtime;
}

async function failing(error: unknown): Promise<readonly string[]> {
  return (await failed(error)).failures;
}

test('a command that ends well fails nothing', async () => {
  const runtime = memoryRuntime();
  await run(runtime, () => Promise.resolve());
  expect(runtime.failures).toEqual([]);
});

test('an error of the registry, with its way out', async () => {
  const error = new RegistryError({
    kind: 'server',
    what: 'The registry failed',
    wayOut: 'Look at its log.',
    method: 'GET',
    url: 'https://registry.example.com/v2/',
    status: 500,
    codes: ['UNKNOWN'],
  });
  expect(await failing(error)).toEqual([
    'The registry failed (GET https://registry.example.com/v2/: 500 UNKNOWN)\nLook at its log.',
  ]);
});

test('an error of the credentials, with its way out', async () => {
  expect(await failing(new CredentialsError('username is set, and password is not', 'Set both.'))).toEqual([
    'username is set, and password is not\nSet both.',
  ]);
});

test('an error of the inputs, ready to be shown', async () => {
  const problem = { input: 'keep-last', what: '"-1" is no count.', example: 'keep-last: 10' };
  expect(await failing(new ConfigError([problem]))).toEqual([
    'keep-last: "-1" is no count. For example:\n    keep-last: 10',
  ]);
});

describe('an error of a policy', () => {
  const path = '/home/runner/work/.github/prune.yml';
  const problems = [
    { input: 'keep-last', what: '"-1" is no count.', example: 'keep-last: 10' },
    {
      input: 'policy',
      what: 'It is empty.',
      example: 'version: 1',
      at: { file: path, isPath: true, line: 3, column: 7 },
    },
  ] as const;

  test('stands at its line of the file, and the rest is the message', async () => {
    const runtime = await failed(new ConfigError(problems));
    expect(runtime.places).toEqual([{ file: '.github/prune.yml', line: 3 }]);
    expect(runtime.lines).toEqual([
      `error: ${path}:3:7: It is empty. For example:\n    version: 1`,
      'error: keep-last: "-1" is no count. For example:\n    keep-last: 10',
    ]);
    expect(runtime.failures).toHaveLength(1);
  });

  test('with nothing else wrong, the message leads to it', async () => {
    const runtime = await failed(new ConfigError(problems.slice(1)));
    expect(runtime.failures).toEqual([expect.stringContaining('named above')]);
    expect(runtime.places).toHaveLength(1);
  });

  test.each([
    ['in the input itself', { file: 'policy', line: 3, column: 7 }],
    ['outside the workspace', { file: '/etc/prune.yml', isPath: true, line: 3, column: 7 }],
  ] as const)('that is %s has no line to point at', async (_, at) => {
    const runtime = await failed(new ConfigError([{ ...problems[1], at }]));
    expect(runtime.places).toEqual([]);
    expect(runtime.failures).toEqual([`${at.file}:3:7: It is empty. For example:\n    version: 1`]);
  });
});

test('anything else, with where it happened', async () => {
  const [message] = await failing(new TypeError('a mistake of ours'));
  expect(message).toMatch(/^TypeError: a mistake of ours\n {4}at /);
  expect(await failing('only text')).toEqual(['only text']);
  expect(await failing(undefined)).toEqual(['undefined']);
});

describe('the whole action', () => {
  test('says everything that is wrong with the inputs at once, and asks nothing of the registry', async () => {
    const registry = await start();
    const runtime = await runPrune(registry, { 'keep-last': '-1', 'older-than': '30 bananas', 'dry-rnu': 'true' });
    expect(runtime.failures).toHaveLength(1);
    for (const part of ['repositories', 'keep-last', '-1', 'older-than', '30 bananas', 'dry-rnu'])
      expect(runtime.failures[0]).toContain(part);
    expect(registry.requests).toEqual([]);
  });

  test("says what is wrong with Docker's configuration, and never quotes it", async () => {
    const registry = await start();
    const env = { DOCKER_AUTH_CONFIG: '{"auths": {"secret' };
    const runtime = await runPrune(registry, { repositories: 'apps/web', 'keep-last': '1' }, { env });
    expect(runtime.failures).toEqual([expect.stringMatching(/DOCKER_AUTH_CONFIG.*\nRepair it, or log in again/)]);
    expect(runtime.failures[0]).not.toContain('secret');
    expect(registry.requests).toEqual([]);
  });

  test('says that the password is wrong, and how to check it', async () => {
    const registry = await start({ auth: { kind: 'basic', username: 'ci', password: 'right' } });
    const account = { username: 'ci', password: 'wrong' };
    const runtime = await runPrune(registry, { repositories: 'apps/web', 'keep-last': '1', ...account });
    expect(runtime.failures).toEqual([
      expect.stringMatching(/^The registry doesn't accept this username and password.*\nCheck username and password/),
    ]);
  });
});
