/** The bars of the summary: what they say. How they look is a matter of __tests__/real/summary-page. */
import { expect, test } from '@jest/globals';
import { renderSummary, type RepositoryReport } from '../../src/report/index.ts';
import { repositoryOf } from '../arbitraries/names.ts';
import { plan, repositoryReport, runReport } from './run.ts';

const mib = 1024 ** 2;

function holding(name: string, holds: number, frees: number): RepositoryReport {
  return repositoryReport({
    repository: repositoryOf(name),
    holds: { bytes: holds, atLeast: false },
    plan: { ...plan('b1'), frees: { bytes: frees, atLeast: false } },
  });
}

const linesOf = (...repositories: readonly RepositoryReport[]): readonly string[] =>
  (/```mermaid\n([\s\S]*?)\n```/.exec(renderSummary(runReport(repositories)))?.[1] ?? '')
    .split('\n')
    .map((line) => line.trim());

test('a bar for each repository that gives back, the most first, in the unit of the largest', () => {
  const lines = linesOf(
    holding('apps/api', 3 * mib, mib),
    holding('apps/none', 900 * mib, 0),
    holding('apps/web', 12 * mib, 8 * mib),
    holding('apps/small', 2048, 1024),
  );
  expect(lines[1]).toBe('xychart-beta horizontal');
  expect(lines.slice(2)).toEqual([
    'title "What they hold, in MiB: blue stays, orange goes"',
    'x-axis ["apps/web", "apps/api", "apps/small"]',
    'y-axis 0 --> 12.24',
    'bar [12.00, 3.00, 0.00]',
    'bar [4.00, 2.00, 0.00]',
  ]);
});

test('of many repositories those that give back most, and says so', () => {
  const lines = linesOf(
    ...Array.from({ length: 40 }, (_, place) => holding(`apps/n${place}`, 100 * mib, (place + 1) * mib)),
  );
  expect(lines[2]).toBe('title "The 12 that give back most, in MiB: blue stays, orange goes"');
  expect(lines[3]).toMatch(/^x-axis \["apps\/n39", .*"apps\/n28"\]$/);
});

test('a long name keeps its end, and more can go than was known to be there', () => {
  const lines = linesOf(holding(`${'team/'.repeat(20)}web`, 100, 512));
  expect(lines[3]).toMatch(/^x-axis \["….*\/web"\]$/);
  expect(lines[3]?.length).toBeLessThan(50);
  expect(lines.slice(5)).toEqual(['bar [512.00]', 'bar [0.00]']);
});

test('names that end alike stay apart', () => {
  const [one, other] = ['first/', 'other/'].map((start) => holding(`${start}${'team/'.repeat(20)}web`, 2048, 1024));
  expect(linesOf(...[one, other].filter((each) => each !== undefined))[3]).toMatch(
    /^x-axis \["(….*\/web)", "\1 \(2\)"\]$/,
  );
});

test('no picture where nothing goes, and where the sizes are not known', () => {
  expect(linesOf(holding('apps/web', 4096, 0))).toEqual(['']);
  expect(linesOf(repositoryReport({ plan: plan('b1') }))).toEqual(['']);
  // 1 B of a TiB can not be seen.
  expect(linesOf(holding('apps/web', 1024 ** 4, 1))).toEqual(['']);
});
