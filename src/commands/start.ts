/** What every run begins with: its moment, and the names of its files. */
import { parseInstant, type Instant } from '../model/index.ts';
import type { Runtime } from '../runtime/index.ts';

/** Several steps of a job share one directory, so a run's files carry its start and a random part. */
export function fileNames(runtime: Runtime, startedAt: Instant): (ending: string) => string {
  const run = `${startedAt.replace(/[^0-9]/g, '').slice(0, 14)}-${Math.floor(runtime.random() * 0xffffff).toString(16)}`;
  return (ending) => `${runtime.tempDir}/registry-prune-${run}.${ending}`;
}

export function instantOf(date: Date): Instant {
  const instant = parseInstant(date);
  if (instant === undefined) throw new Error(`The clock of this machine says ${date.getTime()}, which is no date.`);
  return instant;
}
