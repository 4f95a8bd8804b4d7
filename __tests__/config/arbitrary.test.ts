/** Whatever the text: a Config or a ConfigError, in finite time, and nothing else in the world is another. */
import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { ConfigError, inputDefinitions, loadConfig } from '../../src/config/index.ts';
import type { Config } from '../../src/config/index.ts';
import { policyKeys, ruleKeys } from '../../src/config/policy-keys.ts';
import { examples } from './policies.ts';

const github = { 'github-token': 'token', 'github-repository': 'acme/apps' };

function answerTo(inputs: Readonly<Record<string, string>>, file = ''): Config | ConfigError {
  try {
    return loadConfig(new Map(Object.entries({ registry: 'host', ...github, ...inputs })), () => file);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function check(answer: Config | ConfigError, file: string): void {
  if (!(answer instanceof ConfigError)) {
    expect(answer.policy.rules.length).toBeGreaterThan(0);
    return;
  }
  expect(answer.problems.length).toBeGreaterThan(0);
  const lines = file.split('\n');
  for (const { at } of answer.problems) {
    if (at === undefined) continue;
    expect(at.line).toBeGreaterThanOrEqual(1);
    expect(at.line).toBeLessThanOrEqual(lines.length);
    expect(at.column).toBeGreaterThanOrEqual(1);
    // One behind the end, where something is missing.
    expect(at.column).toBeLessThanOrEqual((lines[at.line - 1] ?? '').length + 1);
  }
}

const inherited = [Object.prototype, Array.prototype, Map.prototype].map((prototype) => Reflect.ownKeys(prototype));
afterEach(() => {
  const now = [Object.prototype, Array.prototype, Map.prototype].map((prototype) => Reflect.ownKeys(prototype));
  expect(now).toEqual(inherited);
});

/** What means something to YAML, to patterns, or to a JavaScript object. */
const word = fc.constantFrom(
  ...[...policyKeys, ...ruleKeys].map(({ name }) => name),
  ...['__proto__', 'constructor', 'prototype', 'toString', '<<', 'inputs', 'rule 1', '1', '2', '30d', 'app', 'apps/**'],
  ...[
    'v{version}',
    'pr-{pr}',
    '{branch}',
    '{',
    '/(/',
    '!a',
    '*',
    '',
    ' ',
    'a, b',
    '"',
    "'",
    '#',
    '\u0000',
    '\u2028',
    '𝒳',
  ],
);
const token = fc.oneof(
  word,
  fc.constantFrom(
    ': ',
    '- ',
    '? ',
    '\n',
    '\n  ',
    '\n    ',
    '\r\n',
    '\t',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!!str ',
    '| ',
  ),
  fc.constantFrom('>-\n', '---\n', '...\n', '%TAG ! a\n', '# ', '\uFEFF', '\\', '@', '`'),
);

test('arbitrary tokens', () => {
  const text = fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''));
  fc.assert(
    fc.property(text, (file) => {
      check(answerTo({ policy: 'prune.yml' }, file), file);
    }),
    { numRuns: 1000 },
  );
});

test('arbitrary characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (file) => {
      check(answerTo({ policy: 'prune.yml' }, file), file);
    }),
    { numRuns: 500 },
  );
});

test('policies with something put in, taken out or written twice', () => {
  const texts = fc.constantFrom(...examples.map((example) => example.text.replaceAll('\r\n', '\n')));
  const edit = fc.record({ at: fc.nat(), length: fc.nat({ max: 20 }), put: fc.oneof(token, fc.constant('')) });
  fc.assert(
    fc.property(texts, fc.array(edit, { minLength: 1, maxLength: 3 }), (start, edits) => {
      const file = edits.reduce((text, { at, length, put }) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + length);
      }, start);
      check(answerTo({ policy: 'prune.yml' }, file), file);
    }),
    { numRuns: 1000 },
  );
});

test('any value as YAML', () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.array(fc.tuple(word, tie('tree')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    ),
  }));
  const policy = fc.record({ 'keep-tags': tree, rules: fc.array(tree, { maxLength: 3 }) }, { requiredKeys: ['rules'] });
  fc.assert(
    fc.property(policy, (value) => {
      const file = stringify({ version: 1, ...value }, { aliasDuplicateObjects: false });
      check(answerTo({ policy: 'prune.yml' }, file), file);
    }),
    { numRuns: 1000 },
  );
});

test('any text in any input', () => {
  const name = fc.constantFrom(...inputDefinitions.map((input) => input.name), '__proto__', 'constructor', 'x');
  const text = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 30 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, text), { maxLength: 6 }), (pairs) => {
      const inputs = new Map([...Object.entries({ ...github, registry: 'host' }), ...pairs]);
      try {
        expect(loadConfig(inputs, () => '').policy.rules).toHaveLength(1);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
});

/** Large, and made so that a parser that is careless with any of it runs out of its stack, or never comes back. */
const limit = 96 * 1024;
test.each([
  ['open lists', '['.repeat(limit)],
  ['open maps', '{a: '.repeat(limit / 4)],
  ['dashes', '- '.repeat(limit / 2)],
  ['question marks', '? '.repeat(limit / 2)],
  ['keys within keys', 'a: '.repeat(limit / 3)],
  ['many keys', Array.from({ length: 12_000 }, (_, index) => `k${index}:`).join('\n')],
  ['one key many times', 'a: 1\n'.repeat(limit / 5)],
  ['a key as long as all', `${'k'.repeat(limit - 4)}: 1`],
  ['many anchors', '- &a b\n'.repeat(limit / 7)],
  ['laughter', `a: &a [x,x,x]\n${'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n'.repeat(2500)}`],
  ['many documents', '---\n'.repeat(limit / 4)],
  ['many items', `version: 1\nrules:\n${'- a\n'.repeat(limit / 4 - 8)}`],
  ['many patterns', `version: 1\nrules:\n- tags: [${'"{",'.repeat(limit / 4 - 20)}]`],
  ['an empty line many times', '\n'.repeat(limit)],
  ['an open quote', `"${'\n'.repeat(limit - 1)}`],
  ['bad escapes', `"${'\\q'.repeat(limit / 2 - 1)}"`],
])('much of: %s', (_, file) => {
  const answer = answerTo({ policy: 'prune.yml' }, file);
  expect(answer).toBeInstanceOf(ConfigError);
  if (answer instanceof ConfigError) expect(answer.message.length).toBeLessThan(30_000);
});
