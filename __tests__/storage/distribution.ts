/** Real registries with their storage on this machine, and their own collector. */
import { spawnSync } from 'node:child_process';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from '@jest/globals';
import { whatIsHere, type RealRegistry, type RunningRegistry, type StartOptions } from '../real/registries.ts';
import { describeReal } from '../real/suites.ts';
import { client, type Client } from '../registry/server.ts';
import type { Instant } from '../../src/model/index.ts';
import { openStorage, type Storage } from '../../src/storage/index.ts';
import { instantOf } from '../arbitraries/names.ts';
import { shells, type NamedShell } from './shells.ts';

export const now = (): Instant => instantOf(new Date().toISOString());

export type Lab = {
  readonly running: RunningRegistry;
  readonly registry: Client;
  readonly storage: Storage;
};

/** Once for each line of distribution that is here; another registry keeps its files otherwise. */
export function describeDistribution(title: string, body: (registry: RealRegistry, major: 2 | 3) => void): void {
  describeReal(title, (registry) => {
    if (registry.name.startsWith('distribution ')) body(registry, registry.version.startsWith('2.') ? 2 : 3);
    else test.skip('its storage is another one', () => undefined);
  });
}

/** The machine's own shell, and busybox, as it is in the images of the registry. */
export function storageShells(): readonly NamedShell[] {
  return shells().filter(({ name }) => name !== 'bash');
}

/** Registries of one test file, closed after each test. */
export function useLab(): (registry: RealRegistry, shell: NamedShell['shell'], options?: StartOptions) => Promise<Lab> {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  return async (registry, shell, options) => {
    const running = await registry.start(options);
    const { root } = running;
    const asking = client(running.url, { kind: 'anonymous' });
    // What a container wrote belongs to somebody else, and goes with the rest.
    open.push({ close: () => rm(root, { recursive: true, force: true }) }, running, asking);
    return { running, registry: asking, storage: openStorage({ shell, root }) };
  };
}

/** The collector of that very registry on a storage, with its registry stopped. Undefined where it is an image only. */
export function collectorOf({ name }: RealRegistry): ((root: string, ...flags: string[]) => string) | undefined {
  const version = name.slice('distribution '.length);
  const found = whatIsHere().registries.find(
    (each) => each.version === version && each.name.startsWith('distribution'),
  );
  if (found?.run.kind !== 'program') return undefined;
  const program = found.run.path;
  return (root, ...flags) => {
    const configuration = { version: '0.1', storage: { filesystem: { rootdirectory: root } } };
    const file = join(root, 'collector.yml');
    writeFileSync(file, JSON.stringify(configuration));
    const env = { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' };
    const run = spawnSync(program, ['garbage-collect', ...flags, file], { encoding: 'utf8', env });
    if (run.status !== 0) throw new Error(`The collector ended with ${String(run.status)}: ${run.stderr}`);
    return run.stdout;
  };
}

/** Makes every link below a folder as old as it is said. */
export function age(folder: string, days: number): void {
  const then = new Date(Date.now() - days * 86_400_000);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.name === 'link') utimesSync(join(entry.parentPath, entry.name), then, then);
}
