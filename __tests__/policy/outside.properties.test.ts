/** What must hold whatever is alive outside the registry, and whatever a repository looks like. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reach, type Claim, type Decision, type Digest, type Manifest, type Tag } from '../../src/model/index.ts';
import { build, verify } from '../../src/plan/index.ts';
import { decide, needs, type Ask, type DecideInput } from '../../src/policy/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { claims, focuses, livingClaims, previewPolicies, previews, referenced } from './arbitrary-outside.ts';
import { pull, repo } from './outside.ts';
import { digest, manifest, now, policy, repository, snapshot, tag } from './tables.ts';

type Input = Omit<DecideInput, 'now'>;
const decided = (input: Input): readonly Decision[] => decide({ ...input, now });
const deleted = (input: Input): readonly Tag[] =>
  decided(input).flatMap((each) => (each.verdict === 'delete' ? [each.tag] : []));
/** What goes now, but didn't before. */
const newly = (before: Input, after: Input): readonly Tag[] => {
  const known = deleted(before);
  return deleted(after).filter((each) => !known.includes(each));
};
const inputs = (withLive = true): fc.Arbitrary<Input> =>
  fc.record({ policy: previewPolicies(withLive), snapshot: previews, claims });

const holds = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): void => {
  fc.assert(property, cases(1000));
};

describe('what is alive', () => {
  test('nothing that belongs to a pull request or branch goes without a claim', () => {
    holds(
      fc.property(inputs(), (input) => {
        const goes = decided({ ...input, claims: [] }).filter((each) => each.verdict === 'delete');
        expect(goes.filter(({ rule }) => rule?.startsWith('for ') === true)).toEqual([]);
      }),
    );
  });

  test('one more thing that lives deletes no more', () => {
    holds(
      fc.property(inputs(false), livingClaims, (input, living) => {
        expect(newly(input, { ...input, claims: [...input.claims, living] })).toEqual([]);
      }),
    );
  });

  test('a pull request that is opened again, or a branch that comes back, deletes no more, whatever keep-last-live', () => {
    const reviveSome = (all: readonly Claim[], which: readonly boolean[]): readonly Claim[] =>
      all.map((claim, at) => {
        if (which[at] !== true) return claim;
        if (claim.kind === 'branch') return { ...claim, liveAs: claim.text };
        return claim.state === 'closed' ? { ...claim, state: 'open' } : claim;
      });
    holds(
      fc.property(inputs(), fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (input, which) => {
        expect(newly(input, { ...input, claims: reviveSome(input.claims, which) })).toEqual([]);
      }),
    );
  });

  test('a claim that is missing deletes no more, where nothing bounds what lives', () => {
    holds(
      fc.property(inputs(), fc.nat({ max: 11 }), (input, missing) => {
        expect(newly(input, { ...input, claims: input.claims.filter((_, at) => at !== missing) })).toEqual([]);
      }),
    );
  });

  test('what was not asked changes no verdict: no claim, no date, no source', () => {
    holds(
      fc.property(inputs(), fc.option(focuses, { nil: undefined }), (all, focus) => {
        const input = { ...all, focus };
        const wanted = needs(input.policy, repository, [...input.snapshot.tags.keys()], focus);
        const lean = leaveOut(input, wanted.dated, wanted.sourced, wanted.asks);
        expect(deleted(lean)).toEqual(deleted(input));
      }),
    );
  });

  test('keep-last-live keeps the newest of each open pull request', () => {
    const tags = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 })), {
      selector: (each) => each.join(),
      maxLength: 12,
    });
    holds(
      fc.property(tags, fc.integer({ min: 0, max: 3 }), (all, keepLastLive) => {
        const images = all.map((each) => manifest(each.join('n')));
        const goes = deleted({
          policy: policy([{ tags: ['pr-{pr}-{number}'], repo, keepLastLive }]),
          snapshot: snapshot(
            all.map((each, at) => [
              tag(`pr-${each.join('-')}`),
              { kind: 'points', digest: images[at]?.digest ?? digest('A') },
            ]),
            images,
          ),
          claims: [1, 2, 3].map((number) => pull(number, 'open')),
        });
        const beyond = all.filter(
          ([pr, number]) => all.filter(([otherPr, other]) => otherPr === pr && other > number).length >= keepLastLive,
        );
        expect(goes).toEqual(beyond.map((each) => tag(`pr-${each.join('-')}`)).sort());
      }),
    );
  });
});

/** The same, with nothing in it but what was asked for. */
function leaveOut(input: Input, dated: ReadonlySet<Tag>, sourced: ReadonlySet<Tag>, asks: readonly Ask[]): Input {
  const { manifests, tags } = input.snapshot;
  const behind = (of: ReadonlySet<Tag>): readonly Digest[] =>
    [...of].flatMap((each) => {
      const state = tags.get(each);
      return state?.kind === 'points' ? [state.digest] : [];
    });
  const hasDate = new Set(behind(dated));
  const hasSource = reach(
    { ...input.snapshot, tags: new Map(), referrers: new Map() },
    { tags: [], digests: behind(sourced) },
  ).digests;
  const leanOf = (each: Manifest): Manifest => {
    if (each.kind === 'opaque') return each;
    const { source, ...others } = each;
    const isUnread = hasSource.has(each.digest) && each.created.kind === 'unknown' && each.created.why === 'unreadable';
    return {
      ...others,
      created: hasDate.has(each.digest) || isUnread ? each.created : { kind: 'unknown', why: 'not-asked' },
      ...(source !== undefined && hasSource.has(each.digest) && { source }),
    };
  };
  return {
    ...input,
    snapshot: { ...input.snapshot, manifests: new Map([...manifests].map(([of, each]) => [of, leanOf(each)])) },
    claims: input.claims.filter((claim) =>
      asks.some((ask) =>
        claim.kind === 'branch'
          ? ask.kind === 'branch' && ask.text === claim.text
          : ask.kind === 'pull-request' && ask.number === claim.number,
      ),
    ),
  };
}

describe('an event', () => {
  test('about one thing deletes nothing that a sweep does not', () => {
    holds(
      fc.property(inputs(), focuses, (input, focus) => {
        expect(newly(input, { ...input, focus })).toEqual([]);
      }),
    );
  });

  test('about one pull request deletes its own tags alone', () => {
    holds(
      fc.property(previews, claims, (seen, said) => {
        const by = policy([{ tags: ['pr-{pr}', 'pr-{pr}-*'], repo }]);
        const focus = { kind: 'pull-request', repo, number: 12, event: 'pull_request' } as const;
        const goes = deleted({ policy: by, snapshot: seen, claims: said, focus });
        expect(goes.filter((each) => !/^pr-12(?:-|$)/.test(each) && !each.startsWith('sha256-'))).toEqual([]);
      }),
    );
  });
});

describe('a file that names images', () => {
  test('deletes nothing', () => {
    holds(
      fc.property(inputs(), referenced, (input, found) => {
        expect(newly(input, { ...input, references: found })).toEqual([]);
      }),
    );
  });

  test('keeps what it names, with all that it holds', () => {
    holds(
      fc.property(inputs(), referenced, (input, found) => {
        const { snapshot: seen } = input;
        const plan = build(seen, decided({ ...input, references: found }));
        const goes = {
          tags: plan.tags.map((each) => each.tag),
          digests: plan.manifests.map((each) => each.digest),
        };
        const here = found.filter((each) => each.repository === repository).map(({ names }) => names);
        const tags = here.flatMap((each) => (each.kind === 'tag' ? [each.tag] : []));
        const digests = here.flatMap((each) => (each.kind === 'digest' ? [each.digest] : []));
        // An attachment goes and stays with its subject; then it is the subject that is kept.
        expect(goes.tags.filter((each) => tags.includes(each) && !each.startsWith('sha256-'))).toEqual([]);
        expect(goes.digests.filter((each) => digests.includes(each))).toEqual([]);
        if (here.some(({ kind }) => kind === 'all')) expect(goes).toEqual({ tags: [], digests: [] });
      }),
    );
  });
});

test('the plan does what was decided, no more, and is harmless', () => {
  const options = { focus: fc.option(focuses, { nil: undefined }), references: referenced };
  holds(
    fc.property(inputs(), fc.record(options), (input, more) => {
      const all = { ...input, ...more };
      const plan = build(all.snapshot, decided(all));
      expect(plan.tags.map((each) => each.tag).sort()).toEqual(deleted(all));
      expect(verify(plan, all.snapshot)).toEqual([]);
    }),
  );
});
