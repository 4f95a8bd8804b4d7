/** The two images at the line between what stays and what goes. */
import { describe, expect, test } from '@jest/globals';
import type { Instant, Tag } from '../../src/model/index.ts';
import { renderSummary, spanOf, type RunReport } from '../../src/report/index.ts';
import { instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { decision, done, gone, outcome, plan, repositoryReport, runReport } from './run.ts';

const days: Readonly<Record<string, string>> = {
  b1: '2026-01-01',
  b2: '2026-02-01',
  b3: '2026-03-01',
  b4: '2026-04-01',
};
const dated = (tag: Tag): Instant | undefined =>
  days[tag] === undefined ? undefined : instantOf(`${days[tag]}T00:00:00Z`);
const decisions = [
  decision('b1', 'delete'),
  decision('b2', 'delete'),
  decision('b3', 'keep'),
  decision('b4', 'keep'),
  decision('latest', 'keep'),
];

describe('of one repository', () => {
  test('a dry run: the newest that would go, the oldest that would stay, as far as there is a date', () => {
    expect(spanOf({ decisions, plan: plan('b1', 'b2'), outcomes: [] }, true, dated)).toEqual({
      oldestKept: { tag: 'b3', at: dated(tagOf('b3')) },
      newestDeleted: { tag: 'b2', at: dated(tagOf('b2')) },
    });
  });

  test('a real run: what was not deleted after all is kept, what was gone already is neither', () => {
    const outcomes = [outcome('b1', done), outcome('b2', { result: 'spared', why: 'moved' })];
    expect(spanOf({ decisions, plan: plan('b1', 'b2'), outcomes }, false, dated)).toMatchObject({
      oldestKept: { tag: 'b2' },
      newestDeleted: { tag: 'b1' },
    });
    const alreadyGone = [outcome('b1', gone), outcome('b2', done)];
    expect(spanOf({ decisions, plan: plan('b1', 'b2'), outcomes: alreadyGone }, false, dated)).toMatchObject({
      oldestKept: { tag: 'b3' },
      newestDeleted: { tag: 'b2' },
    });
  });

  test('where no date was asked for there is nothing to say', () => {
    expect(spanOf({ decisions, plan: undefined, outcomes: [] }, true, () => undefined)).toEqual({});
  });
});

describe('in the summary', () => {
  const at = (day: string): Instant => instantOf(`${day}T10:00:00Z`);
  const two = (parts: Partial<RunReport>): RunReport =>
    runReport(
      [
        repositoryReport({
          decisions,
          oldestKept: { tag: tagOf('b3'), at: at('2026-03-01') },
          newestDeleted: { tag: tagOf('b2'), at: at('2026-02-01') },
        }),
        repositoryReport({
          repository: repositoryOf('apps/api'),
          decisions: [decision('a1', 'delete', { kind: 'ghost' }), decision('a2', 'keep')],
          oldestKept: { tag: tagOf('a2'), at: at('2026-04-01') },
          newestDeleted: { tag: tagOf('a1'), at: at('2026-02-02') },
        }),
        repositoryReport({ repository: repositoryOf('apps/undated') }),
      ],
      parts,
    );

  test('of all repositories, with the reasons', () => {
    expect(renderSummary(two({}))).toContain(
      [
        'Of the images whose date was asked for:',
        '',
        '|  | image | date | why |',
        '| --- | --- | --- | --- |',
        '| **newest&nbsp;deleted** | <code>apps/api\\:a1</code> | 2026\u201102\u201102 | listed, with nothing behind it |',
        '| **oldest&nbsp;kept** | <code>apps/web\\:b3</code> | 2026\u201103\u201101 | no rule names it |',
        '',
      ].join('\n'),
    );
    expect(renderSummary(two({ dryRun: true }))).toContain('| **newest&nbsp;to&nbsp;go** | <code>apps/api');
  });

  test('one of them alone, and none', () => {
    const kept = repositoryReport({ decisions, oldestKept: { tag: tagOf('b3'), at: at('2026-03-01') } });
    expect(renderSummary(runReport([kept]))).toContain('**oldest&nbsp;kept**');
    expect(renderSummary(runReport([kept]))).not.toContain('**newest');
    expect(renderSummary(runReport([repositoryReport({ decisions })]))).not.toContain('whose date');
  });
});
