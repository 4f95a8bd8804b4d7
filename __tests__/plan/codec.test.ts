import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decode, encode as encodeInPieces, PlanFormatError } from '../../src/plan/index.ts';
import type { Created, Evidence, Plan } from '../../src/model/index.ts';
import { cases } from '../arbitraries/cases.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { plans } from '../arbitraries/plans.ts';

const encode = (plan: Plan): string => [...encodeInPieces(plan)].join('');

test('what is written is read back, whatever the plan says', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const text = encode(plan);
      expect(decode(text)).toStrictEqual(plan);
      expect(encode(decode(text))).toBe(text);
      const inOne = JSON.stringify(decode(text), (_, part: unknown) => (part === undefined ? null : part), 2);
      expect(text).toBe(`${inOne}\n`);
    }),
    cases(500),
  );
});

const plan: Plan = {
  format: 'registry-prune.plan',
  version: 1,
  program: 'registry-prune 1.0.0',
  registry: originOf('https://registry.example.com'),
  madeAt: instantOf('2026-11-22T01:30:00.000Z'),
  configDigest: digestOf(1),
  claims: [],
  repositories: [
    {
      repository: repositoryOf('apps/web'),
      observedAt: instantOf('2026-11-22T01:30:00.000Z'),
      tagsSeen: 1,
      tags: [{ tag: tagOf('gone'), digest: undefined, because: [{ kind: 'ghost' }], rule: undefined }],
      manifests: [],
      stays: [],
      frees: { bytes: 0, atLeast: false },
    },
  ],
};

describe('every word that a plan can use is read back', () => {
  type Known = Extract<Created, { kind: 'known' }>;
  type Unknown = Extract<Created, { kind: 'unknown' }>;
  const at = plan.madeAt;
  const sources: Readonly<Record<Known['source'], Known>> = {
    annotation: { kind: 'known', at, source: 'annotation' },
    config: { kind: 'known', at, source: 'config' },
    history: { kind: 'known', at, source: 'history' },
    label: { kind: 'known', at, source: 'label' },
    children: { kind: 'known', at, source: 'children' },
    push: { kind: 'known', at, source: 'push' },
  };
  const unknowns: Readonly<Record<Unknown['why'], Unknown>> = {
    'not-asked': { kind: 'unknown', why: 'not-asked' },
    absent: { kind: 'unknown', why: 'absent' },
    'before-2000': { kind: 'unknown', why: 'before-2000' },
    'in-the-future': { kind: 'unknown', why: 'in-the-future' },
    'not-an-image': { kind: 'unknown', why: 'not-an-image' },
    unreadable: { kind: 'unknown', why: 'unreadable' },
    'push-unknown': { kind: 'unknown', why: 'push-unknown' },
  };
  const rank = {
    kind: 'rank',
    position: 2,
    of: 3,
    keepLast: 1,
    value: '1.0',
    group: ['web'],
    prerelease: true,
  } as const;
  const pull = { kind: 'pull-request', repo: 'acme/app', number: 7, state: 'closed', by: 'api' } as const;
  const branch = { kind: 'branch', repo: 'acme/app', text: 'old' } as const;
  // A kind that is missing here doesn't compile. `not-planned` is a reason to keep, and never in a plan.
  const evidence: Readonly<Record<Exclude<Evidence['kind'], 'not-planned'>, readonly Evidence[]>> = {
    'pull-request': [
      { ...pull, closedAt: at },
      { ...pull, state: 'open', by: 'event' },
      { ...pull, state: 'not-found' },
    ],
    branch: [branch, { ...branch, liveAs: 'Old' }],
    'no-rule': [{ kind: 'no-rule' }],
    'keep-tags': [{ kind: 'keep-tags', pattern: 'v*' }],
    referenced: [{ kind: 'referenced', file: 'compose.yaml', line: 3, as: 'web:1' }],
    rank: [
      { ...rank, by: 'version' },
      { ...rank, by: 'number', live: true },
      { ...rank, by: 'date' },
      { ...rank, by: 'created' },
    ],
    age: (['tag', ...Object.values(sources)] as const).map((from) => ({
      kind: 'age',
      seconds: 9.5,
      limitSeconds: 8,
      from,
    })),
    undated: Object.values(unknowns).map((created) => ({ kind: 'undated', created })),
    ambiguous: [{ kind: 'ambiguous', readings: ['a', 'b'] }],
    attachment: [{ kind: 'attachment', of: digestOf(4) }],
    untagged: [{ kind: 'untagged', revisedAt: at }],
    unreadable: [{ kind: 'unreadable', why: '500' }],
    ghost: [{ kind: 'ghost' }],
    'another-source': [{ kind: 'another-source', source: 'https://example.com', repo: 'acme/app' }],
    placeholder: [{ kind: 'placeholder' }],
    'other-event': [{ kind: 'other-event', event: '#7' }],
  };
  const ghost = { tag: tagOf('gone'), digest: undefined, rule: undefined };
  const withReason = (reason: Evidence): Plan => ({
    ...plan,
    repositories: plan.repositories.map((each) => ({ ...each, tags: [{ ...ghost, because: [reason] }] })),
  });

  test.each(Object.entries(evidence))('%s', (_, reasons) => {
    for (const reason of reasons) {
      expect(decode(encode(withReason(reason)))).toStrictEqual(withReason(reason));
      // And nothing beside them.
      expect(() => encode(withReason({ ...(reason as object), mood: 'good' } as unknown as Evidence))).toThrow(
        PlanFormatError,
      );
    }
  });

  test.each(['tagged', 'child', 'attachment', 'untagged'] as const)('%s', (role) => {
    const manifest = { digest: digestOf(2), mediaType: 'x', size: 1, role };
    const withManifests: Plan = {
      ...plan,
      shard: '2/3',
      claims: [pull, branch],
      repositories: plan.repositories.map((each) => ({
        ...each,
        manifests: [manifest, { ...manifest, of: digestOf(1), revisedAt: at }],
      })),
    };
    expect(decode(encode(withManifests))).toStrictEqual(withManifests);
  });
});

test('the text is the same however the plan was put together, says what it is first and ends with a newline', () => {
  const turned = Object.fromEntries(Object.entries(plan).reverse()) as Plan;
  expect(encode(turned)).toBe(encode(plan));
  expect(encode(plan)).toMatch(/^\{\n {2}"format": "registry-prune\.plan",\n {2}"version": 1,\n/);
  expect(encode(plan)).toMatch(/\}\n$/);
  expect(encode(plan)).toContain('"digest": null');
});

describe('what is refused', () => {
  const text = encode(plan);
  test.each<[string, string, RegExp]>([
    ['text that is no JSON', 'plan', /^The plan is not JSON: SyntaxError/],
    ['JSON of another kind', '[]', /^This is not a plan of registry-prune, version 1\.$/],
    ['another format', text.replace('registry-prune.plan', 'terraform.plan'), /^This is not a plan/],
    ['a later version', text.replace('"version": 1', '"version": 2'), /^This is not a plan/],
    [
      'a tag that is none',
      text.replace('"gone"', '"../gone"'),
      /at repositories\.0\.tags\.0\.tag: "\.\.\/gone" is no tag\.$/,
    ],
    ['a digest that is none', text.replace(/"sha256:0*1"/, '"sha256:1"'), /configDigest: "sha256:1" is no digest\.$/],
    ['a repository that is none', text.replace('"apps/web"', '"Apps"'), /"Apps" is no repository name\.$/],
    ['a registry with a password', text.replace('https://', 'https://a:b@'), /is no registry URL\.$/],
    ['a moment without a time zone', text.replaceAll('000Z', '000'), /is no moment in UTC\.$/],
    ['a key that nobody knows', text.replace('"shard"', '"x"').replace('"claims"', '"x": 1, "claims"'), /"x"/],
    ['no reason', text.replace(/\{\s*"kind": "ghost"\s*\}/, ''), /because/],
    ['a reason that nobody knows', text.replace('"ghost"', '"mood"'), /because\.0/],
    [
      'a shard that is none',
      text.replace('"claims"', '"shard": "3/2", "claims"'),
      /at shard: no shard such as 2\/8\.$/,
    ],
    [
      'a name of any length',
      text.replace('"gone"', `"${'é'.repeat(10_000)}"`),
      /^The plan is malformed at .{1,500}…\.$/,
    ],
    ['a negative size', text.replace('"bytes": 0', '"bytes": -1'), /frees\.bytes/],
  ])('%s', (_, given, message) => {
    expect(given).not.toBe(text);
    expect(() => decode(given)).toThrow(PlanFormatError);
    expect(() => decode(given)).toThrow(message);
    expect(wayOutOf(given)).toMatch(/^Make a new plan with dry-run: true and pass its plan-file on as it is\./);
  });

  test('a plan that could not be read back is not written', () => {
    expect(() => encode({ ...plan, version: 2 as 1 })).toThrow(PlanFormatError);
  });

  test('a plan of another version is one for the program of that version', () => {
    expect(wayOutOf(text.replace('"version": 1', '"version": 2'))).toMatch(/The same version must read it\.$/);
    expect(() => decode('[]')).toThrow(expect.objectContaining({ name: 'PlanFormatError' }));
  });
});

function wayOutOf(text: string): string {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof PlanFormatError) return error.wayOut;
  }
  return '';
}
