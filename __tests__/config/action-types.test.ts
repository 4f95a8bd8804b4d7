/** action-types.yml of each door: the names of its action.yml, and types that the values of the definitions have. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inputTypes } from '../../scripts/generate/action-types.ts';
import { doors, inputDefinitions, loadConfig, type Door, type InputDefinition } from '../../src/config/index.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'));

type Named = Readonly<Record<'inputs' | 'outputs', Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

describe.each((Object.values(doors) as readonly Door[]).map(({ action }) => action))('%s', (action) => {
  const types = read(join(dirname(action), 'action-types.yml')) as Named;
  const names = read(action) as Named;

  test.each(['inputs', 'outputs'] as const)('the names of its %s, in their order', (part) => {
    expect(Object.keys(types[part])).toEqual(Object.keys(names[part]));
  });

  test('types that there are, each with what belongs to it', () => {
    const list = { type: 'list', separator: '\n', 'list-item': { type: 'string' } };
    for (const typing of Object.values({ ...types.inputs, ...types.outputs })) {
      if (typing.type === 'list') expect(typing).toEqual(list);
      else if (typing.type === 'enum') expect(Object.keys(typing)).toEqual(['type', 'allowed-values']);
      else expect(['string', 'boolean', 'integer']).toContain(typing.type);
    }
  });

  test('the values of an enumeration are texts, as GitHub passes them', () => {
    const values = Object.values(types.inputs).flatMap((typing) => typing['allowed-values'] ?? []);
    expect(values.every((value) => typeof value === 'string')).toBe(true);
  });
});

const definitions: readonly InputDefinition[] = inputDefinitions;
const minimal = { registry: 'registry.example.com', repositories: 'apps/web', 'keep-last': '1' };
const load = (name: string, value: string): unknown =>
  loadConfig(new Map(Object.entries({ ...minimal, 'garbage-collect': 'offline', [name]: value })), () => '');

const types = Object.entries(inputTypes);
const isEnumeration = (type: string | readonly string[]): type is readonly string[] => typeof type !== 'string';

describe('a default is of its type:', () => {
  const withDefault = types.flatMap(([name, type]) => {
    const otherwise = definitions.find((each) => each.name === name)?.default;
    return otherwise === undefined ? [] : [[name, otherwise, type] as const];
  });

  test('there are some', () => {
    expect(withDefault.length).toBeGreaterThan(5);
  });

  test.each(withDefault)('%s: %s', (_, otherwise, type) => {
    if (isEnumeration(type)) expect(type).toContain(otherwise);
    else expect(otherwise).toMatch({ boolean: /^(true|false)$/, integer: /^\d+$/, list: /./, string: /./ }[type]);
  });
});

describe('values of the type are taken:', () => {
  const examples: Readonly<Record<string, readonly string[]>> = {
    boolean: ['true', 'false'],
    integer: ['1', '20'],
    list: ['v-one\nv-two', 'v-one'],
  };
  const values = types.flatMap(([name, type]) =>
    (isEnumeration(type) ? type : (examples[type] ?? [])).map((value) => [name, value] as const),
  );

  test.each(values)('%s: %j', (name, value) => {
    expect(() => load(name, value)).not.toThrow();
  });
});

describe('and nothing else:', () => {
  const strict = types.flatMap(([name, type]) => (type === 'string' || type === 'list' ? [] : [name]));

  test.each(strict)('%s', (name) => {
    expect(() => load(name, 'something-else')).toThrow(name);
  });
});
