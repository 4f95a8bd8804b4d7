/** Reading the keys of one map of a policy, so that everything that is wrong with it is said with its place. */
import { quote, refused } from './error.ts';
import type { Parsed, Place } from './error.ts';
import { splitList } from './list.ts';
import { isOdd } from './patterns.ts';
import type { KeyDefinition } from './policy-keys.ts';
import type { Part } from './rule.ts';
import { nearest } from './suggestion.ts';
import type { YamlMap, YamlText, YamlValue } from './yaml.ts';

/** Something wrong in a policy. `about`: the key, or the input, whose example shows it right. */
export type PolicyProblem = { readonly place: Place; readonly what: string; readonly about: string };

export type MapReader = {
  readonly value: (key: string) => YamlValue | undefined;
  readonly text: <T>(key: string, parse: (text: string) => Parsed<T>) => Part<T>;
  readonly list: <T>(key: string, parse: (items: readonly string[]) => Parsed<T>) => Part<T>;
  /** At what is written behind `key`, or at the map where nothing is. `about`: another key or input than this one. */
  readonly report: (key: string, what: string, about?: string) => void;
};

/** Of these keys each may stand in the map, and those that are required must: else a problem is added. */
export function readMap(
  map: YamlMap,
  keys: readonly KeyDefinition[],
  options: {
    readonly problems: PolicyProblem[];
    /** Keys of other maps of the policy, and the sentence that says where they stand. */
    readonly others: readonly KeyDefinition[];
    readonly othersStand: string;
  },
): MapReader {
  const values = new Map(map.entries.map(({ key, value }) => [key.text, value]));
  const defaults = new Map(
    keys.flatMap(({ name, default: text }) => (text === undefined ? [] : [[name, textAt(map.place, text)] as const])),
  );
  const required = keys.filter((key) => key.required).map(({ name }) => name);
  const report: MapReader['report'] = (key, what, about = key) => {
    options.problems.push({ place: values.get(key)?.place ?? map.place, what, about });
  };
  const read = <T>(key: string, parse: (value: YamlValue) => Placed<T>): Part<T> => {
    const value = values.get(key) ?? defaults.get(key);
    if (value === undefined) return { kind: required.includes(key) ? 'wrong' : 'absent' };
    const { result, place } = isEmpty(value)
      ? { result: refused(`Nothing stands behind ${key}. Give a value, or leave the key out.`), place: value.place }
      : parse(value);
    if (result.ok) return { kind: 'read', value: result.value };
    options.problems.push({ place, what: result.what, about: key });
    return { kind: 'wrong' };
  };
  for (const { key } of map.entries)
    if (keys.every(({ name }) => name !== key.text))
      options.problems.push({ place: key.place, ...unknownKey(key.text, { keys, ...options }) });
  for (const name of required) if (!values.has(name)) report(name, `${name} is missing here, and it is required.`);
  return {
    report,
    value: (key) => values.get(key),
    text: (key, parse) => read(key, (value) => ({ result: parseText(key, value, parse), place: value.place })),
    list: (key, parse) => read(key, (value) => parseList(value, parse)),
  };
}

/** What came of a text, and the place that a problem with it has. */
type Placed<T> = { readonly result: Parsed<T>; readonly place: Place };

function isEmpty(value: YamlValue): boolean {
  return value.kind === 'text' && value.text.trim() === '';
}

function parseText<T>(key: string, value: YamlValue, parse: (text: string) => Parsed<T>): Parsed<T> {
  return value.kind === 'text' ? parse(value.text) : refused(`${key} takes one value, and this is a ${value.kind}.`);
}

/** One text is several patterns, as in an input; an item of a list is one. */
function parseList<T>(value: YamlValue, parse: (items: readonly string[]) => Parsed<T>): Placed<T> {
  const items = value.kind === 'text' ? textsOf(value) : value.kind === 'list' ? value.items : [value];
  const texts: YamlText[] = [];
  for (const item of items) {
    if (item.kind !== 'text')
      return {
        result: refused(`YAML takes this for a ${item.kind}. A pattern that begins with { or [ stands in quotes.`),
        place: item.place,
      };
    const what = refusalOfItem(item);
    if (what !== undefined) return { result: refused(what), place: item.place };
    texts.push(item);
  }
  const result = parse(texts.map(({ text }) => text));
  const blamed = result.ok ? undefined : texts.find(({ text }) => text === result.text);
  return { result, place: (blamed ?? value).place };
}

function textsOf({ text, place }: YamlText): readonly YamlText[] {
  return splitList(text).map((item) => textAt(place, item));
}

function textAt(place: Place, text: string): YamlText {
  return { kind: 'text', text, place };
}

function refusalOfItem(item: YamlText): string | undefined {
  if (isEmpty(item)) return 'An item of this list is empty. Write a pattern, or leave the item out.';
  return isOdd(item.text)
    ? `${quote(item.text)} holds a space or a quotation mark, which no name in a registry has. Give each pattern an item of its own.`
    : undefined;
}

type KnownKeys = {
  readonly keys: readonly KeyDefinition[];
  readonly others: readonly KeyDefinition[];
  readonly othersStand: string;
};

function unknownKey(text: string, { keys, others, othersStand }: KnownKeys): Omit<PolicyProblem, 'place'> {
  const other = others.find(({ name }) => name === text)?.name;
  if (other !== undefined) return { what: `${quote(text)} doesn't stand here: ${othersStand}.`, about: other };
  const names = keys.map(({ name }) => name);
  const meant = nearest(text, names);
  return meant === undefined
    ? { what: `${quote(text)} is no key. The keys here are ${names.join(', ')}.`, about: names.slice(-1).join('') }
    : { what: `${quote(text)} is no key. Did you mean ${meant}?`, about: meant };
}
