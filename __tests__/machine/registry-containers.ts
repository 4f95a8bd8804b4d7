// Registries in containers of a real engine, and what is asked of them there.

import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseService } from '../../src/config/index.ts';
import { findService, localHost, MachineError, type FoundService, type Host } from '../../src/machine/index.ts';
import { pushImage, type Pushed } from '../../sandbox/push.ts';
import type { Engine, RegistryLine } from '../real/engine.ts';
import { freePort } from '../real/registry-process.ts';

/** A registry that serves. */
export type Registry = {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Its storage's directory on this machine; of no use where `arguments` say otherwise. */
  readonly root: string;
};

export type Lab = {
  readonly engine: Engine;
  readonly host: Host;
  /** A container's name that nobody else has. */
  name(): string;
  directory(): string;
  /** Starts a registry, `docker run -d --name NAME -v DIRECTORY:/var/lib/registry -p … IMAGE`, and waits for its answer. */
  registry(line: RegistryLine, options?: RegistryOptions): Promise<Registry>;
  find(service: string, registryConfig?: string): Promise<FoundService>;
  /** The refusal of a service that can't be found at all. */
  refused(service: string, registryConfig?: string): Promise<{ readonly what: string; readonly wayOut: string }>;
  /** Runs shell text behind the functions of the service. */
  shell(
    service: FoundService,
    text: string,
  ): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }>;
  /** The same; what it prints, or an error with what it says. */
  done(service: FoundService, text: string): Promise<string>;
  isRunning(id: string): Promise<boolean>;
  close(): Promise<void>;
};

export type RegistryOptions = {
  readonly arguments?: readonly string[];
  /** In place of the directory of its own: the volume's part of `-v`. */
  readonly storage?: readonly string[];
  readonly command?: readonly string[];
};

/** The id of the run, as a job would have one. */
export function runOf(service: FoundService): string {
  return `run${service.instances[0]?.id.slice(0, 8) ?? ''}`;
}

let counter = 0;

export function lab(engine: Engine): Lab {
  const host = localHost({ env: engine.env });
  const directories: string[] = [];
  const name = (): string => {
    counter += 1;
    return `rp-test-${process.pid}-${counter}`;
  };
  const directory = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'registry-prune-container-'));
    directories.push(made);
    return made;
  };
  const find = (text: string, registryConfig?: string): Promise<FoundService> => {
    const service = parseService(text);
    if (!service.ok) throw new Error(service.what);
    return findService(host, { service: service.value, ...(registryConfig !== undefined && { registryConfig }) });
  };
  return {
    engine,
    host,
    name,
    directory,
    find,
    async registry(line, options = {}) {
      const image = await engine.importRegistry(line);
      const own = name();
      const root = directory();
      const port = await freePort();
      const id = await engine.run([
        ...['--name', own, '--publish', `${engine.address}:${port}:5000`],
        ...(options.storage ?? ['--volume', `${root}:/var/lib/registry`]),
        ...(options.arguments ?? []),
        image,
        ...(options.command ?? []),
      ]);
      const url = `http://${engine.address}:${port}`;
      await answering(url);
      return { id, name: own, url, root };
    },
    async refused(text, registryConfig) {
      try {
        await find(text, registryConfig);
      } catch (error) {
        if (error instanceof MachineError) return { what: error.message, wayOut: error.wayOut };
        throw error;
      }
      throw new Error(`${text} was found.`);
    },
    shell: (service, text) => host.run(`rp_run=${runOf(service)}\n${service.functions}\n${text}`),
    async done(service, text) {
      const { status, stdout, stderr } = await host.run(`rp_run=${runOf(service)}\n${service.functions}\n${text}`);
      if (status !== 0) throw new Error(`${text} ended with ${status}: ${stderr}`);
      return stdout;
    },
    isRunning: async (id) =>
      (await engine.docker(['container', 'inspect', '--format', '{{.State.Running}}', id])) === 'true',
    async close() {
      await host.close();
      for (const made of directories) await rm(made, { recursive: true, force: true });
    },
  };
}

/** Waits until the registry answers. One that never does ends the test by its own patience. */
export async function answering(url: string): Promise<void> {
  while (!(await answers(url))) await sleep(50);
}

/** Whether anything answers there now. */
export async function answers(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v2/`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer !== undefined;
}

/** Pushes two images and deletes one by its digest: what a collector has to do. */
export async function withGarbage(url: string): Promise<{ readonly kept: Pushed; readonly gone: Pushed }> {
  const kept = await pushImage({ url }, { repository: 'team/app', tags: ['kept'] });
  const gone = await pushImage({ url }, { repository: 'team/app', tags: ['gone'] });
  const answer = await fetch(`${url}/v2/team/app/manifests/${gone.digest}`, { method: 'DELETE' });
  if (answer.status !== 202) throw new Error(`The registry answers ${answer.status} to a deletion.`);
  return { kept, gone };
}

/** The file of a blob below a storage's root, `sha256:…` → `docker/registry/v2/blobs/…/data`. */
export function blobFile(digest: string): string {
  const hex = digest.replace('sha256:', '');
  return `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
}
