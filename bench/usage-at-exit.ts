/** Loaded in front of the bundle (`node --import`): says at its end what the whole process took. */
import { mostMemory, writeUsage } from './usage.ts';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeUsage({ ms: performance.now(), cpuMs: (user + system) / 1000, maxRssBytes: mostMemory() });
});
