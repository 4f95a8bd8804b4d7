/** A real registry in a container of a real engine, with its storage in a directory of this machine. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Engine, RegistryLine } from '../docker-engine.ts';
import { freePort } from '../registry-process.ts';

const execute = promisify(execFile);

export type ContainedRegistry = {
  readonly name: string;
  readonly id: string;
  readonly image: string;
  /** `http://ADDRESS:PORT`. */
  readonly url: string;
  /** Of this machine: what the container sees at /var/lib/registry. */
  readonly storage: string;
  /** Bytes that the storage takes on the disk, by `du`. */
  diskBytes(): Promise<number>;
  isAnswering(): Promise<boolean>;
  /** Removes the container, and the storage. */
  close(): Promise<void>;
};

export type ContainedOptions = {
  /** More words for `docker run`, before the image. */
  readonly args?: readonly string[];
  /** What the container runs; without it what the image says. */
  readonly command?: readonly string[];
  /** A directory to be used, and left. */
  readonly storage?: string;
  /** `false`: nothing of this machine is there for its storage. */
  readonly volume?: false;
  readonly name?: string;
  readonly port?: number;
};

export async function startContainedRegistry(
  engine: Engine,
  line: RegistryLine,
  options: ContainedOptions = {},
): Promise<ContainedRegistry> {
  const image = await engine.importRegistry(line);
  const storage = options.storage ?? (await mkdtemp(join(tmpdir(), 'registry-prune-storage-')));
  const name = options.name ?? `registry-${randomBytes(4).toString('hex')}`;
  const port = options.port ?? (await freePort());
  const id = await engine.run([
    ...['--name', name, '--publish', `${engine.address}:${port}:5000`],
    ...(options.volume === false ? [] : ['--volume', `${storage}:/var/lib/registry`]),
    ...(options.args ?? []),
    image,
    ...(options.command ?? []),
  ]);
  const url = `http://${engine.address}:${port}`;
  const contained: ContainedRegistry = {
    name,
    id,
    image,
    url,
    storage,
    async diskBytes() {
      const { stdout } = await execute('du', ['-sk', storage]);
      return Number(stdout.split('\t')[0]) * 1024;
    },
    isAnswering: () => isAnswering(url),
    async close() {
      await engine.docker(['rm', '--force', '--volumes', name]);
      if (options.storage === undefined) await rm(storage, { recursive: true, force: true });
    },
  };
  await untilAnswering(contained);
  return contained;
}

export async function isAnswering(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/v2/', url), { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Waits a minute at most; then it throws, so that a test never goes on without its registry. */
export async function untilAnswering({ url, name }: Pick<ContainedRegistry, 'url' | 'name'>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isAnswering(url)) return;
    await wait(100);
  }
  throw new Error(`${name} doesn't answer at ${url}.`);
}
