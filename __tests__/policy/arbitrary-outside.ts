/** Repositories whose tags belong to pull requests and branches, the rules for them, and the world outside. */
import fc from 'fast-check';
import type { Claim, Focus, Manifest, Reference, Snapshot, TagState } from '../../src/model/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { names, sources, unknown } from './arbitrary.ts';
import { branch, closing, deleting, pull, references, repo } from './outside.ts';
import { digest, instant, manifest, policy, snapshot, tag, type RuleText } from './tables.ts';

const tagNames = [
  ...['pr-1', 'pr-2', 'pr-12', 'pr-1-1', 'pr-1-2', 'pr-1-12', 'pr-2-1', 'pr-2-2', 'pr-12-1', 'pr-12-2', 'pr-12-9'],
  ...['a-abc1234', 'a-abc1235', 'a-b-abc1234', 'a-b-abc1235', 'a-b-abc1234-abc1235', 'main-abc1234', 'main-abc1235'],
  ...['a-pr1', 'a-pr2', 'main-pr1', 'v1', 'v2', 'latest', 'sig(A)', 'sig(B)', 'fallback(C)'],
];
const texts = ['a', 'a-b', 'a-b-abc1234', 'main', 'pr', 'pr-1', 'pr-2', 'pr-12'];
const dates = ['2026-01-01', '2026-05-31', '2026-06-20', '2026-06-29'].map(instant);

const state: fc.Arbitrary<TagState> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(...names).map((name): TagState => ({ kind: 'points', digest: digest(name) })),
  },
  { weight: 1, arbitrary: fc.constant<TagState>({ kind: 'ghost' }) },
);

/** Children are later in the alphabet, so that no manifest holds itself. */
const manifestOf = (name: string, at: number): fc.Arbitrary<Manifest> =>
  fc
    .record({
      kind: fc.constantFrom('image', 'image', 'image', 'index', 'attestation', 'opaque'),
      created: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.constantFrom(...dates).map((date) => ({ kind: 'known', at: date, source: 'config' }) as const),
        },
        { weight: 1, arbitrary: fc.constantFrom(unknown, { kind: 'unknown', why: 'unreadable' } as const) },
      ),
      source: fc.constantFrom(undefined, undefined, 'https://github.com/acme/app', 'https://github.com/acme/other'),
      others: fc.subarray(names.slice(at + 1, at + 4)),
    })
    .map(({ kind, created, source, others }): Manifest => {
      const said = { created, ...(source !== undefined && { source }) };
      if (kind === 'opaque' && at > 5) return { kind, digest: digest(name), mediaType: '', size: 1, why: 'too large' };
      if (kind === 'index') return manifest(name, { kind, children: others.map(digest), ...said });
      if (kind === 'attestation') return manifest(name, { ...said, attests: digest(names[at - 1] ?? 'A') });
      return manifest(name, said);
    });

export const previews: fc.Arbitrary<Snapshot> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom(...tagNames).map(tag), state), {
      selector: ([name]) => name,
      maxLength: 14,
    }),
    fc.tuple(...names.map(manifestOf)),
  )
  .map(([tags, manifests]) => snapshot(tags, manifests));

/** A rule for previews; `keepLastLive` only if asked for. */
export const previewRules = (withLive: boolean): fc.Arbitrary<RuleText> =>
  fc
    .record({
      tags: fc.constantFrom(
        ['pr-{pr}', 'pr-{pr}-*'],
        ['pr-{pr}-{number}'],
        ['*-{pr}', '*-{pr}-*'],
        ['{branch}-{sha}'],
        ['{branch}-{sha}', '{branch}-*'],
        ['{branch}-pr{pr}'],
        ['{group}-pr{pr}'],
      ),
      keepLast: fc.constantFrom(0, 0, 1, 2),
      olderThan: fc.constantFrom(undefined, undefined, '7d', '40d'),
      keepLastLive: fc.constantFrom(...(withLive ? [0, 1, 2] : []), undefined),
    })
    .map(({ tags, keepLast, olderThan, keepLastLive }) => ({
      name: `for ${tags.join(' ')}`,
      repo,
      tags,
      keepLast,
      ...(olderThan !== undefined && { olderThan }),
      ...(keepLastLive !== undefined && { keepLastLive }),
    }));

/** One or two rules for previews, and one for the rest. */
export const previewPolicies = (withLive = true): fc.Arbitrary<Policy> =>
  fc
    .tuple(
      fc.array(previewRules(withLive), { minLength: 1, maxLength: 2 }),
      fc.constantFrom<readonly RuleText[]>([], [{ keepLast: 0 }], [{ keepLast: 2 }], [{ olderThan: '30d' }]),
      sources,
    )
    .map(([first, rest, dateSource]) => policy([...first, ...rest], { dateSource }));

/** Of every pull request and branch that a tag may belong to: nothing, that it is gone, that it lives, that it never was. */
export const claims: fc.Arbitrary<readonly Claim[]> = fc
  .tuple(
    fc.tuple(
      ...[1, 2, 12, 9].map((number) =>
        fc.constantFrom('closed', 'closed', 'open', 'not-found', 'none').map((said) => ({ number, said }) as const),
      ),
    ),
    fc.tuple(
      ...texts.map((text) => fc.constantFrom('gone', 'gone', 'alive', 'none').map((said) => ({ text, said }) as const)),
    ),
  )
  .map(([pulls, branches]) => [
    ...pulls.flatMap(({ number, said }) => (said === 'none' ? [] : [pull(number, said)])),
    ...branches.flatMap(({ text, said }) =>
      said === 'none' ? [] : [branch(text, said === 'alive' ? text : undefined)],
    ),
  ]);

export const livingClaims: fc.Arbitrary<Claim> = fc.oneof(
  fc.constantFrom(1, 2, 12, 9).map((number) => pull(number, 'open')),
  fc.constantFrom(...texts).map((text) => branch(text, text)),
);

export const focuses: fc.Arbitrary<Focus> = fc.oneof(
  fc.constantFrom(1, 2, 12, 99).map((number) => closing(number)),
  fc.constantFrom('a', 'a/b', 'main', 'other').map((ref) => deleting(ref)),
  fc.constant(closing(1, 'acme/other')),
);

export const referenced: fc.Arbitrary<readonly Reference[]> = fc
  .array(fc.constantFrom(...tagNames.map((name) => `:${name}`), ...names.map((name) => `@${name}`), ':?', 'x:?'), {
    maxLength: 3,
  })
  .map((found) => references(...found));
