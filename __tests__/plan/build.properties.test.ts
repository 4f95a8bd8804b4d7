import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, verify } from '../../src/plan/index.ts';
import { anyDecisions, soundDecisions } from '../arbitraries/decisions.ts';
import { readableSnapshots, snapshots } from '../arbitraries/snapshots.ts';
import { goingOf, mostThatMayGo, objections } from './oracle.ts';

const runs = { numRuns: 2000 };
const decided = fc.oneof(
  snapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), anyDecisions(snapshot))),
  readableSnapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), soundDecisions(snapshot))),
);

describe('whatever the repository and whatever was decided', () => {
  test('a plan holds the invariants, and verify agrees', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions]) => {
        const plan = build(snapshot, decisions);
        expect([...objections(snapshot, goingOf(plan))]).toEqual([]);
        expect(verify(plan, snapshot)).toEqual([]);
      }),
      runs,
    );
  });

  test('a plan takes all that may go, and no tag beyond the decisions', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions]) => {
        expect(goingOf(build(snapshot, decisions))).toEqual(mostThatMayGo(snapshot, decisions));
      }),
      runs,
    );
  });

  test('the order in which a registry lists and a policy decides makes no difference', () => {
    fc.assert(
      fc.property(decided, ([snapshot, decisions]) => {
        const turned = {
          ...snapshot,
          tags: new Map([...snapshot.tags].reverse()),
          manifests: new Map([...snapshot.manifests].reverse()),
        };
        expect(build(turned, [...decisions].reverse())).toEqual(build(snapshot, decisions));
      }),
      runs,
    );
  });
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
  expect(sizes.filter((size) => size > 3).length).toBeGreaterThan(50);
});
