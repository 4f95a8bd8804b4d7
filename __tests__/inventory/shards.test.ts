/** Shards: every repository in exactly one, whoever asks. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inShard } from '../../src/inventory/index.ts';
import type { RepositoryName, Shard } from '../../src/model/index.ts';
import { repositoryOf } from '../arbitraries/names.ts';

const part = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
const repositories = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'))
  .filter((name) => name.length <= 255)
  .map(repositoryOf);
const counts = fc.integer({ min: 1, max: 256 });

const shardsOf = (of: number): readonly Shard[] => Array.from({ length: of }, (_, at) => ({ index: at + 1, of }));
const homeOf = (repository: RepositoryName, of: number): readonly number[] =>
  shardsOf(of).flatMap((shard) => (inShard(repository, shard) ? [shard.index] : []));

test('for any number of shards every repository is in exactly one', () => {
  fc.assert(
    fc.property(repositories, counts, (repository, of) => {
      expect(homeOf(repository, of)).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});

test('all shards of a list together are the list, and none of it is in two', () => {
  fc.assert(
    fc.property(fc.uniqueArray(repositories, { maxLength: 60 }), counts, (list, of) => {
      const all = shardsOf(of).flatMap((shard) => list.filter((repository) => inShard(repository, shard)));
      expect(all.toSorted()).toEqual(list.toSorted());
    }),
  );
});

test('one shard is all of it', () => {
  fc.assert(fc.property(repositories, (repository) => inShard(repository, { index: 1, of: 1 })));
});

/** By another program: `printf %s apps/web | sha256sum | cut -c 1-8`, as a number, modulo n, plus 1. */
describe('the hash is the one that is written down, in every version', () => {
  test.each([
    ['apps/web', '3b4e3efd', 6, 254],
    ['apps/api', 'b3013059', 2, 90],
    ['tools', 'f9d35d43', 4, 68],
    ['library/nginx', '3d6726de', 7, 223],
    ['a', 'ca978112', 3, 19],
  ])('%s (%s…) is shard %i of 8, and %i of 256', (name, _, of8, of256) => {
    const repository = repositoryOf(name);
    expect([homeOf(repository, 8), homeOf(repository, 256)]).toEqual([[of8], [of256]]);
  });
});

describe('10,000 names are spread evenly, however alike they are', () => {
  const namings: readonly (readonly [how: string, name: (number: number) => string])[] = [
    ['numbered', (number) => `apps/service-${number}`],
    ['teams of a hundred', (number) => `team-${number % 100}/app-${Math.floor(number / 100)}`],
    ['numbers alone', (number) => String(number)],
    ['deep', (number) => `a/${number.toString(2).split('').join('/')}`],
  ];
  test.each(namings)('%s', (_, name) => {
    const list = Array.from({ length: 10_000 }, (__, number) => repositoryOf(name(number)));
    for (const count of [2, 20]) {
      const sizes = new Map(shardsOf(count).map(({ index }) => [index, 0]));
      for (const repository of list)
        for (const index of homeOf(repository, count)) sizes.set(index, (sizes.get(index) ?? 0) + 1);
      const mean = list.length / count;
      // As chance throws them: further than five standard deviations would be one table of names in a million.
      const most = 5 * Math.sqrt(mean * (1 - 1 / count));
      for (const size of sizes.values()) expect(Math.abs(size - mean)).toBeLessThan(most);
    }
  });
});
