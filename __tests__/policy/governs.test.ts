import { describe, test } from '@jest/globals';
import { expectVerdicts, policy } from './tables.ts';

describe('who decides of a tag', () => {
  test('a tag that no rule governs stays', () => {
    expectVerdicts(
      policy([{ tags: ['tmp-*'], keepLast: 0 }]),
      `tmp-1 | A | delete | rank 0 of 0
       other | B | keep   | no-rule`,
    );
  });

  test('a rule of other repositories governs nothing here', () => {
    expectVerdicts(policy([{ repositories: ['library/**'], keepLast: 0 }]), `a | A | keep | no-rule`);
  });

  test('keep-tags comes before all rules, and latest is in it', () => {
    expectVerdicts(
      policy([{ keepLast: 0 }], { keepTags: ['stable', 'v*', '!v0*'] }),
      `latest | A | keep   | keep-tags latest
       stable | B | keep   | keep-tags stable
       v1     | C | keep   | keep-tags v*
       v0     | D | delete | rank 0 of 0`,
    );
  });

  test('!latest gives latest to the rules', () => {
    expectVerdicts(policy([{ keepLast: 0 }], { keepTags: ['!latest'] }), `latest | A | delete | rank 0 of 0`);
  });

  test('the first rule that matches wins, even if a later one would delete', () => {
    expectVerdicts(
      policy([
        { name: 'releases', tags: ['v{version}'], keepLast: 1 },
        { name: 'rest', tags: ['*'], keepLast: 0 },
      ]),
      `v2  | A | keep   | rank 1 of 2
       v1  | B | delete | rank 2 of 2
       tmp | C | delete | rank 0 of 0`,
    );
  });

  test('a tag that keep-tags keeps is not counted; the tags of its image that a rule governs are', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}'], keepLast: 1 }], { keepTags: ['v9'] }),
      `v9     | A | keep   | keep-tags v9
       latest | B | keep   | keep-tags latest
       v2     | B | keep   | rank 1 of 2
       v1     | C | delete | rank 2 of 2`,
    );
  });

  test('a tag on an image that another tag keeps goes alone', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}'], keepLast: 1 }]),
      `v2     | A | keep  | rank 1 of 2
       v1     | B | untag | rank 2 of 2
       stable | B | keep  | no-rule`,
    );
  });
});

describe('what is behind it', () => {
  test('unreadable stays, and so does every image, since it may hold any of them', () => {
    expectVerdicts(
      policy([{ tags: ['v*'], keepLast: 0 }]),
      `v1 | unreadable | keep  | unreadable: not JSON
       v2 | A opaque   | keep  | unreadable: too large
       v3 | B          | untag | rank 0 of 0
       w1 | unreadable | keep  | no-rule`,
    );
  });

  test('unreadable takes no place', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}'], keepLast: 1 }]),
      `v3 | A opaque | keep | unreadable: too large
       v2 | B        | keep | rank 1 of 1`,
    );
  });

  test('a ghost goes where a rule governs it and images are ordered by their dates', () => {
    expectVerdicts(
      policy([{ tags: ['v*'], keepLast: 3, olderThan: '30d' }]),
      `v1     | ghost        | clear | ghost
       v2     | A 2026-06-01 | keep  | rank 1 of 1
       w1     | ghost        | keep  | no-rule
       latest | ghost        | keep  | keep-tags latest`,
    );
  });

  test('a ghost whose name ranks among the newest stays; it takes no place itself', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}'], keepLast: 1 }]),
      `v4 | ghost | keep   | rank 1 of 3
       v3 | A     | keep   | rank 1 of 2
       v2 | ghost | clear  | ghost + rank 2 of 3
       v1 | B     | delete | rank 2 of 2`,
    );
  });

  test('a ghost is as old as the date in its name', () => {
    expectVerdicts(
      policy([{ tags: ['{date}'], keepLast: 0, olderThan: '30d' }]),
      `20260101-000000 | ghost | clear | ghost + 180d old
       20260629-000000 | ghost | keep  | 1d old
       20260628-000000 | A     | keep  | 2d old`,
    );
  });

  test('where every tag is a ghost all stay: the registry has lost its storage, not its images', () => {
    expectVerdicts(
      policy([{ tags: ['v*'], keepLast: 0 }]),
      `v1     | ghost | keep | ghost
       v2     | ghost | keep | ghost
       sig(A) | ghost | keep | ghost
       w      | ghost | keep | no-rule`,
    );
  });

  test('a leftover placeholder is finished: no condition is asked, and it takes no place', () => {
    expectVerdicts(
      policy([{ tags: ['v{version}'], keepLast: 1, olderThan: '30d' }]),
      `v9     | P placeholder | delete | placeholder
       v8     | Q placeholder | untag  | placeholder
       v2     | A 2026-01-01  | keep   | rank 1 of 2
       v1     | B 2026-01-01  | delete | rank 2 of 2 + 180d old
       w      | Q             | keep   | no-rule
       latest | Q             | keep   | keep-tags latest`,
    );
  });
});
