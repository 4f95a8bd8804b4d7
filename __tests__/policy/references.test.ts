/** What files of the workspace name is kept. */
import { describe, expect, test } from '@jest/globals';
import { references } from './outside.ts';
import { decideTable, expectVerdicts, policy } from './tables.ts';

const all = policy([{ keepLast: 0 }], { keepTags: ['stable'] });

describe('a file that names an image', () => {
  test('by tag keeps that tag; another tag of the image may go', () => {
    expectVerdicts(
      all,
      `v1     | A | keep   | deploy.yml:1 :v1
       v1.0   | A | untag  | rank 0 of 0
       v2     | B | delete | rank 0 of 0
       stable | C | keep   | keep-tags stable
       latest | D | keep   | keep-tags latest`,
      { references: references(':v1', ':v9', ':stable', ':v1') },
    );
  });

  test('by digest keeps every tag of it', () => {
    expectVerdicts(
      all,
      `v1   | A | keep   | deploy.yml:1 @A
       v1.0 | A | keep   | deploy.yml:1 @A
       v2   | B | delete | rank 0 of 0`,
      { references: references('@A', '@A', '@Z') },
    );
  });

  test('by the digest of a platform keeps the tags of its index, at any depth', () => {
    expectVerdicts(
      all,
      `v1     | I[A B] | keep   | deploy.yml:1 @A
       nested | J[I]   | keep   | deploy.yml:1 @A
       amd64  | A      | keep   | deploy.yml:1 @A
       arm64  | B      | untag  | rank 0 of 0
       v2     | K[B C] | delete | rank 0 of 0`,
      { references: references('@A') },
    );
  });

  test('by the digest of what is attached to an image keeps that image, and so what is attached', () => {
    expectVerdicts(
      all,
      `v1     | A            | keep   | deploy.yml:1 @S
       sig(A) | S            | keep   | with A
       v2     | B            | keep   | deploy.yml:2 @T
              | T of B       |        |
       v3     | I[C D]       | keep   | deploy.yml:3 @D
              | D attests C  |        |
       v4     | E            | delete | rank 0 of 0
       sig(E) | F            | delete | with E`,
      { references: references('@S', '@T', '@D') },
    );
  });

  test('by the tag of an attachment keeps its image', () => {
    expectVerdicts(
      all,
      `v1     | A     | keep | deploy.yml:1 :sig(A)
       sig(A) | S     | keep | with A
       sig(B) | ghost | keep | with B`,
      { references: references(':sig(A)', ':sig(B)') },
    );
  });

  test('without tag or digest keeps all of its repository; of another repository, nothing', () => {
    expectVerdicts(
      all,
      `v1     | A             | keep | deploy.yml:3 :v1
       v2     | B             | keep | deploy.yml:2 @B
       v3     | ghost         | keep | deploy.yml:1 :?
       v4     | unreadable    | keep | deploy.yml:1 :?
       v5     | P placeholder | keep | deploy.yml:1 :?
       v6     | O opaque      | keep | deploy.yml:1 :?
       sig(Z) | unreadable    | keep | unreadable: not JSON
       stable | C             | keep | keep-tags stable`,
      { references: references(':?', '@B', ':v1') },
    );
    expectVerdicts(all, `v1 | A | delete | rank 0 of 0`, {
      references: references('other/web:?', 'other/web:v1', 'other/web@A'),
    });
  });

  test('keeps what no rule governs for that reason, and no rule is named', () => {
    const table = `v1 | A | keep | deploy.yml:1 :v1
                   x  | B | keep | deploy.yml:2 :x`;
    const around = { references: references(':v1', ':x') };
    const by = policy([{ tags: ['v*'], keepLast: 0 }]);
    expectVerdicts(by, table, around);
    expect(decideTable(by, table, around).map((each) => 'rule' in each)).toEqual([false, false]);
  });

  test('by the digest of an index that lists itself, which cannot be, does no harm', () => {
    expectVerdicts(all, `v1 | I[I] | keep | deploy.yml:1 @I`, { references: references('@I') });
  });

  test('moves nobody in keep-last: an index counts as one image, named or not', () => {
    const by = policy([{ keepLast: 1 }]);
    const table = (multi: string): string =>
      `multi | I[A B] 2026-06-03 | keep   | ${multi}
       amd64 | A 2026-06-03      | keep   | rank 1 of 3
       arm64 | B 2026-06-02      | untag  | rank 2 of 3
       old   | O 2026-06-01      | delete | rank 2 of 2`;
    expectVerdicts(by, table('rank 1 of 2'));
    expectVerdicts(by, table('deploy.yml:1 :multi'), { references: references(':multi') });
  });
});
