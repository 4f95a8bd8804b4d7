// The real registries that the suites run against, as the provisioning found them.

import { appendFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAll, foundFileVariable, readFound, type Found, type Runnable } from '../../scripts/provision/find.ts';
import { wantedRegistries, type Profile, type WantedRegistry } from '../../scripts/provision/wanted.ts';
import { answering, containerPlaces, freePort, runContainer, runProgram, type Run } from './registry-process.ts';
import {
  distributionLaunch,
  olaregLaunch,
  zotLaunch,
  type Launch,
  type Places,
  type StartOptions,
} from './registry-settings.ts';

export { knownPassword, type StartOptions, type TokenSettings } from './registry-settings.ts';

/** What a registry can be asked for at its start; a suite that needs more than is here skips it. */
export type Setting = 'deletes-disabled' | 'read-only' | 'htpasswd' | 'token';

/** A registry of the real world that this machine can run. */
export type RealRegistry = {
  /** With its version, as shown: `distribution 2.8.2`. */
  readonly name: string;
  readonly profile: Profile;
  readonly version: string;
  readonly settings: readonly Setting[];
  /** Starts one on a free loopback port with a storage of its own, and waits until it answers. */
  start(options?: StartOptions): Promise<RunningRegistry>;
};

export type RunningRegistry = {
  /** `http://127.0.0.1:PORT`; stays the same over restarts. */
  readonly url: string;
  /** The storage directory: distribution's files are under `docker/registry/v2`. */
  readonly root: string;
  /** Of the process that runs now; another one after a restart. */
  readonly pid: number;
  /** Everything that it has written since its first start. */
  log(): string;
  /** Stops it if it runs, and starts it on the same storage and port; `changes` are kept for later restarts, too. */
  restart(changes?: Omit<StartOptions, 'root'>): Promise<void>;
  /** Ends it as a crash would. `restart` brings it back. */
  kill9(): Promise<void>;
  /** Ends it and removes what it wrote, save a storage that was handed in. */
  close(): Promise<void>;
};

const settingsOf: Readonly<Record<WantedRegistry['product'], readonly Setting[]>> = {
  distribution: ['deletes-disabled', 'read-only', 'htpasswd', 'token'],
  gitlab: ['deletes-disabled', 'read-only', 'htpasswd', 'token'],
  zot: ['htpasswd'],
  olareg: ['deletes-disabled'],
};

function settingNames(options: StartOptions): readonly Setting[] {
  return [
    ...(options.deletes === 'disabled' ? (['deletes-disabled'] as const) : []),
    ...(options.deletes === 'read-only' ? (['read-only'] as const) : []),
    ...(options.htpasswd ? (['htpasswd'] as const) : []),
    ...(options.token ? (['token'] as const) : []),
  ];
}

function launchOf(
  product: WantedRegistry['product'],
  directory: string,
  places: Places,
  options: StartOptions,
): Launch {
  switch (product) {
    case 'distribution':
    case 'gitlab':
      return distributionLaunch(directory, places, options);
    case 'zot':
      return zotLaunch(directory, places, options);
    case 'olareg':
      return olaregLaunch(places, options);
  }
}

function startOnce(runnable: Runnable, product: WantedRegistry['product'], places: Places, options: StartOptions): Run {
  if (runnable.kind === 'program')
    return runProgram(runnable.path, launchOf(product, places.settings, places, options));
  const launch = launchOf(product, places.settings, containerPlaces, options);
  return runContainer(runnable.image, launch, places);
}

// Another process can take a port between the moment it was found free and the moment the registry binds it.
const tries = 5;

async function startOnFreePort(
  start: (places: Places) => Run,
  directories: { readonly root: string; readonly settings: string },
): Promise<{ readonly run: Run; readonly places: Places }> {
  for (let attempt = 1; ; attempt += 1) {
    const places = { ...directories, address: `127.0.0.1:${await freePort()}` };
    const run = start(places);
    try {
      await answering(run, `http://${places.address}`);
      return { run, places };
    } catch (error) {
      if (attempt === tries || !run.log().includes('address already in use')) throw error;
    }
  }
}

function realRegistry(found: Found['registries'][number], wanted: WantedRegistry, onStart: () => void): RealRegistry {
  const name = `${wanted.name.replace(/ [\d.]+$/, '')} ${found.version}`;
  const settings = settingsOf[wanted.product];
  return {
    name,
    profile: wanted.profile,
    version: found.version,
    settings,
    async start(options = {}) {
      const check = (asked: StartOptions): void => {
        const unknown = settingNames(asked).filter((setting) => !settings.includes(setting));
        if (unknown.length > 0) throw new Error(`${name} can't be started with ${unknown.join(', ')} here.`);
      };
      check(options);
      const directory = mkdtempSync(join(tmpdir(), 'registry-prune-real-'));
      const directories = { root: options.root ?? join(directory, 'storage'), settings: join(directory, 'settings') };
      mkdirSync(directories.root, { recursive: true });
      mkdirSync(directories.settings);
      let asked = options;
      const begin = (places: Places): Run => startOnce(found.run, wanted.product, places, asked);
      const started = await startOnFreePort(begin, directories).catch(async (error: unknown) => {
        await rm(directory, { recursive: true, force: true });
        throw error;
      });
      onStart();
      const { places } = started;
      const url = `http://${places.address}`;
      let run = started.run;
      let before = '';
      return {
        url,
        root: places.root,
        get pid() {
          return run.pid;
        },
        log: () => before + run.log(),
        async restart(changes = {}) {
          asked = { ...asked, ...changes };
          check(asked);
          await run.stop();
          before += run.log();
          run = begin(places);
          await answering(run, url);
        },
        kill9: () => run.kill9(),
        async close() {
          await run.stop();
          await rm(directory, { recursive: true, force: true });
        },
      };
    },
  };
}

let known: Found | undefined;

/** What the provisioning found; without it (jest called by hand) what is on this machine already. */
export function whatIsHere(): Found {
  const file = process.env[foundFileVariable];
  known ??= file === undefined ? findAll() : readFound(file);
  return known;
}

/** The registries of the real world that this machine can run, in the order of the table. Installs nothing. */
export function realRegistries(): readonly RealRegistry[] {
  const file = process.env[foundFileVariable];
  return whatIsHere().registries.flatMap((found) => {
    const wanted = wantedRegistries.find((registry) => registry.name === found.name);
    // The test command reports what was really started, not what could have been.
    const onStart = (): void => {
      if (file !== undefined) appendFileSync(`${file}.started`, `${found.name}\n`);
    };
    return wanted ? [realRegistry(found, wanted, onStart)] : [];
  });
}
