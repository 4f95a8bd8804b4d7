/** Every reason in words. */
import { describe, expect, test } from '@jest/globals';
import type { Created, Decision, Evidence } from '../../src/model/index.ts';
import { explain, explainEvidence, explainUntagged } from '../../src/report/explain.ts';
import { digestOf, instantOf } from '../arbitraries/names.ts';
import { at, decision } from './run.ts';

const known: Created = { kind: 'known', at, source: 'config' };
type Rank = Extract<Evidence, { readonly kind: 'rank' }>;
const rank = (parts: Partial<Rank>): Rank => ({
  kind: 'rank',
  position: 3,
  of: 20,
  keepLast: 5,
  by: 'version',
  value: '2.4.1',
  group: [],
  prerelease: false,
  ...parts,
});
const day = 86_400;

/** Complete by its type: a new kind of evidence has no test until it has its words here. */
const words: {
  readonly [Kind in Evidence['kind']]: readonly (readonly [Extract<Evidence, { kind: Kind }>, string])[];
} = {
  'no-rule': [[{ kind: 'no-rule' }, 'no rule names it']],
  'keep-tags': [[{ kind: 'keep-tags', pattern: 'v*' }, 'keep-tags has v*']],
  referenced: [
    [{ kind: 'referenced', file: 'compose.yaml', line: 7, as: 'apps/web:v1' }, 'compose.yaml:7 names apps/web:v1'],
  ],
  rank: [
    [rank({}), '3rd newest of 20 by version 2.4.1, keep-last is 5'],
    [rank({ position: 1 }), 'newest of 20 by version 2.4.1, keep-last is 5'],
    [rank({ by: 'number', value: '17' }), '3rd newest of 20 by number 17, keep-last is 5'],
    [rank({ by: 'date', value: '20261122' }), '3rd newest of 20 by date 20261122, keep-last is 5'],
    [
      rank({ by: 'created', value: instantOf('2026-11-22T01:30:00Z') }),
      '3rd newest of 20 by date 2026-11-22 01:30:00Z, keep-last is 5',
    ],
    [rank({ group: ['alpine'] }), '3rd newest of 20 in group alpine by version 2.4.1, keep-last is 5'],
    [rank({ group: ['alpine', 'arm64'] }), '3rd newest of 20 in group alpine, arm64 by version 2.4.1, keep-last is 5'],
    [
      rank({ prerelease: true, value: '3.0.0-rc.1' }),
      '3rd newest of 20 prereleases by version 3.0.0-rc.1, keep-last is 5',
    ],
    [
      rank({ prerelease: true, of: 1, position: 1, value: '3.0.0-rc.1' }),
      'newest of 1 prerelease by version 3.0.0-rc.1, keep-last is 5',
    ],
    [rank({ keepLast: 0 }), 'keep-last is 0'],
  ],
  age: [
    [
      { kind: 'age', seconds: 34 * day, limitSeconds: 30 * day, from: known },
      'image created 34 days ago, older-than is 30 days',
    ],
    [
      { kind: 'age', seconds: 3600, limitSeconds: 30 * day, from: 'tag' },
      'dated by its tag 60 minutes ago, older-than is 30 days',
    ],
    // A tag that names a day is as old as the day's end.
    [
      { kind: 'age', seconds: -12 * 3600, limitSeconds: 30 * day, from: 'tag' },
      'dated by its tag 12 hours from now, older-than is 30 days',
    ],
    [
      { kind: 'age', seconds: day, limitSeconds: 30 * day, from: { kind: 'known', at, source: 'push' } },
      'pushed 24 hours ago, older-than is 30 days',
    ],
  ],
  undated: [
    [
      { kind: 'undated', created: { kind: 'unknown', why: 'push-unknown' } },
      'the storage does not tell when it was pushed, so nothing tells how old it is; a pattern with {version}, {number} or {date} needs no date',
    ],
    ...(
      [
        [known, 'its image says 2026-11-22T01:30:00.000Z'],
        [{ kind: 'unknown', why: 'absent' }, 'its image says no date'],
        [{ kind: 'unknown', why: 'before-2000' }, 'its image says a date before 2000, as reproducible builds do'],
        [{ kind: 'unknown', why: 'in-the-future' }, 'its image says a date in the future'],
        [{ kind: 'unknown', why: 'not-an-image' }, 'it is no image and says no date'],
        [{ kind: 'unknown', why: 'unreadable' }, 'the date of its image can not be read'],
        [{ kind: 'unknown', why: 'not-asked' }, 'its date was not asked for'],
      ] as const
    ).map(
      ([created, says]) =>
        [
          { kind: 'undated', created },
          `${says}, so nothing tells how old it is; a pattern with {version}, {number} or {date} needs no date, nor does date-source: pushed`,
        ] as const,
    ),
  ],
  ambiguous: [
    [
      { kind: 'ambiguous', readings: ['feature-login + abc', 'feature + login-abc'] },
      'it can be read in 2 ways and one of them keeps it: feature-login + abc | feature + login-abc',
    ],
  ],
  attachment: [[{ kind: 'attachment', of: digestOf(1) }, 'attached to sha256:000000000000…, goes and stays with it']],
  'another-source': [
    [
      { kind: 'another-source', source: 'https://github.com/other/apps', repo: 'acme/apps' },
      'its image says that it was built from https://github.com/other/apps, not from acme/apps',
    ],
  ],
  untagged: [[{ kind: 'untagged', revisedAt: at }, 'nothing that stays reaches it, last pushed 2026-11-22 01:30:00Z']],
  unreadable: [
    [{ kind: 'unreadable', why: 'the registry answered 500' }, 'it could not be read: the registry answered 500'],
  ],
  ghost: [[{ kind: 'ghost' }, 'listed, with nothing behind it']],
  placeholder: [[{ kind: 'placeholder' }, 'a placeholder that an interrupted run left']],
  'not-planned': [[{ kind: 'not-planned' }, 'the plan does not name it']],
  'other-event': [[{ kind: 'other-event', event: 'pull request 7' }, 'the event is about pull request 7']],
  'pull-request': [
    [{ kind: 'pull-request', repo: 'acme/apps', number: 7, state: 'closed', by: 'api' }, 'pull request 7 is closed'],
    [{ kind: 'pull-request', repo: 'acme/apps', number: 7, state: 'open', by: 'event' }, 'pull request 7 is open'],
    [
      { kind: 'pull-request', repo: 'acme/apps', number: 7, state: 'not-found', by: 'api' },
      'acme/apps has no pull request 7',
    ],
  ],
  branch: [
    [
      { kind: 'branch', repo: 'acme/apps', text: 'feature-login' },
      'no branch or git tag of acme/apps gives feature-login',
    ],
    [
      { kind: 'branch', repo: 'acme/apps', text: 'feature-login', liveAs: 'feature/login' },
      'feature/login of acme/apps is alive',
    ],
  ],
};

describe.each(Object.entries(words))('%s', (_, rows) => {
  test.each(rows.map(([evidence, says]) => [says, evidence] as const))('%s', (says, evidence) => {
    expect(explainEvidence(evidence)).toBe(says);
  });
});

test('an untagged manifest of which nobody knows when it came', () => {
  expect(explainUntagged(undefined)).toBe('nothing that stays reaches it');
});

describe('a decision', () => {
  test('says every condition', () => {
    const both: Evidence[] = [rank({}), { kind: 'age', seconds: 34 * day, limitSeconds: 30 * day, from: known }];
    expect(explain(decision('v1', 'delete', ...both))).toBe(
      '3rd newest of 20 by version 2.4.1, keep-last is 5; image created 34 days ago, older-than is 30 days',
    );
  });

  test("says its rule's name, but not the one that the inputs make", () => {
    const ghost = decision('v1', 'delete', { kind: 'ghost' });
    expect(explain({ ...ghost, rule: 'releases' })).toBe("rule 'releases': listed, with nothing behind it");
    expect(explain({ ...ghost, rule: 'inputs' })).toBe('listed, with nothing behind it');
    const { tag, verdict, because, image } = ghost;
    expect(explain({ tag, verdict, because, image })).toBe('listed, with nothing behind it');
  });

  test('of a tag that goes says where its image stays', () => {
    const ghost: Decision = { ...decision('v1', 'delete', { kind: 'ghost' }), image: 'kept' };
    expect(explain(ghost)).toBe('listed, with nothing behind it; its image stays, something kept holds it');
    expect(explain({ ...ghost, verdict: 'keep' })).toBe('listed, with nothing behind it');
  });
});
