/**
 * The job summary as GitHub shows it: rendered by GitHub's own Markdown program, without what its sanitiser takes out, with
 * its stylesheet, drawn by an old and by the newest Mermaid, and looked at in a browser.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startBrowser, type Browser } from '../../scripts/page/browser.ts';
import { renderPage, type Rendered } from '../../scripts/page/page.ts';
import type { ToolName } from '../../scripts/provision/wanted.ts';
import { renderRestoreSummary, renderSummary, type RunReport } from '../../src/report/index.ts';
import { instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { collection, decision, outcome, plan, problem, proof, repositoryReport, runReport } from '../report/run.ts';
import { whatIsHere } from './registries.ts';

/** As wide as GitHub's column of a job's page. */
const view = { width: 960, height: 800 };
const gib = 1024 ** 3;

const needed = [
  'cmark-gfm',
  'chromium',
  'mermaid 10',
  'mermaid 12',
  'GitHub light stylesheet',
  'GitHub dark stylesheet',
] as const;
const { tools, missing } = whatIsHere();
const absent = needed.filter((name) => tools.every((tool) => tool.name !== name));

function pathOf(name: ToolName): string {
  const tool = tools.find((each) => each.name === name);
  if (tool === undefined) throw new Error(`${name} is not here`);
  return tool.path;
}

/** As many repositories as asked, each with a picture, dates, untagged manifests or a warning here and there. */
function large(repositories: number, tags: number): RunReport {
  return runReport(
    Array.from({ length: repositories }, (_, place) => {
      const names = Array.from({ length: tags }, (_unused, index) => `build-${index}`);
      return repositoryReport({
        repository: repositoryOf(`team-${place % 7}/number-${place}`),
        decisions: names.map((tag, index) =>
          decision(tag, index % 3 === 0 ? 'keep' : 'delete', {
            kind: 'rank',
            position: index + 1,
            of: tags,
            keepLast: 5,
            by: 'created',
            value: '2026-11-22T01:30:00.000Z',
            group: [],
            prerelease: false,
          }),
        ),
        plan: { ...plan(...names.slice(0, 3)), frees: { bytes: (place + 1) * gib, atLeast: place % 2 === 0 } },
        holds: { bytes: (place + 2) * 2 * gib, atLeast: false },
        oldestKept: { tag: tagOf('build-0'), at: instantOf('2026-01-01T00:00:00Z') },
        newestDeleted: { tag: tagOf('build-1'), at: instantOf('2026-11-01T00:00:00Z') },
        warnings: place % 5 === 0 ? [problem('its config can not be read')] : [],
      });
    }),
    { dryRun: true },
  );
}

const evil =
  '</details></summary><img src=x onerror=alert(1)>| [a](https://evil.example)\n```mermaid\npie\n```\n# heading @somebody';

/** Whatever a registry, a host or a file may say, at every place of the summary. */
function hostile(): RunReport {
  const bad = { at: evil, what: evil, wayOut: evil };
  return runReport(
    [
      repositoryReport({
        decisions: [decision('v1', 'keep', { kind: 'unreadable', why: evil }), decision('v2', 'delete')],
        plan: plan('v2'),
        holds: { bytes: 4096, atLeast: true },
        warnings: Array.from({ length: 15 }, () => bad),
        oldestKept: { tag: tagOf('v1'), at: instantOf('2026-01-01T00:00:00Z') },
      }),
    ],
    {
      failures: [bad],
      collection: collection({
        service: evil,
        host: evil,
        spared: [{ repository: repositoryOf('apps/web'), why: evil }],
      }),
    },
  );
}

/** The longest names that there can be. */
function long(): RunReport {
  const repository = repositoryOf(`${'segment/'.repeat(30)}end`);
  return runReport([
    repositoryReport({
      repository,
      decisions: [decision('t'.repeat(128), 'delete', { kind: 'keep-tags', pattern: 'x'.repeat(200) })],
      plan: { ...plan('t'.repeat(128)), frees: { bytes: 3 * gib, atLeast: true } },
      holds: { bytes: 5 * gib, atLeast: true },
      newestDeleted: { tag: tagOf('t'.repeat(128)), at: instantOf('2026-01-01T00:00:00Z') },
    }),
    repositoryReport({
      plan: { ...plan('v1'), frees: { bytes: 700, atLeast: false } },
      holds: { bytes: 900, atLeast: false },
    }),
  ]);
}

function failed(): RunReport {
  return runReport([
    repositoryReport({
      decisions: [decision('b1', 'delete'), decision('b2', 'delete'), decision('latest', 'keep')],
      plan: plan('b1', 'b2'),
      outcomes: [outcome('b1', { result: 'failed', why: problem('it was refused') })],
      proofs: [proof('latest', 'lost', 1)],
      failures: Array.from({ length: 30 }, (_, place) => problem(`it was refused ${place} times`)),
      warnings: [problem('it can not be read')],
      holds: { bytes: 2048, atLeast: false },
    }),
  ]);
}

const scenarios = join(import.meta.dirname, '../scenarios');
const restored = renderRestoreSummary({
  format: 'registry-prune.restore-report',
  version: 1,
  program: 'registry-prune/0.0.0',
  registry: runReport([]).registry,
  dryRun: false,
  startedAt: instantOf('2026-11-22T01:30:00Z'),
  finishedAt: instantOf('2026-11-22T01:30:00Z'),
  journalFile: 'journal.jsonl',
  repositories: [],
  warnings: [],
});

/** By name: the text, and how many pictures belong in it. */
const texts: Readonly<Record<string, { readonly markdown: string; readonly pictures: number }>> = {
  ...Object.fromEntries(
    readdirSync(scenarios, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const expected = readFileSync(join(scenarios, name, 'summary.md'), 'utf8');
        // Names that the scenario gives to digests stand in angle brackets.
        const markdown = expected.replace(/<(?!\/|!|code>|details>|summary>|sub>)([^>]+)>/g, 'sha256\\:$1');
        return [`the scenario ${name}`, { markdown, pictures: markdown.match(/^```mermaid$/gm)?.length ?? 0 }];
      }),
  ),
  '30 repositories': { markdown: renderSummary(large(30, 12)), pictures: 1 },
  'a failed run': { markdown: renderSummary(failed()), pictures: 1 },
  'the longest names': { markdown: renderSummary(long()), pictures: 1 },
  'hostile words': { markdown: renderSummary(hostile()), pictures: 2 },
  'a collection': {
    markdown: renderSummary(runReport([repositoryReport()], { collection: collection() })),
    pictures: 1,
  },
  'a restore': { markdown: restored, pictures: 0 },
};
const names = Object.keys(texts);

const looks = [
  { theme: 'light', mermaid: 'mermaid 10', stylesheet: 'GitHub light stylesheet' },
  { theme: 'dark', mermaid: 'mermaid 12', stylesheet: 'GitHub dark stylesheet' },
] as const;

if (absent.length > 0)
  describe('the summary in a browser', () => {
    const why = missing
      .filter(({ name }) => absent.some((one) => one === name))
      .map(({ name, why: word }) => `${name}: ${word}`);
    test.skip(why.join('; '), () => undefined);
  });
else
  describe.each(looks)('the summary, $theme, drawn by $mermaid', ({ theme, mermaid, stylesheet }) => {
    const found = new Map<string, Rendered>();
    let browser: Browser | undefined;
    let directory = '';

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'registry-prune-page-'));
      const page = join(directory, 'page.html');
      const paths = { cmark: pathOf('cmark-gfm'), mermaid: pathOf(mermaid), stylesheet: pathOf(stylesheet) };
      await writeFile(
        page,
        await renderPage(
          Object.values(texts).map(({ markdown }) => markdown),
          paths,
          theme,
        ),
      );
      browser = await startBrowser(pathOf('chromium'));
      const answers = (await browser.open(page, view)) as readonly Rendered[];
      for (const [place, name] of names.entries()) {
        const answer = answers[place];
        if (answer !== undefined) found.set(name, answer);
      }
    }, 180_000);

    afterAll(async () => {
      await browser?.close();
      await rm(directory, { recursive: true, force: true });
    });

    test.each(names)('%s: all of it is drawn, and nothing sticks out', (name) => {
      const rendered = found.get(name);
      expect(rendered).toMatchObject({ refused: [], overflowing: [], removed: [], links: 0 });
      expect(rendered?.pictures).toBe(texts[name]?.pictures);
      expect(rendered?.folds).toBe(texts[name]?.markdown.match(/^<details>/gm)?.length ?? 0);
    });

    // A tag may have 128 characters, and stands in a table that GitHub lets scroll.
    test.each(names.filter((name) => name !== 'the longest names' && name !== 'hostile words'))(
      '%s: no table has to be scrolled',
      (name) => {
        expect(found.get(name)?.scrolling).toEqual([]);
      },
    );

    test.each(names.filter((name) => name !== 'hostile words'))(
      '%s: no markup is left for the reader to see',
      (name) => {
        expect(found.get(name)?.text).not.toMatch(/\*\*\S|```|\\[:_|]|&\w+;|<\/?\w+>|\| ---|%%|x-axis/);
      },
    );

    test('hostile words are read as they were said', () => {
      const text = found.get('hostile words')?.text ?? '';
      expect(
        text.split('</details></summary><img src=x onerror=alert(1)>| [a](https://evil.example)').length,
      ).toBeGreaterThan(30);
    });

    test('the page is looked at as it is: what does stick out, and what is not drawn, is found', async () => {
      const page = join(directory, 'wrong.html');
      const paths = { cmark: pathOf('cmark-gfm'), mermaid: pathOf(mermaid), stylesheet: pathOf(stylesheet) };
      const wrong = [
        `<pre>${'wide '.repeat(400)}</pre>\n`,
        '```mermaid\nno-such-chart\n    bar [1]\n```\n',
        '<script>alert(1)</script>\n\n<svg width="10"></svg>\n\n<p onclick="x" style="color: red">x</p>\n',
        '<div><table width="3000"></table></div>\n\n<hr width="3000">\n',
      ];
      await writeFile(page, await renderPage(wrong, paths, theme));
      const [wide, undrawn, foreign, sticking] = (await browser?.open(page, view)) as readonly Rendered[];
      expect(wide?.scrolling).not.toEqual([]);
      expect(sticking?.overflowing).not.toEqual([]);
      expect(undrawn?.refused).not.toEqual([]);
      expect(undrawn?.pictures).toBe(0);
      expect(foreign?.removed).toEqual(expect.arrayContaining(['<svg>', 'p onclick', 'p style']));
    });
  });
