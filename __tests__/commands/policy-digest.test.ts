/** The mark of the rules that made a plan: every word of a rule changes it, and nothing else does. */
import { describe, expect, test } from '@jest/globals';
import { policyDigest } from '../../src/commands/policy-digest.ts';
import { parseDigest } from '../../src/model/index.ts';
import { parseRepositoryPatterns, parseTagPatterns } from '../../src/pattern/index.ts';
import { makeKeepTags, makeRule, type Policy, type Rule } from '../../src/policy/index.ts';

const rule = (): Rule =>
  makeRule({
    name: 'previews',
    repositories: parseRepositoryPatterns(['apps/*']),
    tags: parseTagPatterns(['pr-{pr}']),
    keepLast: 5,
    olderThanSeconds: 86_400,
    keepLastLive: 3,
    repo: 'acme/apps',
  });
const policy = (...rules: readonly Rule[]): Policy => ({
  keepTags: makeKeepTags(['stable']),
  rules: rules.length === 0 ? [rule()] : rules,
  dateSource: 'created',
});
const digest = policyDigest(policy());

test('is a digest, and the same for the same rules', () => {
  expect(parseDigest(digest)).toBe(digest);
  expect(policyDigest(policy())).toBe(digest);
});

describe('is another one where a rule differs in', () => {
  /** Complete by its type: a new field of a rule needs its row. */
  const changes: { readonly [Field in keyof Required<Rule>]: Required<Rule>[Field] } = {
    name: 'other',
    repositories: parseRepositoryPatterns(['apps/**']),
    tags: parseTagPatterns(['pr-{pr}-*']),
    keepLast: 6,
    olderThanSeconds: 86_401,
    keepLastLive: 4,
    repo: 'acme/web',
  };
  test.each(Object.entries(changes))('its %s', (field, value) => {
    expect(policyDigest(policy({ ...rule(), [field]: value }))).not.toBe(digest);
  });

  test.each(['olderThanSeconds', 'keepLastLive', 'repo'] as const)('%s, which is missing', (field) => {
    const without = Object.fromEntries(Object.entries(rule()).filter(([name]) => name !== field)) as Rule;
    expect(policyDigest(policy(without))).not.toBe(digest);
  });
});

describe('is another one where the policy differs in', () => {
  const releases = makeRule({
    name: 'releases',
    repositories: parseRepositoryPatterns(['**']),
    tags: parseTagPatterns(['{version}']),
    keepLast: 20,
  });

  test.each<[string, Policy]>([
    ['what it keeps', { ...policy(), keepTags: makeKeepTags(['stable', 'edge']) }],
    ['keeping latest', { ...policy(), keepTags: makeKeepTags(['stable', '!latest']) }],
    ['whose dates it believes', { ...policy(), dateSource: 'pushed' }],
    ['a rule more', policy(rule(), releases)],
    ['no rule', { ...policy(), rules: [] }],
  ])('%s', (_, other) => {
    expect(policyDigest(other)).not.toBe(digest);
  });

  test('the order of its rules: the first match wins', () => {
    expect(policyDigest(policy(rule(), releases))).not.toBe(policyDigest(policy(releases, rule())));
  });

  test('what a pattern excludes', () => {
    const tags = (...lines: readonly string[]): Policy => policy({ ...rule(), tags: parseTagPatterns(lines) });
    expect(policyDigest(tags('pr-{pr}', '!pr-1'))).not.toBe(policyDigest(tags('pr-{pr}', '!pr-2')));
  });
});
