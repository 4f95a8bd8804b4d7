/** The command that only lists. */
import { expect, test } from '@jest/globals';
import { loadLsConfig } from '../../src/config/index.ts';
import { problemsOf } from './problems.ts';
import type { LsConfig } from '../../src/config/index.ts';

type Inputs = Readonly<Record<string, string>>;

function load(inputs: Inputs): LsConfig {
  return loadLsConfig(new Map(Object.entries(inputs)), (path) => {
    throw new Error(`nothing reads ${path}`);
  });
}

test('the least, and the defaults', () => {
  const { repositories, ...rest } = load({ registry: 'localhost:5000' });
  expect(repositories.source).toEqual(['**']);
  expect(rest).toEqual({ origin: 'http://localhost:5000', tlsVerify: true, concurrency: 16 });
});

test('all that is wrong is said at once', () => {
  expect(problemsOf(() => load({ repositories: '!a', 'keep-last': '3' })).map(({ input }) => input)).toEqual([
    'registry',
    'repositories',
    '"keep-last"',
  ]);
  expect(problemsOf(() => load({ registry: 'r', 'keep-last': '3' }))[0]?.what).toContain(
    'registry-prune ls has no such input',
  );
});
