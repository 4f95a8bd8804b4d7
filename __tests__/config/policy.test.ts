/** What is read of a policy that is right, and which text is one. */
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/index.ts';
import type { Config } from '../../src/config/index.ts';
import { examples } from './policies.ts';

const around = { registry: 'registry.example.com', 'github-token': 'token', 'github-repository': 'acme/apps' };

function load(policy: string, files: Readonly<Record<string, string>> = {}): Config {
  return loadConfig(new Map(Object.entries({ ...around, policy })), (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  });
}

test.each(examples)('$about', ({ text, rules, keepTags = ['latest'] }) => {
  const { policy } = load('prune.yml', { 'prune.yml': text });
  expect(policy.keepTags.source).toEqual(keepTags);
  expect(policy.dateSource).toBe('created');
  const read = policy.rules.map((rule) => ({
    ...rule,
    repositories: rule.repositories.source,
    tags: rule.tags.source,
  }));
  expect(read).toHaveLength(rules.length);
  for (const [index, rule] of rules.entries()) expect(read[index]).toMatchObject(rule);
});

test('a rule that asks GitHub nothing has no repository there, and no condition but its own', () => {
  const { rules } = load('version: 1\nrules: [{repositories: a, keep-last: 1}]').policy;
  expect(Object.keys(rules[0] ?? {})).toEqual(['name', 'repositories', 'tags', 'keepLast']);
});

describe('text or path', () => {
  const text = '{version: 1, rules: [{repositories: a, keep-last: 1}]}';
  test.each([
    ['a path', 'prune.yml', 'prune.yml'],
    ['a path with spaces', ' my policies/all rules.yml\n', 'my policies/all rules.yml'],
    ['a path with a colon', 'C:\\prune.yml', 'C:\\prune.yml'],
  ])('%s', (_, input, path) => {
    expect(load(input, { [path]: text }).policy.rules).toHaveLength(1);
  });

  test.each([
    ['of one line', text],
    ['of several', text.replace(', ', ',\n')],
    ['that is indented as a whole', '\n    version: 1\n    rules: [{repositories: a, keep-last: 1}]\n  '],
  ])('text %s', (_, input) => {
    expect(load(input).policy.rules).toHaveLength(1);
  });
});
