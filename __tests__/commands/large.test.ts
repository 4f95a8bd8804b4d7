/**
 * A dry run over 100,000 tags, as GitHub shows it: decided, planned and rendered by the program itself, from snapshots that are
 * made up. Log and job summary stay within what a page shows, and still say what matters.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { doneWith } from '../../src/commands/done.ts';
import { LogRoom, publish } from '../../src/commands/publish.ts';
import { loadConfig } from '../../src/config/index.ts';
import { mediaTypes, type Problem, type ReadManifest, type Snapshot, type Tag } from '../../src/model/index.ts';
import { build } from '../../src/plan/index.ts';
import { decide } from '../../src/policy/index.ts';
import { countProgress, renderProgress, seldom } from '../../src/runtime/progress.ts';
import type { RepositoryReport } from '../../src/report/index.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { at, problem, runReport, web } from '../report/run.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';

const mebibyte = 1024 * 1024;
const minuteMs = 60_000;
const inputs = { registry: 'registry.example.com', repositories: '**', tags: 'build-{number}', 'keep-last': '3' };
const { policy } = loadConfig(new Map(Object.entries({ ...inputs, 'older-than': '30d' })), () => '');

/** An image for each tag, so much older than the one after it; the newest is `latest`. */
function snapshotOf(images: number, apartMs: number): Snapshot {
  const tags = new Map<Tag, { kind: 'points'; digest: ReadManifest['digest'] }>();
  const manifests = new Map<ReadManifest['digest'], ReadManifest>();
  for (let number = 1; number <= images; number += 1) {
    const digest = digestOf(number);
    const created = instantOf(new Date(Date.parse(at) - (images - number) * apartMs).toISOString());
    manifests.set(digest, {
      digest,
      mediaType: mediaTypes.ociManifest,
      size: 500,
      kind: 'image',
      children: [],
      blobs: [{ mediaType: mediaTypes.ociConfig, digest: digestOf(number + 1_000_000), size: 30 * mebibyte }],
      created: { kind: 'known', at: created, source: 'config' },
    });
    tags.set(tagOf(number === images ? 'latest' : `build-${number}`), { kind: 'points', digest });
  }
  return {
    registry: originOf('https://registry.example.com'),
    repository: web,
    observedAt: at,
    via: 'api',
    tags,
    manifests,
    referrers: new Map(),
    problems: [],
  };
}

function reportOf(snapshot: Snapshot): RepositoryReport {
  const decisions = decide({ policy, snapshot, claims: [], now: at });
  const plan = build(snapshot, decisions, []);
  const surveyed = { repository: web, state: 'read', snapshot, decisions, plan, warnings: [], failures: [] } as const;
  return doneWith(surveyed, undefined, { dryRun: true, dateSource: 'created' }).report;
}

/** Lines as the runner gets them; what stands between `::group::` and `::endgroup::` is folded away. */
type Shown = { readonly outside: string[]; readonly inside: string[]; readonly titles: string[] };

/** What a run shows that has read for six hours, the longest that GitHub lets a job run. */
async function showRun(
  reports: readonly RepositoryReport[],
): Promise<{ readonly shown: Shown; readonly runtime: MemoryRuntime }> {
  const shown: Shown = { outside: [], inside: [], titles: [] };
  const memory = memoryRuntime({});
  const note = (text: string): void => void shown.outside.push(...text.split('\n'));
  const log = {
    info: note,
    debug: () => undefined,
    notice: note,
    warning: note,
    error: note,
    group: (title: string, lines: readonly string[]) => {
      shown.titles.push(title);
      shown.inside.push(...lines);
    },
  };
  // The report file has all of it, which is not looked at here.
  const files = { ...memory.files, writePrivateFile: () => Promise.resolve() };
  const runtime = { ...memory, log, files };
  let nowMs = 0;
  const begin = countProgress({
    now: () => nowMs,
    everyMs: seldom,
    show: (tally, now) => {
      note(renderProgress(tally, now));
    },
  });
  const reading = begin('reading');
  reading.expect(100_000);
  for (let tag = 0; tag < 100_000; tag += 1) {
    nowMs += (6 * 60 * minuteMs) / 100_000;
    reading.advance();
  }
  reading.end();
  const room = new LogRoom();
  for (const report of reports) room.show(runtime, report, true);
  room.close(runtime);
  await publish(runtime, runReport(reports, { dryRun: true, planFile: 'plan.json' }), 'report.json');
  return { shown, runtime: memory };
}

const bytesOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line, 'utf8') + 1, 0);
/** With what the runner writes around a group. */
const logBytes = ({ outside, inside, titles }: Shown): number =>
  bytesOf(outside) + bytesOf(inside) + bytesOf(titles) + titles.length * '::group::\n::endgroup::\n'.length;

const many = (count: number, warnings: readonly Problem[]): readonly RepositoryReport[] => {
  const one = reportOf(snapshotOf(10, 10 * 24 * 60 * minuteMs));
  return Array.from({ length: count }, (_, place) => {
    const repository = repositoryOf(`team-${place % 70}/service-${place}`);
    return { ...one, repository, plan: one.plan && { ...one.plan, repository }, warnings };
  });
};

describe.each([
  {
    title: 'one repository of 100,000 tags',
    reports: () => [reportOf(snapshotOf(100_000, minuteMs))],
    // 30 days are 43,200 minutes.
    says: 'Dry run: 56799 tags of 100000 in 1 repository would be deleted, 43201 kept, nothing was changed.',
    newest: 'apps/web:build-56799',
    inLog: [
      'delete   and 53799 more; the report file says why of each',
      'kept     and 42201 more; the report file says why of each',
    ],
    inSummary: ['and 56599 more, in the report file.', 'and 43001 more, in the report file.'],
    ends: [],
  },
  {
    title: '10,000 repositories of 10 tags',
    reports: () => many(10_000, []),
    says: 'Dry run: 60000 tags of 100000 in 10000 repositories would be deleted, 40000 kept, nothing was changed.',
    newest: 'team-0/service-0:build-6',
    inLog: [],
    inSummary: ['and 9900 repositories more, in the report file.'],
    ends: [
      /^9\d{3} repositories are not shown here, in which nothing went wrong; the report file has every tag of them\.$/,
    ],
  },
  {
    title: '10,000 repositories of 10 tags and a warning each',
    reports: () => many(10_000, [problem('its date can not be read')]),
    says: 'Dry run: 60000 tags of 100000 in 10000 repositories would be deleted, 40000 kept, nothing was changed.',
    newest: 'team-0/service-0:build-6',
    inLog: [],
    inSummary: ['and 9900 repositories more, in the report file.', 'more warnings'],
    ends: [
      /^9\d{3} repositories are not shown here, in which something went wrong as well; the report file says what\.$/,
    ],
  },
])('$title', ({ reports, says, newest, inLog, inSummary, ends }) => {
  let shown: Shown;
  let summary: string;
  beforeAll(async () => {
    const ran = await showRun(reports());
    shown = ran.shown;
    summary = ran.runtime.summary();
  }, 240_000);

  test('the log is below 1 MB, and at most 200 lines of it are outside groups', () => {
    expect(logBytes(shown)).toBeLessThan(1_000_000);
    expect(shown.outside.length).toBeLessThanOrEqual(200);
    // Of six hours, the longest that a job may take.
    expect(shown.outside.filter((line) => line.startsWith('reading: ')).length).toBeGreaterThan(50);
  });

  test('and still says what would go and why, how much isn’t shown, and what it comes to', () => {
    expect(
      shown.inside.filter((line) => /^delete +build-\d+ +\d+\w\w newest of \d+ by number/.test(line)).length,
    ).toBeGreaterThan(1_000);
    expect(shown.inside).toEqual(expect.arrayContaining(inLog));
    for (const end of ends) expect(shown.outside).toContainEqual(expect.stringMatching(end));
    expect(shown.outside.at(-1)).toContain(says);
    expect(shown.outside.at(-1)).toMatch(/TiB can be reclaimed by garbage collection\.$/);
  });

  test('the job summary is below 1 MiB, with the counts, the newest that goes, and where the rest is', () => {
    expect(Buffer.byteLength(summary, 'utf8')).toBeLessThan(mebibyte);
    // What is in it of these, since all of it would be no message to read.
    const found = (words: readonly string[]): readonly string[] => words.filter((each) => text.includes(each));
    const text = summary.replaceAll('\\', '');
    const all = [
      `**${says}**`,
      `| **newest&nbsp;to&nbsp;go** | <code>${newest}</code> |`,
      ...inSummary,
      'Everything, uncut, is in the report file, output <code>report-file</code>.',
    ];
    expect(found(all)).toEqual(all);
  });
});
