// A real registry as a plain process, as a service of functions that the tests can make fail. Nothing else is in the way
// between the job and the registry, so every phase can be held, broken and looked at.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockPrefix } from '../../src/gc/index.ts';
import { localHost, quote, type FoundService, type Host } from '../../src/machine/index.ts';
import { layTree, type Tree } from '../../bench/storage-tree.ts';
import { whatIsHere } from '../real/registries.ts';
import { freePort } from '../real/registry-process.ts';

/** A function of the service that a test can make fail, or hold. */
export type Step =
  | 'prepare'
  | 'check'
  | 'told'
  | 'stop'
  | 'start'
  | 'restart'
  | 'collect'
  | 'kill'
  | 'cleanup'
  | 'offline-inside'
  | 'inside';

export type RedisSettings = {
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
};

export type PlainService = {
  readonly service: FoundService;
  readonly url: string;
  readonly root: string;
  /** The directory of the service, for scripts of `before`. */
  readonly directory: string;
  /** The digests that were laid down, in their order: the first of them are tagged. */
  readonly digests: readonly string[];
  /** Lets the function fail the next so many times. */
  fail(step: Step, times: number): void;
  /** A script that runs each time at the beginning of the function. */
  before(step: Step, script: string): void;
  /** The names of the functions that were called, in their order. */
  calls(): readonly string[];
  answers: () => Promise<boolean>;
  isCollecting(): boolean;
  start(): Promise<void>;
  blobs(): number;
  bytes: () => Promise<number>;
  close: () => Promise<void>;
};

/** The programs of the real registries on this machine, by the first number of their version. */
export function registryProgram(major: 2 | 3): string | undefined {
  const found = whatIsHere().registries.find(({ name }) => name === `distribution ${major === 2 ? '2.8' : '3.1'}`);
  return found?.run.kind === 'program' ? found.run.path : undefined;
}

export const smallTree = { repository: 'apps/web', revisions: 6, tagged: 6, orphans: 3, orphanBytes: 20_000 };

/** `tree: undefined`: a storage to which nothing was ever pushed. */
export async function startPlainService(options: {
  readonly major: 2 | 3;
  readonly tree?: Omit<Tree, 'root'> | undefined;
  readonly readOnly?: boolean;
  /** The collector is started before the stop, and waits (`svc_collect_told`). */
  readonly standsBy?: boolean;
  /** A Redis for its descriptors. */
  readonly redis?: RedisSettings;
  /** Where its directory is made; `/tmp` is where the job has its own. */
  readonly within?: string;
}): Promise<PlainService> {
  const program = registryProgram(options.major);
  if (program === undefined) throw new Error(`There is no distribution ${options.major} on this machine.`);
  const directory = mkdtempSync(join(options.within ?? tmpdir(), 'plain-service-'));
  const root = join(directory, 'storage');
  mkdirSync(root);
  for (const name of ['faults', 'before']) mkdirSync(join(directory, name));
  const address = `127.0.0.1:${await freePort()}`;
  writeFileSync(
    join(directory, 'config.yml'),
    JSON.stringify({
      version: '0.1',
      log: { level: 'info' },
      storage: {
        filesystem: { rootdirectory: root },
        delete: { enabled: true },
        cache: { blobdescriptor: options.redis === undefined ? 'inmemory' : 'redis' },
        ...(options.readOnly === true && { maintenance: { readonly: { enabled: true } } }),
      },
      http: { addr: address, secret: 'tests' },
      ...(options.redis !== undefined && { redis: redisSection(options.major, options.redis) }),
    }),
  );
  const digests =
    'tree' in options && options.tree === undefined ? [] : layTree({ root, ...(options.tree ?? smallTree) });
  const functions = functionsOf(directory, program) + (options.standsBy === true ? standingBy : '');
  const service: FoundService = {
    shown: `command:${directory}`,
    version: { text: options.major === 2 ? '2.8.2' : '3.1.1', major: options.major },
    configPath: join(directory, 'config.yml'),
    storage: { driver: 'filesystem', root },
    readOnly: options.readOnly === true,
    cache: options.redis === undefined ? { kind: 'inmemory' } : redisCache(options.redis),
    instances: [{ id: directory, name: 'registry' }],
    notes: [],
    functions,
  };
  const url = `http://${address}`;
  const answers = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/v2/`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  };
  const call = (name: string): number | null =>
    spawnSync('sh', ['-s'], { input: `${functions}\n${name} </dev/null\n` }).status;
  const blobsUnder = join(root, 'docker/registry/v2/blobs/sha256');
  const plain: PlainService = {
    service,
    url,
    root,
    directory,
    digests,
    fail(step, times) {
      writeFileSync(join(directory, 'faults', step), `${times}\n`);
    },
    before(step, script) {
      // bash takes the last command of a file that a subshell reads for the last one of the subshell.
      writeFileSync(join(directory, 'before', step), `${script}\n:\n`);
    },
    calls: () => (existsSync(join(directory, 'calls')) ? lines(join(directory, 'calls')) : []),
    answers,
    isCollecting: () => existsSync(join(directory, 'collector')),
    async start() {
      call('svc_start');
      for (let tries = 0; !(await answers()); tries += 1) {
        if (tries > 300) throw new Error(readFileSync(join(directory, 'log'), 'utf8'));
        await sleep(50);
      }
    },
    blobs: () =>
      existsSync(blobsUnder)
        ? readdirSync(blobsUnder).flatMap((name) => readdirSync(join(blobsUnder, name))).length
        : 0,
    bytes() {
      const { stdout } = spawnSync('du', ['-sk', root], { encoding: 'utf8' });
      return Promise.resolve(Number(stdout.split('\t')[0]) * 1024);
    },
    close() {
      for (const step of readdirSync(join(directory, 'faults'))) rmSync(join(directory, 'faults', step));
      for (const step of readdirSync(join(directory, 'before'))) rmSync(join(directory, 'before', step));
      call('svc_collect_kill');
      call('svc_stop');
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
  await plain.start();
  writeFileSync(join(directory, 'calls'), '');
  return plain;
}

/** 2.x has one address, 3.x several and a user. */
function redisSection(major: 2 | 3, { address, ...settings }: RedisSettings): object {
  return { ...(major === 2 ? { addr: address } : { addrs: [address] }), ...settings };
}

function redisCache({ address, db, username, password }: RedisSettings): FoundService['cache'] {
  return {
    kind: 'redis',
    addresses: [address],
    database: db,
    tls: false,
    password: password !== undefined,
    username: username !== undefined,
    sentinel: false,
  };
}

function lines(path: string): readonly string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function functionsOf(directory: string, program: string): string {
  return String.raw`
svc_at=${quote(directory)}
svc_program=${quote(program)}
svc_begin() {
  printf '%s\n' "$1" >>"$svc_at/calls"
  [ ! -f "$svc_at/before/$1" ] || . "$svc_at/before/$1"
  svc_left=$(cat "$svc_at/faults/$1" 2>/dev/null) || svc_left=0
  [ "$svc_left" -gt 0 ] || return 0
  printf '%s\n' $((svc_left - 1)) >"$svc_at/faults/$1"
  echo "the fault of $1" >&2
  return 1
}
# A process that has ended and that nobody has waited for has no program.
svc_lives() { [ -s "$1" ] && readlink "/proc/$(cat "$1")/exe" >/dev/null 2>&1; }
svc_is_running() { svc_lives "$svc_at/pid"; }
svc_is_up() { svc_is_running; }
svc_up() {
  svc_lives "$svc_at/pid" && return 0
  OTEL_TRACES_EXPORTER=none setsid "$svc_program" serve "$svc_at/config.yml" </dev/null >>"$svc_at/log" 2>&1 &
  echo "$!" >"$svc_at/pid"
}
svc_down() {
  svc_lives "$svc_at/pid" || return 0
  kill "$(cat "$svc_at/pid")"
  while svc_lives "$svc_at/pid"; do sleep 0.02; done
}
svc_start() { svc_begin start && svc_up; }
svc_stop() { svc_begin stop && svc_down; }
svc_restart() { svc_begin restart && svc_down && svc_up; }
svc_inside() { svc_begin inside && sh -s; }
svc_offline_inside() { svc_begin offline-inside && sh -s; }
svc_prepare() { svc_begin prepare; }
svc_cleanup() { svc_begin cleanup; }
svc_collector() {
  "$svc_program" garbage-collect "$svc_at/config.yml" "$@" &
  echo "$!" >"$svc_at/collector"
  wait "$!"
  svc_status=$?
  rm -f "$svc_at/collector"
  return "$svc_status"
}
svc_collect_check() { svc_begin check && svc_collector --dry-run; }
svc_collect_offline() { svc_begin collect && svc_collector; }
svc_collect_online_check() { svc_collect_check; }
svc_collect_online() { svc_collect_offline; }
svc_collect_kill() {
  svc_begin kill || return 1
  svc_lives "$svc_at/collector" || return 0
  kill -9 "$(cat "$svc_at/collector")"
  rm -f "$svc_at/collector"
}
`;
}

const standingBy = `
svc_collect_told() {
  svc_begin told || return 1
  echo @waiting
  IFS= read -r svc_word
  [ "$svc_word" = go ] || return 1
  svc_collect_offline </dev/null
}
`;

/** For `before`: a collector that doesn't end by itself. */
export const heldCollector =
  'svc_collector() { sleep 60 & echo "$!" >"$svc_at/collector"; wait "$!"; svc_status=$?; rm -f "$svc_at/collector"; return "$svc_status"; }';

/** The shells that a host may have. busybox comes with all the other programs that it is. */
export const shells = ['dash', 'bash', 'busybox'] as const;
export type ShellName = (typeof shells)[number];

/** This machine as a host whose `sh` is that shell; `undefined` where there is none here. */
export function shellHost(
  shell: ShellName,
): { readonly host: Host; readonly path: string; readonly close: () => Promise<void> } | undefined {
  const found = spawnSync('sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' }).stdout.trim();
  if (found === '') return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'plain-shell-'));
  const names =
    shell === 'busybox' ? spawnSync(found, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n') : ['sh'];
  for (const name of names) symlinkSync(found, join(directory, name));
  // A host of busybox has nothing else.
  const path = shell === 'busybox' ? directory : `${directory}:${process.env.PATH ?? ''}`;
  const host = localHost({ env: { ...process.env, PATH: path } });
  return {
    host,
    path,
    async close() {
      await host.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** What collections of this service have left in /tmp: directories, and locks. Other suites collect at the same time. */
export function leftovers(service: FoundService): readonly string[] {
  const prefix = lockPrefix(service);
  return readdirSync('/tmp')
    .map((name) => `/tmp/${name}`)
    .filter((path) => path.startsWith(prefix) || (/-[0-9a-f]{32}$/.test(path) && isOf(prefix, path)));
}

/** The processes of a job: by what they run, and by the files of its directory that they have open. */
export function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        return [command, ...files].some((each) => each.includes(directory)) ? [`${pid} ${command}`] : [];
      } catch {
        // It has ended in this moment.
        return [];
      }
    });
}

function isOf(prefix: string, directory: string): boolean {
  try {
    return readFileSync(join(directory, 'job'), 'utf8').includes(prefix);
  } catch {
    // Somebody else's, and on its way out.
    return false;
  }
}
