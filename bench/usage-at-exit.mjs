/**
 * Loaded in front of the bundle (`node --import`): says at its end what the whole process took, in the form of usage.ts.
 * Plain JavaScript that imports nothing of ours: taking the types away costs node some 60 MB.
 */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const maxRssBytes = process.resourceUsage().maxRSS * 1024;
  const usage = { ms: performance.now(), cpuMs: (user + system) / 1000, maxRssBytes };
  writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
