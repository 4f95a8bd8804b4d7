// The test command counts what it reports: a failure that it can't see would be the worst bug of this project.

import { describe, expect, test } from '@jest/globals';
import type { Found } from '../../scripts/provision/find.ts';
import { demandRegistries, renderRegistries } from '../../scripts/test/real-registries.ts';
import { countRun } from '../../scripts/test/suites.ts';
import { add, closingLine, nothing } from '../../scripts/test/tally.ts';

const report = {
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 0,
};

describe('countRun', () => {
  const run = { report, status: 0, coverage: true, missedThreshold: false };

  test('counts skipped and todo as skipped, and the thresholds as one test', () => {
    expect(countRun(run).tally).toEqual({ passed: 8, failed: 0, skipped: 2 });
  });

  test('counts no thresholds where only a part of the suites ran', () => {
    expect(countRun({ ...run, coverage: false }).tally).toEqual({ passed: 7, failed: 0, skipped: 2 });
  });

  test('counts a missed threshold as failed', () => {
    expect(countRun({ ...run, status: 1, missedThreshold: true }).tally).toEqual({ passed: 7, failed: 1, skipped: 2 });
  });

  test('counts a suite that could not be loaded as failed', () => {
    const broken = { ...report, numRuntimeErrorTestSuites: 2 };
    expect(countRun({ ...run, status: 1, report: broken }).tally.failed).toBe(2);
  });

  test.each([
    ['wrote no report', undefined],
    ['wrote something else', { success: true }],
  ])('fails where jest %s', (_, other) => {
    const counted = countRun({ ...run, status: 1, report: other });
    expect(counted.tally).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(counted.why).toHaveLength(1);
  });

  test('fails where jest ran nothing and was content', () => {
    const empty = { ...report, numPassedTests: 0, numPendingTests: 0, numTodoTests: 0 };
    expect(countRun({ ...run, coverage: false, report: empty }).tally.failed).toBe(1);
    expect(countRun({ ...run, report: empty }).tally.failed).toBe(1);
  });

  test.each([1, null])('fails where jest ended with %p and counted no failure', (status) => {
    const counted = countRun({ ...run, status });
    expect(counted.tally.failed).toBe(1);
    expect(counted.why).toHaveLength(1);
  });
});

test('the closing line is plain', () => {
  expect(closingLine([{ passed: 1, failed: 2, skipped: 3 }, nothing].reduce(add))).toBe(
    '1 passed, 2 failed, 3 skipped',
  );
});

describe('real registries', () => {
  const found: Found = {
    registries: [
      { name: 'distribution 2.8', version: '2.8.2', run: { kind: 'program', path: '/usr/bin/docker-registry' } },
      { name: 'distribution 3.1', version: '3.1.1', run: { kind: 'image', image: 'registry:3' } },
    ],
    tools: [{ name: 'skopeo', version: '1.9.3', path: '/usr/bin/skopeo' }],
    missing: [
      { name: 'crane', what: 'tool', required: true, why: 'no Go on this machine' },
      { name: 'olareg', what: 'registry', required: false, why: 'no Go on this machine' },
    ],
  };

  test('are shown with what was started, and with why not', () => {
    const lines = renderRegistries(found, new Set(['distribution 2.8']));
    expect(lines.map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      'ran against distribution 2.8.2 (/usr/bin/docker-registry)',
      'not run distribution 3.1.1 (container of registry:3): no suite of this run started it',
      'with skopeo 1.9.3 (/usr/bin/skopeo)',
      'not run crane: no Go on this machine',
      'not run olareg: no Go on this machine',
    ]);
  });

  test('that are missing or idle fail only where they are required', () => {
    const started = new Set(['distribution 2.8']);
    const demand = (required: boolean, all: boolean): number =>
      demandRegistries(found, started, { required, all }).tally.failed;
    expect(demand(false, true)).toBe(0);
    // crane is missing, and distribution 3.1 was started by nobody.
    expect(demand(true, true)).toBe(2);
    // A part of the suites needn't start everything.
    expect(demand(true, false)).toBe(1);
  });
});
