import { describe, expect, test } from '@jest/globals';
import { doors } from '../../src/config/index.ts';
import type { Collection } from '../../src/model/index.ts';
import { renderOutputs } from '../../src/report/index.ts';
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
  repositoryReport,
  runReport,
  unmeasured,
  web,
  withUntagged,
} from './run.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, place) => `build-${place}`);

function read(outputs: ReadonlyMap<string, string>, name: string): readonly string[] {
  return JSON.parse(outputs.get(name) ?? '') as string[];
}

test('a dry run names what is stale, and has deleted nothing', () => {
  const decisions = [decision('b1', 'delete'), decision('latest', 'keep')];
  const report = runReport([repositoryReport({ decisions, plan: plan('b1') })], {
    dryRun: true,
    planFile: '/tmp/plan.json',
  });
  expect(Object.fromEntries(renderOutputs(report))).toEqual({
    'stale-tags': '["apps/web:b1"]',
    'deleted-tags': '[]',
    'tags-truncated': 'false',
    'deleted-tag-count': '0',
    'deleted-manifest-count': '0',
    'kept-tag-count': '1',
    'reclaimable-bytes': '1536',
    'reclaimed-bytes': '',
    matrix: '{"shard":["1/1"]}',
    'plan-file': '/tmp/plan.json',
    'journal-file': '',
  });
});

test('a real run names what it really deleted', () => {
  const report = runReport(
    [
      repositoryReport({
        decisions: names(4).map((tag) => decision(tag, 'delete')),
        plan: plan(...names(4)),
        outcomes: [
          outcome('build-0', done),
          outcome('build-1', gone),
          outcome('build-2', { result: 'failed', why: problem('it was refused') }),
          outcome('build-3', { result: 'spared', why: 'moved' }),
          manifestDone(1),
        ],
      }),
    ],
    { journalFile: '/tmp/journal.jsonl' },
  );
  const outputs = renderOutputs(report);
  expect(read(outputs, 'stale-tags')).toHaveLength(4);
  expect(read(outputs, 'deleted-tags')).toEqual(['apps/web:build-0']);
  expect(outputs.get('deleted-tag-count')).toBe('1');
  expect(outputs.get('deleted-manifest-count')).toBe('1');
  expect(outputs.get('journal-file')).toBe('/tmp/journal.jsonl');
});

describe('matrix', () => {
  const large = (count: number): ReturnType<typeof repositoryReport>[] =>
    Array.from({ length: count }, () =>
      repositoryReport({ decisions: names(15_000).map((tag) => decision(tag, 'delete')), plan: plan('build-1') }),
    );

  test('is sized from all tags seen, also where they were really deleted', () => {
    expect(renderOutputs(runReport(large(3))).get('matrix')).toBe('{"shard":["1/3","2/3","3/3"]}');
    expect(renderOutputs(runReport(large(3), { dryRun: true })).get('matrix')).toContain('"3/3"');
  });

  test('counts a repository whose plan is empty, or that could not be read, as one with nothing to do', () => {
    const nothing = [repositoryReport({ plan: plan() }), repositoryReport({ state: 'unread', plan: undefined })];
    expect(renderOutputs(runReport([...large(2), ...nothing])).get('matrix')).toBe('{"shard":["1/2","2/2"]}');
  });

  test('counts one where untagged manifests alone go', () => {
    const reports = large(2).map((each) => ({ ...each, plan: withUntagged(plan(), 1) }));
    expect(renderOutputs(runReport(reports)).get('matrix')).toBe('{"shard":["1/2","2/2"]}');
  });

  test('of nothing is one job', () => {
    expect(renderOutputs(runReport([])).get('matrix')).toBe('{"shard":["1/1"]}');
  });

  test('of a shard is empty: it has seen a share', () => {
    expect(renderOutputs(runReport(large(3), { shard: '1/3' })).get('matrix')).toBe('');
  });
});

test.each([
  ['prune', {}],
  ['gc', { door: 'gc' }],
] as const)(
  'are those that the door declares; the report file is named by the one who writes it: %s',
  (door, parts) => {
    const rendered = [...renderOutputs(runReport([], parts)).keys(), 'report-file'];
    expect(rendered.sort()).toEqual([...doors[door].outputs].sort());
  },
);

describe('of a collection', () => {
  const bytes = (parts: Partial<Collection>): string | undefined =>
    renderOutputs(runReport([], { collection: collection(parts) })).get('reclaimed-bytes');

  test('reclaimed-bytes is what the disk has more of', () => {
    expect(bytes({ before: 3000, after: 1000 })).toBe('2000');
    expect(bytes({ before: 3000, after: 3000 })).toBe('0');
  });

  test('never less than nothing, and empty where it is not known', () => {
    expect(bytes({ before: 1000, after: 3000 })).toBe('0');
    for (const result of ['skipped', 'failed'] as const) expect(bytes({ result, before: 3, after: 1 })).toBe('');
    expect(renderOutputs(runReport([], { collection: unmeasured({ before: 3 }) })).get('reclaimed-bytes')).toBe('');
  });

  test('what the host unlinked is deleted, and counted once', () => {
    const repository = repositoryReport({ plan: withUntagged(plan(), 1, 2), outcomes: [manifestDone(1)] });
    const unlinked = [1, 2].map((number) => ({ repository: web, digest: digestOf(number) }));
    const outputs = renderOutputs(runReport([repository], { collection: collection({ unlinked }) }));
    expect(outputs.get('deleted-manifest-count')).toBe('2');
  });
});

describe('where there are too many tags', () => {
  const limit = 256 * 1024;
  const many = names(20_000);
  const report = runReport([
    repositoryReport({
      decisions: many.map((tag) => decision(tag, 'delete')),
      plan: plan(...many),
      outcomes: many.slice(0, 5).map((tag) => outcome(tag, done)),
    }),
  ]);
  const outputs = renderOutputs(report);

  test('the array is cut where the next name would not fit, and says so', () => {
    const stale = outputs.get('stale-tags') ?? '';
    const shown = read(outputs, 'stale-tags');
    expect(stale.length).toBeLessThanOrEqual(limit);
    expect(stale.length + `,"apps/web:${many[shown.length] ?? ''}"`.length).toBeGreaterThan(limit);
    expect(shown).toEqual(many.slice(0, shown.length).map((tag) => `apps/web:${tag}`));
    expect(outputs.get('tags-truncated')).toBe('true');
  });

  test('the others are whole, and the counts are of all', () => {
    expect(read(outputs, 'deleted-tags')).toHaveLength(5);
    expect(outputs.get('deleted-tag-count')).toBe('5');
    expect(outputs.get('kept-tag-count')).toBe(String(many.length - 5));
  });

  test('an array that just fits is whole', () => {
    const whole = JSON.stringify(many.map((tag) => `apps/web:${tag}`));
    const fitting = whole.slice(0, limit).split('","').length - 1;
    const outputs = renderOutputs(runReport([repositoryReport({ plan: plan(...many.slice(0, fitting)) })]));
    expect(read(outputs, 'stale-tags')).toHaveLength(fitting);
    expect(outputs.get('tags-truncated')).toBe('false');
  });
});
