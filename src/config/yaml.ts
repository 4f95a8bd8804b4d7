/**
 * The part of YAML that a policy needs: maps, lists and text. Every scalar is text, so that `1.10` stays, and what
 * would make the file mean something else than it shows (tags, anchors, aliases, merge keys, directives, keys that
 * stand twice, further documents) is a problem with its place.
 */
import { Buffer } from 'node:buffer';
import { Composer, isMap, isSeq, LineCounter, Parser } from 'yaml';
import type { CST, ParsedNode, YAMLMap as LibraryMap } from 'yaml';
import { quote } from './error.ts';
import type { Place } from './error.ts';
import { refusedTokens } from './yaml-tokens.ts';

export type YamlText = { readonly kind: 'text'; readonly text: string; readonly place: Place };
export type YamlList = { readonly kind: 'list'; readonly items: readonly YamlValue[]; readonly place: Place };
export type YamlMap = {
  readonly kind: 'map';
  /** Each key once. */
  readonly entries: readonly { readonly key: YamlText; readonly value: YamlValue }[];
  readonly place: Place;
};
export type YamlValue = YamlText | YamlList | YamlMap;

export type YamlProblem = { readonly place: Place; readonly what: string };

/** `value` is as much of the text as can be relied on. */
export type Yaml = { readonly value: YamlValue | undefined; readonly problems: readonly YamlProblem[] };

/** Bytes: a thousand rules and more. Text of that size that is made to be slow takes the parser seconds already. */
const mostBytes = 256 * 1024;

/** Never throws, whatever the text. */
export function parseYaml(text: string): Yaml {
  const start: Place = { line: 1, column: 1 };
  if (Buffer.byteLength(text) > mostBytes)
    return failed(
      start,
      `It is larger than ${mostBytes / 1024} KiB, which no policy needs to be. Split it, or use patterns.`,
    );
  // An editor's byte order mark is no part of the first line.
  const content = text.replace(/^\uFEFF/, '');
  const tokens = [...new Parser().parse(content)];
  const placeOf = placesIn(content);
  const refused = refusedTokens(tokens).map(({ offset, what }) => ({ place: placeOf(offset), what }));
  if (refused.length > 0) return { value: undefined, problems: refused };
  return compose(tokens, content, placeOf);
}

function failed(place: Place, what: string): Yaml {
  return { value: undefined, problems: [{ place, what }] };
}

/** Counted in the text, since the parser's own count misses line breaks where it can't make anything of what it reads. */
function placesIn(content: string): (offset: number) => Place {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of content.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

function compose(tokens: readonly CST.Token[], content: string, placeOf: (offset: number) => Place): Yaml {
  // Whether keys are unique is asked below: the library compares each with each, which takes minutes of a large file.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false });
  // Exactly one: a second was refused above, and of an empty text it makes an empty one.
  const documents = [...composer.compose(tokens, true, content.length)];
  const broken = documents.flatMap(({ errors }) =>
    errors.map(({ pos, message }) => ({ place: placeOf(pos[0]), what: message })),
  );
  if (broken.length > 0) return { value: undefined, problems: firstOfEachLine(broken, content) };
  const problems: YamlProblem[] = [];
  const [value] = documents.flatMap(({ contents }) =>
    contents === null ? [] : readNode(contents, { placeOf, problems, fallback: 0 }),
  );
  return { value, problems };
}

/** One mistake makes the library object several times to the rest of its line. */
function firstOfEachLine(problems: readonly YamlProblem[], content: string): readonly YamlProblem[] {
  const lines = content.split(/\r\n|\n/);
  const byLine = new Map(problems.toReversed().map(({ place, what }) => [place.line, { place, what }]));
  return [...byLine.values()].map(({ place, what }) => {
    const line = lines
      .slice(place.line - 1, place.line)
      .join('')
      .trim();
    const hints = quotesNeeded.filter(([form]) => form.test(line)).map(([, hint]) => ` ${hint}`);
    return { place, what: `${quote(line)} is not YAML: ${what}.${hints.join('')}` };
  });
}

/** What is text in most places and means something to YAML here. */
const quotesNeeded: readonly (readonly [form: RegExp, hint: string])[] = [
  [/\[.*[{}]/, 'Within [ ] a text with { } stands in quotes: ["v{version}"].'],
  [/:\s.*:\s/, 'A text that holds ": " stands in quotes.'],
];

type Reading = {
  readonly placeOf: (offset: number) => Place;
  readonly problems: YamlProblem[];
  /** The offset of a node that isn't there. */
  readonly fallback: number;
};

/** Recursive: the depth was bounded before. */
function readNode(node: ParsedNode | null, reading: Reading): YamlValue {
  const offset = node?.range[0] ?? reading.fallback;
  const place = reading.placeOf(offset);
  if (isMap<ParsedNode, ParsedNode | null>(node)) return { kind: 'map', entries: readEntries(node, reading), place };
  if (isSeq<ParsedNode | null>(node))
    return { kind: 'list', items: node.items.map((item) => readNode(item, { ...reading, fallback: offset })), place };
  // With the schema that has nothing but text, `source` is what a scalar says, its quotes and escapes resolved.
  return { kind: 'text', text: node?.source ?? '', place };
}

function readEntries(map: LibraryMap<ParsedNode, ParsedNode | null>, reading: Reading): YamlMap['entries'] {
  const entries = new Map<string, YamlMap['entries'][number]>();
  for (const pair of map.items) {
    const key = readNode(pair.key, reading);
    const value = readNode(pair.value, { ...reading, fallback: pair.key.range[0] });
    if (key.kind !== 'text') {
      reading.problems.push({
        place: key.place,
        what: `A ${key.kind} stands where a key is expected. A key is one word.`,
      });
      continue;
    }
    const what = refusalOfKey(key.text, entries.get(key.text)?.key.place);
    if (what !== undefined) reading.problems.push({ place: key.place, what });
    else entries.set(key.text, { key, value });
  }
  return [...entries.values()];
}

function refusalOfKey(key: string, earlier: Place | undefined): string | undefined {
  if (key === '<<') return '"<<" merges another map in, and nothing in a policy has one to merge. Write its keys out.';
  return earlier === undefined
    ? undefined
    : `${quote(key)} stands here a second time; the first is on line ${earlier.line}. Write it once.`;
}
