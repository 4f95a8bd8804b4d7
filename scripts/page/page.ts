// Markdown as a page of GitHub: its own Markdown program (cmark-gfm), what its sanitiser lets through, its stylesheet,
// Mermaid. In the browser the page says of itself what came of it.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type PageTools = {
  /** Paths: cmark-gfm, Mermaid's script, GitHub's stylesheet. */
  readonly cmark: string;
  readonly mermaid: string;
  readonly stylesheet: string;
};

export type Theme = 'light' | 'dark';

/** What one text looks like in the browser. */
export type Rendered = {
  /** What sticks out of the page, or of the picture that it is a part of. */
  readonly overflowing: readonly string[];
  /** Tables and blocks that have to be scrolled sideways. */
  readonly scrolling: readonly string[];
  /** What Mermaid objected to. */
  readonly refused: readonly string[];
  readonly pictures: number;
  readonly folds: number;
  /** Elements and attributes that GitHub's sanitiser takes out. */
  readonly removed: readonly string[];
  readonly links: number;
  /** Everything that a reader sees with all folds open. */
  readonly text: string;
  /** CSS pixels, with the folds as they are at first. */
  readonly height: number;
};

/** Summaries are as large as 1 MiB, their HTML is more. */
const mostBytes = 64 * 1024 * 1024;

/** As github.com calls it for a README and a summary: `--unsafe`, since the sanitiser comes after it. */
export async function toHtml(cmark: string, markdown: string): Promise<string> {
  const extensions = ['table', 'strikethrough', 'autolink', 'tagfilter', 'tasklist'].flatMap((each) => ['-e', each]);
  const running = execute(cmark, ['--unsafe', '--github-pre-lang', ...extensions], { maxBuffer: mostBytes });
  running.child.stdin?.end(markdown);
  return (await running).stdout;
}

/** A page with each of the texts one below the other, in a column as wide as GitHub's of a job. */
export async function renderPage(texts: readonly string[], tools: PageTools, theme: Theme): Promise<string> {
  const bodies: string[] = [];
  for (const text of texts) bodies.push(await toHtml(tools.cmark, text));
  const script = await readFile(join(import.meta.dirname, 'in-browser.js'), 'utf8');
  const background = theme === 'dark' ? '#0d1117' : '#ffffff';
  // `<` may not stand in a script's text: `</script>` would end it.
  const json = JSON.stringify(bodies).replaceAll('<', '\\u003c');
  return `<!doctype html>
<meta charset="utf-8">
<link rel="stylesheet" href="${pathToFileURL(tools.stylesheet).href}">
<style>body { margin: 0; background: ${background}; } article { padding: 24px; }</style>
<script src="${pathToFileURL(tools.mermaid).href}"></script>
<body><script>
const bodies = ${json};
const theme = ${JSON.stringify(theme === 'dark' ? 'dark' : 'default')};
${script}
</script>
`;
}
