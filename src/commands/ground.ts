/**
 * The registry's host, once it is proven that the registry there is the one that is asked over HTTP. Until then nothing
 * that the host says is believed, and nothing is done there.
 */
import { showService, type HostConfig } from '../config/index.ts';
import { doubtMarks, waitForOthers } from '../gc/index.ts';
import { listRepositories } from '../inventory/index.ts';
import { findService, MachineError, openHost, quote, type FoundService, type Host } from '../machine/index.ts';
import {
  type Instant,
  type Problem,
  type RepositoryName,
  type StoredRegistry,
  type StoredRepository,
} from '../model/index.ts';
import { RegistryError, type Registry } from '../registry/index.ts';
import type { PlannedCollection } from '../report/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { openStorage, proveIdentity, StorageError, type Storage } from '../storage/index.ts';
import type { Errand } from './clean.ts';

export type Ground = {
  readonly host: Host;
  readonly service: FoundService;
  /** Absent where the registry keeps its files elsewhere than on a file system. */
  readonly storage?: Storage;
};

/** The host of a run, entered once and when it is first needed. */
export class Grounds {
  readonly #runtime: Runtime;
  readonly #errand: Errand;
  readonly #registry: Registry;
  readonly #now: () => Instant;
  #ground: Promise<Ground> | undefined;
  #stored: Promise<StoredRegistry> | undefined;
  readonly #hosts = new Set<Host>();

  constructor(runtime: Runtime, errand: Errand, registry: Registry, now: () => Instant) {
    this.#runtime = runtime;
    this.#errand = errand;
    this.#registry = registry;
    this.#now = now;
  }

  /**
   * Throws RegistryError where the registry doesn't answer. One that was stopped for a collection is waited for where
   * another run is at it, and started where a run that died left it so.
   */
  async awaitRegistry(): Promise<void> {
    try {
      await this.#registry.ping();
    } catch (error) {
      const mayBeStopped = error instanceof RegistryError && ['unreachable', 'server'].includes(error.kind);
      if (!mayBeStopped || this.#errand.garbageCollect === 'off' || this.#errand.dryRun) throw error;
      this.#runtime.log.info(`${error.message}; looking on its host whether it was stopped for a collection`);
      if (!(await this.#revived())) throw error;
      await this.#registry.ping();
    }
  }

  /** Throws MachineError, StorageError or RegistryError. */
  enter(): Promise<Ground> {
    this.#ground ??= this.#open();
    return this.#ground;
  }

  /**
   * What the storage says of tags, push times and manifests, as it was at the first call; `undefined` where nothing that
   * is asked for needs it. A host that is of no use is found out here, before anything is deleted.
   */
  async stored(): Promise<StoredRegistry | undefined> {
    const needs = needsFiles(this.#errand);
    if (needs.length === 0) {
      if (this.#errand.door === 'gc' && !this.#errand.dryRun) await this.enter();
      return undefined;
    }
    const { host, service, storage } = await this.enter();
    if (storage === undefined) throw withoutFiles(service, host, needs);
    this.#stored ??= storage.read({ now: this.#now });
    return this.#stored;
  }

  /** What the storage says of one repository at this moment; `undefined` where it has none. */
  async storedNow(repository: RepositoryName): Promise<StoredRepository | undefined> {
    const { storage } = await this.enter();
    const { repositories } = (await storage?.read({ now: this.#now, repositories: [repository] })) ?? {};
    return repositories?.get(repository);
  }

  /** What a dry run would collect, and where. */
  planned(): { readonly plannedCollection?: PlannedCollection } {
    const { garbageCollect: mode, host } = this.#errand;
    if (mode === 'off') return {};
    return { plannedCollection: { service: showService(host.service), host: hostName(host), mode } };
  }

  /** As a failure of the collection, which is all that it can have kept from being done. */
  problemOf(error: unknown): Problem {
    if (!(error instanceof MachineError || error instanceof StorageError || error instanceof RegistryError))
      throw error;
    const at = `${showService(this.#errand.host.service)} on ${hostName(this.#errand.host)}`;
    return { at, what: `nothing was collected: ${error.message}`, wayOut: error.wayOut };
  }

  /** Also where the host is being entered at this moment. */
  async close(): Promise<void> {
    await Promise.all([...this.#hosts].map((host) => host.close()));
  }

  /** Whether there is reason to ask the registry once more. What is wrong with its host is said, and no failure of its own. */
  async #revived(): Promise<boolean> {
    const { log, now, sleep } = this.#runtime;
    const say = (line: string): void => {
      log.info(line);
    };
    try {
      const host = await this.#openHost();
      try {
        if (await waitForOthers({ host, registry: this.#registry.origin, say, now, sleep })) return true;
        for (const note of (await findService(host, this.#errand.host)).notes) say(`${host.name}: ${note}`);
        return true;
      } finally {
        await host.close();
      }
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      log.warning(`${error.message}. ${error.wayOut}`);
      return false;
    }
  }

  async #openHost(): Promise<Host> {
    const { env, tempDir, homeDir } = this.#runtime;
    const { ssh } = this.#errand.host;
    const host = await openHost({ ...(ssh === undefined ? {} : { ssh }), env, tempDir, homeDir });
    this.#hosts.add(host);
    return host;
  }

  async #open(): Promise<Ground> {
    const { log } = this.#runtime;
    const host = await this.#openHost();
    try {
      const service = await findService(host, this.#errand.host);
      const { version, storage: place, refusal } = service;
      log.info(
        `${host.name}: ${service.shown} is distribution ${version.text}, storage: ${place.root ?? place.driver}`,
      );
      for (const note of service.notes) log.info(`${host.name}: ${note}`);
      if (refusal !== undefined) throw refused(refusal);
      const storage = openFiles(host, service);
      log.info(
        `${host.name}: it is the registry of ${this.#registry.origin}: ${await this.#believe(host, service, storage)}`,
      );
      return { host, service, ...(storage === undefined ? {} : { storage }) };
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** Throws where nothing proves that the registry there is the one that is asked over HTTP; else says what does. */
  async #believe(host: Host, service: FoundService, storage: Storage | undefined): Promise<string> {
    // A shard's own: what it compares no other shard is deleting from meanwhile.
    const { repositories } = await listRepositories(this.#registry, this.#errand.repositories, this.#errand.shard);
    const asked = { registry: this.#registry, repositories };
    if (storage === undefined) {
      const doubt = await doubtMarks({ ...asked, host, service });
      if (doubt !== undefined) throw new StorageError('unproven', `${doubt.at}: ${doubt.what}`, doubt.wayOut);
      return 'its collector knows its tags';
    }
    // A dry run sends no request that could change anything.
    const identity = await proveIdentity({ ...asked, storage, mayWrite: !this.#errand.dryRun, now: this.#now });
    return identity === 'upload' ? 'an upload appeared in its storage' : 'its storage has the same tags';
  }
}

/** What can only be read in the registry's files, as the inputs call it. */
function needsFiles({ deleteUntagged, policy, removeEmptyRepositories }: Errand): readonly string[] {
  return [
    ...(policy.dateSource === 'pushed' ? ['date-source: pushed'] : []),
    ...(deleteUntagged ? ['delete-untagged'] : []),
    ...(removeEmptyRepositories ? ['remove-empty-repositories'] : []),
  ];
}

/** A script goes where the service's files are seen, as a word of a builtin: that may be of any length. */
function openFiles(host: Host, { storage, functions }: FoundService): Storage | undefined {
  if (storage.root === undefined) return undefined;
  const run: Storage['shell']['run'] = (script, onLine) => {
    const lines = ['rp_run=look', functions, `printf '%s\\n' ${quote(script)} | svc_inside`, ''];
    return host.run(lines.join('\n'), onLine === undefined ? {} : { onLine });
  };
  return openStorage({ shell: { run }, root: storage.root });
}

/** As shown where nobody was asked yet. */
function hostName({ ssh }: HostConfig): string {
  if (ssh === undefined) return 'this machine';
  return ssh.user === undefined ? ssh.host : `${ssh.user}@${ssh.host}`;
}

function refused({ at, what, wayOut }: Problem): MachineError {
  return new MachineError({ kind: 'service', what: `${at}: ${what}`, wayOut });
}

function withoutFiles({ shown, storage }: FoundService, host: Host, needs: readonly string[]): MachineError {
  return new MachineError({
    kind: 'service',
    what: `${needs.join(' and ')} must read the registry's files, and ${shown} on ${host.name} keeps them with its ${storage.driver} driver; nothing was deleted`,
    wayOut: `Leave ${needs.length === 1 ? 'it' : 'them'} out. garbage-collect works without.`,
  });
}
