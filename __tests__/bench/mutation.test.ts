// What became of the mutants is counted here, and the command fails by it.

import { describe, expect, test } from '@jest/globals';
import { describeMutation, isEnough, scores, type MutationReport } from '../../bench/mutation/describe.ts';

const mutants = (statuses: Readonly<Record<string, number>>, mutatorName = 'BooleanLiteral') => ({
  mutants: Object.entries(statuses).flatMap(([status, times]) =>
    Array.from({ length: times }, () => ({ status, mutatorName })),
  ),
});
const report: MutationReport = {
  files: {
    'src/policy/age.ts': mutants({ Killed: 7, Timeout: 2, Survived: 1 }),
    'src/plan/guard.ts': mutants({ Killed: 80, NoCoverage: 1 }),
    'src/plan/order.ts': mutants({ Killed: 8, Survived: 10, RuntimeError: 2 }, 'StringLiteral'),
  },
};

describe('the score of a room', () => {
  test('is the part that was killed or timed out, without what was broken', () => {
    expect(scores(report)).toEqual([
      { name: 'policy', mutants: 10, killed: 7, timedOut: 2, survived: 1, uncovered: 0, broken: 0, score: 90 },
      {
        ...{ name: 'plan', mutants: 101, killed: 88, timedOut: 0, survived: 10, uncovered: 1, broken: 2 },
        score: (88 / 99) * 100,
      },
    ]);
  });

  const enough = mutants({ Killed: 9, Survived: 1 });
  test.each<[string, MutationReport['files'], { all: boolean; some: boolean }]>([
    ['90 % in both rooms', { 'src/policy/a.ts': enough, 'src/plan/a.ts': enough }, { all: true, some: true }],
    ['90 % in the only one', { 'src/plan/a.ts': enough }, { all: false, some: true }],
    ['less in one of them', report.files, { all: false, some: false }],
    ['nothing', {}, { all: false, some: false }],
    ['broken mutants alone', { 'src/plan/a.ts': mutants({ RuntimeError: 3 }) }, { all: false, some: false }],
  ])('is enough or not: %s', (_, files, expected) => {
    expect({ all: isEnough({ files }, 'all'), some: isEnough({ files }, 'some') }).toEqual(expected);
  });
});

test('the section has a line for each room, and says which kinds of change were not noticed', () => {
  const described = describeMutation({
    report,
    command: 'npm run mutate',
    minutes: 12.4,
    machine: 'a machine',
    version: '1.2.3',
  });
  expect(described.split('\n')[0]).toBe('`npm run mutate`, 12 minutes: Stryker 1.2.3, a machine.');
  const cells = described.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .filter((cell) => cell !== ''),
  );
  expect(cells).toContainEqual(['`policy/`', '10', '7', '2', '1', '0', '0', '90.0 %', 'reached']);
  expect(cells).toContainEqual(['`plan/`', '101', '88', '0', '10', '1', '2', '88.9 %', '**not reached**']);
  expect(cells).toContainEqual(['BooleanLiteral', '1 of 10', '1 of 81']);
  expect(cells).toContainEqual(['StringLiteral', '0 of 0', '10 of 20']);
});
