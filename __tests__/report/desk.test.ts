/** What a desk shows: plain rows here, with how each piece looks where that matters. */
import { describe, expect, test } from '@jest/globals';
import type { RepositoryPlan } from '../../src/model/index.ts';
import { renderPlanTables, renderQuestion } from '../../src/report/index.ts';
import { renderTable } from '../../src/report/table.ts';
import type { Row } from '../../src/runtime/index.ts';
import { repositoryOf } from '../arbitraries/names.ts';
import { decision, plan, repositoryReport as repository, web, withUntagged } from './run.ts';

const textOf = (rows: readonly Row[]): readonly string[] =>
  rows.map((row) =>
    row
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
const looksOf = (rows: readonly Row[], look: string): readonly string[] =>
  rows.flatMap((row) => row.filter((span) => span.look === look).map(({ text }) => text));
const freeing = (bytes: number, of: RepositoryPlan): RepositoryPlan => ({ ...of, frees: { bytes, atLeast: false } });

describe('a table', () => {
  const head = [{ head: 'NAME' }, { head: 'N', align: 'right' }, { head: 'WHY' }] as const;
  const rows = [
    [{ text: 'a' }, { text: '100' }, { text: 'because of that' }],
    [{ text: 'longer' }, { text: '2' }, { text: '' }],
  ];

  test('columns as wide as their widest cell, numbers to the right', () => {
    expect(textOf(renderTable(head, rows))).toEqual([
      '  NAME      N  WHY',
      '  a       100  because of that',
      '  longer    2',
    ]);
  });

  test('the last column goes on in the next line', () => {
    const why = [{ text: 'b' }, { text: '7' }, { text: 'because of that, and that is why' }];
    expect(textOf(renderTable(head, [...rows, why], 35)).slice(-2)).toEqual([
      '  b         7  because of that, and',
      '               that is why',
    ]);
  });

  test('where that is too narrow it is cut at the edge, and what has no room at all is one mark', () => {
    const cut = textOf(renderTable(head, rows, 24));
    expect(cut[1]).toBe('  a       100  because …');
    expect(cut.every((line) => line.length <= 24)).toBe(true);
    expect(textOf(renderTable(head, rows, 5))[1]).toBe('  a       100  …');
  });

  test('no rows: the head alone', () => {
    expect(textOf(renderTable(head, []))).toEqual(['  NAME  N  WHY']);
  });
});

describe('what would go', () => {
  const decisions = [decision('build-1', 'delete'), decision('build-2', 'keep'), decision('stable', 'keep')];
  const one = repository({ decisions, plan: withUntagged(plan('build-1'), 2) });

  test('struck what goes, green what stays, and untagged manifests with them', () => {
    const rows = renderPlanTables([one], { kept: true });
    expect(looksOf(rows, 'doomed')).toEqual(['build-1', '(untagged)']);
    expect(looksOf(rows, 'kept')).toEqual(['keep', 'keep']);
    expect(textOf(rows).find((line) => line.includes('build-2'))).toMatch(/^ {2}build-2 +keep +no rule names it$/);
    expect(textOf(rows).find((line) => line.includes('(untagged)'))).toMatch(
      /delete +sha256:\w{12}… +nothing that stays/,
    );
  });

  test('where the reason would have little room the digest is left out', () => {
    const heads = (columns: number): string | undefined =>
      textOf(renderPlanTables([one], { kept: true, columns })).find((line) => line.includes('VERDICT'));
    expect(heads(100)).toMatch(/VERDICT +DIGEST +WHY$/);
    expect(heads(85)).toMatch(/VERDICT +DIGEST +WHY$/);
    expect(heads(84)).toMatch(/VERDICT +WHY$/);
  });

  test('before the question only what goes', () => {
    const lines = textOf(renderPlanTables([one], { kept: false }));
    expect(lines.some((line) => line.includes('build-1'))).toBe(true);
    expect(lines.some((line) => line.includes('stable'))).toBe(false);
  });

  test('a bar for each repository, the largest first and longest, none where there is nothing to free', () => {
    const api = { ...one, repository: repositoryOf('apps/api'), plan: freeing(3072, plan('build-1')) };
    const idle = { ...one, repository: repositoryOf('apps/idle'), plan: plan() };
    const small = { ...one, repository: repositoryOf('apps/small'), plan: freeing(1, plan('build-1')) };
    const rows = renderPlanTables([small, one, idle, api], { kept: true });
    expect(looksOf(rows, 'bar').map((bar) => bar.length)).toEqual([30, 15, 1]);
    const from = textOf(rows).findIndex((line) => line.includes('REPOSITORY'));
    expect(textOf(rows).slice(from)).toEqual([
      '  REPOSITORY  SPACE                           RECLAIMABLE  GOES',
      `  apps/api    ${'█'.repeat(30)}        3 KiB  1 of 3 tags`,
      `  apps/web    ${'█'.repeat(15)}${' '.repeat(15)}      1.5 KiB  1 of 3 tags`,
      `  apps/small  █${' '.repeat(29)}          1 B  1 of 3 tags`,
      '',
    ]);
    expect(looksOf(renderPlanTables([idle], { kept: true }), 'bar')).toEqual([]);
  });

  test('on a narrow terminal the bars are shorter, and no figure is cut', () => {
    const named = { ...one, repository: repositoryOf('group/of/a/repository-with-a-long-name') };
    const lines = textOf(renderPlanTables([named], { kept: true, columns: 80 }));
    expect(lines.at(-2)).toMatch(/^ {2}group\/of\/a\/repository-with-a-long-name {2}█+ {2,}1\.5 KiB {2}1 of 3 tags$/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('of hundreds of repositories the largest, and how many more', () => {
    const many = Array.from({ length: 45 }, (_, index) => ({
      ...one,
      repository: repositoryOf(`apps/r${index}`),
      plan: freeing(1000 + index, plan('build-1')),
    }));
    const rows = renderPlanTables(many, { kept: true });
    expect(looksOf(rows, 'bar')).toHaveLength(40);
    expect(textOf(rows)).toContain('  and 5 repositories more');
  });

  test('a repository that isn’t there has its line and no table', () => {
    const missing = repository({ state: 'missing', decisions: [], plan: undefined });
    expect(textOf(renderPlanTables([missing], { kept: true }))).toEqual([`${web}: there is no such repository`, '']);
  });
});

describe('the question', () => {
  const about = { registry: 'https://registry.example.com', garbageCollect: 'off' } as const;
  const due = repository({ decisions: [], plan: withUntagged(plan('a', 'b'), 5) });

  test.each([
    [[due], about, 'Delete 2 tags and 1 manifest in 1 repository of https://registry.example.com (1.5 KiB)?'],
    [
      [due, { ...due, plan: { ...plan('a'), frees: { bytes: 1024, atLeast: true } } }],
      { ...about, garbageCollect: 'offline' },
      'Delete 3 tags and 1 manifest in 2 repositories of https://registry.example.com (at least 2.5 KiB), stop the registry, collect its garbage and start it again?',
    ],
    [
      [{ ...due, plan: freeing(0, plan('a')) }],
      about,
      'Delete 1 tag and 0 manifests in 1 repository of https://registry.example.com?',
    ],
    [
      [],
      { ...about, garbageCollect: 'online' },
      'Collect its garbage and restart the registry, at https://registry.example.com?',
    ],
  ] as const)('%#', (reports, given, text) => {
    expect(renderQuestion(reports, given)).toBe(text);
  });
});
