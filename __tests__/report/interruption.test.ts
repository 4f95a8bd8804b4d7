/** What a run that was ended before its time has to say, and of many unproven tags. */
import { expect, test } from '@jest/globals';
import type { Outcome } from '../../src/model/index.ts';
import { failuresOf, renderSummary, type RunReport } from '../../src/report/index.ts';
import { digestOf } from '../arbitraries/names.ts';
import { done, outcome, plan, problem, proof, repositoryReport, runReport, web } from './run.ts';

const left = { result: 'spared', why: 'interrupted' } as const;
const manifestLeft = (number: number): Outcome => ({
  repository: web,
  subject: { kind: 'manifest', digest: digestOf(number) },
  ...left,
});
const interrupted = (outcomes: readonly Outcome[], more: Partial<RunReport> = {}): RunReport =>
  runReport([repositoryReport({ plan: plan('b1', 'b2', 'b3'), outcomes })], { interruptedBy: 'SIGTERM', ...more });

test('what is left is counted, and comes before every other failure', () => {
  const report = interrupted([outcome('b1', done), outcome('b2', left), outcome('b3', left), manifestLeft(2)], {
    failures: [problem('something else')],
  });
  expect(failuresOf(report).map(({ at, what }) => `${at}: ${what}`)).toEqual([
    'SIGTERM: the run was interrupted: 2 tags and 1 manifest in 1 repository are left as they were',
    expect.stringContaining('something else'),
  ]);
  expect(renderSummary(report)).toMatch(/^## registry-prune\n\n- ❌ \*\*SIGTERM\*\*: the run was interrupted/);
});

test('where nothing is left it says so, and fails all the same', () => {
  expect(failuresOf(interrupted([outcome('b1', done)]))).toMatchObject([
    { what: 'the run was interrupted; no deletion was left to do' },
  ]);
});

test('images that have lost their last tag are counted apart from those that have one still', () => {
  const [failure] = failuresOf(
    interrupted([outcome('b1', done), outcome('b2', left), manifestLeft(1), manifestLeft(2), manifestLeft(9)]),
  );
  expect(failure?.what).toContain('1 tag and 3 manifests');
  expect(failure?.wayOut).toContain('1 image of these has no tag any more: delete-untagged finds such images');
});

test('up to ten unproven tags are named, and more are one failure', () => {
  const unproven = (count: number): number =>
    failuresOf(
      runReport([
        repositoryReport({
          proofs: Array.from({ length: count }, (_, place) => proof(`kept-${place}`, 'unproven', place)),
        }),
      ]),
    ).length;
  expect([unproven(0), unproven(1), unproven(10), unproven(11), unproven(4000)]).toEqual([0, 1, 10, 1, 1]);
});
