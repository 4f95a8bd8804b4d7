import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, verify } from '../../src/plan/index.ts';
import { inOrder } from '../../src/plan/order.ts';
import { repositoryPlan } from '../../src/plan/repository-plan.ts';
import type { PlannedManifest, PlannedTag, Problem, RepositoryPlan, Snapshot } from '../../src/model/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { soundDecisions } from '../arbitraries/decisions.ts';
import { attachmentTagOf, digestOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { snapshots } from '../arbitraries/snapshots.ts';
import { deleting, index, manifest, opaque, repository, type Target } from './repository.ts';
import { goingOf, objections, type Going } from './oracle.ts';

const because = [{ kind: 'no-rule' }] as const;

/** A plan for exactly this, harmless or not, as the program would write it. */
function planFor(snapshot: Snapshot, going: Going): RepositoryPlan {
  const tags = [...going.tags].map((tag): PlannedTag => {
    const state = snapshot.tags.get(tag);
    return { tag, digest: state?.kind === 'points' ? state.digest : undefined, because, rule: undefined };
  });
  const known = [...going.manifests].flatMap((digest) => {
    const found = snapshot.manifests.get(digest);
    return found === undefined ? [] : [found.kind === 'opaque' ? { ...found, children: [] } : found];
  });
  const manifests = inOrder(snapshot, known).map(({ digest, mediaType, size }): PlannedManifest => ({
    digest,
    mediaType,
    size,
    role: 'tagged',
  }));
  return repositoryPlan(snapshot, tags, manifests);
}

test('a plan with one thing more or less is refused exactly where an invariant objects', () => {
  const refused = { yes: 0, no: 0 };
  const runs = cases(2000);
  fc.assert(
    fc.property(
      snapshots.chain((snapshot) => fc.tuple(fc.constant(snapshot), soundDecisions(snapshot), fc.nat(), fc.nat())),
      ([snapshot, decisions, first, second]) => {
        const going = goingOf(build(snapshot, decisions));
        const names = [...snapshot.tags.keys(), ...snapshot.manifests.keys()];
        if (names.length === 0) return;
        for (const roll of first % 2 === 0 ? [first] : [first, second]) {
          const name = names[roll % names.length];
          toggle(
            going.tags,
            [...snapshot.tags.keys()].find((tag) => tag === name),
          );
          toggle(
            going.manifests,
            [...snapshot.manifests.keys()].find((digest) => digest === name),
          );
        }
        // A subject, or an attachment, that is not here at all is nobody's loss: build and narrow are stricter there.
        const objected = [...objections(snapshot, going).values()].filter((why) => {
          const [other] = /(?<= of | leaves )sha256:\S+/.exec(why) ?? [];
          return other === undefined || [...snapshot.manifests.keys()].some((digest) => digest === other);
        });
        const problems = verify(planFor(snapshot, going), snapshot);
        if (objected.length > 0) expect(problems).not.toEqual([]);
        if (problems.length > 0) expect([...objections(snapshot, going)]).not.toEqual([]);
        refused[problems.length > 0 ? 'yes' : 'no']++;
      },
    ),
    runs,
  );
  expect(Math.min(refused.yes, refused.no)).toBeGreaterThan(runs.numRuns / 10);
});

function toggle<Name>(set: Set<Name>, name: Name | undefined): void {
  if (name !== undefined && !set.delete(name)) set.add(name);
}

/** Long names cut to the number that they were made of. */
function inShort({ at, what }: Problem): string {
  return `${at} ${what}`.replaceAll(/0{9,}/g, '…');
}

describe('what is refused, and in which words', () => {
  const signatureOf1 = attachmentTagOf(digestOf(1));
  const signatureOf2 = attachmentTagOf(digestOf(2));

  type Case = {
    readonly tags: Readonly<Record<string, Target>>;
    readonly manifests: Parameters<typeof repository>[1];
    readonly referrers?: Parameters<typeof repository>[2];
    readonly doom: readonly (string | number)[];
  };

  function problemsOf({ tags, manifests, referrers, doom }: Case): readonly string[] {
    const snapshot = repository(tags, manifests, referrers);
    const going: Going = {
      tags: new Set(doom.flatMap((name) => (typeof name === 'string' ? tagOf(name) : []))),
      manifests: new Set(doom.flatMap((name) => (typeof name === 'number' ? digestOf(name) : []))),
    };
    return verify(planFor(snapshot, going), snapshot).map(inShort);
  }

  test.each<[string, Case, readonly string[]]>([
    [
      "a kept tag's manifest",
      { tags: { a: 1, b: 1 }, manifests: [manifest(1)], doom: ['a', 1] },
      ['apps/web@sha256:…1 Is planned, but the kept tag b points at it.'],
    ],
    [
      "a kept index's child",
      { tags: { a: 1, b: 2 }, manifests: [index(1, [2]), manifest(2)], doom: ['b', 2] },
      ['apps/web@sha256:…2 Is planned, but sha256:…1, which stays, needs it.'],
    ],
    [
      "a kept referrer's subject",
      { tags: { a: 1, b: 2 }, manifests: [manifest(1, { subject: digestOf(2) }), manifest(2)], doom: ['b', 2] },
      [
        'apps/web@sha256:…2 Is planned, but sha256:…1, which stays, needs it.',
        'apps/web@sha256:…1 Would be left behind: it is attached to sha256:…2, which is planned.',
      ],
    ],
    [
      "a kept platform's attestation",
      { tags: { a: 1, b: 2 }, manifests: [manifest(1), manifest(2, { attests: digestOf(1) })], doom: ['b', 2] },
      ['apps/web@sha256:…2 Is planned, but it is attached to sha256:…1, which stays.'],
    ],
    [
      "a kept manifest's referrer, by the API's word",
      { tags: { a: 1, b: 2 }, manifests: [manifest(1), manifest(2)], referrers: [[1, [2]]], doom: ['b', 2] },
      ['apps/web@sha256:…2 Is planned, but it is attached to sha256:…1, which stays.'],
    ],
    [
      "a kept image's signature",
      { tags: { a: 1, [signatureOf1]: 2 }, manifests: [manifest(1), manifest(2)], doom: [signatureOf1] },
      ['apps/web:sha256-…1.sig Is planned, but it is attached to sha256:…1, which stays.'],
    ],
    [
      'a signature of a platform that a kept index lists and the registry lacks',
      { tags: { a: 1, [signatureOf2]: 3 }, manifests: [index(1, [2]), manifest(3)], doom: [signatureOf2] },
      ['apps/web:sha256-…2.sig Is planned, but it is attached to sha256:…2, which stays.'],
    ],
    [
      'an image without its signature',
      { tags: { a: 1, [signatureOf1]: 2 }, manifests: [manifest(1), manifest(2)], doom: ['a', 1] },
      ['apps/web:sha256-…1.sig Would be left behind: it is attached to sha256:…1, which is planned.'],
    ],
    [
      'a tag that was not observed',
      { tags: {}, manifests: [], doom: ['a'] },
      ['apps/web:a Is planned, but was not observed.'],
    ],
    [
      'a tag that could not be read',
      { tags: { a: 'unreadable' }, manifests: [], doom: ['a'] },
      ['apps/web:a Is planned, but could not be read: the registry answered 500'],
    ],
    [
      'what was not read, and anything beside it',
      {
        tags: { a: 1, b: 2, [signatureOf2]: 3 },
        manifests: [opaque(1), manifest(2), manifest(3)],
        doom: ['a', 1, 'b', 2, signatureOf2],
      },
      [
        'apps/web:a Is planned, but sha256:…1 was not read.',
        'apps/web@sha256:…1 Is planned, but was not read: it may hold anything.',
        'apps/web@sha256:…1 Is planned, but sha256:…1 was not read and may hold it.',
        'apps/web@sha256:…2 Is planned, but sha256:…1 was not read and may hold it.',
        'apps/web:sha256-…2.sig Is planned, but sha256:…1 was not read and may hold its subject sha256:…2.',
      ],
    ],
    [
      'a manifest beside a kept tag that could not be read',
      { tags: { a: 1, b: 'unreadable', [signatureOf1]: 'unreadable' }, manifests: [manifest(1)], doom: ['a', 1] },
      [
        'apps/web:sha256-…1.sig Would be left behind: it is attached to sha256:…1, which is planned.',
        'apps/web@sha256:…1 Is planned, but b was not read and may hold it.',
      ],
    ],
    [
      'a manifest beside a kept tag whose manifest nobody looked at',
      { tags: { a: 1, b: 2 }, manifests: [manifest(1)], doom: ['a', 1] },
      ['apps/web@sha256:…1 Is planned, but b was not read and may hold it.'],
    ],
  ])('%s', (_, given, expected) => {
    expect(problemsOf(given)).toEqual(expected);
  });

  const snapshot = repository({ a: 1, b: 3, c: 'ghost', [signatureOf1]: 3 }, [index(1, [2]), manifest(2), manifest(3)]);
  const plan = build(snapshot, deleting(snapshot, 'a', 'c', signatureOf1));

  test.each<[string, RepositoryPlan, readonly string[]]>([
    [
      "another repository's plan",
      { ...plan, repository: repositoryOf('other') },
      ['other The plan was checked against apps/web.'],
    ],
    ['a name twice', { ...plan, tags: [...plan.tags, ...plan.tags.slice(0, 1)] }, ['apps/web:a Is planned twice.']],
    [
      'a digest twice',
      { ...plan, manifests: [...plan.manifests, ...plan.manifests.slice(-1)] },
      ['apps/web@sha256:…2 Is planned twice.'],
    ],
    [
      'a tag at another digest than it has',
      { ...plan, tags: plan.tags.map((tag) => (tag.tag === 'a' ? { ...tag, digest: undefined } : tag)) },
      ['apps/web:a Was to point at nothing and points at sha256:…1.'],
    ],
    [
      'a ghost that is said to point at something',
      { ...plan, tags: plan.tags.map((tag) => (tag.tag === 'c' ? { ...tag, digest: digestOf(1) } : tag)) },
      ['apps/web:c Was to point at sha256:…1 and points at nothing.'],
    ],
    [
      'a child before its index',
      { ...plan, manifests: plan.manifests.toReversed() },
      ['apps/web@sha256:…2 Goes before sha256:…1, which it is a part of or attached to.'],
    ],
    [
      'a kept tag that is not among those that stay',
      { ...plan, stays: [] },
      ['apps/web:b Stays at sha256:…3; the plan says nothing.'],
    ],
    [
      'a doomed tag among those that stay',
      { ...plan, stays: [...plan.stays, { tag: tagOf('a'), digest: digestOf(1) }] },
      ['apps/web:a Stays at nothing; the plan says sha256:…1.'],
    ],
    [
      'a tag that was not observed among those that stay',
      { ...plan, stays: [...plan.stays, { tag: tagOf('z'), digest: digestOf(1) }] },
      ['apps/web:z Is said to stay, but was not observed.'],
    ],
    [
      'a manifest that is not here',
      { ...plan, manifests: [...plan.manifests, { digest: digestOf(9), mediaType: '', size: 0, role: 'tagged' }] },
      ['apps/web@sha256:…9 Is planned, but was not read: it may hold anything.'],
    ],
  ])('%s', (_, altered, expected) => {
    expect(verify(plan, snapshot)).toEqual([]);
    const problems = verify(altered, snapshot);
    expect(problems.map(inShort)).toEqual(expected);
    expect(problems[0]?.wayOut).toContain('Nothing of this repository is deleted.');
  });

  test('an attachment before its subject, unless it holds that', () => {
    const signed = repository({ a: 1, [signatureOf1]: 2 }, [manifest(1), index(2, [3]), manifest(3)]);
    const good = build(signed, deleting(signed, 'a', signatureOf1));
    expect(verify(good, signed)).toEqual([]);
    const [subject, ...attachments] = good.manifests;
    if (subject === undefined) throw new Error('Nothing was planned.');
    expect(verify({ ...good, manifests: [...attachments, subject] }, signed)).toHaveLength(1);

    const circle = repository({ a: 1, [signatureOf1]: 2 }, [manifest(1), index(2, [1])]);
    const plan = build(circle, deleting(circle, 'a', signatureOf1));
    expect(plan.manifests.map(({ digest }) => digest)).toEqual([digestOf(2), digestOf(1)]);
    expect(verify(plan, circle)).toEqual([]);
  });
});
