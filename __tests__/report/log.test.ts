/** The lines of the log. */
import { describe, expect, test } from '@jest/globals';
import {
  isQuiet,
  renderConclusion,
  renderGroup,
  renderProblem,
  type RepositoryReport,
} from '../../src/report/index.ts';
import { plainText } from '../../src/runtime/index.ts';
import { memoryRuntime } from '../support/runtime.ts';
import { digestOf } from '../arbitraries/names.ts';
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
  unmeasured,
  withUntagged,
} from './run.ts';

const ghost = { kind: 'ghost' } as const;
const latest = decision('latest', 'keep', { kind: 'keep-tags', pattern: 'latest' });

/** Words and spaces as one reads them, without the padding. */
function group(report: Partial<RepositoryReport>, dryRun = false): { title: string; lines: readonly string[] } {
  const { title, lines } = renderGroup(repositoryReport(report), dryRun);
  return { title, lines: lines.map((line) => line.replace(/ {2,}/g, '  ')) };
}

describe('a repository', () => {
  test('in a dry run: all that would go, and all that stays, with every reason', () => {
    const decisions = [decision('b1', 'delete', ghost), latest];
    expect(group({ decisions, plan: plan('b1') }, true)).toEqual({
      title: 'apps/web: 2 tags seen, 1 would be deleted, 1.5 KiB to reclaim',
      lines: ['delete  b1  listed, with nothing behind it', 'kept  latest  keep-tags has latest'],
    });
  });

  test('in a real run: what came of each', () => {
    const tags = ['b1', 'b2', 'b3', 'b4', 'b5'];
    const decisions = [...tags.map((tag) => decision(tag, 'delete', ghost)), latest];
    const outcomes = [
      outcome('b1', done),
      outcome('b2', gone),
      outcome('b3', { result: 'failed', why: problem('the registry refused it') }),
      outcome('b4', { result: 'spared', why: 'moved' }),
      manifestDone(1),
    ];
    expect(group({ decisions, plan: plan(...tags), outcomes })).toEqual({
      title: 'apps/web: 6 tags seen, 1 deleted, 1.5 KiB to reclaim',
      lines: [
        'deleted  b1  listed, with nothing behind it',
        'gone  b2  listed, with nothing behind it; it was gone already',
        'FAILED  b3  listed, with nothing behind it; apps/web:v1: the registry refused it. Look at it.',
        'spared  b4  listed, with nothing behind it; it was pushed to meanwhile',
        'left  b5  listed, with nothing behind it; not carried out',
        'kept  latest  keep-tags has latest',
      ],
    });
  });

  test.each([
    ['moved', 'it was pushed to meanwhile'],
    ['gained-a-kept-tag', 'a tag that stays points at its image now'],
    ['now-held', 'something that stays holds its image now'],
    ['claim-changed', 'what it belongs to is alive again'],
    ['interrupted', 'the run ended before its turn'],
    ['refused', 'the registry refused'],
  ] as const)('says why a tag was spared: %s', (why, words) => {
    const decisions = [decision('b1', 'delete', ghost)];
    const { lines } = group({ decisions, plan: plan('b1'), outcomes: [outcome('b1', { result: 'spared', why })] });
    expect(lines).toEqual([`spared  b1  listed, with nothing behind it; ${words}`]);
  });

  test('begins with what was to stay and is not as it was, then with what failed; warnings end it', () => {
    const { lines } = group({
      decisions: [latest],
      proofs: [proof('latest', 'healed')],
      failures: [problem('it was refused')],
      warnings: [problem('it can not be read')],
    });
    expect(lines.map((line) => line.split('  ')[0])).toEqual(['FAILED', 'FAILED', 'kept', 'warning']);
    expect(lines[0]).toContain('put back from the journal');
  });

  test('with untagged manifests: each with its age', () => {
    const decisions = [decision('b1', 'delete', ghost)];
    const why = (day: string): string => `nothing that stays reaches it, last pushed 2026-11-${day} 06:00:00Z`;
    const shown = (number: number): string => `${digestOf(number).slice(0, 19)}…`;
    const planned = withUntagged(plan('b1'), 7, 8);
    expect(group({ decisions, plan: planned }, true)).toEqual({
      title: 'apps/web: 1 tag seen, 1 tag would be deleted, 2 untagged manifests with them, 1.5 KiB to reclaim',
      lines: [
        'delete  b1  listed, with nothing behind it',
        `delete  ${shown(7)}  ${why('07')}`,
        `delete  ${shown(8)}  ${why('08')}`,
      ],
    });
    // What the host unlinks has no outcome yet when this is written.
    const outcomes = [outcome('b1', done), manifestDone(7)];
    expect(group({ decisions, plan: planned, outcomes })).toEqual({
      title: 'apps/web: 1 tag seen, 1 tag deleted, 2 untagged manifests due, 1.5 KiB to reclaim',
      lines: [
        'deleted  b1  listed, with nothing behind it',
        `deleted  ${shown(7)}  ${why('07')}`,
        `due  ${shown(8)}  ${why('08')}`,
      ],
    });
  });

  test.each([
    [{ state: 'missing' }, 'apps/web: there is no such repository'],
    [{ state: 'unread' }, 'apps/web: could not be read, nothing is deleted'],
    [{ decisions: [] }, 'apps/web: 0 tags seen, nothing to delete'],
    [{ decisions: [latest], plan: plan() }, 'apps/web: 1 tag seen, nothing to delete'],
  ] as const)('is named with its state: %j', (report, title) => {
    expect(group(report).title).toBe(title);
  });

  test('says no bytes where none are known, and at least where some are', () => {
    const decisions = [decision('b1', 'delete', ghost)];
    const frees = (bytes: number, atLeast: boolean): string =>
      group({ decisions, plan: { ...plan('b1'), frees: { bytes, atLeast } } }, true).title;
    expect(frees(0, true)).toBe('apps/web: 1 tag seen, 1 would be deleted');
    expect(frees(2048, true)).toBe('apps/web: 1 tag seen, 1 would be deleted, at least 2 KiB to reclaim');
  });

  test('with many kept tags shows the first in a real run, and all of them in a dry run', () => {
    const decisions = Array.from({ length: 50 }, (_, place) => decision(`v${place}`, 'keep'));
    const real = group({ decisions }).lines;
    expect(real).toHaveLength(21);
    expect(real.at(-1)).toBe('kept  and 30 more; the report file says why of each');
    expect(group({ decisions }, true).lines).toHaveLength(50);
  });

  describe('of more tags than the log has room for', () => {
    const many = Array.from({ length: 90 }, (_, place) => `b${place}`);
    const words = (lines: readonly string[]): readonly string[] => lines.map((line) => line.slice(0, 7).trim());
    const count = (lines: readonly string[], word: string): number =>
      words(lines).filter((each) => each === word).length;

    test('shows most of what goes and some of what stays, and counts the rest', () => {
      const decisions = [
        ...many.map((tag) => decision(tag, 'delete', ghost)),
        ...many.map((tag) => decision(`k${tag}`, 'keep')),
      ];
      const { lines } = renderGroup(repositoryReport({ decisions, plan: plan(...many) }), true, 40);
      expect(lines).toHaveLength(40 + 2);
      expect(count(lines, 'delete')).toBe(30 + 1);
      expect(count(lines, 'kept')).toBe(10 + 1);
      expect(lines.filter((line) => line.includes('more;'))).toEqual([
        'delete   and 60 more; the report file says why of each',
        'kept     and 80 more; the report file says why of each',
      ]);
    });

    test('leaves no room unused', () => {
      const decisions = [...many.map((tag) => decision(tag, 'delete', ghost)), latest];
      const { lines } = renderGroup(repositoryReport({ decisions, plan: plan(...many) }), true, 40);
      expect([count(lines, 'delete'), count(lines, 'kept')]).toEqual([39 + 1, 1]);
    });

    test('shows first what was not done', () => {
      const decisions = many.map((tag) => decision(tag, 'delete', ghost));
      const outcomes = many.map((tag) => outcome(tag, tag === 'b89' ? { result: 'spared', why: 'moved' } : done));
      const { lines } = renderGroup(repositoryReport({ decisions, plan: plan(...many), outcomes }), false, 5);
      expect(lines[0]).toContain('spared   b89');
      expect(lines).toHaveLength(6);
    });

    test('shows a hundred of its problems', () => {
      const warnings = Array.from({ length: 250 }, () => problem("it can't be read"));
      const { lines } = renderGroup(repositoryReport({ warnings }), true, 0);
      expect(lines).toHaveLength(101);
      expect(lines.at(-1)).toBe('warning  and 150 more; the report file says why of each');
    });
  });

  test('is quiet where nothing is wrong and all is done', () => {
    const goes = { decisions: [decision('b1', 'delete', ghost)], plan: plan('b1') };
    expect(isQuiet(repositoryReport({ ...goes, outcomes: [outcome('b1', done)] }))).toBe(true);
    expect(isQuiet(repositoryReport({ ...goes, outcomes: [outcome('b1', gone)] }))).toBe(true);
    expect(isQuiet(repositoryReport({ ...goes, outcomes: [outcome('b1', { result: 'spared', why: 'moved' })] }))).toBe(
      false,
    );
    expect(isQuiet(repositoryReport({ warnings: [problem('x')] }))).toBe(false);
    expect(isQuiet(repositoryReport({ failures: [problem('x')] }))).toBe(false);
    expect(isQuiet(repositoryReport({ proofs: [proof('v1', 'lost')] }))).toBe(false);
  });

  test('stands in columns', () => {
    const { lines } = renderGroup(repositoryReport({ decisions: [latest, decision('v1', 'keep')] }), true);
    expect(new Set(lines.map((line) => line.search(/keep-tags|no rule/))).size).toBe(1);
  });
});

describe('the last line', () => {
  const decisions = [decision('b1', 'delete'), decision('b2', 'delete'), latest];

  test('of a dry run says that nothing was changed', () => {
    const report = runReport([repositoryReport({ decisions, plan: plan('b1', 'b2') })], { dryRun: true });
    expect(renderConclusion(report)).toBe(
      'Dry run: 2 tags of 3 in 1 repository would be deleted, 1 kept, nothing was changed. 1.5 KiB can be reclaimed by garbage collection.',
    );
  });

  test('of a real run counts what was done', () => {
    const outcomes = [outcome('b1', done), manifestDone(1)];
    const report = runReport([repositoryReport({ decisions, plan: plan('b1', 'b2'), outcomes }), repositoryReport()]);
    expect(renderConclusion(report)).toBe(
      '1 tag and 1 manifest deleted in 1 of 2 repositories, 2 tags kept. 1.5 KiB can be reclaimed by garbage collection.',
    );
    const all = runReport([repositoryReport({ decisions, plan: plan('b1', 'b2'), outcomes })]);
    expect(renderConclusion(all)).toContain('1 manifest deleted in 1 repository, 2 tags kept.');
  });

  test('of one that was refused promises no space', () => {
    expect(renderConclusion(runReport([repositoryReport({ decisions, plan: plan('b1', 'b2') })]))).toBe(
      '0 tags and 0 manifests deleted in 1 repository, 3 tags kept.',
    );
  });

  test('counts untagged manifests in a dry run, and says what would happen on the host', () => {
    const repositories = [repositoryReport({ decisions, plan: withUntagged(plan('b1'), 7) })];
    const host = { service: 'docker:registry', host: 'this machine' };
    const conclusion = (mode: 'offline' | 'online'): string =>
      renderConclusion(runReport(repositories, { dryRun: true, plannedCollection: { ...host, mode } }));
    const start =
      'Dry run: 1 tag of 3 and 1 untagged manifest in 1 repository would be deleted, 2 kept, nothing was changed. 1.5 KiB can be reclaimed by garbage collection.';
    expect(conclusion('offline')).toBe(
      `${start} Garbage collection would stop docker:registry on this machine, collect, and start it again.`,
    );
    expect(conclusion('online')).toBe(
      `${start} Garbage collection would run in docker:registry on this machine, which must be read-only, and restart it.`,
    );
  });

  test.each([
    [{}, '2 GiB of disk freed.'],
    [{ after: 4 * 1024 ** 3 }, '0 B of disk freed.'],
    [{ result: 'skipped' }, 'There was nothing to collect: no downtime.'],
    [{ result: 'failed' }, 'Garbage collection failed.'],
  ] as const)('ends with what became of the disk, and estimates nothing then: %j', (parts, words) => {
    const report = runReport([repositoryReport({ decisions, plan: plan('b1') })], { collection: collection(parts) });
    expect(renderConclusion(report)).toBe(`0 tags and 0 manifests deleted in 1 repository, 3 tags kept. ${words}`);
  });

  test('of a collection whose sizes nobody knows', () => {
    expect(renderConclusion(runReport([], { collection: unmeasured() }))).toMatch(/kept\. Garbage was collected\.$/);
  });

  test('says no bytes where there are none', () => {
    expect(renderConclusion(runReport([repositoryReport({ decisions: [latest] })]))).toBe(
      '0 tags and 0 manifests deleted in 1 repository, 1 tag kept.',
    );
  });
});

test.each([
  ['it failed', 'a: it failed. Do this.'],
  ['it failed.', 'a: it failed. Do this.'],
  ['did it fail?', 'a: did it fail? Do this.'],
  ['it failed!', 'a: it failed! Do this.'],
])('a problem is two sentences: %s', (what, line) => {
  expect(renderProblem({ at: 'a', what, wayOut: 'Do this.' })).toBe(line);
});

test("a registry's words are no commands of the runner, wherever they stand", () => {
  const evil = '\n::error::forged\r\n##[error]forged\n::set-output name=x::y';
  const report = repositoryReport({
    decisions: [decision('b1', 'delete', { kind: 'unreadable', why: evil }), latest],
    plan: plan('b1'),
    outcomes: [outcome('b1', { result: 'failed', why: { at: evil, what: evil, wayOut: evil } })],
    warnings: [{ at: evil, what: evil, wayOut: evil }],
    failures: [{ at: evil, what: evil, wayOut: evil }],
  });
  const runtime = memoryRuntime();
  const { title, lines } = renderGroup(report, false);
  runtime.log.group(title, lines);
  expect(runtime.lines).toHaveLength(lines.length + 1);
  for (const line of runtime.lines) {
    expect(line).not.toMatch(/[\r\n]/);
    expect(line).not.toMatch(/^\s*::/);
    expect(line).not.toContain('##[');
  }
  expect(plainText(evil)).toBe('\\n::error::forged\\r\\n# #[error]forged\\n::set-output name=x::y');
});
