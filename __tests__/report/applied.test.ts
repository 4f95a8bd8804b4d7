/** What log and summary say of a plan that was made earlier. */
import { describe, expect, test } from '@jest/globals';
import type { Outcome, Plan } from '../../src/model/index.ts';
import {
  renderConclusion,
  renderSummary,
  sizeOf,
  type RepositoryReport,
  type RunReport,
} from '../../src/report/index.ts';
import { digestOf, originOf } from '../arbitraries/names.ts';
import { at, decision, done, outcome, plan, problem, repositoryReport, runReport, web, withUntagged } from './run.ts';

const given: Plan = {
  format: 'registry-prune.plan',
  version: 1,
  program: 'registry-prune 1.0.0',
  registry: originOf('https://registry.example.com'),
  madeAt: at,
  configDigest: digestOf(1),
  claims: [],
  repositories: [withUntagged(plan('b1', 'b2', 'b3'), 4)],
};
const spared = { result: 'spared', why: 'now-referenced' } as const;
const ofManifest = (number: number, result: 'already-gone'): Outcome => ({
  repository: web,
  subject: { kind: 'manifest', digest: digestOf(number) },
  result,
});

function applied(report: Partial<RepositoryReport>, run: Partial<RunReport> = {}): RunReport {
  return runReport([repositoryReport(report)], { door: 'apply', applied: sizeOf(given), ...run });
}

test('how large it was', () => {
  expect(sizeOf(given)).toEqual({
    madeAt: at,
    program: 'registry-prune 1.0.0',
    repositories: 1,
    tags: 3,
    manifests: 1,
  });
});

describe('the last line', () => {
  const begins = 'The plan of 2026-11-22 01:30:00Z names 3 tags and 1 manifest:';

  test('says what was spared and what was gone before what was done', () => {
    const outcomes = [
      outcome('b1', spared),
      outcome('b2', { result: 'already-gone' }),
      outcome('b3', done),
      ofManifest(4, 'already-gone'),
    ];
    expect(renderConclusion(applied({ plan: plan('b3'), outcomes }))).toContain(
      `${begins} 1 tag and 0 manifests spared, 1 tag and 1 manifest gone already. 1 tag and 0 manifests deleted`,
    );
  });

  test('says what a run had begun of it that this one finishes', () => {
    const report = applied({ plan: plan('b3'), outcomes: [] }, { applied: sizeOf(given, 2) });
    expect(renderConclusion(report)).toContain(
      'gone already. This finishes a run whose journal has 2 manifests of it.',
    );
  });

  test('says that nothing was left, and only where that is so', () => {
    const nothing = 'Nothing of it was left to do.';
    const gone = [outcome('b1', { result: 'already-gone' }), outcome('b2', spared)];
    expect(renderConclusion(applied({ plan: plan(), outcomes: gone }))).toContain(nothing);
    expect(renderConclusion(applied({ state: 'missing', outcomes: gone }))).toContain(nothing);
    const others: readonly Partial<RepositoryReport>[] = [
      { plan: plan('b3'), outcomes: gone },
      { plan: withUntagged(plan(), 4) },
      { plan: plan(), outcomes: [...gone, outcome('b3', done)] },
      { plan: plan(), outcomes: [...gone, outcome('b3', { result: 'failed', why: problem('it was refused') })] },
      { state: 'unread', failures: [problem('it can not be read')] },
    ];
    for (const other of others) expect(renderConclusion(applied(other))).not.toContain(nothing);
  });

  test('says none of it of a run that made its plan itself', () => {
    expect(renderConclusion(runReport([repositoryReport({ plan: plan('b1') })]))).not.toContain('The plan of');
  });
});

describe('the summary', () => {
  const decisions = [
    decision('b1', 'delete'),
    decision('b2', 'delete'),
    decision('v1', 'keep', { kind: 'not-planned' }),
  ];

  test('lists what was spared with its reason, and no tag that the plan never named', () => {
    const outcomes: readonly Outcome[] = [
      outcome('b1', spared),
      outcome('b2', done),
      { repository: web, subject: { kind: 'manifest', digest: digestOf(4) }, result: 'spared', why: 'now-held' },
    ];
    const summary = renderSummary(applied({ decisions, plan: plan('b2'), outcomes }));
    expect(summary).toContain('## registry-prune: apply\n');
    expect(summary).toContain('<summary><code>apps/web</code>: 2 spared</summary>');
    expect(summary).toContain('| <code>b1</code> | a file of the workspace names it now |');
    expect(summary).toContain('something that stays holds its image now |');
    expect(summary).toContain('| <code>apps/web</code> | 3 | 1 | 2 |');
    expect(summary).not.toContain('kept</summary>');
    expect(summary).not.toContain('<code>v1</code>');
  });

  test('of a dry run counts what is gone as neither to be deleted nor kept', () => {
    const outcomes = [outcome('b1', { result: 'already-gone' })];
    const report = applied({ decisions, plan: plan('b2'), outcomes }, { dryRun: true });
    expect(renderSummary(report)).toContain('| <code>apps/web</code> | 3 | 1 | 1 |');
    expect(renderConclusion(report)).toContain('1 tag of 3 in 1 repository would be deleted, 1 kept');
  });

  test('of a run that made its plan itself has no such list', () => {
    const summary = renderSummary(
      runReport([repositoryReport({ decisions, plan: plan('b1'), outcomes: [outcome('b1', spared)] })]),
    );
    expect(summary).not.toContain('spared</summary>');
    expect(summary).toContain('1 tag kept</summary>');
  });
});
