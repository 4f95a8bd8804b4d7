/** The simulation beside the benchmark: the same work, and what it took (bench/RESULTS.md, Deleting). PURE. */
import type { Line } from '../registries.ts';
import { table } from '../results.ts';
import { fullScale } from '../scale.ts';
import { disk2, disk3 } from './registries.ts';
import { plain } from './requests.ts';
import { costOf } from './run.ts';

export type Measured = { readonly line: Line; readonly tags: number; readonly ms: number };

/** The rows of our own runs; none before the benchmark has run. */
export function measuredDeletions(results: string): readonly Measured[] {
  const section = results.split('<!-- deleting: from here -->')[1]?.split('<!-- deleting: to here -->')[0] ?? '';
  const rows = section.matchAll(/^\| *v?(2\.8|3\.1)\S* *\| *(\d+) *\| *([\d.]+) s *\|/gm);
  return [...rows].map(([, line, tags, seconds]) => ({
    line: line === '2.8' ? '2.8' : '3.1',
    tags: Number(tags),
    ms: Number(seconds) * 1_000,
  }));
}

export function checkTable(results: string): string {
  const measured = measuredDeletions(results);
  const rows = (['2.8', '3.1'] as const).flatMap((line) =>
    fullScale.deleting.map(({ tags }) => {
      const { runnerMs } = costOf(
        { ...plain, images: tags, doomed: tags - fullScale.kept },
        {
          registry: line === '2.8' ? disk2 : disk3,
          rule: { dates: true, cache: 'cold', dryRun: false },
          ...{ roundTripMs: 0.1, concurrency: 16, sharesCores: true },
        },
      );
      const found = measured.find((one) => one.line === line && one.tags === tags);
      return [
        line,
        tags.toLocaleString('en'),
        `${(runnerMs / 1_000).toFixed(1)} s`,
        found === undefined ? 'not yet' : `${(found.ms / 1_000).toFixed(1)} s`,
        found === undefined ? '' : (runnerMs / found.ms).toFixed(2),
      ];
    }),
  );
  return table(['distribution', 'tags, 20 stay:', 'simulated:', 'measured:', 'simulated / measured:'], rows);
}
