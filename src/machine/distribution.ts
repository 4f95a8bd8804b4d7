/** What distribution says of itself, and what its configuration and environment mean together (pure). */
import type { Cache, StoragePlace, Version } from './found-service.ts';

/** Something is as it must not be. `what` without its full stop, `wayOut` a sentence. */
export type Refusal = { readonly what: string; readonly wayOut: string };

export function isRefusal(value: object): value is Refusal {
  return 'wayOut' in value;
}

// `registry github.com/docker/distribution v2.8.3`, `docker-registry github.com/docker/distribution 2.8.2+ds1`,
// `registry github.com/distribution/distribution/v3 v3.1.1+unknown`.
const versionLine =
  /^\S+ (github\.com\/(?:docker|distribution)\/distribution(?:\/v3)?) v?((\d+)\.(\d+)\.\d+[-+~.\w]*)$/;

/** Reads what `registry --version` prints. `service` is shown in a refusal. */
export function parseVersion(line: string, service: string): Version | Refusal {
  const [, , text, major, minor] = versionLine.exec(line) ?? [];
  const other = {
    wayOut:
      'Only distribution, the program of the images registry:2 and registry:3, is collected this way. Name its service in registry-service; another registry has a garbage collection of its own.',
  };
  if (text === undefined || /gitlab/i.test(text))
    return { what: `${service} runs another program than distribution: it calls itself ${named(line)}`, ...other };
  // Harbor renames it, so that nobody collects behind its back.
  if (/DO_NOT_USE_GC/i.test(line))
    return { what: `${service} is the registry of Harbor, which keeps accounts of its blobs`, ...other };
  const known = (major === '2' && Number(minor) >= 7) || major === '3';
  if (!known)
    return {
      what: `${service} runs distribution ${text}, and only 2.7, 2.8 and 3.x are known here`,
      wayOut: 'Run the image registry:2 or registry:3.',
    };
  return { text, major: major === '3' ? 3 : 2 };
}

function named(line: string): string {
  const words = line.trim();
  if (words === '') return 'nothing';
  return `"${words.length > 100 ? `${words.slice(0, 100)}…` : words}"`;
}

/** Lines of `settingsReduction`: of the configuration, and of the environment. */
export type Reduced = { readonly file: string; readonly environment: string };

export type Settings = {
  readonly storage: StoragePlace;
  readonly readOnly: boolean;
  readonly cache: Cache;
  /** It is a pull-through cache of another registry. */
  readonly proxy: boolean;
};

type Entry = { readonly path: string; readonly value: string | undefined };

/** Keys beside the driver's under `storage`. */
const besides = new Set(['maintenance', 'cache', 'delete', 'redirect', 'tag']);

/**
 * What configuration and environment say together, as the registry reads them (configuration/parser.go of 2.8.3 and
 * 3.1.1). What isn't understood is refused and never guessed.
 */
export function readSettings(reduced: Reduced, configPath: string): Settings | Refusal {
  const odd = [...oddities(reduced.file), ...oddities(reduced.environment)];
  if (odd.length > 0)
    return {
      what: `What ${odd.join(', ')} says of the registry's configuration (${configPath}) isn't understood here`,
      wayOut:
        'Write storage, redis and proxy there in plain YAML: no anchors, tags, escapes or values over several lines. Or name another file in registry-config.',
    };
  const entries = overlaid(entriesOf(reduced.file), reduced.environment);
  const storage = storageOf(entries);
  if (isRefusal(storage)) return storage;
  const value = (path: string): string | undefined => entries.get(path);
  const cache = cacheOf(entries);
  if (isRefusal(cache)) return cache;
  return {
    storage,
    readOnly: isTrue(value('storage.maintenance.readonly.enabled')),
    cache,
    proxy: entries.has('proxy.remoteurl'),
  };
}

/** Where the registry is told to find its configuration, where no argument says it. */
export function configurationOf(environment: string): string | undefined {
  return entriesOf(environment).findLast(({ path }) => path === 'configuration.path')?.value;
}

function oddities(lines: string): readonly string[] {
  return lines.split('\n').flatMap((line) => (line.startsWith('odd ') ? [line.slice('odd '.length)] : []));
}

function entriesOf(lines: string): readonly Entry[] {
  return lines.split('\n').flatMap((line) => {
    const [, kind, path, value] = /^([sk]) (\S+)(?: (.*))?$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, value: kind === 's' ? (value ?? '') : undefined }];
  });
}

type Entries = ReadonlyMap<string, string | undefined>;

/** The file's entries with those of the environment over them, variable after variable. */
function overlaid(file: readonly Entry[], environment: string): Entries {
  const entries = new Map(file.map(({ path, value }) => [path, value]));
  for (const block of environment.split(/^e /m).slice(1)) {
    const end = block.indexOf('\n');
    const path = end === -1 ? block : block.slice(0, end);
    const depth = path.split('.').length;
    // A key deeper than a parameter of the storage is passed over with a warning: its parent was read from YAML, whose
    // maps have keys of any kind there. Where there is no parent the registry doesn't start.
    if (path.startsWith('storage.') && depth > 3) continue;
    for (const known of [...entries.keys()]) if (known === path || known.startsWith(`${path}.`)) entries.delete(known);
    // What lies above comes into being with it: `storage.s3.bucket` makes `storage.s3`.
    const [top = '', second] = path.split('.');
    if (top === 'storage' && second !== undefined && !entries.has(`storage.${second}`))
      entries.set(`storage.${second}`, undefined);
    for (const entry of entriesOf(block)) entries.set(entry.path, entry.value);
  }
  return entries;
}

function storageOf(entries: Entries): StoragePlace | Refusal {
  const below = [...entries.keys()].flatMap((path) => {
    const [top, key] = path.split('.');
    return top === 'storage' && key !== undefined && !besides.has(key) ? [key] : [];
  });
  const scalar = entries.get('storage');
  const drivers = new Set(scalar === undefined ? below : [scalar, ...below]);
  const [driver, ...more] = drivers;
  if (driver === undefined || more.length > 0)
    return {
      what:
        driver === undefined
          ? "The registry's configuration and environment name no storage"
          : `The registry's configuration and environment name several storages: ${[...drivers].join(', ')}`,
      wayOut: 'Name the file that the registry really reads in registry-config.',
    };
  if (driver !== 'filesystem') return { driver };
  const root = entries.get('storage.filesystem.rootdirectory') ?? '/var/lib/registry';
  if (!root.startsWith('/'))
    return {
      what: `The registry's storage is a relative directory (rootdirectory: ${named(root)})`,
      wayOut: 'Write an absolute path there, and restart the registry.',
    };
  return { driver, root: root.replace(/(.)\/+$/, '$1') };
}

function cacheOf(entries: Entries): Cache | Refusal {
  const kind = entries.get('storage.cache.blobdescriptor') ?? entries.get('storage.cache.layerinfo') ?? '';
  if (kind === 'inmemory') return { kind };
  if (kind !== 'redis') return { kind: 'none' };
  const listed = [...entries].flatMap(([path, value]) =>
    /^redis\.addrs\.\d+$/.test(path) && value !== undefined ? [value] : [],
  );
  const single = entries.get('redis.addr') ?? entries.get('redis.addrs');
  const addresses = listed.length > 0 || single === undefined ? listed : [single];
  if (addresses.length === 0)
    return {
      what: "The registry caches in Redis, and its configuration doesn't say where that is",
      wayOut: 'Name the file that the registry really reads in registry-config.',
    };
  const tls = [...entries.keys()].some((path) => path.startsWith('redis.tls.') && path !== 'redis.tls.enabled');
  return {
    kind,
    addresses,
    database: Number(entries.get('redis.db') ?? '0'),
    tls: tls || isTrue(entries.get('redis.tls.enabled')),
    password: entries.has('redis.password'),
    username: entries.has('redis.username'),
    sentinel: entries.has('redis.mastername'),
  };
}

/** YAML 1.1, as the registry reads booleans. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:y|yes|true|on)$/i.test(value);
}
