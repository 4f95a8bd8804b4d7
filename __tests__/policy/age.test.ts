import { describe, expect, test } from '@jest/globals';
import { judgeAge } from '../../src/policy/age.ts';
import { decideTable, expectVerdicts, now, policy } from './tables.ts';

describe('older-than (today is 2026-06-30)', () => {
  const days30 = policy([{ keepLast: 0, olderThan: '30d' }]);

  test('longer ago goes; equal is not older', () => {
    expectVerdicts(
      days30,
      `a | A 2026-05-30T23:59:59Z | delete | 30.00001d old
       b | B 2026-05-31           | keep   | 30d old
       c | C 2026-06-29           | keep   | 1d old`,
    );
  });

  test('an image without a date that can be believed stays', () => {
    expectVerdicts(
      days30,
      `a | A            | keep | undated absent
       b | B 2026-07-01 | keep | undated in-the-future
       c | C artifact   | keep | undated absent`,
    );
  });

  test('alone, it never empties a repository: the newest image stays however old', () => {
    expectVerdicts(
      policy([{ olderThan: '30d' }]),
      `a | A 2020-01-01 | delete | rank 2 of 2 + 2372d old
       b | B 2020-01-02 | keep   | rank 1 of 2`,
    );
  });

  test('with keep-last, both must let go, and a deletion names both', () => {
    expectVerdicts(
      policy([{ keepLast: 1, olderThan: '30d' }]),
      `a | A 2026-06-20 | keep   | rank 1 of 3
       b | B 2026-06-10 | keep   | 20d old
       c | C 2026-01-01 | delete | rank 3 of 3 + 180d old`,
    );
  });

  test('a date in the tag is the age; a day alone is its end', () => {
    expectVerdicts(
      policy([{ tags: ['nightly-{date}'], keepLast: 0, olderThan: '30d' }]),
      `nightly-20260529        | A 2026-06-29 | delete | 31d old
       nightly-20260530-000000 | B            | delete | 31d old
       nightly-20260531-000000 | C            | keep   | 30d old
       nightly-20270101-000000 | D            | keep   | -185d old`,
    );
  });

  test('no tag is older than its last known push', () => {
    expectVerdicts(
      policy([{ tags: ['*', 'x'], keepLast: 0, olderThan: '30d' }]),
      `mirrored | A 2020-01-01 pushed 2026-06-29 | keep   | 1d old
       old      | B 2020-01-01 pushed 2026-01-01 | delete | 180d old
       new      | C 2026-06-20 pushed 2026-01-01 | keep   | 10d old`,
    );
  });

  test('no tag is older than its first sighting at that digest', () => {
    expectVerdicts(
      days30,
      `moved | A 2020-01-01 seen 2026-06-29 | keep   | 1d old
       other | A                            | untag  | 2372d old`,
    );
  });

  test('the evidence says where the date came from', () => {
    const evidence = (by: ReturnType<typeof policy>, table: string) => decideTable(by, table)[0]?.because;
    expect(evidence(days30, 'a | A 2026-05-01 pushed 2026-04-01 | |')).toEqual([
      {
        kind: 'age',
        seconds: 60 * 86400,
        limitSeconds: 30 * 86400,
        from: { kind: 'known', at: '2026-05-01T00:00:00.000Z', source: 'config' },
      },
    ]);
    expect(evidence(days30, 'a | A 2026-05-01 pushed 2026-05-01 | |')).toEqual([
      expect.objectContaining({ from: { kind: 'known', at: '2026-05-01T00:00:00.000Z', source: 'config' } }),
    ]);
    expect(evidence(days30, 'a | A 2026-04-01 pushed 2026-05-01 | |')).toEqual([
      expect.objectContaining({ from: { kind: 'known', at: '2026-05-01T00:00:00.000Z', source: 'push' } }),
    ]);
    expect(evidence(policy([{ tags: ['{date}'], keepLast: 0, olderThan: '30d' }]), '20260101 | A | |')).toEqual([
      expect.objectContaining({ from: 'tag' }),
    ]);
  });

  test('what could not be read has no age, and stays: asked here once more, though nothing unreadable comes so far', () => {
    const unreadable = { kind: 'unreadable', why: 'not JSON' } as const;
    const asked = { limitSeconds: 1, inTag: undefined, behind: unreadable, date: unreadable, now };
    expect(judgeAge(asked)).toEqual({ kind: 'keeps', evidence: [unreadable] });
  });

  test('date-source pushed: the age is that of the last push alone', () => {
    expectVerdicts(
      policy([{ keepLast: 0, olderThan: '30d' }], { dateSource: 'pushed' }),
      `a | A 2026-06-29 pushed 2026-01-01 | delete | 180d old
       b | B 2020-01-01 pushed 2026-06-29 | keep   | 1d old
       c | C 2020-01-01                   | keep   | undated push-unknown`,
    );
  });
});
