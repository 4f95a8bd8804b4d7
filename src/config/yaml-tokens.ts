/** What is looked for among the tokens of YAML text, before anything is made of them that could grow or run deep. */
import type { CST } from 'yaml';
import { quote } from './error.ts';

/** Collections within collections. A policy has four; the library that composes them calls itself for each. */
const mostDepth = 16;

/** Kinds of tokens that a policy has no use for. Patterns begin with the same characters, so this is the usual case. */
const names: Readonly<Partial<Record<string, string>>> = { alias: 'an alias', anchor: 'an anchor', tag: 'a tag' };

export type RefusedToken = { readonly offset: number; readonly what: string };

type Waiting = { readonly token: CST.Token; readonly depth: number };

/** Not recursive: how deep the tokens are is what it finds out. In no order. */
export function refusedTokens(tokens: readonly CST.Token[]): readonly RefusedToken[] {
  const refused: RefusedToken[] = [];
  const documents = tokens.filter((token) => token.type === 'document');
  if (documents[1] !== undefined)
    refused.push({
      offset: documents[1].offset,
      what: 'A second YAML document begins here. Write one, without "---".',
    });
  const waiting: Waiting[] = tokens.map((token) => ({ token, depth: 0 }));
  let tooDeep = false;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    const what = refusalOf(token);
    if (what !== undefined) refused.push({ offset: token.offset, what });
    if (depth <= mostDepth) for (const part of partsOf(token)) waiting.push({ token: part, depth: depth + 1 });
    else if (!tooDeep) {
      tooDeep = true;
      refused.push({ offset: token.offset, what: 'Lists and maps are nested deeper here than a policy has them.' });
    }
  }
  return refused;
}

function refusalOf(token: CST.Token): string | undefined {
  const source = 'source' in token ? token.source : '';
  if (token.type === 'directive')
    return `${quote(source)} is a directive, which a policy has no use for. Leave it out.`;
  const name = names[token.type];
  return name === undefined
    ? undefined
    : `${quote(source)} is ${name} in YAML, which a policy has no use for. Text that begins with ${quote(source.slice(0, 1))} stands in quotes: ${JSON.stringify(source)}.`;
}

function partsOf(token: CST.Token): readonly CST.Token[] {
  switch (token.type) {
    case 'document':
      return [...token.start, ...present(token.value)];
    case 'block-scalar':
      return token.props;
    case 'block-map':
    case 'block-seq':
    case 'flow-collection':
      return token.items.flatMap((item) => [
        ...item.start,
        ...present(item.key),
        ...(item.sep ?? []),
        ...present(item.value),
      ]);
    default:
      return [];
  }
}

function present(token: CST.Token | null | undefined): readonly CST.Token[] {
  return token == null ? [] : [token];
}
