/** The dates that rules go by, for whoever shows them. */
import { describe, expect, test } from '@jest/globals';
import type { Created, ReadManifest, Snapshot, TagState } from '../../src/model/index.ts';
import { imageDates } from '../../src/policy/index.ts';
import { digestOf, instantOf, tagOf } from '../arbitraries/names.ts';
import { index, manifest, opaque, repository } from '../plan/repository.ts';

const now = instantOf('2026-06-30T00:00:00Z');
const made = (day: string): Pick<ReadManifest, 'created'> => ({
  created: { kind: 'known', at: instantOf(`${day}T00:00:00Z`), source: 'config' } satisfies Created,
});
const snapshot = repository(
  {
    image: 1,
    index: 2,
    undated: 3,
    artifact: 4,
    opaque: 5,
    future: 6,
    ghost: 'ghost',
    [`sha256-${digestOf(1).slice(7)}.sig`]: 1,
  },
  [
    manifest(1, made('2026-03-01')),
    index(2, [], made('2026-04-01')),
    manifest(3),
    manifest(4, { kind: 'artifact', ...made('2026-01-01') }),
    opaque(5),
    manifest(6, made('2027-01-01')),
  ],
);

describe('by what the image says', () => {
  const dated = imageDates(snapshot, 'created', now);

  test.each([
    ['image', '2026-03-01T00:00:00.000Z'],
    ['index', '2026-04-01T00:00:00.000Z'],
  ])('%s', (tag, at) => {
    expect(dated(tagOf(tag))).toBe(at);
  });

  test.each(['undated', 'artifact', 'opaque', 'future', 'ghost', 'not-there', `sha256-${digestOf(1).slice(7)}.sig`])(
    'none of %s',
    (tag) => {
      expect(dated(tagOf(tag))).toBeUndefined();
    },
  );
});

test('by when it was pushed, where rules go by that', () => {
  const pushedAt = instantOf('2026-05-01T00:00:00Z');
  const state: TagState = { kind: 'points', digest: digestOf(1), pushedAt };
  const stored: Snapshot = { ...snapshot, tags: new Map([...snapshot.tags, [tagOf('image'), state]]) };
  expect(imageDates(stored, 'pushed', now)(tagOf('image'))).toBe(pushedAt);
  expect(imageDates(stored, 'pushed', now)(tagOf('index'))).toBeUndefined();
});
