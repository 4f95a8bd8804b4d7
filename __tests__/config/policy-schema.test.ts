/** policy.schema.json and what reads a policy say the same of the same text, as far as a schema can know. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ConfigError, loadConfig } from '../../src/config/index.ts';
import { policyKeys, ruleKeys } from '../../src/config/policy-keys.ts';
import type { KeyDefinition } from '../../src/config/policy-keys.ts';
import { examples } from './policies.ts';

const file = join(import.meta.dirname, '..', '..', 'policy.schema.json');
const schema = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
const validate = new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(schema);

/** As an editor has it: YAML's core schema, where `1.10` is a number. */
function editorTakes(text: string): boolean {
  return validate(parse(text, { logLevel: 'silent' }));
}

function programTakes(text: string): boolean {
  const inputs = { registry: 'host', policy: 'p.yml', 'github-token': 't', 'github-repository': 'acme/apps' };
  try {
    loadConfig(new Map(Object.entries(inputs)), () => text);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

describe('what is right for both', () => {
  test.each(examples)('$about', ({ text }) => {
    expect([editorTakes(text), programTakes(text)]).toEqual([true, true]);
  });

  const rules: readonly KeyDefinition[] = ruleKeys;
  const tops: readonly KeyDefinition[] = policyKeys;

  test('a policy of the examples of all keys', () => {
    const lines = rules.map(({ example }) => `    ${example}`).join('\n');
    const top = tops.filter(({ name }) => name !== 'rules').map(({ example }) => example);
    const text = `${top.join('\n')}\nrules:\n  -\n${lines}\n`;
    expect([editorTakes(text), programTakes(text)]).toEqual([true, true]);
  });

  test('each key has a description, of whole sentences', () => {
    for (const { description } of [...rules, ...tops]) expect(description).toMatch(/^[A-Z`].*\.$/);
  });
});

/** One key of a policy that has them all, written otherwise. */
const full: Readonly<Record<string, string>> = {
  name: 'a',
  repositories: 'app',
  'github-repository': 'acme/apps',
  tags: 'pr-{pr}',
  'keep-last': '1',
  'keep-last-live': '2',
  'older-than': '30d',
};

function policyWith(changes: Readonly<Record<string, string | undefined>>, top = 'version: 1\nkeep-tags: b'): string {
  const keys = Object.entries({ ...full, ...changes }).filter(([, value]) => value !== undefined);
  return `${top}\nrules:\n  -\n${keys.map(([key, value]) => `    ${key}: ${value ?? ''}\n`).join('')}`;
}

describe('what is wrong for both', () => {
  /** Each letter left out, each doubled, each in upper case, and the dashes otherwise. */
  function misspellings(name: string): readonly string[] {
    const letters = Array.from(name);
    const made = letters.flatMap((letter, index) => [
      letters.with(index, '').join(''),
      letters.with(index, letter + letter).join(''),
      letters.with(index, letter.toUpperCase()).join(''),
    ]);
    return [...new Set([...made, name.replaceAll('-', '_'), name.replaceAll('-', ''), `${name}s`])].filter(
      (text) => text !== name,
    );
  }

  test.each(ruleKeys)('a rule with $name misspelt', ({ name }) => {
    for (const misspelt of misspellings(name)) {
      const text = policyWith({ [name]: undefined, [misspelt]: full[name] });
      expect([misspelt, editorTakes(text), programTakes(text)]).toEqual([misspelt, false, false]);
    }
  });

  test.each(policyKeys)('a policy with $name misspelt', ({ name }) => {
    for (const misspelt of misspellings(name)) {
      const text = policyWith({}).replace(new RegExp(`^${name}:`, 'm'), `${misspelt}:`);
      expect([misspelt, editorTakes(text), programTakes(text)]).toEqual([misspelt, false, false]);
    }
  });

  test.each([
    ['no version', policyWith({}, 'keep-tags: b')],
    ['version 2', policyWith({}, 'version: 2')],
    ['no rules', 'version: 1\n'],
    ['rules of nothing', 'version: 1\nrules: []\n'],
    ['a list', '- version: 1\n'],
    ['a rule that is a word', 'version: 1\nrules: [a]\n'],
    ['no repositories', policyWith({ repositories: undefined })],
    ['repositories of nothing', policyWith({ repositories: '' })],
    ['repositories as a map', policyWith({ repositories: '{a: b}' })],
    ['an empty pattern', policyWith({ tags: '[a, ""]' })],
    ['a pattern that is a map', policyWith({ tags: '[{pr}]' })],
    ['keep-last: -1', policyWith({ 'keep-last': '-1' })],
    ['keep-last: 1.5', policyWith({ 'keep-last': '1.5' })],
    ['keep-last: ten', policyWith({ 'keep-last': 'ten' })],
    ['keep-last as a list', policyWith({ 'keep-last': '[1]' })],
    ['keep-last-live: x', policyWith({ 'keep-last-live': 'x' })],
    ['older-than: 30', policyWith({ 'older-than': '30' })],
    ['older-than: soon', policyWith({ 'older-than': 'soon' })],
    ['github-repository: acme', policyWith({ 'github-repository': 'acme' })],
    ['a name of the inputs', policyWith({ name: 'inputs' })],
    ['a name of nothing', policyWith({ name: '""' })],
  ])('%s', (_, text) => {
    expect([editorTakes(text), programTakes(text)]).toEqual([false, false]);
  });

  test('the policy that these change is right', () => {
    expect([editorTakes(policyWith({})), programTakes(policyWith({}))]).toEqual([true, true]);
  });
});
