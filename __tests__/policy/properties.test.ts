/** What must hold whatever a repository looks like. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  attachedTo,
  reach,
  type Created,
  type Decision,
  type Digest,
  type Manifest,
  type Snapshot,
  type Tag,
  type TagState,
} from '../../src/model/index.ts';
import { decide, needs, type Policy } from '../../src/policy/index.ts';
import { digest, instant, manifest, now, policy, repository, snapshot, tag, type RuleText } from './tables.ts';

const names = [...'ABCDEFGH'];
const dates = ['2026-01-01', '2026-03-01', '2026-05-31', '2026-06-20', '2026-06-29', '2026-12-31'];
const tagNames = [
  ...[
    'v1',
    'v1.0',
    'v2',
    'v3',
    'v4',
    'v5',
    'v3-rc1',
    'v4-rc1',
    'v4-rc2',
    'a-1',
    'a-2',
    'a-b-1',
    'b-3',
    'b-1-2',
    'b-2-1',
  ],
  ...['20260101', '20260301', '20260620', 'tmp', 'main', 'latest', 'other'],
  ...names.flatMap((name) => [`sig(${name})`, `fallback(${name})`]),
];
const unknown: Created = { kind: 'unknown', why: 'absent' };

const created = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...dates).map((at): Created => ({ kind: 'known', at: instant(at), source: 'config' })),
  },
  { weight: 1, arbitrary: fc.constant(unknown) },
);

/** Children are later in the alphabet, so that no manifest holds itself. */
const manifestOf = (name: string, at: number): fc.Arbitrary<Manifest> =>
  fc
    .record({
      form: fc.constantFrom('image', 'image', 'image', 'image', 'index', 'index', 'artifact', 'placeholder', 'opaque'),
      created,
      others: fc.subarray(names.slice(at + 1, at + 4)),
      subject: fc.constantFrom(...names),
    })
    .map(({ form, created, others, subject }): Manifest => {
      if (form === 'opaque') return { kind: 'opaque', digest: digest(name), mediaType: '', size: 1, why: 'too large' };
      if (form === 'artifact') return manifest(name, { kind: 'artifact', subject: digest(subject), created });
      if (form === 'index') return manifest(name, { kind: 'index', children: others.map(digest), created });
      return manifest(name, { kind: form === 'placeholder' ? 'placeholder' : 'image', created });
    });

const state: fc.Arbitrary<TagState> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({ name: fc.constantFrom(...names), pushed: fc.option(fc.constantFrom(...dates), { nil: undefined }) })
      .map(({ name, pushed }): TagState => ({
        kind: 'points',
        digest: digest(name),
        ...(pushed !== undefined && { pushedAt: instant(pushed) }),
      })),
  },
  { weight: 2, arbitrary: fc.constant<TagState>({ kind: 'ghost' }) },
);

const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    // Seldom something unreadable, since that alone keeps every image.
    readable: fc.integer({ min: 0, max: 4 }).map((dice) => dice > 0),
    tags: fc.uniqueArray(fc.tuple(fc.constantFrom(...tagNames).map(tag), state), {
      selector: ([name]) => name,
      maxLength: 16,
    }),
    manifests: fc.tuple(...names.map(manifestOf)),
    unreadable: fc.constantFrom(...tagNames).map(tag),
  })
  .map(({ readable, tags, manifests, unreadable }) => {
    if (!readable) return snapshot([...tags, [unreadable, { kind: 'unreadable', why: 'not JSON' }]], manifests);
    return snapshot(
      tags,
      manifests.map((each) => (each.kind === 'opaque' ? { ...manifest('A'), digest: each.digest } : each)),
    );
  });

const ruleTexts: fc.Arbitrary<RuleText> = fc
  .record({
    tags: fc.constantFrom(
      ['*'],
      ['v{version}'],
      ['{group}-*'],
      ['{group}-{number}', '{group}-{number}-*'],
      ['*-{number}', '*-{number}-*'],
      ['{date}'],
      ['v*', 'tmp'],
    ),
    keepLast: fc.integer({ min: 0, max: 3 }),
    olderThan: fc.constantFrom(undefined, '7d', '30d', '100d'),
  })
  .map(({ tags, keepLast, olderThan }) => ({ tags, keepLast, ...(olderThan !== undefined && { olderThan }) }));

const sources = fc.constantFrom<Policy['dateSource']>('created', 'created', 'pushed');
const policies = fc
  .tuple(fc.array(ruleTexts, { minLength: 1, maxLength: 3 }), sources)
  .map(([rules, dateSource]) => policy(rules, { dateSource }));

const decided = (by: Policy, seen: Snapshot): readonly Decision[] =>
  decide({ policy: by, snapshot: seen, claims: [], now });
const deleted = (by: Policy, seen: Snapshot): readonly Tag[] =>
  decided(by, seen).flatMap((each) => (each.verdict === 'delete' ? [each.tag] : []));
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
  fc.assert(property, { numRuns: 2000 });
};

describe('whatever a repository looks like', () => {
  test('every tag is decided exactly once, in order, as it was seen', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const decisions = decided(by, seen);
        expect(decisions.map((each) => each.tag)).toEqual([...seen.tags.keys()].sort());
        for (const each of decisions) {
          const state = seen.tags.get(each.tag);
          expect(each.digest).toBe(state?.kind === 'points' ? state.digest : undefined);
        }
      }),
    );
  });

  test('the verdicts do not depend on the order in which the registry lists', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const reversed = snapshot([...seen.tags].reverse(), [...seen.manifests.values()].reverse(), seen.referrers);
        expect(decided(by, reversed)).toEqual(decided(by, seen));
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
        for (const [of] of newest) expect(survivors).toContain(of);
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
        for (const each of governed) {
          const higher = governed.filter((other) => majorOf(other.tag) > majorOf(each.tag));
          if (higher.length < keepLast) expect(each.verdict).toBe('keep');
        }
      }),
    );
  });

  test('a larger keep-last deletes no more', () => {
    holds(
      fc.property(ruleTexts, sources, snapshots, fc.nat({ max: 3 }), (text, dateSource, seen, more) => {
        const larger = policy([{ ...text, keepLast: (text.keepLast ?? 0) + more }], { dateSource });
        const before = deleted(policy([text], { dateSource }), seen);
        expect(before).toEqual(expect.arrayContaining([...deleted(larger, seen)]));
      }),
    );
  });

  test('a longer older-than deletes no more', () => {
    holds(
      fc.property(ruleTexts, sources, snapshots, (text, dateSource, seen) => {
        const shorter = deleted(policy([{ ...text, olderThan: '10d' }], { dateSource }), seen);
        expect(shorter).toEqual(
          expect.arrayContaining([...deleted(policy([{ ...text, olderThan: '40d' }], { dateSource }), seen)]),
        );
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
        expect(deleted(untouched, seen)).toEqual(expect.arrayContaining([...deleted(untouched, larger)]));
      }),
    );
  });

  test('a date that becomes unknown deletes nothing', () => {
    holds(
      fc.property(policies, snapshots, fc.constantFrom(...names).map(digest), (by, seen, of) => {
        const forgotten = withDates(seen, (each, before) => (each === of ? unknown : before));
        expect(deleted(by, seen)).toEqual(expect.arrayContaining([...deleted(by, forgotten)]));
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
        for (const { tag: each, verdict } of decisions) {
          const subject = attachedTo(seen, each);
          if (verdict === 'keep' || subject === undefined) continue;
          expect(held.opaque).toBe(false);
          expect(held.digests.has(subject)).toBe(false);
          expect(seen.manifests.has(subject)).toBe(true);
        }
      }),
    );
  });

  test('an image goes only if nothing that stays holds it, and what is kept is said to be', () => {
    holds(
      fc.property(policies, snapshots, (by, seen) => {
        const decisions = decided(by, seen);
        const held = reach(seen, { tags: kept(decisions) });
        for (const { tag: each, digest: of, verdict, image } of decisions) {
          if (of === undefined) expect(image).toBe('unknown');
          else if (verdict === 'keep') expect(image).toBe('kept');
          else if (held.opaque || held.digests.has(of)) expect([each, image]).toEqual([each, 'kept']);
        }
      }),
    );
  });
});
