/** YAML as a tree in which every scalar is text, so that tag 1.10 stays 1.10. Pure. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Alias, Document, Node, Scalar, YAMLMap } from 'yaml';
import { unknown } from './expression.ts';

export type YamlText = {
  readonly documents: readonly YamlDocument[];
  lineOf(node: Node): number;
};

export type YamlDocument = {
  readonly root: Node | null;
  /** What the alias stands for; the `yaml` package's own way reads the whole document for each. */
  target(alias: Alias): Node | undefined;
};

/** A scalar, and what it says: `unknown` where something else than a scalar stands in its place. */
export type Value = { readonly text: string; readonly node: Node };

// Of a tree in which every alias is written out. A bomb of ten lines has 10^9.
const mostNodes = 1_000_000;
// A key that stands twice is a mistake, and either may hold; this many are no mistake.
const mostAlike = 100;

/** Throws what `yaml` says against it, with its line and column, or that it is an alias bomb. */
export function parseYaml(text: string): YamlText {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, schema: 'failsafe', uniqueKeys: false, logLevel: 'error' });
  const documents = (Array.isArray(parsed) ? parsed : []).map(readDocument);
  return { documents, lineOf: (node) => lineCounter.linePos(node.range?.[0] ?? 0).line };
}

function readDocument(document: Document.Parsed): YamlDocument {
  const error = document.errors[0];
  if (error !== undefined) throw error;
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  /** How many nodes each node is, aliases written out: they stand behind what they name, so one pass will do. */
  const sizes = new Map<Node, number>();
  const weigh = (node: unknown): number => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) return 1;
      targets.set(node, target);
      return sizes.get(target) ?? 1;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 1;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    let size = 1;
    if (isMap(node)) for (const pair of node.items) size += weigh(pair.key) + weigh(pair.value);
    else if (isSeq(node)) for (const item of node.items) size += weigh(item);
    if (size > mostNodes) throw new Error('its aliases make more of it than anybody can have meant');
    if (node.anchor !== undefined) sizes.set(node, size);
    return size;
  };
  weigh(document.contents);
  return { root: document.contents, target: (alias) => targets.get(alias) };
}

/** Keys are compared without case, dashes and underscores: `imageTag`, `image_tag`, `image-tag`. */
export function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value).toLowerCase().replace(/[_-]/g, '') : '';
}

/** Everything that the map has under these keys, what it merges in (`<<`) included where it has none itself. */
export function valuesUnder(
  document: YamlDocument,
  map: YAMLMap,
  keys: readonly string[],
  depth = 0,
): readonly Value[] {
  const own = map.items.filter((pair) => keys.includes(keyOf(pair.key)));
  if (own.length > mostAlike) throw new Error(`the key ${keys[0] ?? ''} stands there ${own.length} times`);
  if (own.length > 0)
    return own.flatMap((pair) => {
      const node = follow(document, pair.value);
      if (node === undefined) return [];
      const text = isScalar(node) ? textOf(node) : unknown;
      return text === '' ? [] : [{ text, node }];
    });
  const merged = depth > 10 ? [] : map.items.filter((pair) => isScalar(pair.key) && pair.key.value === '<<');
  return merged
    .flatMap((pair) => {
      const node = follow(document, pair.value);
      return isSeq(node) ? node.items.map((item) => follow(document, item)) : [node];
    })
    .flatMap((node) => (isMap(node) ? valuesUnder(document, node, keys, depth + 1) : []));
}

/** The node, or what it is an alias of. */
export function follow(document: YamlDocument, node: unknown): Node | undefined {
  if (isAlias(node)) return document.target(node);
  return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined;
}

/** '' for what YAML or its readers take for nothing. */
function textOf(scalar: Scalar): string {
  const text = String(scalar.value).trim();
  return scalar.type === 'PLAIN' && /^(?:~|null)$/i.test(text) ? '' : text;
}
