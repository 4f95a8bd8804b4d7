/** The log of a run over more than a page can show. */
import { expect, test } from '@jest/globals';
import { LogRoom } from '../../src/commands/publish.ts';
import { tagLinesShown } from '../../src/report/index.ts';
import { decision, problem, repositoryReport } from '../report/run.ts';
import { memoryRuntime } from '../support/runtime.ts';

const tagged = (count: number): { readonly decisions: ReturnType<typeof decision>[] } => ({
  decisions: Array.from({ length: count }, (_, place) => decision(`v${place}`, 'keep')),
});

test('ends with what went wrong, and with how much is not shown', () => {
  const runtime = memoryRuntime({});
  const room = new LogRoom();
  for (const report of [
    tagged(tagLinesShown - 100),
    tagged(1_000),
    tagged(7),
    { ...tagged(7), warnings: [problem("it can't be read")] },
    tagged(7),
  ])
    room.show(runtime, repositoryReport(report), true);
  room.close(runtime);

  const { lines } = runtime;
  expect(lines.filter((line) => line.includes('tags seen'))).toHaveLength(3);
  expect(lines.filter((line) => /^ *kept .*no rule/.test(line))).toHaveLength(tagLinesShown - 1);
  expect(lines.filter((line) => line.includes('and 901 more'))).toHaveLength(1);
  expect(lines.at(-3)).toContain('kept     and 7 more');
  expect(lines.at(-2)).toContain("warning  apps/web:v1: it can't be read");
  expect(lines.at(-1)).toBe(
    '2 repositories are not shown here, in which nothing went wrong; the report file has every tag of them.',
  );
});

test('says nothing of what is not shown where all is', () => {
  const runtime = memoryRuntime({});
  const room = new LogRoom();
  room.show(runtime, repositoryReport(tagged(3)), true);
  room.close(runtime);
  expect(runtime.lines).toHaveLength(1 + 3);
});

test('100,000 tags in 10,000 repositories, or in one, are less than 1 MB', () => {
  for (const [repositories, tags] of [
    [10_000, 10],
    [1, 100_000],
  ] as const) {
    const runtime = memoryRuntime({});
    const room = new LogRoom();
    const report = repositoryReport(tagged(tags));
    for (let place = 0; place < repositories; place += 1) room.show(runtime, report, true);
    room.close(runtime);
    const bytes = runtime.lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    expect(bytes).toBeLessThan(1_000_000);
    expect(runtime.lines.length).toBeGreaterThan(1_000);
  }
});
