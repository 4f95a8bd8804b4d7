/** The definitions and what GitHub and the reader see of them are held together. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { inputDefinitions, outputDefinitions } from '../../src/config/index.ts';
import type { InputDefinition } from '../../src/config/index.ts';
import { generated, renderReadme } from '../../scripts/generate/documents.ts';

const root = join(import.meta.dirname, '..', '..');
const inputs: readonly InputDefinition[] = inputDefinitions;

type Action = {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
};
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action;

test.each(generated)('$name is current: node scripts/generate.ts', ({ name, render }) => {
  const text = readFileSync(join(root, name), 'utf8');
  expect(text).toBe(render(text));
});

describe('action.yml', () => {
  test('has the inputs of the definition, with their defaults as text', () => {
    expect(Object.keys(action.inputs)).toEqual(inputs.map(({ name }) => name));
    for (const input of inputs) {
      expect(action.inputs[input.name]?.default).toBe(input.expression ?? (input.ofRule ? undefined : input.default));
      expect(action.inputs[input.name]?.required).toBe(input.required === true);
    }
  });

  test('has the outputs of the definition', () => {
    expect(Object.keys(action.outputs)).toEqual(outputDefinitions.map(({ name }) => name));
  });

  test('has no default for what is refused beside policy: GitHub would pass it as if the user had written it', () => {
    const ofRule = inputs.filter((input) => input.ofRule).map(({ name }) => name);
    expect(ofRule).toEqual(['repositories', 'tags', 'keep-tags', 'keep-last', 'older-than']);
    for (const name of ofRule) expect(action.inputs[name]).not.toHaveProperty('default');
    expect(inputs.find(({ name }) => name === 'policy')?.description).toContain(
      ofRule
        .map((name) => `\`${name}\``)
        .join(', ')
        .replace(/, (?!.*, )/, ' and '),
    );
  });

  test('holds no expression but two defaults, since GitHub puts something in for each', () => {
    const expressions = JSON.stringify(action).match(/\$\{\{.*?\}\}/g);
    expect(expressions).toEqual(['${{ github.token }}', '${{ github.repository }}']);
  });

  test('runs the bundle on Node 24', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/index.js' });
  });
});

describe('the definitions', () => {
  test('every name is one word of the kind that a workflow has, once', () => {
    const names = [...inputs, ...outputDefinitions].map(({ name }) => name);
    expect(names.every((name) => /^[a-z]+(?:-[a-z]+)*$/.test(name))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });

  test('a required input has no default', () => {
    const defaults = inputs.filter(({ required }) => required).map((input) => input.default ?? input.expression);
    expect(defaults).toEqual([undefined, undefined]);
  });

  test('every description is one paragraph of whole sentences', () => {
    for (const { description } of [...inputs, ...outputDefinitions]) expect(description).toMatch(/^[A-Z`\d].*\.$/);
  });
});

describe('README.md', () => {
  test('keeps what is written by hand', () => {
    const made = renderReadme(undefined);
    const by = (text: string): string => `# Mine\n\n${text}\nThe end.\n`;
    expect(renderReadme(by(made))).toBe(by(made));
  });

  test('without its markers is an error that names them', () => {
    expect(() => renderReadme('# Mine')).toThrow('<!-- inputs:begin -->');
  });
});
