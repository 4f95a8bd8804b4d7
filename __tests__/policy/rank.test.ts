import { describe, expect, test } from '@jest/globals';
import { branch, repo } from './outside.ts';
import { decideTable, digest, expectVerdicts, policy } from './tables.ts';

describe('keep-last by version', () => {
  const newest2 = policy([{ tags: ['v{version}'], keepLast: 2 }]);

  test('the newest N stay, in the order of versions and not of letters or dates', () => {
    expectVerdicts(
      newest2,
      `v1.10.0 | A 2026-01-01 | keep   | rank 1 of 4
       v1.9.0  | B 2026-06-01 | keep   | rank 2 of 4
       v1.2.0  | C 2026-06-02 | delete | rank 3 of 4
       v1.1.0  | D            | delete | rank 4 of 4`,
    );
  });

  test('images are counted, not tags; the place of an image is that of its newest tag', () => {
    expectVerdicts(
      newest2,
      `v3.0 | A | keep   | rank 1 of 3
       v2.9 | A | keep   | rank 1 of 3
       v2.8 | B | keep   | rank 2 of 3
       v1.0 | A | keep   | rank 1 of 3
       v0.9 | C | delete | rank 3 of 3`,
    );
  });

  test('as new as the Nth survives with it', () => {
    expectVerdicts(
      newest2,
      `v3.0   | A | keep   | rank 1 of 4
       v2.0   | B | keep   | rank 2 of 4
       v02.0  | C | keep   | rank 2 of 4
       v1.0   | D | delete | rank 4 of 4`,
    );
  });

  test('prereleases are counted apart from releases', () => {
    expectVerdicts(
      newest2,
      `v2.0.0-rc.3 | A | keep   | rank 1 of 3 prereleases
       v2.0.0-rc.2 | B | keep   | rank 2 of 3 prereleases
       v2.0.0-rc.1 | C | delete | rank 3 of 3 prereleases
       v1.0.0      | D | keep   | rank 1 of 2
       v0.9.0      | E | keep   | rank 2 of 2`,
    );
  });

  test('a group each has its own newest N', () => {
    expectVerdicts(
      policy([{ tags: ['{version}-{group}'], keepLast: 1 }]),
      `1.1-alpine | A | keep   | rank 1 of 2 in alpine
       1.0-alpine | B | delete | rank 2 of 2 in alpine
       1.0-slim   | C | keep   | rank 1 of 1 in slim`,
    );
  });

  test('an image in two groups stays where one of its tags does; its other tag goes from it alone', () => {
    expectVerdicts(
      policy([{ tags: ['{version}-{group}'], keepLast: 1 }]),
      `1.1-alpine | A | keep   | rank 1 of 1 in alpine
       1.1-slim   | B | keep   | rank 1 of 2 in slim
       1.0-slim   | A | untag  | rank 2 of 2 in slim`,
    );
  });

  test('the evidence says what was counted, and by what', () => {
    const table = `slim-2.0-rc1 | A | | \n slim-1.0-rc1 | B | |`;
    expect(decideTable(policy([{ name: 'slim', tags: ['{group}-{version}'], keepLast: 1 }]), table)[0]).toEqual({
      tag: 'slim-1.0-rc1',
      digest: digest('B'),
      rule: 'slim',
      verdict: 'delete',
      image: 'goes',
      because: [
        {
          kind: 'rank',
          position: 2,
          of: 2,
          keepLast: 1,
          by: 'version',
          value: '1.0-rc1',
          group: ['slim'],
          prerelease: true,
        },
      ],
    });
  });
});

describe('keep-last by date', () => {
  const newest2 = policy([{ keepLast: 2 }]);

  test('the newest N images by the date that they say', () => {
    expectVerdicts(
      newest2,
      `a | A 2026-06-03 | keep   | rank 1 of 3
       b | B 2026-06-01 | delete | rank 3 of 3
       c | C 2026-06-02 | keep   | rank 2 of 3`,
    );
  });

  test('an image without a date that can be believed stays and takes no place', () => {
    expectVerdicts(
      newest2,
      `a | A            | keep   | undated absent
       b | B 2026-06-03 | keep   | rank 1 of 3
       c | C 2026-06-02 | keep   | rank 2 of 3
       d | D 2026-06-01 | delete | rank 3 of 3
       e | E 2027-01-01 | keep   | undated in-the-future`,
    );
  });

  test('equal dates are a tie, and a tie is never broken by chance', () => {
    expectVerdicts(
      policy([{ keepLast: 1 }]),
      `a | A 2026-06-03 | keep   | rank 1 of 3
       b | B 2026-06-03 | keep   | rank 1 of 3
       c | C 2026-06-02 | delete | rank 3 of 3`,
    );
  });

  test('the value in the evidence is the date', () => {
    const [, older] = decideTable(policy([{ keepLast: 1 }]), `a | A 2026-06-03 | | \n b | B 2026-06-01 | |`);
    expect(older?.because).toEqual([
      {
        kind: 'rank',
        position: 2,
        of: 2,
        keepLast: 1,
        by: 'created',
        value: '2026-06-01T00:00:00.000Z',
        group: [],
        prerelease: false,
      },
    ]);
  });

  test('date-source pushed: by the last push; an image with a tag of unknown push time stays', () => {
    expectVerdicts(
      policy([{ keepLast: 1 }], { dateSource: 'pushed' }),
      `a | A 2020-01-01 pushed 2026-06-03 | keep   | rank 1 of 2
       b | B 2026-06-20 pushed 2026-06-01 | delete | rank 2 of 2
       c | C 2026-06-20                   | keep   | undated push-unknown
       d | D 2026-06-20 pushed 2026-01-01 | keep   | undated push-unknown
       e | D                              | keep   | undated push-unknown
       f | F 2026-06-20 pushed 2027-01-01 | keep   | undated in-the-future`,
    );
  });
});

describe('keep-last by numbers and dates in the tag', () => {
  test('numbers of any length', () => {
    expectVerdicts(
      policy([{ tags: ['build-{number}'], keepLast: 1 }]),
      `build-100000000000000000001 | A | keep   | rank 1 of 2
       build-100000000000000000000 | B | delete | rank 2 of 2`,
    );
  });

  test('several, left to right; all of them are in the evidence', () => {
    const table = `20260601-2 | A | | \n 20260601-1 | B | | \n 20260531-9 | C | |`;
    const by = policy([{ tags: ['/(?<date>[0-9]{8})-(?<number>[0-9]+)/'], keepLast: 1 }]);
    const decisions = decideTable(by, table);
    expect(decisions.map(({ tag, verdict }) => [tag, verdict])).toEqual([
      ['20260531-9', 'delete'],
      ['20260601-1', 'delete'],
      ['20260601-2', 'keep'],
    ]);
    expect(decisions[1]?.because[0]).toMatchObject({ by: 'date', value: '20260601 1', position: 2 });
  });
});

describe('what is not counted', () => {
  test('a platform of a counted index, at any depth: it stays where it is as new as the Nth', () => {
    expectVerdicts(
      policy([{ keepLast: 2 }]),
      `          | J[A B]           |        |
       2.0       | I[J] 2026-06-20  | keep   | rank 1 of 3
       2.0-amd64 | A 2026-06-19     | keep   | rank 2 of 4
       2.0-arm64 | B 2026-06-01     | untag  | rank 3 of 4
       1.9       | C 2026-06-10     | keep   | rank 2 of 3
       1.8       | D 2026-05-01     | delete | rank 3 of 3`,
    );
  });

  test('nor a platform of an index that takes no place itself', () => {
    expectVerdicts(
      policy([{ keepLast: 2 }]),
      `index | I[A B]       | keep | undated absent
       amd64 | A 2026-06-20 | keep | rank 1 of 2
       arm64 | B 2026-06-20 | keep | rank 1 of 2
       old   | C 2026-06-01 | keep | rank 1 of 1`,
    );
  });

  test('but where the index is governed elsewhere, its platform is an image like others', () => {
    expectVerdicts(
      policy([{ tags: ['*-amd64'], keepLast: 1 }]),
      `2.0       | I[A] 2026-06-20 | keep   | no-rule
       2.0-amd64 | A 2026-06-20    | keep   | rank 1 of 2
       1.0-amd64 | B 2026-06-10    | delete | rank 2 of 2`,
    );
  });

  test('what refers to another manifest, or attests one', () => {
    expectVerdicts(
      policy([{ keepLast: 1 }]),
      `app      | A 2026-06-10               | keep  | rank 1 of 1
       sbom-new | S 2026-06-20 of A artifact | keep  | rank 1 of 2
       prov     | T 2026-06-20 attests A     | keep  | rank 1 of 2
       sbom-old | U 2026-06-01 of A artifact | untag | rank 2 of 2`,
    );
  });

  test('an index that lists itself, which cannot be, does no harm', () => {
    expectVerdicts(
      policy([{ keepLast: 1 }]),
      `a | I[I] 2026-06-20 | keep | rank 1 of 2
       b | J 2026-06-19    | keep | rank 1 of 1`,
    );
  });

  test('where nothing is counted nothing goes by its rank', () => {
    expectVerdicts(
      policy([{ keepLast: 1 }]),
      `a | S 2026-06-20 of A artifact | keep | rank 1 of 1
       b | T 2026-06-01 of A artifact | keep | rank 1 of 1`,
    );
  });
});

describe('several readings', () => {
  // a-b-1 is of group a, and of group a-b.
  const groups = policy([{ tags: ['{group}-*'], keepLast: 1 }]);
  // x-1-9 is number 9 by the first pattern, and number 1 by the second.
  const numbers = policy([{ tags: ['*-{number}', '*-{number}-*'], keepLast: 1 }]);

  test('a tag goes only if no reading keeps it', () => {
    expectVerdicts(
      groups,
      `a-1   | A 2026-06-20 | keep   | rank 1 of 2 in a
       a-2   | B 2026-06-10 | delete | rank 2 of 2 in a
       a-b-1 | C 2026-06-01 | keep   | ambiguous + rank 1 of 1 in a-b`,
    );
  });

  test('it takes no place from others, and where every reading keeps it the first says why', () => {
    expectVerdicts(
      groups,
      `a-1   | A 2026-06-20 | keep   | rank 1 of 2 in a
       a-2   | B 2026-06-10 | delete | rank 2 of 2 in a
       a-b-1 | C 2026-06-30 | keep   | rank 1 of 1 in a-b + ambiguous`,
    );
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['x-1-9', ['*-{number}', '*-{number}-*'], ['*-{number}: 9', '*-{number}-*: 1']],
    [
      'a-b-c-d',
      ['{group}-{branch}-*'],
      ['{group}-{branch}-*: a-b, c', '{group}-{branch}-*: a, b-c', '{group}-{branch}-*: a, b'],
    ],
  ])('how %s can be read by %j is said, each way once', (name, tags, readings) => {
    const claims = ['b', 'c', 'b-c'].map((text) => branch(text, text));
    const [found] = decideTable(policy([{ tags, repo, keepLast: 1 }]), `${name} | A | |`, { claims });
    expect(found?.because.at(-1)).toEqual({ kind: 'ambiguous', readings });
  });

  test('it goes where every reading lets it go', () => {
    expectVerdicts(
      numbers,
      `x-3   | A | keep   | rank 1 of 2
       x-2   | B | delete | rank 2 of 2
       x-1-2 | C | delete | rank 2 of 3`,
    );
  });

  test('an image stands as high as the best reading of any of its tags', () => {
    expectVerdicts(
      numbers,
      `x-1-9 | A | keep   | rank 1 of 2 + ambiguous
       x-1   | A | keep   | rank 1 of 2
       x-3   | B | keep   | rank 1 of 2`,
    );
  });

  test('readings that mean the same are one', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}', '*{version}'], keepLast: 1 }]),
      `v2 | A | keep   | rank 1 of 2
       v1 | B | delete | rank 2 of 2`,
    );
  });
});

test('keep-last: 0 deletes every match, dates or not', () => {
  expectVerdicts(
    policy([{ tags: ['tmp-*'], keepLast: 0 }]),
    `tmp-1  | A            | delete | rank 0 of 0
     tmp-2  | B 2026-06-20 | delete | rank 0 of 0
     tmp-3  | B            | delete | rank 0 of 0
     tmp-4  | ghost        | clear  | ghost
     tmp-5  | L            | untag  | rank 0 of 0
     latest | L            | keep   | keep-tags latest`,
  );
  const [found] = decideTable(policy([{ keepLast: 0 }]), 'a | A 2026-06-20 | |');
  expect(found?.because).toEqual([
    { kind: 'rank', position: 0, of: 0, keepLast: 0, by: 'created', value: '', group: [], prerelease: false },
  ]);
});
