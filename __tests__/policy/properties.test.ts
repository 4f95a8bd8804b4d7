/** What must hold whatever a repository looks like. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  attachedTo,
  reach,
  type Created,
  type Decision,
  type Digest,
  type Snapshot,
  type Tag,
} from '../../src/model/index.ts';
import { build, verify } from '../../src/plan/index.ts';
import { decide, needs, type Policy } from '../../src/policy/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { names, policies, ruleTexts, snapshots, sources, state, unknown } from './arbitrary.ts';
import { digest, now, policy, repository, snapshot, tag } from './tables.ts';

const decided = (by: Policy, seen: Snapshot): readonly Decision[] =>
  decide({ policy: by, snapshot: seen, claims: [], now });
const deleted = (by: Policy, seen: Snapshot): readonly Tag[] =>
  decided(by, seen).flatMap((each) => (each.verdict === 'delete' ? [each.tag] : []));
/** What goes now, but didn't before. */
const newly = (before: readonly Tag[], after: readonly Tag[]): readonly Tag[] =>
  after.filter((each) => !before.includes(each));
const kept = (decisions: readonly Decision[]): readonly Tag[] =>
  decisions.flatMap((each) => (each.verdict === 'keep' ? [each.tag] : []));
const withDates = (seen: Snapshot, dateOf: (of: Digest, before: Created) => Created): Snapshot => ({
  ...seen,
  manifests: new Map(
    [...seen.manifests].map(([of, each]) => [
      of,
      each.kind === 'opaque' ? each : { ...each, created: dateOf(of, each.created) },
    ]),
  ),
});

/** 2,000 cases each, as the issue asks. */
const holds = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): void => {
  fc.assert(property, cases(2000));
};

describe('whatever a repository looks like', () => {
  test('every tag is decided exactly once, in order, as it was seen', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const decisions = decided(by, seen);
        expect(decisions.map((each) => each.tag)).toEqual([...seen.tags.keys()].sort());
        expect(decisions.map((each) => each.digest)).toEqual(
          decisions
            .map((each) => seen.tags.get(each.tag))
            .map((state) => (state?.kind === 'points' ? state.digest : undefined)),
        );
      }),
    );
  });

  test('the verdicts do not depend on the order in which the registry lists', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const reversed = snapshot([...seen.tags].reverse(), [...seen.manifests.values()].reverse(), seen.referrers);
        expect(JSON.stringify(decided(by, reversed))).toBe(JSON.stringify(decided(by, seen)));
      }),
    );
  });

  test('keep-last: N by date keeps every image with fewer than N newer ones', () => {
    holds(
      fc.property(snapshots, fc.integer({ min: 1, max: 3 }), (seen, keepLast) => {
        const decisions = decided(policy([{ keepLast }]), seen);
        const dated = new Map<Digest, string>();
        for (const { digest: of, rule } of decisions) {
          const found = of && rule ? seen.manifests.get(of) : undefined;
          if (of === undefined || found === undefined || found.kind === 'opaque' || found.kind === 'placeholder')
            continue;
          if (found.created.kind === 'known' && found.created.at <= now) dated.set(of, found.created.at);
        }
        const newest = [...dated].filter(
          ([, at]) => [...dated.values()].filter((other) => other > at).length < keepLast,
        );
        const survivors = decisions.filter((each) => each.verdict === 'keep').map((each) => each.digest);
        expect(newest.filter(([of]) => !survivors.includes(of))).toEqual([]);
      }),
    );
  });

  test('keep-last: N by name keeps every tag with fewer than N higher ones', () => {
    holds(
      fc.property(snapshots, fc.integer({ min: 1, max: 3 }), (seen, keepLast) => {
        const decisions = decided(policy([{ tags: ['v{version}', '!*rc*'], keepLast, olderThan: '1d' }]), seen);
        const isPlaceholder = (of: Digest | undefined): boolean =>
          of !== undefined && seen.manifests.get(of)?.kind === 'placeholder';
        const governed = decisions.filter((each) => each.rule !== undefined && !isPlaceholder(each.digest));
        const majorOf = (of: Tag): number => Number(/^v(\d+)/.exec(of)?.[1]);
        const newest = governed.filter(
          (each) => governed.filter((other) => majorOf(other.tag) > majorOf(each.tag)).length < keepLast,
        );
        expect(newest.filter((each) => each.verdict === 'delete')).toEqual([]);
      }),
    );
  });

  test('a larger keep-last deletes no more', () => {
    holds(
      fc.property(ruleTexts, sources, snapshots, fc.nat({ max: 3 }), (text, dateSource, seen, more) => {
        const larger = policy([{ ...text, keepLast: (text.keepLast ?? 0) + more }], { dateSource });
        const smaller = policy([text], { dateSource });
        expect(newly(deleted(smaller, seen), deleted(larger, seen))).toEqual([]);
      }),
    );
  });

  test('a longer older-than deletes no more', () => {
    holds(
      fc.property(ruleTexts, sources, snapshots, (text, dateSource, seen) => {
        const shorter = policy([{ ...text, olderThan: '10d' }], { dateSource });
        const longer = policy([{ ...text, olderThan: '40d' }], { dateSource });
        expect(newly(deleted(shorter, seen), deleted(longer, seen))).toEqual([]);
      }),
    );
  });

  test('one more tag that no rule governs deletes nothing', () => {
    holds(
      fc.property(policies, snapshots, state, (by, seen, behind) => {
        // With a first tag that leads somewhere the registry is no longer half there, and its ghosts may go.
        fc.pre([...seen.tags.values()].some(({ kind }) => kind !== 'ghost'));
        const untouched: Policy = { ...by, keepTags: policy([{ keepLast: 0 }], { keepTags: ['zz'] }).keepTags };
        const larger = { ...seen, tags: new Map([...seen.tags, [tag('zz'), behind] as const]) };
        expect(newly(deleted(untouched, seen), deleted(untouched, larger))).toEqual([]);
      }),
    );
  });

  test('a date that becomes unknown deletes nothing', () => {
    holds(
      fc.property(policies, snapshots, fc.constantFrom(...names).map(digest), (by, seen, of) => {
        const forgotten = withDates(seen, (each, before) => (each === of ? unknown : before));
        expect(newly(deleted(by, seen), deleted(by, forgotten))).toEqual([]);
      }),
    );
  });

  test('the dates that were not asked for change no verdict', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const { dated } = needs(by, repository, [...seen.tags.keys()]);
        const asked = new Set(
          [...dated].map((each) => seen.tags.get(each)).map((found) => (found?.kind === 'points' ? found.digest : '')),
        );
        const lean = withDates(seen, (of, before) => (asked.has(of) ? before : { kind: 'unknown', why: 'not-asked' }));
        expect(deleted(by, lean)).toEqual(deleted(by, seen));
      }),
    );
  });
});

describe('attachments', () => {
  test('stay with everything that stays, so the verdicts are stable', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const decisions = decided(by, seen);
        const held = reach(seen, { tags: kept(decisions) });
        const torn = decisions.filter(({ tag: each, verdict }) => {
          const subject = attachedTo(seen, each);
          if (verdict === 'keep' || subject === undefined) return false;
          return held.opaque || held.digests.has(subject) || !seen.manifests.has(subject);
        });
        expect(torn).toEqual([]);
      }),
    );
  });

  test('an image goes only if nothing that stays holds it, and what is kept is said to be', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const decisions = decided(by, seen);
        const held = reach(seen, { tags: kept(decisions) });
        const untrue = decisions.filter(({ digest: of, verdict, image }) => {
          if (of === undefined) return image !== 'unknown';
          if (verdict === 'keep') return image !== 'kept';
          return image === 'goes' && (held.opaque || held.digests.has(of));
        });
        expect(untrue).toEqual([]);
      }),
    );
  });
});

test('the plan does what was decided, and no more', () => {
  holds(
    fc.property(policies, snapshots, (by, seen) => {
      const decisions = decided(by, seen);
      const plan = build(seen, decisions);
      expect(plan.tags.map((each) => each.tag).sort()).toEqual(deleted(by, seen));
      const going = plan.manifests.map((each) => each.digest);
      expect(
        decisions.filter(({ digest: of, verdict, image }) => {
          return of !== undefined && verdict === 'delete' && (image === 'goes') !== going.includes(of);
        }),
      ).toEqual([]);
      expect(verify(plan, seen)).toEqual([]);
    }),
  );
});
