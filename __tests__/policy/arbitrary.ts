/** Repositories and policies as they may be. */
import fc from 'fast-check';
import type { Created, Manifest, Snapshot, TagState } from '../../src/model/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { digest, instant, manifest, policy, snapshot, tag, type RuleText } from './tables.ts';

export const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
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
export const unknown: Created = { kind: 'unknown', why: 'absent' };

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

export const state: fc.Arbitrary<TagState> = fc.oneof(
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

export const snapshots: fc.Arbitrary<Snapshot> = fc
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

export const ruleTexts: fc.Arbitrary<RuleText> = fc
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

export const sources = fc.constantFrom<Policy['dateSource']>('created', 'created', 'pushed');
export const policies = fc
  .tuple(fc.array(ruleTexts, { minLength: 1, maxLength: 3 }), sources)
  .map(([rules, dateSource]) => policy(rules, { dateSource }));
