import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/policy/index.ts';
import { digest, expectVerdicts, manifest, now, policy, snapshot, tag } from './tables.ts';

const newest1 = policy([{ tags: ['v{version}'], keepLast: 1 }]);

describe('an attachment', () => {
  test('goes with its subject and stays with it', () => {
    expectVerdicts(
      newest1,
      `v2          | A          | keep   | rank 1 of 2
       v1          | B          | delete | rank 2 of 2
       sig(A)      | S artifact | keep   | with A
       sig(B)      | T artifact | delete | with B
       fallback(A) | F[S]       | keep   | with A
       fallback(B) | G[T]       | delete | with B`,
    );
  });

  test('is never governed, neither by a rule for all nor by keep-tags', () => {
    expectVerdicts(
      policy([{ keepLast: 0 }], { keepTags: ['sha256-*'] }),
      `v1     | A          | delete | rank 0 of 0
       sig(A) | S artifact | delete | with A
       sig(X) | T artifact | keep   | with X`,
    );
  });

  test('stays where its subject was not seen', () => {
    expectVerdicts(policy([{ keepLast: 0 }]), `sig(X) | S artifact | keep | with X`);
  });

  test('stays where its subject was seen, but goes with no doomed tag: an image may be pulled by its digest', () => {
    expectVerdicts(
      policy([{ keepLast: 0 }]),
      `       | X          |      |
       v1     | A          | delete | rank 0 of 0
       sig(X) | S artifact | keep | with X`,
    );
  });

  test('of a platform follows the index', () => {
    expectVerdicts(
      newest1,
      `       | A          |        |
              | B          |        |
       v2     | I[A]       | keep   | rank 1 of 2
       v1     | J[B A]     | delete | rank 2 of 2
       sig(A) | S artifact | keep   | with A
       sig(B) | T artifact | delete | with B
       sig(J) | U artifact | delete | with J
       sig(C) | V artifact | keep   | with C`,
    );
  });

  test('of an attachment follows it', () => {
    expectVerdicts(
      newest1,
      `v2     | A          | keep   | rank 1 of 2
       v1     | B          | delete | rank 2 of 2
       sig(A) | S artifact | keep   | with A
       sig(S) | U artifact | keep   | with S
       sig(B) | T artifact | delete | with B
       sig(T) | V artifact | delete | with T`,
    );
  });

  test('that stays holds what it points at, and so the attachments of that', () => {
    expectVerdicts(
      newest1,
      `v2     | A          | keep  | rank 1 of 2
       v1     | B          | untag | rank 2 of 2
       sig(X) | B          | keep  | with X
       sig(B) | T artifact | keep  | with B
       sig(T) | V artifact | keep  | with T`,
    );
  });

  test('stays where something that stays could not be read, for that may hold its subject', () => {
    expectVerdicts(
      newest1,
      `v2     | A          | keep  | rank 1 of 2
       v1     | B          | untag | rank 2 of 2
       sig(B) | T artifact | keep  | with B
       w      | U opaque   | keep  | no-rule`,
    );
  });

  test('stays where a platform could not be read of an index that is to go', () => {
    expectVerdicts(
      newest1,
      `       | U opaque   |       |
       v2     | A          | keep  | rank 1 of 2
       v1     | I[B U]     | untag | rank 2 of 2
              | B          |       |
       sig(B) | T artifact | keep  | with B`,
    );
  });

  test('that cannot be read itself stays, and its subject with it', () => {
    expectVerdicts(
      newest1,
      `v2          | A          | keep  | rank 1 of 2
       v1          | B          | untag | rank 2 of 2
       sig(B)      | unreadable | keep  | unreadable: not JSON
       fallback(B) | F[]        | keep  | with B`,
    );
  });

  test('whose tag is a ghost goes with its subject, and with nothing else', () => {
    expectVerdicts(
      newest1,
      `v2     | A     | keep   | rank 1 of 2
       v1     | B     | delete | rank 2 of 2
       sig(A) | ghost | keep   | with A
       sig(B) | ghost | clear  | with B
       sig(X) | ghost | keep   | with X`,
    );
  });

  test('whose tag holds a leftover placeholder is none any more: it is finished', () => {
    expectVerdicts(
      newest1,
      `v2     | A             | keep   | rank 1 of 1
       sig(A) | P placeholder | delete | placeholder
       sig(X) | Q placeholder | delete | placeholder`,
    );
  });

  test('that a tag of its own names is still held by its subject', () => {
    expectVerdicts(
      policy([{ tags: ['sbom-*'], keepLast: 0 }]),
      `v1     | A               | keep  | no-rule
       sbom-1 | S of A artifact | untag | rank 0 of 0`,
    );
  });

  test('that the referrers API names has attachments too', () => {
    const decisions = decide({
      policy: policy([{ keepLast: 0 }]),
      snapshot: snapshot(
        [
          [tag('v1'), { kind: 'points', digest: digest('A') }],
          [tag('sig(R)'), { kind: 'points', digest: digest('S') }],
        ],
        [manifest('A'), manifest('R', { kind: 'artifact' }), manifest('S', { kind: 'artifact' })],
        new Map([[digest('A'), [digest('R')]]]),
      ),
      claims: [],
      now,
    });
    expect(decisions.map(({ verdict, image }) => `${verdict} ${image}`)).toEqual(['delete goes', 'delete goes']);
  });
});

test('a tag whose manifest the snapshot does not have was not read', () => {
  const decisions = decide({
    policy: policy([{ keepLast: 0 }]),
    snapshot: snapshot([[tag('v1'), { kind: 'points', digest: digest('A') }]], []),
    claims: [],
    now,
  });
  expect(decisions).toEqual([
    {
      tag: 'v1',
      digest: digest('A'),
      rule: 'rule',
      verdict: 'keep',
      because: [{ kind: 'unreadable', why: 'its manifest was not read' }],
      image: 'kept',
    },
  ]);
});
