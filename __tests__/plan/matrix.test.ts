/** How many jobs the planning job asks for. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matrixFor, type SeenRepository } from '../../src/plan/index.ts';

const due = (tagsSeen: number): SeenRepository => ({ tagsSeen, isDue: true });
const idle = (tagsSeen: number): SeenRepository => ({ tagsSeen, isDue: false });
const many = (count: number, one: SeenRepository): readonly SeenRepository[] =>
  Array.from({ length: count }, () => one);

describe('as many jobs as 20,000 tags make each', () => {
  test.each<readonly [what: string, seen: readonly SeenRepository[], jobs: number]>([
    ['nothing was seen', [], 1],
    ['repositories without a tag', many(5, idle(0)), 1],
    ['nothing to do, however much there is', many(1000, idle(1000)), 1],
    ['a little', many(50, due(10)), 1],
    ['just one job', many(20, due(1000)), 1],
    ['just more', [...many(20, due(1000)), due(1)], 2],
    ['tags with nothing to do are looked at, too', [...many(4, due(10_000)), ...many(4, idle(10_000))], 4],
    ['one large repository, which is not divided', [due(1_000_000)], 1],
    ['no more than there are repositories with something to do', [...many(3, due(90_000)), ...many(9, idle(9))], 3],
    ['more than one matrix can have', many(50_000, due(200)), 256],
  ])('%s', (_, seen, jobs) => {
    expect(matrixFor(seen).shard).toHaveLength(jobs);
  });
});

test('all shards are in it, each once, as the input takes them', () => {
  expect(matrixFor(many(60, due(1000)))).toEqual({ shard: ['1/3', '2/3', '3/3'] });
  const seen = fc.array(fc.record({ tagsSeen: fc.nat(100_000), isDue: fc.boolean() }), { maxLength: 400 });
  fc.assert(
    fc.property(seen, (repositories) => {
      const { shard } = matrixFor(repositories);
      expect(shard.length).toBeLessThanOrEqual(256);
      expect(shard.length).toBeLessThanOrEqual(Math.max(1, repositories.filter(({ isDue }) => isDue).length));
      expect(shard).toEqual(Array.from({ length: shard.length }, (_, at) => `${at + 1}/${shard.length}`));
    }),
  );
});
