import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, narrow, verify } from '../../src/plan/index.ts';
import type { Digest, RepositoryPlan } from '../../src/model/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { changed } from '../arbitraries/changes.ts';
import { anyDecisions, soundDecisions } from '../arbitraries/decisions.ts';
import { digestOf } from '../arbitraries/names.ts';
import { readableSnapshots, snapshots } from '../arbitraries/snapshots.ts';
import { anyWishes, soundWishes } from '../arbitraries/wishes.ts';
import { goingOf, objections } from './oracle.ts';

const runs = cases(2000);
const decided = fc.oneof(
  snapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), anyDecisions(snapshot), anyWishes(snapshot))),
  readableSnapshots.chain((snapshot) =>
    fc.tuple(fc.constant(snapshot), soundDecisions(snapshot), soundWishes(snapshot)),
  ),
);
const twice = decided.chain(([before, decisions, wishes]) =>
  fc.tuple(fc.constant(before), changed(before), changed(before)).map(([first, fresh, other]) => ({
    plan: build(first, decisions, wishes),
    fresh,
    other,
  })),
);

test('whatever happened meanwhile, what is left of a plan is harmless', () => {
  fc.assert(
    fc.property(twice, ({ plan, fresh }) => {
      const narrowed = narrow(plan, fresh, []).plan;
      expect([...objections(fresh, goingOf(narrowed))]).toEqual([]);
      expect(verify(narrowed, fresh)).toEqual([]);
    }),
    runs,
  );
});

test('a plan only ever shrinks, and every loss has its reason', () => {
  fc.assert(
    fc.property(twice, ({ plan, fresh, other }) => {
      const { plan: narrowed, spared } = narrow(plan, fresh, []);
      const before = new Map(plan.tags.map(({ tag, digest }) => [tag, digest]));
      for (const { tag, digest } of narrowed.tags) expect([undefined, before.get(tag)]).toContain(digest);
      const names = namesOf(plan);
      const left = namesOf(narrowed);
      const lost = spared.map(({ subject }) => (subject.kind === 'tag' ? subject.tag : subject.digest));
      expect([...left, ...lost].sort()).toEqual([...names].sort());
      // Nothing about one of them has changed; their order is that of what is there now.
      const kept = plan.manifests.filter(({ digest }) => left.includes(digest));
      expect(new Set(narrowed.manifests)).toEqual(new Set(kept));
      // And again, whatever is seen then.
      const again = namesOf(narrow(narrowed, other, []).plan);
      expect(again.filter((name) => !left.includes(name))).toEqual([]);
      expect(narrow(narrowed, fresh, [])).toEqual({ plan: narrowed, spared: [] });
    }),
    runs,
  );
});

const finished = twice.chain(({ plan, fresh, other }) => {
  const named = [...plan.manifests, ...plan.tags].flatMap(({ digest }) => digest ?? []);
  const taken = fc.subarray<Digest>([...named, digestOf(2999)]).map((digests) => new Set(digests));
  return fc.record({ plan: fc.constant(plan), fresh: fc.constant(fresh), other: fc.constant(other), taken });
});

test('whatever a journal says was taken: nothing goes but what was planned, and what is left is harmless', () => {
  fc.assert(
    fc.property(finished, ({ plan, fresh, taken }) => {
      const { plan: narrowed, spared } = narrow(plan, fresh, [], taken);
      const lost = spared.map(({ subject }) => (subject.kind === 'tag' ? subject.tag : subject.digest));
      expect([...namesOf(narrowed), ...lost].sort()).toEqual([...namesOf(plan)].sort());
      expect([...objections(fresh, goingOf(narrowed))]).toEqual([]);
      expect(verify(narrowed, fresh)).toEqual([]);
      // It only ever takes a doubt away.
      const without = namesOf(narrow(plan, fresh, []).plan);
      expect(without.filter((name) => !namesOf(narrowed).includes(name))).toEqual([]);
    }),
    runs,
  );
});

test('what is left of a plan that was begun needs no journal any more, whatever is seen then', () => {
  fc.assert(
    fc.property(finished, ({ plan, fresh, other, taken }) => {
      const { plan: narrowed } = narrow(plan, fresh, [], taken);
      expect(narrow(narrowed, fresh, [])).toEqual({ plan: narrowed, spared: [] });
      const again = namesOf(narrow(narrowed, other, []).plan);
      expect(again.filter((name) => !namesOf(narrowed).includes(name))).toEqual([]);
    }),
    runs,
  );
});

function namesOf({ tags, manifests }: RepositoryPlan): readonly string[] {
  return [...tags.map(({ tag }) => tag), ...manifests.map(({ digest }) => digest)];
}

test('where nothing happened, nothing is lost', () => {
  fc.assert(
    fc.property(decided, ([snapshot, decisions, wishes]) => {
      const plan = build(snapshot, decisions, wishes);
      expect(narrow(plan, snapshot, [])).toEqual({ plan, spared: [] });
    }),
    runs,
  );
});
