/** A plan that doesn't agree with itself was edited. */
import { expect, test } from '@jest/globals';
import type { Claim, Plan, RepositoryPlan } from '../../src/model/index.ts';
import { contradictionIn } from '../../src/plan/index.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';

const closed: Claim = { kind: 'pull-request', repo: 'a/b', number: 7, state: 'closed', by: 'api' };
const gone: Claim = { kind: 'branch', repo: 'a/b', text: 'old' };
const at = instantOf('2026-11-22T01:30:00.000Z');
const manifest = (number: number): RepositoryPlan['manifests'][number] => ({
  digest: digestOf(number),
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  size: 1,
  role: 'tagged',
});
const sound: RepositoryPlan = {
  repository: repositoryOf('apps/web'),
  observedAt: at,
  tagsSeen: 3,
  tags: [
    { tag: tagOf('pr-7'), digest: digestOf(1), because: [closed], rule: 'inputs' },
    { tag: tagOf('old-1'), digest: digestOf(2), because: [gone, { kind: 'no-rule' }], rule: 'inputs' },
  ],
  manifests: [manifest(1), manifest(2)],
  stays: [{ tag: tagOf('latest'), digest: digestOf(3) }],
  frees: { bytes: 0, atLeast: false },
};
const planOf = (change: Partial<RepositoryPlan> = {}, more: Partial<Plan> = {}): Plan => ({
  format: 'registry-prune.plan',
  version: 1,
  program: 'registry-prune 1.0.0',
  registry: originOf('https://registry.example.com'),
  madeAt: at,
  configDigest: digestOf(1),
  claims: [closed, gone],
  repositories: [{ ...sound, ...change }],
  ...more,
});

test('one that was passed on as it is has none, whatever the order of its keys', () => {
  const turned = Object.fromEntries(Object.entries(closed).reverse()) as Claim;
  expect(contradictionIn(planOf())).toBeUndefined();
  expect(contradictionIn(planOf({}, { claims: [gone, turned, gone] }))).toBeUndefined();
  expect(contradictionIn(planOf({}, { claims: [], repositories: [] }))).toBeUndefined();
});

test.each<[string, Plan, RegExp]>([
  ['a repository twice', planOf({}, { repositories: [sound, sound] }), /^apps\/web is in it twice\.$/],
  ['a tag twice', planOf({ tags: [...sound.tags, ...sound.tags] }), /^apps\/web:pr-7 is to go twice\.$/],
  ['a manifest twice', planOf({ manifests: [manifest(1), manifest(1)] }), /^apps\/web@sha256:0+1 is to go twice\.$/],
  [
    'a tag that goes and stays',
    planOf({ stays: [{ tag: tagOf('pr-7'), digest: digestOf(9) }] }),
    /^apps\/web:pr-7 is to go and to stay\.$/,
  ],
  [
    'the image of a tag that stays',
    planOf({ manifests: [manifest(3)] }),
    /^apps\/web@sha256:0+3 is to go, and latest, which is to stay, points at it\.$/,
  ],
  ['a claim too few', planOf({}, { claims: [closed] }), /^the claims at its top/],
  ['a claim too many', planOf({ tags: [] }, { claims: [closed] }), /^the claims at its top/],
  ['another claim', planOf({}, { claims: [closed, { ...gone, text: 'other' }] }), /^the claims at its top/],
])('%s', (_, plan, words) => {
  expect(contradictionIn(plan)).toMatch(words);
});
