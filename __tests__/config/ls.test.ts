/** The command that only lists. */
import { expect, test } from '@jest/globals';
import { ConfigError, loadLsConfig } from '../../src/config/index.ts';
import type { InputProblem, LsConfig } from '../../src/config/index.ts';

type Inputs = Readonly<Record<string, string>>;

function load(inputs: Inputs): LsConfig {
  return loadLsConfig(new Map(Object.entries(inputs)), (path) => {
    throw new Error(`nothing reads ${path}`);
  });
}

function problemsOf(inputs: Inputs): readonly InputProblem[] {
  try {
    load(inputs);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('no error');
}

test('the least, and the defaults', () => {
  const { repositories, ...rest } = load({ registry: 'localhost:5000' });
  expect(repositories.source).toEqual(['**']);
  expect(rest).toEqual({ origin: 'http://localhost:5000', tlsVerify: true, concurrency: 16 });
});

test('all that is wrong is said at once', () => {
  expect(problemsOf({ repositories: '!a', 'keep-last': '3' }).map(({ input }) => input)).toEqual([
    'registry',
    'repositories',
    '"keep-last"',
  ]);
  expect(problemsOf({ registry: 'r', 'keep-last': '3' })[0]?.what).toContain('registry-prune ls has no such input');
});
