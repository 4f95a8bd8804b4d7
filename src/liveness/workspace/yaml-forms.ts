/** The forms in which YAML takes an image's name apart: Helm's values, Kustomize's `images`, a chart's dependencies. Pure. */
import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import { unknown } from './expression.ts';
import { joinValues } from './variables.ts';
import type { Values } from './variables.ts';
import { follow, keyOf, valuesUnder } from './yaml-text.ts';
import type { Value, YamlDocument, YamlText } from './yaml-text.ts';

/** Text as written, with the line it stands in. */
export type Part = { readonly text: string; readonly line: number };

/** An image in several parts, or some of them. */
export type Split = {
  /** The keys above it: another file may give the rest under the same. `undefined`: no other file does. */
  readonly path: string | undefined;
  /** Beside it, or above. */
  readonly registries: readonly Part[];
  readonly repositories: readonly Part[];
  readonly tags: readonly Part[];
  readonly digests: readonly Part[];
};

export type YamlForms = {
  readonly splits: readonly Split[];
  /** Registries of `global`: they are in front of every repository of the chart. */
  readonly globals: readonly Part[];
  /** Values that are one image's name. */
  readonly images: readonly Part[];
  /** What `env` and `variables` give. */
  readonly variables: Values;
  /** From and to: what is told above and need not be looked for in the text. */
  readonly claims: readonly (readonly [number, number])[];
  readonly isCompose: boolean;
};

const keys = {
  registry: ['registry', 'imageregistry', 'hub'],
  repository: ['repository', 'imagerepository'],
  tag: ['tag', 'imagetag'],
  digest: ['digest', 'imagedigest', 'sha', 'sha256'],
} as const;
/** A map without any of these is no part of an image. `<<`: what it merges in may have them. */
const partKeys = new Set<string>([...Object.values(keys).flat(), 'newname', 'newtag', '<<']);

type Found = {
  readonly splits: Split[];
  readonly globals: Part[];
  readonly images: Part[];
  readonly variables: Map<string, Set<string>>;
  readonly claims: (readonly [number, number])[];
  isCompose: boolean;
};

type Place = { readonly keys: readonly string[]; readonly registries: readonly Part[]; readonly inImages: boolean };

export function readForms(yaml: YamlText): YamlForms {
  const found: Found = {
    splits: [],
    globals: [],
    images: [],
    variables: new Map(),
    claims: [],
    isCompose: false,
  };
  for (const document of yaml.documents) {
    if (isMap(document.root)) readRoot(yaml, document, document.root, found);
    walk(yaml, document, document.root, { keys: [], registries: [], inImages: false }, found);
  }
  return { ...found, variables: joinValues(found.variables) };
}

function readRoot(yaml: YamlText, document: YamlDocument, root: YAMLMap, found: Found): void {
  for (const { key, value } of root.items) {
    if (keyOf(key) === 'services' && isMap(value)) found.isCompose = true;
    if (keyOf(key) !== 'global' || !isMap(value)) continue;
    found.globals.push(...partsOf(yaml, valuesUnder(document, value, keys.registry)));
    for (const inner of value.items)
      if (keyOf(inner.key) === 'image' && isMap(inner.value))
        found.globals.push(...partsOf(yaml, valuesUnder(document, inner.value, keys.registry)));
  }
}

function walk(yaml: YamlText, document: YamlDocument, node: unknown, place: Place, found: Found): void {
  if (isSeq(node)) {
    const inside = { ...place, keys: [...place.keys, '[]'] };
    for (const item of node.items) walk(yaml, document, item, inside, found);
  }
  if (!isMap(node)) return;
  const isPart = node.items.some(({ key }) => partKeys.has(keyOf(key)));
  const own = isPart ? partsOf(yaml, valuesUnder(document, node, keys.registry)) : [];
  const registries = own.length > 0 ? [...place.registries, ...own] : place.registries;
  const taken = isPart ? readMap(yaml, document, node, { ...place, registries }, own, found) : undefined;
  for (const { key, value } of node.items) {
    const name = keyOf(key);
    if (/^(?:env|variables)$/.test(name) && isMap(value)) readVariables(value, found);
    const image = name.endsWith('image') ? follow(document, value) : undefined;
    if (isScalar(image) && taken?.has(image) !== true) found.images.push(...partsOf(yaml, [valueOf(image)]));
    const written = isScalar(key) ? String(key.value) : '?';
    const inside = { keys: [...place.keys, written], registries, inImages: name === 'images' };
    walk(yaml, document, value, inside, found);
  }
}

/** The nodes that are the repository of an image in parts. */
function readMap(
  yaml: YamlText,
  document: YamlDocument,
  map: YAMLMap,
  place: Place,
  own: readonly Part[],
  found: Found,
): ReadonlySet<Node> {
  const under = (names: readonly string[]): readonly Value[] => valuesUnder(document, map, names);
  const take = (values: readonly Value[]): readonly Part[] => {
    for (const { node } of values) claim(node, found);
    return partsOf(yaml, values);
  };
  const [digests, name] = [under(keys.digest), under(['name'])];
  const [newNames, newTags] = [under(['newname']), under(['newtag'])];
  if (place.inImages && under(keys.repository).length === 0 && newNames.length + newTags.length + digests.length > 0) {
    // Kustomize: the old name only says which image is meant, unless it stays.
    const names = take(name);
    const repositories = newNames.length > 0 ? take(newNames) : names;
    const parts = { tags: partsOf(yaml, [...newTags, ...under(['tag'])]), digests: partsOf(yaml, digests) };
    found.splits.push({ path: undefined, registries: [], repositories, ...parts });
    return new Set();
  }
  const tags = under(keys.tag);
  const repositories = under(keys.repository);
  const charts = repositories.filter(({ text }) => /^oci:\/\//i.test(text) && name.length > 0);
  const isSplit = tags.length + digests.length + own.length > 0;
  const images = isSplit ? under(['image']).filter(({ text }) => text !== unknown) : [];
  const names = isSplit && repositories.length + images.length === 0 ? name : [];
  const subjects = [...repositories.filter((each) => !charts.includes(each)), ...images];
  for (const chart of charts) found.splits.push(readChart(yaml, chart, name, under(['version'])));
  if (charts.length > 0) take(charts);
  if (subjects.length + (isSplit ? 1 : 0) === 0) return new Set();
  const parts = { tags: partsOf(yaml, tags), digests: partsOf(yaml, digests), registries: place.registries };
  // What a map without a repository says may belong to the repository that another file has at the same place.
  const path = place.keys.includes('[]') ? undefined : place.keys.join('.');
  found.splits.push({ path, repositories: take(subjects), ...parts });
  if (names.length > 0 && parts.tags.length + parts.digests.length > 0)
    found.splits.push({ path: undefined, repositories: take(names), ...parts });
  return new Set(images.map(({ node }) => node));
}

/** A chart that is an artifact of a registry. A range of versions is any of them; `+` is `_` in its tag (Helm's OCI). */
function readChart(yaml: YamlText, repository: Value, names: readonly Value[], versions: readonly Value[]): Split {
  const exact = versions.map((version) => ({
    ...version,
    text: /^v?\d+\.\d+\.\d+(?:[-+].*)?$/.test(version.text) ? version.text.replace(/\+/g, '_') : unknown,
  }));
  const base = repository.text.replace(/\/+$/, '');
  const repositories = names.map((name) => ({ ...repository, text: `${base}/${name.text}` }));
  return {
    path: undefined,
    registries: [],
    repositories: partsOf(yaml, repositories),
    tags: partsOf(yaml, exact),
    digests: [],
  };
}

function readVariables(map: YAMLMap, found: Found): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const texts = found.variables.get(name) ?? new Set<string>();
    found.variables.set(name, texts.add(isScalar(value) ? String(value.value) : unknown));
  }
}

function valueOf(node: Node): Value {
  return { node, text: isScalar(node) ? String(node.value).trim() : unknown };
}

function partsOf(yaml: YamlText, values: readonly Value[]): readonly Part[] {
  return values.map(({ text, node }) => ({ text, line: yaml.lineOf(node) }));
}

/** Only what is one word: a text that names an image among other things is read as text. */
function claim(node: Node, found: Found): void {
  if (!isScalar(node) || node.range == null) return;
  if (
    !/\s/.test(
      String(node.value)
        .trim()
        .replace(/\{\{.*?\}\}/g, ''),
    )
  )
    found.claims.push([node.range[0], node.range[1]]);
}
