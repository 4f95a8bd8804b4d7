/** What days change about a plan: what files name by then, and images that keep-last counted on. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, narrow, spareOutdated, verify } from '../../src/plan/index.ts';
import type { Evidence, Reference, RepositoryPlan, Snapshot } from '../../src/model/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { changed } from '../arbitraries/changes.ts';
import { digestOf, instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { anyDecisions } from '../arbitraries/decisions.ts';
import { snapshots } from '../arbitraries/snapshots.ts';
import { index, manifest, repository } from './repository.ts';

const here = repositoryOf('apps/web');
const reference = (names: Reference['names'], of = here): Reference => ({
  repository: of,
  file: 'compose.yaml',
  line: 1,
  as: 'web',
  names,
});
const placed = (position: number, keepLast = 2): Evidence => ({
  kind: 'rank',
  position,
  of: 6,
  keepLast,
  by: 'number',
  value: String(position),
  group: [],
  prerelease: false,
});

/** Tags 1 to 6, each an image of its own; 6 is the newest, and these stay. */
function planned(snapshot: Snapshot, kept: readonly number[], keepLast = 2): RepositoryPlan {
  const decisions = [6, 5, 4, 3, 2, 1].map((number, place) => ({
    tag: tagOf(String(number)),
    digest: digestOf(number),
    verdict: kept.includes(number) ? ('keep' as const) : ('delete' as const),
    because: [placed(place + 1, keepLast)] as const,
    image: 'unknown' as const,
  }));
  return build(snapshot, decisions);
}

const six = (without: readonly number[] = [], tags: Readonly<Record<string, number>> = {}): Snapshot => {
  const numbers = [1, 2, 3, 4, 5, 6].filter((number) => !without.includes(number));
  return repository(
    { ...Object.fromEntries(numbers.map((number) => [String(number), number])), ...tags },
    numbers.map((number) => manifest(number)),
  );
};

function sparedOf(
  fresh: Snapshot,
  references: readonly Reference[],
  plan = planned(six(), [6, 5]),
): readonly (readonly [name: string, why: string])[] {
  return spareOutdated(plan, fresh, references).spared.map(({ subject, why }) => [
    subject.kind === 'tag' ? subject.tag : String(Number.parseInt(subject.digest.slice(7), 16)),
    why,
  ]);
}

describe('files', () => {
  test('nothing is spared for what they name elsewhere', () => {
    const elsewhere = reference({ kind: 'all' }, repositoryOf('apps/api'));
    expect(sparedOf(six(), [])).toEqual([]);
    expect(sparedOf(six(), [elsewhere])).toEqual([]);
  });

  test('a tag, a digest with every tag on it, or all of it', () => {
    expect(sparedOf(six(), [reference({ kind: 'tag', tag: tagOf('3') })])).toEqual([['3', 'now-referenced']]);
    expect(sparedOf(six(), [reference({ kind: 'digest', digest: digestOf(3) })])).toEqual([
      ['3', 'now-referenced'],
      ['3', 'now-referenced'],
    ]);
    const all = sparedOf(six([1]), [reference({ kind: 'all' })]);
    expect(all.map(([name]) => name).sort()).toEqual(['2', '2', '3', '3', '4', '4']);
  });

  test('what is gone has nothing to be spared for', () => {
    expect(sparedOf(six([3]), [reference({ kind: 'tag', tag: tagOf('3') })])).toEqual([]);
  });
});

describe('keep-last', () => {
  test('as many stay as there are images gone, the newest of them', () => {
    expect(sparedOf(six([6]), [])).toEqual([['4', 'newest-are-gone']]);
    expect(sparedOf(six([6, 5]), []).map(([name]) => name)).toEqual(['3', '4']);
  });

  test('the place may be one reason among several', () => {
    const plan = planned(six(), [6, 5]);
    const tags = plan.tags.map((each) => ({ ...each, because: [{ kind: 'ghost' }, ...each.because] as const }));
    expect(sparedOf(six([6]), [], { ...plan, tags })).toEqual([['4', 'newest-are-gone']]);
  });

  test('one that was to go and is gone counts where one that was to stay is gone, too', () => {
    expect(sparedOf(six([4]), [])).toEqual([]);
    expect(sparedOf(six([6, 4]), []).map(([name]) => name)).toEqual(['3']);
  });

  test('an image with one of its tags left is there, and so is one whose tag moved or is unreadable', () => {
    const both = build(six([], { stable: 6 }), [
      { tag: tagOf('4'), digest: digestOf(4), verdict: 'delete', because: [placed(3)], image: 'goes' },
    ]);
    expect(sparedOf(six([], { '6': 1, stable: 6 }), [], both)).toEqual([]);
    const fresh = six();
    const tags = new Map(fresh.tags);
    tags.delete(tagOf('6'));
    tags.set(tagOf('stable'), { kind: 'points', digest: digestOf(6) });
    expect(sparedOf({ ...fresh, tags }, [], both)).toEqual([]);
    tags.set(tagOf('stable'), { kind: 'unreadable', why: '500' });
    expect(sparedOf({ ...fresh, tags }, [], both)).toEqual([]);
    tags.set(tagOf('stable'), { kind: 'ghost' });
    expect(sparedOf({ ...fresh, tags }, [], both)).toEqual([['4', 'newest-are-gone']]);
  });

  test('a ghost that was to go is no image', () => {
    const plan = build(repository({ gone: 'ghost', '1': 1 }, [manifest(1)]), [
      { tag: tagOf('gone'), verdict: 'delete', because: [{ kind: 'ghost' }], image: 'unknown' },
    ]);
    expect(sparedOf(repository({}, []), [], plan)).toEqual([]);
  });

  test('keep-last: 0 keeps none for its place, and neither does a reason without a place', () => {
    expect(sparedOf(six([6]), [], planned(six(), [6], 0))).toEqual([]);
    const plan = planned(six(), [6, 5]);
    const unplaced = { ...plan, tags: plan.tags.map((each) => ({ ...each, because: [{ kind: 'ghost' }] as const })) };
    expect(sparedOf(six([6, 5]), [], unplaced)).toEqual([]);
  });
});

describe('a tag that is where it was', () => {
  const seen = (times: { readonly pushedAt?: string; readonly firstSeen?: string }): Snapshot => {
    const fresh = six();
    const at = Object.fromEntries(Object.entries(times).map(([name, text]) => [name, instantOf(text)]));
    return { ...fresh, tags: new Map(fresh.tags).set(tagOf('3'), { kind: 'points', digest: digestOf(3), ...at }) };
  };

  test.each([
    ['was pushed again, as the storage says', { pushedAt: '2026-11-22T01:30:00.001Z' }, [['3', 'moved']]],
    ['was elsewhere meanwhile, as a run has seen', { firstSeen: '2026-11-23T00:00:00Z' }, [['3', 'moved']]],
    ['was pushed before, and seen', { pushedAt: '2026-11-01T00:00:00Z', firstSeen: '2026-11-22T01:30:00Z' }, []],
  ])('%s', (_, times, spared) => {
    expect(sparedOf(seen(times), [])).toEqual(spared);
  });
});

test('what is left, narrowed, is a part of the plan and harmless, whatever is there and whatever files name', () => {
  const names: fc.Arbitrary<Reference['names']> = fc.oneof(
    fc.record({ kind: fc.constant('all' as const) }),
    fc.record({ kind: fc.constant('digest' as const), digest: fc.nat(12).map(digestOf) }),
  );
  fc.assert(
    fc.property(
      snapshots.chain((before) => fc.tuple(fc.constant(before), anyDecisions(before), changed(before))),
      fc.array(names, { maxLength: 2 }),
      ([before, decisions, fresh], named) => {
        const plan = build(before, decisions);
        const references = named.map((each) => reference(each, plan.repository));
        const { left, spared } = spareOutdated(plan, fresh, references);
        const size = ({ tags, manifests }: RepositoryPlan): number => tags.length + manifests.length;
        expect(size(left) + spared.length).toBe(size(plan));
        const { plan: narrowed } = narrow(left, fresh, []);
        expect(verify(narrowed, fresh)).toEqual([]);
        const going = new Set<string>([
          ...plan.tags.map((each) => each.tag),
          ...plan.manifests.map((each) => each.digest),
        ]);
        for (const { tag } of narrowed.tags) expect(going.has(tag)).toBe(true);
        for (const { digest } of narrowed.manifests) {
          expect(going.has(digest)).toBe(true);
          expect(named).not.toContainEqual({ kind: 'digest', digest });
          expect(named).not.toContainEqual({ kind: 'all' });
        }
      },
    ),
    cases(500),
  );
});

test('a child that a file names keeps the tag of its index', () => {
  const snapshot = repository({ v1: 9 }, [index(9, [1, 2]), manifest(1), manifest(2)]);
  const plan = build(snapshot, [
    { tag: tagOf('v1'), digest: digestOf(9), verdict: 'delete', because: [{ kind: 'no-rule' }], image: 'goes' },
  ]);
  expect(plan.manifests).toHaveLength(3);
  const { left } = spareOutdated(plan, snapshot, [reference({ kind: 'digest', digest: digestOf(2) })]);
  expect(narrow(left, snapshot, []).plan).toMatchObject({ tags: [], manifests: [] });
});
