/** The job's page. */
import { describe, expect, test } from '@jest/globals';
import type { RepositoryName } from '../../src/model/index.ts';
import { renderSummary, type RunReport } from '../../src/report/index.ts';
import { repositoryOf } from '../arbitraries/names.ts';
import { decision, done, outcome, plan, problem, proof, repositoryReport, runReport } from './run.ts';

const limitBytes = 1024 * 1024;
const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

/** Every list begins and ends, so that nothing below one is folded away with it. */
function expectWhole(summary: string): void {
  expect(summary.match(/^<details>/gm)?.length ?? 0).toBe(summary.match(/^<\/details>/gm)?.length ?? 0);
}

test('a dry run says so, and what would go', () => {
  const decisions = [decision('b1', 'delete', { kind: 'ghost' }), decision('latest', 'keep')];
  const report = runReport([repositoryReport({ decisions, plan: plan('b1') })], { dryRun: true });
  const summary = renderSummary(report);
  expect(summary).toContain('## registry-prune (dry run)\n');
  expect(summary).toContain('| repository | tags seen | would be deleted | kept | to be reclaimed |');
  expect(summary).toContain('| <code>apps/web</code> | 2 | 1 | 1 | 1.5 KiB |');
  expect(summary).toContain('<summary><code>apps/web</code>: 1 tag to delete</summary>');
  expect(summary).toContain('| <code>b1</code> | listed, with nothing behind it |');
  expect(summary).toContain('<summary><code>apps/web</code>: 1 tag kept</summary>');
});

test('a real run counts what is gone, and begins with what went wrong', () => {
  const decisions = [decision('b1', 'delete'), decision('b2', 'delete'), decision('latest', 'keep')];
  const report = runReport([
    repositoryReport({
      decisions,
      plan: plan('b1', 'b2'),
      outcomes: [outcome('b1', done), outcome('b2', { result: 'failed', why: problem('it was refused') })],
      proofs: [proof('latest', 'healed')],
      failures: [problem('it was refused')],
      warnings: [problem('it can not be read')],
    }),
  ]);
  const lines = renderSummary(report).split('\n');
  expect(lines[0]).toBe('## registry-prune');
  expect(lines[2]).toMatch(/^- ❌ \*\*apps\/web\\:latest\*\*: it was to stay/);
  expect(lines[3]).toBe('- ❌ **apps/web\\:v1**: it was refused. Look at it.');
  expect(lines).toContain('| <code>apps/web</code> | 3 | 1 | 2 | 1.5 KiB |');
  // What is wrong is in sight; what is folded comes after it.
  expect(lines.findIndex((line) => line.startsWith('- ⚠️'))).toBeLessThan(
    lines.findIndex((line) => line.startsWith('<details>')),
  );
});

test.each([
  ['missing', '| <code>apps/web</code> (missing) | 0 | 0 | 0 |  |'],
  ['unread', '| <code>apps/web</code> (not read) | 0 | 0 | 0 |  |'],
] as const)('a repository that is %s', (state, row) => {
  const summary = renderSummary(runReport([repositoryReport({ state })]));
  expect(summary).toContain(row);
  expect(summary).not.toContain('<details>');
});

test('a name with underscores is shown as it is, in Markdown as in HTML', () => {
  const repository = repositoryOf('apps/my_app');
  const summary = renderSummary(runReport([repositoryReport({ repository, decisions: [decision('my_tag', 'keep')] })]));
  // Backslashes are read in the table's Markdown, and would be seen in the HTML of the title.
  expect(summary).toContain('| <code>apps/my\\_app</code> |');
  expect(summary).toContain('<summary><code>apps/my_app</code>: 1 tag kept</summary>');
});

test('words of a registry have no markup in them', () => {
  const what = '</details><img src=x>| [a](https://evil.example)\n\n# heading @somebody';
  const summary = renderSummary(
    runReport(
      [
        repositoryReport({
          decisions: [decision('v1', 'keep', { kind: 'unreadable', why: what })],
          warnings: [{ at: what, what, wayOut: what }],
        }),
      ],
      { failures: [{ at: what, what, wayOut: what }] },
    ),
  );
  expectWhole(summary);
  expect(summary).not.toMatch(/<img|\n# |\]\(https|https:|(?<!\\)@/);
});

describe('of a large registry', () => {
  const tags = Array.from({ length: 10_000 }, (_, place) => `build-${String(place).padStart(5, '0')}`);
  const decisions = tags.map((tag, place) =>
    decision(tag, place % 2 === 0 ? 'delete' : 'keep', {
      kind: 'rank',
      position: place + 1,
      of: tags.length,
      keepLast: 5,
      by: 'created',
      value: '2026-11-22T01:30:00.000Z',
      group: [],
      prerelease: false,
    }),
  );
  const large = (count: number, parts: Partial<RunReport> = {}): RunReport =>
    runReport(
      Array.from({ length: count }, (_, place) =>
        repositoryReport({ repository: repositoryOf(`apps/number-${place}`), decisions }),
      ),
      parts,
    );

  test('one repository has 200 rows in each list, and says how many more there are', () => {
    const summary = renderSummary(large(1));
    expect(summary.match(/^\| <code>build-/gm)).toHaveLength(400);
    expect(summary.match(/^and 4800 more, in the report file\.$/gm)).toHaveLength(2);
  });

  test('100 repositories of 10,000 tags fit, and each has its lists', () => {
    const summary = renderSummary(large(100));
    expect(bytesOf(summary)).toBeLessThan(limitBytes);
    expectWhole(summary);
    for (let place = 0; place < 100; place += 1)
      expect(summary).toMatch(
        new RegExp(`<summary><code>apps/number-${place}</code>: 5000 tags kept</summary>\n\n.*\n.*\n\\| <code>build-`),
      );
  });

  test('what comes after the first 100 is counted', () => {
    const summary = renderSummary(large(250));
    expect(summary).toContain('and 150 repositories more, in the report file.');
    expect(bytesOf(summary)).toBeLessThan(limitBytes);
  });

  test('of 10,000 repositories those with most to say are in the table, and the last row is of all', () => {
    const repositories = Array.from({ length: 10_000 }, (_, place) =>
      repositoryReport({
        repository: repositoryOf(`apps/number-${place}`),
        decisions: [decision('b1', 'delete'), decision('latest', 'keep')],
        plan: plan(...(place % 100 === 7 ? ['b1'] : [])),
        holds: { bytes: 2048, atLeast: false },
        ...(place === 4321 && { failures: [problem('it was refused')] }),
      }),
    );
    const summary = renderSummary(runReport(repositories, { dryRun: true }));
    const shown = summary.match(/^\| <code>apps\/number-(\d+)<\/code>/gm) ?? [];
    expect(shown).toHaveLength(100);
    expect(shown.slice(0, 2)).toEqual(['| <code>apps/number-7</code>', '| <code>apps/number-107</code>']);
    expect(shown).toContain('| <code>apps/number-4321</code>');
    expect(summary).toContain('| **10000 repositories** | **20000** | **100** | **19900** | **19.5 MiB** |');
    expect(summary).toContain('and 9900 repositories more, in the report file. These are the ones with most to say.');
    expect(bytesOf(summary)).toBeLessThan(limitBytes);
    expectWhole(summary);
  });

  test('of 100,000 tags in one repository', () => {
    const many = Array.from({ length: 100_000 }, (_, place) =>
      decision(`b${place}`, place % 10 === 0 ? 'keep' : 'delete'),
    );
    const names = many.filter(({ verdict }) => verdict === 'delete').map(({ tag }) => tag);
    const report = repositoryReport({
      decisions: many,
      plan: plan(...names),
      outcomes: names.map((tag) => outcome(tag, done)),
    });
    const summary = renderSummary(runReport([report]));
    expect(summary).toContain('**90000 tags and 0 manifests deleted in 1 repository, 10000 tags kept.**');
    expect(summary).toContain('and 89800 more, in the report file.');
    expect(summary).toContain('and 9800 more, in the report file.');
    expect(summary).toContain('Everything, uncut, is in the report file, output <code>report-file</code>.');
    expect(bytesOf(summary)).toBeLessThan(limitBytes);
    expectWhole(summary);
  });

  test('ten problems are in sight, the others folded', () => {
    const warnings = Array.from({ length: 25 }, (_, place) => problem(`number ${place}`));
    const summary = renderSummary(runReport([repositoryReport({ warnings })]));
    expect(summary).toMatch(
      /number 9\. Look at it\.\n\n<details><summary>⚠️ and 15 more warnings<\/summary>\n\n- ⚠️ .*number 10\./,
    );
    expectWhole(summary);
  });

  test('the longest names, the longest reasons and problems without end fit as well', () => {
    const words = 'é'.repeat(200);
    const long = (place: number): RepositoryName =>
      repositoryOf(`${String(place).padStart(3, '0')}_${'a_b'.repeat(83)}`);
    const worst = Array.from({ length: 400 }, (_, place) =>
      decision(`${'a_'.repeat(62)}${place}`, place % 2 === 0 ? 'delete' : 'keep', { kind: 'unreadable', why: words }),
    );
    const problems = Array.from({ length: 5000 }, () => ({ at: `${long(0)}:v1`, what: words, wayOut: words }));
    const repositories = Array.from({ length: 100 }, (_, place) =>
      repositoryReport({ repository: long(place), decisions: worst }),
    );
    const [first = repositoryReport(), ...others] = repositories;
    const summary = renderSummary(
      runReport([{ ...first, warnings: problems, failures: problems }, ...others], { failures: problems }),
    );
    expect(bytesOf(summary)).toBeLessThan(limitBytes);
    expectWhole(summary);
    expect(summary).toContain('- ❌ and 9800 more, in the report file.');
    expect(summary).toContain('- ⚠️ and 4800 more, in the report file.');
  });
});
