import { describe, expect, test } from '@jest/globals';
import { build, guard, parseLimit, type Limit } from '../../src/plan/index.ts';
import type { RepositoryPlan } from '../../src/model/index.ts';
import { digestOf } from '../arbitraries/names.ts';
import { deleting, manifest, repository } from './repository.ts';

test.each<[string, Limit | undefined]>([
  ['50', { kind: 'count', count: 50 }],
  [' 0 ', { kind: 'count', count: 0 }],
  ['10%', { kind: 'percent', percent: 10 }],
  ['2.5%', { kind: 'percent', percent: 2.5 }],
  ['100%', { kind: 'percent', percent: 100 }],
  ['101%', undefined],
  ['2.5', undefined],
  ['-1', undefined],
  ['10 %', undefined],
  ['ten', undefined],
  ['', undefined],
  ['1e3', undefined],
  ['x50', undefined],
  ['50x', undefined],
  ['50%%', undefined],
  ['.5%', undefined],
  ['100.000001%', undefined],
  ['1000000000000000', undefined],
])('%j is read as %j', (text, limit) => {
  expect(parseLimit(text)).toEqual(limit);
});

/** 2 of 4 tags. */
const snapshot = repository({ a: 1, b: 1, c: 2, d: 2 }, [manifest(1), manifest(2)]);
const half = build(snapshot, deleting(snapshot, 'a', 'b'));
const untagged: RepositoryPlan = {
  ...half,
  manifests: [...half.manifests, { digest: digestOf(9), mediaType: '', size: 0, role: 'untagged' }],
};

describe('the limit is for all repositories together', () => {
  test.each<[string, readonly RepositoryPlan[], string, boolean]>([
    ['exactly as many', [half, half], '4', true],
    ['one too many', [half, half], '3', false],
    ['exactly as large a part', [half, half], '50%', true],
    ['too large a part', [half, half], '49%', false],
    ['nothing, where nothing may go', [build(snapshot, [])], '0', true],
    ['no repository at all', [], '10%', true],
    ['manifests that no tag reached count too', [untagged], '2', false],
  ])('%s', (_, plans, text, allowed) => {
    expect(guard(plans, parseLimit(text)) === undefined).toBe(allowed);
  });

  test('without a limit everything is allowed', () => {
    expect(guard([half], undefined)).toBeUndefined();
  });
});

test.each<[string, readonly RepositoryPlan[], Limit]>([
  ['a count', [half, half], { kind: 'count', count: 1 }],
  ['a part that is no whole percent', [{ ...half, tagsSeen: 3 }], { kind: 'percent', percent: 66 }],
  [
    'all tags and more, untagged manifests with them',
    [untagged, { ...untagged, tagsSeen: 1 }],
    { kind: 'percent', percent: 100 },
  ],
  [
    'untagged manifests where no tag was seen',
    [{ ...untagged, tags: [], tagsSeen: 0 }],
    { kind: 'percent', percent: 5 },
  ],
])('what is said to be enough is enough, and no more than that: %s', (_, plans, limit) => {
  const [, enough = ''] = /allow it with max-deletions: (\S+), or/.exec(guard(plans, limit)?.wayOut ?? '') ?? [];
  expect(guard(plans, parseLimit(enough))).toBeUndefined();
  const less = `${Number.parseInt(enough) - 1}${enough.endsWith('%') ? '%' : ''}`;
  expect(guard(plans, parseLimit(less))).toBeDefined();
});

test('the refusal names the figures, the input and what would be enough', () => {
  expect(guard([half, half], { kind: 'count', count: 3 })).toEqual({
    at: 'max-deletions',
    what: 'The plan deletes 4 of the 8 tags seen (repositories: 2), and max-deletions: 3 allows 3. Nothing is deleted.',
    wayOut:
      'Look at the plan with dry-run: true. If all of it should go, allow it with max-deletions: 4, or leave ' +
      'max-deletions out.',
  });
  expect(guard([half, half], { kind: 'percent', percent: 10 })).toEqual({
    at: 'max-deletions',
    what: 'The plan deletes 4 of the 8 tags seen (repositories: 2), and max-deletions: 10% allows 0. Nothing is deleted.',
    wayOut:
      'Look at the plan with dry-run: true. If all of it should go, allow it with max-deletions: 50%, or leave ' +
      'max-deletions out.',
  });
});
