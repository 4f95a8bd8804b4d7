/**
 * Text from a registry in the summary is text and nothing else. The Markdown parser of prettier (GFM: tables, literal
 * links) says what a reader would see; what GitHub looks for afterwards in the text is looked for here in the same way.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsers } from 'prettier/plugins/markdown';
import type { ParserOptions } from 'prettier';
import { escapeMarkdown } from '../../src/report/words.ts';

type Node = { readonly type: string; readonly value?: string; readonly children?: readonly Node[] };

async function parse(markdown: string): Promise<Node> {
  return (await parsers.markdown.parse(markdown, { originalText: markdown } as ParserOptions)) as Node;
}

function nodes(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodes)];
}

/** The places in which the summary puts foreign text. */
const places = {
  item: (text: string) => `- ❌ **at**: x ${text}x. way out`,
  bold: (text: string) => `- ❌ **x${text}x**: what. way out`,
  cell: (text: string) => `| tag | why |\n| --- | --- |\n| <code>v1</code> | x ${text}x |\n`,
  code: (text: string) => `| tag | why |\n| --- | --- |\n| <code>${text}</code> | why |\n`,
};
const ours: Readonly<Record<keyof typeof places, readonly string[]>> = {
  item: ['list', 'listItem', 'paragraph', 'strong'],
  bold: ['list', 'listItem', 'paragraph', 'strong'],
  cell: ['table', 'tableRow', 'tableCell'],
  code: ['table', 'tableRow', 'tableCell'],
};
const names = Object.keys(places) as (keyof typeof places)[];

/** What is seen where the text stands, and the runs of text that it is made of. */
async function seen(place: keyof typeof places, text: string): Promise<readonly string[]> {
  const all = nodes(await parse(places[place](escapeMarkdown(text))));
  const foreign = all.filter(({ type }) => !['root', 'text', 'sentence', 'html', ...ours[place]].includes(type));
  expect(foreign.map(({ type, value }) => ({ type, value }))).toEqual([]);
  const html = all.flatMap(({ type, value }) => (type === 'html' ? [value] : []));
  expect(html.filter((value) => !['<code>', '</code>', '<!-- -->'].includes(value ?? ''))).toEqual([]);
  expect(all.filter(({ type }) => type === 'tableCell')).toHaveLength(place === 'cell' || place === 'code' ? 4 : 0);
  expect(all.filter(({ type }) => type === 'listItem')).toHaveLength(place === 'item' || place === 'bold' ? 1 : 0);
  return all.flatMap(({ type, value }) => (type === 'text' ? [value ?? ''] : []));
}

const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</code></summary></details><h1>',
  '<!-- hidden -->',
  '&lt;b&gt; &#60;b&#62;',
  '[click](https://evil.example)',
  '[click]: https://evil.example',
  '![image](https://evil.example/x.png)',
  '<https://evil.example>',
  'https://evil.example/path?a=b#c',
  'http://evil.example',
  'ftp://evil.example',
  'www.evil.example',
  'WWW.evil.example',
  'see www.evil.example/path, www.other.example',
  'mailto:somebody@evil.example',
  'somebody@evil.example',
  '@somebody @acme/admins',
  'acme/apps#12 #12 GH-12',
  '`code` ``code``',
  '*emphasis* **strong** _emphasis_ __strong__ ~~gone~~',
  'a | b | c',
  'a \\| b \\\\| c \\',
  '# heading',
  '- item\n- item\n\n1. item',
  'one\r\n\r\ntwo',
  '    code',
  '```\nfence\n```',
  '---\n***\n===',
  '> quote',
  '$x^2$ $$y$$',
  ':tada: :warning:',
  '[ ] [x] task',
  '[^1] footnote',
  '\u202Eesrever\u202C \u200Bzero\u2028line\u2029paragraph',
  '\u0000\u001B[31mred',
  'back\\slash \\* \\@somebody',
];

describe.each(names)('%s', (place) => {
  test.each(attacks)('%j', async (text) => {
    await seen(place, text);
  });
});

test('what is seen is what was said, in one line', async () => {
  for (const attack of attacks) {
    const shown = attack.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
    for (const place of ['cell', 'item'] as const)
      expect((await seen(place, attack)).join('').replace(/ +/g, ' ')).toContain(`x ${shown}x`.replace(/ +/g, ' '));
  }
});

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...' ab1<>&"\'`*_{}[]()#+-.!|~$@:/\\\n\t=^?%;,'.split('')), maxLength: 60 }),
  fc
    .array(fc.constantFrom(...attacks, ' ', '\\', '|', '\n', 'www', '.', '@', 'a'), { maxLength: 6 })
    .map((parts) => parts.join('')),
);

test.each(names)('%s: no text can open anything', async (place) => {
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      await seen(place, text);
    }),
    { numRuns: 300 },
  );
});

test('no run of text has a mention, a reference or a mail address in it, as GitHub looks for them', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      // An entity or a backslash ends no run; a comment does.
      for (const run of await seen('cell', `${text} somebody@evil.example#12`)) expect(run).not.toMatch(/@\w|#\d/);
    }),
    { numRuns: 200 },
  );
});

test('text in one line stays one line', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(escapeMarkdown(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});

test('plain words are left as they are', () => {
  const words = 'the 3rd newest of 20 by version 2.4.1, keep-last is 5; apps/web is 30 days old';
  expect(escapeMarkdown(words)).toBe(words);
});
