/** What a process took for its work, said in the file that `BENCH_USAGE` names. */
import { writeFileSync } from 'node:fs';

export type Usage = {
  /** Of the work, without what was before and after it. */
  readonly ms: number;
  /** On every core together, for the same work. */
  readonly cpuMs: number;
  /** The most memory that the whole process ever held. */
  readonly maxRssBytes: number;
};

export async function measured(work: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  const before = process.cpuUsage();
  await work();
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  const path = process.env.BENCH_USAGE;
  if (path === undefined) throw new Error('BENCH_USAGE names no file.');
  // node says KiB.
  const maxRssBytes = process.resourceUsage().maxRSS * 1024;
  writeFileSync(path, JSON.stringify({ ms, cpuMs: (user + system) / 1000, maxRssBytes } satisfies Usage));
}
