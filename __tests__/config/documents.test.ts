/** The definitions and what GitHub and the reader see of them are held together. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { doors, inputDefinitions, inputsOf, outputDefinitions } from '../../src/config/index.ts';
import type { Door, InputDefinition } from '../../src/config/index.ts';
import { generated, renderReadme } from '../../scripts/generate/documents.ts';

const root = join(import.meta.dirname, '..', '..');

type Action = {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
};
const allDoors = (Object.values(doors) as readonly Door[]).map((door) => {
  const action = parse(readFileSync(join(root, door.action), 'utf8')) as Action;
  return { ...door, inputs: inputsOf(door), given: action };
});
const inputs: readonly InputDefinition[] = inputDefinitions;

test.each(generated)('$name is current: node scripts/generate.ts', ({ name, render }) => {
  const text = readFileSync(join(root, name), 'utf8');
  expect(text).toBe(render(text));
});

describe.each(allDoors)('$action', ({ given: action, inputs, outputs, main, action: path }) => {
  test('has the inputs of the definition, with their defaults as text', () => {
    expect(Object.keys(action.inputs)).toEqual(inputs.map(({ name }) => name));
    for (const input of inputs) {
      expect(action.inputs[input.name]?.default).toBe(input.expression ?? (input.ofRule ? undefined : input.default));
      expect(action.inputs[input.name]?.required).toBe(input.required === true);
    }
  });

  test('has the outputs of the definition', () => {
    expect(Object.keys(action.outputs)).toEqual(outputs);
  });

  test('runs its file of the bundle on Node 24', () => {
    expect(action.runs.using).toBe('node24');
    expect(join(root, path, '..', action.runs.main ?? '')).toBe(join(root, 'dist', main));
  });
});

describe('action.yml', () => {
  test('has every input and output that there is', () => {
    expect(allDoors[0]?.inputs).toEqual(inputs);
    expect(allDoors[0]?.outputs).toEqual(outputDefinitions.map(({ name }) => name));
  });

  test('has no default for what is refused beside policy: GitHub would pass it as if the user had written it', () => {
    const ofRule = inputs.filter((input) => input.ofRule).map(({ name }) => name);
    expect(ofRule).toEqual(['repositories', 'tags', 'keep-tags', 'keep-last', 'older-than']);
    for (const name of ofRule) expect(allDoors[0]?.given.inputs[name]).not.toHaveProperty('default');
    expect(inputs.find(({ name }) => name === 'policy')?.description).toContain(
      ofRule
        .map((name) => `\`${name}\``)
        .join(', ')
        .replace(/, (?!.*, )/, ' and '),
    );
  });

  test('holds no expression but two defaults, since GitHub puts something in for each', () => {
    const expressions = allDoors.map(({ given }) => JSON.stringify(given).match(/\$\{\{.*?\}\}/g));
    const asksGitHub = (door: (typeof allDoors)[number]): boolean =>
      door.inputs.some(({ name }) => name === 'github-token');
    const two = ['${{ github.token }}', '${{ github.repository }}'];
    expect(expressions).toEqual(allDoors.map((door) => (asksGitHub(door) ? two : null)));
    expect(expressions).toContain(null);
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
    const all = [...allDoors.flatMap((door) => door.inputs), ...outputDefinitions, ...allDoors];
    for (const { description } of all) expect(description).toMatch(/^[A-Z`\d].*\.$/);
  });
});

describe('README.md', () => {
  test('keeps what is written by hand', () => {
    const made = renderReadme(undefined);
    for (const name of ['gc', 'apply']) expect(made).toContain(`\`OWNER/registry-prune/${name}@v1\` has these of them`);
    const by = (text: string): string => `# Mine\n\n${text}\nThe end.\n`;
    expect(renderReadme(by(made))).toBe(by(made));
  });

  test('without its markers is an error that names them', () => {
    expect(() => renderReadme('# Mine')).toThrow('<!-- inputs:begin -->');
  });
});
