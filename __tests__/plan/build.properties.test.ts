import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, verify } from '../../src/plan/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { anyDecisions, soundDecisions } from '../arbitraries/decisions.ts';
import { readableSnapshots, snapshots } from '../arbitraries/snapshots.ts';
import { anyWishes, soundWishes } from '../arbitraries/wishes.ts';
import { goingOf, mostThatMayGo, objections } from './oracle.ts';

const runs = cases(2000);
const decided = fc.oneof(
  snapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), anyDecisions(snapshot), anyWishes(snapshot))),
  readableSnapshots.chain((snapshot) =>
    fc.tuple(fc.constant(snapshot), soundDecisions(snapshot), soundWishes(snapshot)),
  ),
);

describe('whatever the repository and whatever was decided', () => {
  test('a plan holds the invariants, and verify agrees', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions, wishes]) => {
        const plan = build(snapshot, decisions, wishes);
        expect([...objections(snapshot, goingOf(plan))]).toEqual([]);
        expect(verify(plan, snapshot)).toEqual([]);
      }),
      runs,
    );
  });

  test('a plan takes all that may go, and no tag beyond the decisions', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions, wishes]) => {
        const plan = build(snapshot, decisions, wishes);
        expect(goingOf(plan)).toEqual(mostThatMayGo(snapshot, decisions, wishes));
      }),
      runs,
    );
  });

  test('the order in which a registry lists and a policy decides makes no difference', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions, wishes]) => {
        const turned = {
          ...snapshot,
          tags: new Map([...snapshot.tags].reverse()),
          manifests: new Map([...snapshot.manifests].reverse()),
        };
        expect(build(turned, [...decisions].reverse(), wishes)).toEqual(build(snapshot, decisions, wishes));
      }),
      runs,
    );
  });

  test('what goes for want of a tag has none, says when it was pushed, and is all that the wishes add', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions, wishes]) => {
        const tagged = new Set([...snapshot.tags.values()].map((at) => (at.kind === 'points' ? at.digest : undefined)));
        const { manifests } = build(snapshot, decisions, wishes);
        const alone = build(snapshot, decisions);
        for (const { digest, role, revisedAt } of manifests.filter((each) => each.role === 'untagged')) {
          expect({ digest, role, isTagged: tagged.has(digest) }).toEqual({ digest, role, isTagged: false });
          expect(wishes.some((wish) => wish.digest === digest && wish.because.revisedAt === revisedAt)).toBe(true);
        }
        const left = new Set(manifests.map(({ digest }) => digest));
        expect(alone.manifests.filter(({ digest }) => !left.has(digest))).toEqual([]);
      }),
      runs,
    );
  });
});

test('where everything could be read, untagged manifests go, some of them with what only they hold', () => {
  const sizes = fc
    .sample(
      readableSnapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), soundWishes(snapshot))),
      { numRuns: 500, seed: 1 },
    )
    .map(([snapshot, wishes]) => build(snapshot, [], wishes).manifests.length);
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(100);
  expect(sizes.filter((size) => size > 2).length).toBeGreaterThan(20);
});

test('where everything could be read and sound decisions let much go, much goes', () => {
  const sizes = fc
    .sample(
      readableSnapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), soundDecisions(snapshot))),
      { numRuns: 500, seed: 1 },
    )
    .map(([snapshot, decisions]) => build(snapshot, decisions).manifests.length);
  // Else the properties above would be true of plans that never delete anything.
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(150);
  expect(sizes.filter((size) => size > 3).length).toBeGreaterThan(40);
});
