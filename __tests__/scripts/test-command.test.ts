// The test command counts what it reports: a failure that it can't see would be the worst bug of this project.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Found } from '../../scripts/provision/find.ts';
import {
  demandRegistries,
  renderEngine,
  renderRegistries,
  type EngineFound,
} from '../../scripts/test/real-registries.ts';
import { countRun, missesThreshold } from '../../scripts/test/suites.ts';
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

describe('missesThreshold', () => {
  /** What jest prints about a source with two branches of which one is tested. */
  function jestOn(coverageThreshold: unknown): string {
    const project = mkdtempSync(join(tmpdir(), 'registry-prune-jest-'));
    try {
      const files = {
        'package.json': '{}',
        'jest.config.json': JSON.stringify({ collectCoverage: true, coverageReporters: [], coverageThreshold }),
        'half.js': 'exports.half = (yes) => (yes ? 1 : 2);',
        'half.test.js': "test('half', () => expect(require('./half.js').half(true)).toBe(1));",
      };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
      const jest = join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
      return spawnSync(process.execPath, [jest, '--rootDir', project], { cwd: project, encoding: 'utf8' }).stderr;
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  }

  test('knows each way in which jest says it', () => {
    const thresholds = { './half.js': { branches: -0.5 }, './*.js': { branches: 100 }, './gone/': { branches: 100 } };
    const printed = jestOn(thresholds);
    expect(printed).toContain('1 passed');
    expect(printed.split('\n').filter(missesThreshold)).toHaveLength(3);
  });

  test('says nothing where it is met', () => {
    const printed = jestOn({ global: { branches: 50 } });
    expect(printed).toContain('1 passed');
    expect(printed.split('\n').filter(missesThreshold)).toEqual([]);
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

  test('are followed by the engine, or by why there is none', () => {
    const lines = [
      { kind: 'here', host: 'unix:///run/docker.sock' },
      { kind: 'here', host: 'unix:///tmp/docker.sock', version: '20.10.24' },
      { kind: 'missing', why: 'starting a Docker engine needs root' },
    ] as const;
    expect(lines.map((line) => renderEngine(line).trim().replace(/ +/g, ' '))).toEqual([
      'ran against Docker engine (unix:///run/docker.sock)',
      'ran against Docker engine (20.10.24, started for this run)',
      'not run Docker engine: starting a Docker engine needs root',
    ]);
  });

  test('that are missing or idle fail only where they are required', () => {
    const started = new Set(['distribution 2.8']);
    const here = { kind: 'here', host: 'unix:///engine.sock' } as const;
    const demand = (required: boolean, all: boolean, engine: EngineFound = here): number =>
      demandRegistries(found, started, { required, all, engine }).tally.failed;
    expect(demand(false, true)).toBe(0);
    // crane is missing, and distribution 3.1 was started by nobody.
    expect(demand(true, true)).toBe(2);
    // A part of the suites needn't start everything.
    expect(demand(true, false)).toBe(1);
    const none = { kind: 'missing', why: 'starting a Docker engine needs root' } as const;
    expect(demand(true, false, none)).toBe(2);
    expect(demand(false, true, none)).toBe(0);
  });
});
