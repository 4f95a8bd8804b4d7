/** Figures and failures of a run. */
import { describe, expect, test } from '@jest/globals';
import type { Collection, Problem } from '../../src/model/index.ts';
import { failuresOf, totalsOf } from '../../src/report/index.ts';
import { digestOf, repositoryOf } from '../arbitraries/names.ts';
import {
  collection,
  decision,
  done,
  gone,
  manifestDone,
  outcome,
  plan,
  problem,
  proof,
  repositoryReport,
  runReport,
  web,
  withUntagged,
} from './run.ts';

const decisions = [
  decision('b1', 'delete'),
  decision('b2', 'delete'),
  decision('b3', 'delete'),
  decision('b4', 'delete'),
  decision('latest', 'keep'),
];
const planned = plan('b1', 'b2', 'b3', 'b4');

describe('totals', () => {
  test('of a dry run: what is planned is not kept, and nothing is deleted', () => {
    const report = runReport([repositoryReport({ decisions, plan: planned })], { dryRun: true });
    expect(totalsOf(report)).toEqual({
      repositories: 1,
      changed: 0,
      tagsSeen: 5,
      planned: 4,
      plannedUntagged: 0,
      deletedTags: 0,
      deletedManifests: 0,
      kept: 1,
      reclaimable: { bytes: 1536, atLeast: false },
      warnings: 0,
      failures: 0,
      lost: 0,
    });
  });

  test('of a real run: spared and failed tags are kept; what was gone already is neither deleted nor kept', () => {
    const outcomes = [
      outcome('b1', done),
      outcome('b2', gone),
      outcome('b3', { result: 'spared', why: 'moved' }),
      outcome('b4', { result: 'failed', why: problem('it was refused') }),
      manifestDone(1),
      manifestDone(2),
    ];
    const report = runReport([repositoryReport({ decisions, plan: planned, outcomes })]);
    expect(totalsOf(report)).toMatchObject({ changed: 1, planned: 4, deletedTags: 1, deletedManifests: 2, kept: 3 });
  });

  test('are summed over repositories; one estimate from below makes the sum one', () => {
    const frees = { bytes: 100, atLeast: true };
    const report = runReport(
      [
        repositoryReport({ decisions, plan: planned, warnings: [problem('a')] }),
        repositoryReport({
          repository: repositoryOf('apps/api'),
          decisions,
          plan: { ...planned, frees },
          proofs: [proof('latest', 'lost'), proof('v1', 'present')],
        }),
        repositoryReport({ repository: repositoryOf('gone'), state: 'missing', failures: [problem('b')] }),
      ],
      { dryRun: true, failures: [problem('c')] },
    );
    expect(totalsOf(report)).toMatchObject({
      repositories: 3,
      tagsSeen: 10,
      planned: 8,
      kept: 2,
      reclaimable: { bytes: 1636, atLeast: true },
      warnings: 1,
      failures: 3,
      lost: 1,
    });
  });
});

test('untagged manifests are counted apart from what goes with tags', () => {
  const report = runReport([repositoryReport({ plan: withUntagged(planned, 7, 8) }), repositoryReport()]);
  expect(totalsOf(report)).toMatchObject({ planned: 4, plannedUntagged: 2, deletedManifests: 0 });
});

describe('failures', () => {
  test('are none where every kept tag was found as it was, or was moved by somebody', () => {
    const report = repositoryReport({ proofs: [proof('v1', 'present'), proof('v2', 'moved')] });
    expect(failuresOf(runReport([report]))).toEqual([]);
  });

  test('begin with the images that were to stay, of whatever repository', () => {
    const first = repositoryReport({ repository: repositoryOf('apps/api'), failures: [problem('it was refused')] });
    const second = repositoryReport({ proofs: [proof('v1', 'healed', 7)], failures: [problem('another thing')] });
    const report = runReport([first, second], { failures: [problem('a glob matches nothing')] });
    expect(failuresOf(report).map(({ what }) => what)).toEqual([
      `it was to stay, this run's deletions took ${digestOf(7)}, and it was put back from the journal`,
      'it was refused',
      'another thing',
      'a glob matches nothing',
    ]);
  });

  test('begin with a collection that failed: the registry may be down', () => {
    const why = { at: 'docker:registry', what: 'the collector ended with 1', wayOut: 'Run it by hand.' };
    const lost = repositoryReport({ proofs: [proof('v1', 'lost')] });
    const failed = collection({ result: 'failed', why, log: '/tmp/registry-prune.x1' });
    const [first, ...others] = failuresOf(runReport([lost], { collection: failed }));
    expect(first).toEqual({
      ...why,
      wayOut: 'Run it by hand. The log is in /tmp/registry-prune.x1 on root@registry.example.com.',
    });
    expect(others).toHaveLength(1);
  });

  test('name the place of its log once, and none where there is none', () => {
    const wayOut = 'Read /var/tmp/log there.';
    const why = { at: 'docker:registry', what: 'it failed', wayOut };
    const failure = (parts: Partial<Collection>): Problem | undefined =>
      failuresOf(runReport([], { collection: collection({ result: 'failed', ...parts }) }))[0];
    expect(failure({ why, log: '/var/tmp/log' })).toEqual(why);
    expect(failure({ why })).toEqual(why);
    expect(failure({})).toEqual({
      at: 'docker:registry on root@registry.example.com',
      what: 'garbage collection failed',
      wayOut: 'Look at the registry on its host.',
    });
  });

  test.each(['done', 'skipped'] as const)('are none where a collection is %s', (result) => {
    expect(failuresOf(runReport([], { collection: collection({ result }) }))).toEqual([]);
  });

  test('of a lost layer name no journal: it has none', () => {
    const lost = { ...proof('v1', 'lost', 7), depth: 'blobs' as const };
    expect(failuresOf(runReport([repositoryReport({ proofs: [lost] })]))).toEqual([
      {
        at: `${web}:v1`,
        what: `it was to stay, and ${digestOf(7)} is gone`,
        wayOut: 'Push this image again: the journal has manifests, and no layer.',
      },
    ]);
  });

  test.each([
    ['lost', [], 'it was to stay, and a part of it is gone'],
    ['lost', [7], `it was to stay, and ${digestOf(7)} is gone`],
    ['lost', [7, 8, 9], `it was to stay, and ${digestOf(7)} and 2 more is gone`],
    ['unproven', [7], `it was to stay, and ${digestOf(7)} could not be asked for`],
  ] as const)('%s %j', (result, missing, what) => {
    const report = repositoryReport({ proofs: [proof('v1', result, ...missing)] });
    expect(failuresOf(runReport([report]))).toEqual([{ at: `${web}:v1`, what, wayOut: expect.any(String) }]);
  });
});
