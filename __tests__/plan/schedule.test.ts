import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, schedule, unlinkable } from '../../src/plan/index.ts';
import { costOfDigests, costOfTagsFirst } from '../../src/plan/cost.ts';
import type { Abilities, Snapshot, Step } from '../../src/model/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { soundDecisions } from '../arbitraries/decisions.ts';
import { attachmentTagOf, digestOf, instantOf, tagOf } from '../arbitraries/names.ts';
import { snapshots } from '../arbitraries/snapshots.ts';
import { soundWishes } from '../arbitraries/wishes.ts';
import { goingOf, objections, type Going } from './oracle.ts';
import { deleting, index, manifest, repository, type Target } from './repository.ts';
import { carryOut, storeOf } from './simulation.ts';

const abilities = (byTag: Abilities['byTag']): Abilities => ({ deletes: 'yes', byTag, referrers: 'no' });
const anyAbility = fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const);

function kinds(steps: readonly Step[]): readonly Step['kind'][] {
  return [...new Set(steps.map(({ kind }) => kind))];
}

function expectCarriedOut(snapshot: Snapshot, plan: ReturnType<typeof build>, steps: readonly Step[]): void {
  const before = storeOf(snapshot);
  const after = carryOut(before, steps);
  const doomedTags = new Set(plan.tags.map(({ tag }) => tag));
  const doomed = new Set(plan.manifests.map(({ digest }) => digest));
  expect(after.tags).toEqual(new Map([...before.tags].filter(([tag]) => !doomedTags.has(tag))));
  expect(after.manifests).toEqual(new Set([...before.manifests].filter((digest) => !doomed.has(digest))));
}

test('the steps remove all that is planned and nothing else, whatever the registry can do', () => {
  fc.assert(
    fc.property(
      snapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), soundDecisions(snapshot))),
      anyAbility,
      ([snapshot, decisions], byTag) => {
        const plan = build(snapshot, decisions);
        expectCarriedOut(snapshot, plan, schedule(plan, abilities(byTag)));
      },
    ),
    cases(2000),
  );
});

const withUntagged = snapshots.chain((snapshot) =>
  fc.tuple(fc.constant(snapshot), soundDecisions(snapshot), soundWishes(snapshot)),
);

describe('what can wait until the registry is stopped', () => {
  test('all of the plan is done by both halves together', () => {
    fc.assert(
      fc.property(withUntagged, anyAbility, ([snapshot, decisions, wishes], byTag) => {
        const plan = build(snapshot, decisions, wishes);
        expectCarriedOut(snapshot, plan, schedule(plan, abilities(byTag), unlinkable(plan, snapshot)));
      }),
      cases(2000),
    );
  });

  test('either half without the other harms nothing', () => {
    fc.assert(
      fc.property(withUntagged, ([snapshot, decisions, wishes]) => {
        const plan = build(snapshot, decisions, wishes);
        const waits = unlinkable(plan, snapshot);
        const all = goingOf(plan);
        const [later, before] = [true, false].map(
          (wanted) => new Set([...all.manifests].filter((digest) => waits.has(digest) === wanted)),
        );
        const halves: readonly Going[] = [
          { tags: all.tags, manifests: before ?? new Set() },
          { tags: new Set(), manifests: later ?? new Set() },
        ];
        for (const half of halves) expect([...objections(snapshot, half)]).toEqual([]);
      }),
      cases(2000),
    );
  });

  test('it comes last, in the order of the plan, and needs no right to delete', () => {
    const at = instantOf('2026-10-01T00:00:00.000Z');
    const numbers = [1, 2, 3, 4, 5];
    const snapshot: Snapshot = {
      ...repository({ a: 1, kept: 9 }, [
        manifest(1),
        index(2, [3]),
        manifest(3),
        // These two have to do with the image that goes with its tag.
        index(4, [1, 5]),
        manifest(5),
        manifest(9),
      ]),
      via: 'storage',
      revisions: new Map(numbers.map((number) => [digestOf(number), at])),
    };
    const wishes = numbers.map((number) => ({ digest: digestOf(number), because: { revisedAt: at } }));
    const plan = build(snapshot, deleting(snapshot, 'a'), wishes);
    const waits = unlinkable(plan, snapshot);
    const unlinks = [2, 3].map((number) => ({ kind: 'unlink-revision', digest: digestOf(number) }));
    expect(schedule(plan, abilities('yes'), waits)).toEqual([
      { kind: 'delete-manifest', digest: digestOf(4), tags: [] },
      { kind: 'delete-manifest', digest: digestOf(1), tags: [tagOf('a')] },
      { kind: 'delete-manifest', digest: digestOf(5), tags: [] },
      ...unlinks,
    ]);
    expect(schedule(plan, { ...abilities('yes'), deletes: 'no' }, waits)).toEqual(unlinks);
    // Without a registry that stops, they are deleted like all the others.
    expect(kinds(schedule(plan, abilities('yes')))).toEqual(['delete-manifest']);
  });

  test('an image whose signature has a tag that goes does not wait', () => {
    const at = instantOf('2026-10-01T00:00:00.000Z');
    const signature = attachmentTagOf(digestOf(1));
    const snapshot: Snapshot = {
      ...repository({ a: 3, [signature]: 2 }, [manifest(1), manifest(2, { kind: 'artifact' }), index(3, [1])]),
      via: 'storage',
      revisions: new Map([[digestOf(1), at]]),
    };
    const plan = build(snapshot, deleting(snapshot, 'a', signature), [
      { digest: digestOf(1), because: { revisedAt: at } },
    ]);
    expect(plan.manifests).toHaveLength(3);
    expect(unlinkable(plan, snapshot).size).toBe(0);
  });

  test('an index does not wait where it lists what is not here, and a signature of that goes with its tag', () => {
    const at = instantOf('2026-10-01T00:00:00.000Z');
    const signature = attachmentTagOf(digestOf(8));
    const snapshot: Snapshot = {
      ...repository({ [signature]: 2 }, [manifest(1), manifest(2, { kind: 'artifact' }), index(4, [1, 8])]),
      via: 'storage',
      revisions: new Map([[digestOf(4), at]]),
    };
    const plan = build(snapshot, deleting(snapshot, signature), [{ digest: digestOf(4), because: { revisedAt: at } }]);
    expect(plan.tags).toHaveLength(1);
    expect(plan.manifests.map(({ digest }) => digest)).toContain(digestOf(4));
    expect(unlinkable(plan, snapshot).size).toBe(0);
  });
});

/** `doomed` images of `all`, a tag each; every tenth image has a second tag, and one that goes shares with one that stays. */
function builds(all: number, doomed: number): { readonly snapshot: Snapshot; readonly going: readonly string[] } {
  const numbers = Array.from({ length: all }, (_, number) => number + 1);
  const tags = Object.fromEntries([
    ...numbers.map((number): [string, Target] => [`b${number}`, number]),
    ...numbers.filter((number) => number % 10 === 0).map((number): [string, Target] => [`c${number}`, number]),
    ['stable', 1] as const,
  ]);
  const going = numbers.slice(0, doomed).flatMap((number) => [`b${number}`, `c${number}`]);
  return {
    snapshot: repository(
      tags,
      numbers.map((number) => manifest(number)),
    ),
    going,
  };
}

describe('the cheaper way is taken', () => {
  test.each<[string, number, number, Abilities['byTag'], readonly Step['kind'][]]>([
    ['few go: each digest takes its tags along', 50, 40, 'no', ['cover-tags', 'delete-manifest']],
    ['few go, and tags can go by themselves', 50, 40, 'yes', ['delete-tag', 'delete-manifest']],
    ['few of many go', 2000, 50, 'no', ['cover-tags', 'delete-manifest']],
    ['many go: all tags first', 1000, 900, 'no', ['cover-tags', 'delete-manifest']],
    ['many go: all tags first, by tag', 1000, 900, 'yes', ['delete-tag', 'delete-manifest']],
  ])('%s', (_, all, doomed, byTag, expected) => {
    const { snapshot, going } = builds(all, doomed);
    const plan = build(snapshot, deleting(snapshot, ...going));
    const steps = schedule(plan, abilities(byTag));
    expectCarriedOut(snapshot, plan, steps);
    expect(kinds(steps)).toEqual(expected);
    const removed = steps.reduce((sum, step) => {
      return sum + (step.kind === 'cover-tags' ? step.tags.length : Number(step.kind === 'delete-tag'));
    }, 0);
    // b1 shares its image with `stable`, so it goes alone on every way.
    expect(removed).toBe(doomed === 900 ? plan.tags.length : 1);
  });

  // 10 manifests go and 25 of 1,000 tags, 5 of which must go alone. A tag's DELETE is 2 ms, its placeholder 4.5 ms; a DELETE
  // by digest is 2 ms and 0.037 ms for each tag that is left then. 100 tags share a placeholder.
  const some = { tagsSeen: 1000, manifests: 10, along: 20, alone: 5 };
  const [tenWith985, tenWith975] = [10 * (2 + 0.037 * 985), 10 * (2 + 0.037 * 975)];
  test.each<[string, number, number]>([
    ['by digest, 5 by tag', costOfDigests({ ...some, by: 'tag' }), 5 * 2 + tenWith985],
    [
      'by digest, 5 by placeholder',
      costOfDigests({ ...some, by: 'placeholder' }),
      5 * 4.5 + (2 + 0.037 * 997.5) + tenWith985,
    ],
    ['25 by tag first', costOfTagsFirst({ ...some, by: 'tag' }), 25 * 2 + tenWith975],
    [
      '25 by placeholder first',
      costOfTagsFirst({ ...some, by: 'placeholder' }),
      25 * 4.5 + (2 + 0.037 * 987.5) + tenWith975,
    ],
    [
      '250 by placeholder, and no manifest',
      costOfTagsFirst({ tagsSeen: 1000, manifests: 0, along: 0, alone: 250, by: 'placeholder' }),
      250 * 4.5 + 3 * (2 + 0.037 * 875),
    ],
  ])('by the figures that were measured: %s', (_, cost, expected) => {
    expect(cost).toBeCloseTo(expected);
  });

  test('at the size that was measured the model orders the ways as the laboratory did', () => {
    const measured = { tagsSeen: 4000, manifests: 3600, along: 3600, alone: 0 };
    const byDigest = costOfDigests({ ...measured, by: 'placeholder' });
    const byPlaceholder = costOfTagsFirst({ ...measured, by: 'placeholder' });
    const byTag = costOfTagsFirst({ ...measured, by: 'tag' });
    // 169 s were measured by digest alone, 104 s by placeholder; the model need not hit them, but know which is which.
    expect(byDigest).toBeGreaterThan(2 * byPlaceholder);
    expect(byPlaceholder).toBeGreaterThan(byTag);
  });
});

describe('one step after the other', () => {
  const signatureOf1 = attachmentTagOf(digestOf(1));
  const snapshot = repository({ a: 1, alias: 3, g: 'ghost', kept: 3, [signatureOf1]: 4 }, [
    index(1, [2]),
    manifest(2),
    manifest(3),
    manifest(4, { kind: 'artifact' }),
  ]);
  const plan = build(snapshot, deleting(snapshot, 'a', 'alias', 'g', signatureOf1));
  const manifests: readonly Step[] = [
    { kind: 'delete-manifest', digest: digestOf(1), tags: plan.tags.slice(0, 1).map(({ tag }) => tag) },
    { kind: 'delete-manifest', digest: digestOf(2), tags: [] },
    { kind: 'delete-manifest', digest: digestOf(4), tags: plan.tags.slice(3).map(({ tag }) => tag) },
  ];

  test('tags that must go alone, then an index, its children, its attachments', () => {
    expect(schedule(plan, abilities('yes'))).toEqual([
      { kind: 'delete-tag', tag: 'alias', expect: digestOf(3) },
      { kind: 'delete-tag', tag: 'g', expect: undefined },
      ...manifests,
    ]);
  });

  test.each(['no', 'unknown'] as const)(
    'a registry whose answer to deleting a tag is %j gets a placeholder',
    (byTag) => {
      const covered = [
        { tag: 'alias', expect: digestOf(3) },
        { tag: 'g', expect: undefined },
      ];
      expect(schedule(plan, abilities(byTag))).toEqual([{ kind: 'cover-tags', tags: covered }, ...manifests]);
    },
  );

  test('a hundred tags share a placeholder', () => {
    const names = Array.from({ length: 201 }, (_, number) => `g${number + 1000}`);
    const ghosts = repository({ ...Object.fromEntries(names.map((name) => [name, 'ghost'] as const)), kept: 3 }, [
      manifest(3),
    ]);
    const steps = schedule(build(ghosts, deleting(ghosts, ...names)), abilities('no'));
    const covered = steps.map((step) => (step.kind === 'cover-tags' ? step.tags.map(({ tag }) => tag) : []));
    expect(covered.map(({ length }) => length)).toEqual([100, 100, 1]);
    expect(covered.flat()).toEqual(names);
  });

  test("images' tags before attachments', whatever the order in the plan", () => {
    const blind = { ...plan, tags: plan.tags.toReversed(), manifests: [] };
    const tags = schedule(blind, abilities('yes')).map((step) => (step.kind === 'delete-tag' ? step.tag : step.kind));
    expect(tags).toEqual(['g', 'alias', 'a', signatureOf1]);
  });

  test.each(['no', 'unknown', 'read-only'] as const)('nothing, where deleting is %j', (deletes) => {
    expect(schedule(plan, { deletes, byTag: 'yes', referrers: 'no' })).toEqual([]);
  });
});
