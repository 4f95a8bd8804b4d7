/** The definitions and what GitHub and the reader see of them are held together. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  doors,
  inputDefinitions,
  inputsOf,
  loadConfig,
  loadGcConfig,
  outputDefinitions,
} from '../../src/config/index.ts';
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

describe.each(allDoors)('the types beside $action', ({ given: action, inputs, outputs, action: path }) => {
  type Typed = { readonly type: string; readonly 'allowed-values'?: readonly string[] };
  const file = join(root, path, '..', 'action-types.yml');
  const types = parse(readFileSync(file, 'utf8')) as Readonly<
    Record<'inputs' | 'outputs', Readonly<Record<string, Typed>>>
  >;

  test('has one for each input and output', () => {
    expect(Object.keys(types.inputs)).toEqual(inputs.map(({ name }) => name));
    expect(Object.keys(types.outputs)).toEqual([...outputs]);
    for (const { type } of [...Object.values(types.inputs), ...Object.values(types.outputs)])
      expect(['string', 'boolean', 'integer', 'list', 'enum']).toContain(type);
  });

  test('a list is one a line', () => {
    for (const typed of Object.values(types.inputs).filter(({ type }) => type === 'list'))
      expect(typed).toEqual({ type: 'list', separator: '\n', 'list-item': { type: 'string' } });
    expect(types.inputs.repositories?.type).toBe(
      inputs.some(({ name }) => name === 'repositories') ? 'list' : undefined,
    );
  });

  test('each default is of its type', () => {
    for (const [name, { default: text }] of Object.entries(action.inputs)) {
      const typed = types.inputs[name];
      if (text === undefined) continue;
      if (typed?.type === 'boolean') expect(text).toMatch(/^(?:true|false)$/);
      if (typed?.type === 'integer') expect(text).toMatch(/^\d+$/);
      if (typed?.type === 'enum') expect(typed['allowed-values']).toContain(text);
    }
  });
});

describe('action.yml', () => {
  test('has every input and output that there is, but those of another door alone', () => {
    const foreign = {
      inputs: ['plan-file', 'journal-file'],
      outputs: ['restored-tag-count', 'restored-manifest-count'],
    };
    expect(allDoors[0]?.inputs).toEqual(inputs.filter(({ name }) => !foreign.inputs.includes(name)));
    const outputs = outputDefinitions.map(({ name }) => name);
    expect(allDoors[0]?.outputs).toEqual(outputs.filter((name) => !foreign.outputs.includes(name)));
  });

  test('no input and output is defined that no door has', () => {
    const [names, had] = [inputs.map(({ name }) => name), allDoors.flatMap((door) => door.inputs)];
    expect(names.filter((name) => !had.some((each) => each.name === name))).toEqual([]);
    const outputs = allDoors.flatMap((door) => door.outputs);
    expect(outputDefinitions.filter(({ name }) => !outputs.includes(name))).toEqual([]);
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
  test('every word that an input takes by its type is one that it takes', () => {
    const enough = { registry: 'registry.example.com', repositories: 'apps/web', 'keep-last': '3' };
    const noFile = (): never => {
      throw new Error('no file');
    };
    for (const { name, type = [] } of inputsOf(doors.prune)) {
      if (type === 'integer') loadConfig(new Map(Object.entries({ ...enough, [name]: '2' })), noFile);
      const words = type === 'boolean' ? ['true', 'false'] : typeof type === 'string' ? [] : type;
      for (const word of words) {
        const sense = name === 'remove-empty-repositories' ? { 'garbage-collect': 'offline' } : {};
        expect(() => loadConfig(new Map(Object.entries({ ...enough, ...sense, [name]: word })), noFile)).not.toThrow();
      }
    }
    for (const word of inputsOf(doors.gc).flatMap(({ name, type }) => (name === 'garbage-collect' ? (type ?? []) : [])))
      expect(() =>
        loadGcConfig(
          new Map([
            ['registry', 'registry.example.com'],
            ['garbage-collect', word],
          ]),
          noFile,
        ),
      ).not.toThrow();
  });

  test('every name is one word of the kind that a workflow has, once', () => {
    // An output of one door may be the input of another.
    for (const definitions of [inputs, outputDefinitions]) {
      const names = definitions.map(({ name }) => name);
      expect(names.every((name) => /^[a-z]+(?:-[a-z]+)*$/.test(name))).toBe(true);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('a required input has no default', () => {
    const defaults = inputs.filter(({ required }) => required).map((input) => input.default ?? input.expression);
    expect(defaults).toEqual([undefined, undefined, undefined, undefined]);
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
