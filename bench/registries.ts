/** The real registries, on a storage that was laid before: as the README has them configured, and quiet. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answering, containerPlaces, freePort, runContainer, runProgram } from '../__tests__/real/registry-process.ts';
import type { Launch, Places } from '../__tests__/real/registry-settings.ts';
import { makeFolder } from './folder.ts';
import type { Found, Runnable } from '../scripts/provision/find.ts';

export type Line = '2.8' | '3.1';

export type BenchRegistry = {
  readonly line: Line;
  /** `2.8.2` */
  readonly version: string;
  /** Starts it on a storage directory and waits until it answers. */
  start(root: string): Promise<Started>;
};

export type Started = {
  readonly url: string;
  /** How many requests it has answered, by its own count; undefined where its count can't be read. */
  requests(): Promise<number | undefined>;
  close(): Promise<void>;
};

/** Both of them, the older one first. Throws with the way out where one is missing. */
export function benchRegistries(found: Found): readonly BenchRegistry[] {
  return (['2.8', '3.1'] as const).map((line) => {
    const one = found.registries.find(({ name }) => name === `distribution ${line}`);
    const missing = found.missing.find(({ name }) => name === `distribution ${line}`);
    if (one === undefined)
      throw new Error(`distribution ${line} is missing: ${missing?.why ?? 'not on this machine'}.`);
    return { line, version: one.version, start: (root) => start(one.run, root) };
  });
}

async function start(runnable: Runnable, root: string): Promise<Started> {
  const folder = makeFolder(tmpdir());
  const settings = folder.path;
  const address = `127.0.0.1:${await freePort()}`;
  const debug = `127.0.0.1:${await freePort()}`;
  const outside: Places = { address, root, settings };
  mkdirSync(root, { recursive: true });
  const run =
    runnable.kind === 'program'
      ? runProgram(runnable.path, launch(outside, settings, debug))
      : runContainer(runnable.image, launch(containerPlaces, settings, undefined), outside);
  await answering(run, `http://${address}`);
  return {
    url: `http://${address}`,
    requests: () => (runnable.kind === 'program' ? requestsOf(debug) : Promise.resolve(undefined)),
    async close() {
      await run.stop();
      folder.remove();
    },
  };
}

function launch(places: Places, directory: string, debug: string | undefined): Launch {
  const configuration = {
    version: '0.1',
    // A line for each request would be written, and read by this process: on the same cores as what is measured.
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: places.root },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: {
      addr: places.address,
      secret: 'registry-prune benchmark',
      ...(debug !== undefined && { debug: { addr: debug, prometheus: { enabled: true, path: '/metrics' } } }),
    },
  };
  // JSON is YAML, too.
  writeFileSync(join(directory, 'config.yml'), JSON.stringify(configuration));
  // 3.x reports traces to a collector on this machine unless told not to.
  return { arguments: ['serve', join(places.settings, 'config.yml')], env: { OTEL_TRACES_EXPORTER: 'none' } };
}

/** `registry_http_requests_total{code="200",handler="manifest",method="get"} 10020`, by handler, code and method. */
async function requestsOf(debug: string): Promise<number | undefined> {
  const response = await fetch(`http://${debug}/metrics`);
  const text = await response.text();
  if (!response.ok) return undefined;
  const counts = [...text.matchAll(/^registry_http_requests_total\{[^}]*\} ([\d.e+]+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
