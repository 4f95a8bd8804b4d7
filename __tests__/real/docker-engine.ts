// A real Docker engine for the suites, with images of the real registries made on the spot.

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  engineRefusalVariable,
  engineVariable,
  startPrivateEngine,
  whyNoPrivateEngine,
  type PrivateEngine,
} from '../../scripts/provision/engine.ts';
import { whatIsHere } from './registries.ts';

/** The registries of which there are images. */
export type RegistryLine = '2.8' | '3.1';

export type Engine = {
  /** The environment of whoever uses it: this process's, with DOCKER_HOST. */
  readonly env: Readonly<Record<string, string>>;
  /** As DOCKER_HOST wants it. */
  readonly host: string;
  /** Where published ports are reached: `docker run -p ADDRESS:PORT:5000`, `http://ADDRESS:PORT`. */
  readonly address: string;
  /** What `docker ARGS` prints, without the last line break. Rejects with its words where it fails. */
  docker(args: readonly string[]): Promise<string>;
  /** `docker run --detach ARGS`, with a label by which `close` finds it again. Resolves to the container's id. */
  run(args: readonly string[]): Promise<string>;
  /**
   * The name of an image of the real registry: `registry serve CONFIG` with busybox beside it, its configuration where
   * the official image has it, deletes enabled, storage in a volume at /var/lib/registry, port 5000.
   */
  importRegistry(line: RegistryLine): Promise<string>;
  /** Ends dockerd as a crash would; only on an isolated one. */
  kill9(): Promise<void>;
  /** Starts dockerd after `kill9`. */
  start(): Promise<void>;
  /** Removes what `run` started, and the engine itself where it was started for this handle. */
  close(): Promise<void>;
};

/** How a command ended, where it could be started at all. */
type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

function ran(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
    });
    child.stdin.on('error', () => undefined);
    if (options.input === undefined) child.stdin.end();
    else createReadStream(options.input).pipe(child.stdin);
  });
}

async function printed(
  command: string,
  args: readonly string[],
  options: Parameters<typeof ran>[2] = {},
): Promise<string> {
  const { status, stdout, stderr } = await ran(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim() || stdout.trim()}`);
  return stdout.trimEnd();
}

function inherited(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const configurationPlaces: Readonly<Record<RegistryLine, string>> = {
  '2.8': '/etc/docker/registry/config.yml',
  '3.1': '/etc/distribution/config.yml',
};

const configuration = `version: 0.1
log: {fields: {service: registry}}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: /var/lib/registry}
  delete: {enabled: true}
http: {addr: ":5000"}
`;

function programOf(line: RegistryLine): string {
  const found = whatIsHere().registries.find(({ name }) => name === `distribution ${line}`);
  if (found?.run.kind !== 'program') throw new Error(`distribution ${line} isn't on this machine as a program.`);
  return found.run.path;
}

function busyboxPath(): string {
  const path = whatIsHere().tools.find(({ name }) => name === 'busybox')?.path;
  if (path === undefined) throw new Error("busybox isn't on this machine.");
  return path;
}

/** The shared libraries of a program, its loader among them, as absolute paths. A static program has none. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { status, stdout } = await ran('ldd', [program]);
  return status === 0 ? [...stdout.matchAll(/(\/\S+)/g)].map(([path]) => path) : [];
}

/** Puts a root file system together: the program as /bin/registry, busybox and its applets, what both need to run. */
async function layOut(root: string, line: RegistryLine): Promise<void> {
  const busybox = busyboxPath();
  const place = configurationPlaces[line];
  for (const directory of ['bin', 'etc', 'tmp', 'var/lib/registry', dirname(place)])
    await mkdir(join(root, directory), { recursive: true });
  await copyFile(programOf(line), join(root, 'bin/registry'));
  await copyFile(busybox, join(root, 'bin/busybox'));
  for (const program of [programOf(line), busybox])
    for (const library of await librariesOf(program)) {
      await mkdir(join(root, dirname(library)), { recursive: true });
      await cp(library, join(root, library), { dereference: true });
    }
  for (const applet of (await printed(busybox, ['--list'])).split('\n'))
    if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', basename(applet)));
  await writeFile(join(root, place), configuration);
}

async function importImage(
  line: RegistryLine,
  image: string,
  docker: (args: readonly string[], input?: string) => Promise<string>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-prune-image-'));
  try {
    const root = join(directory, 'root');
    const archive = join(directory, 'root.tar');
    await layOut(root, line);
    await printed('tar', ['-C', root, '--owner=0', '--group=0', '-cf', archive, '.']);
    const changes = [
      'ENTRYPOINT ["registry"]',
      `CMD ["serve","${configurationPlaces[line]}"]`,
      'VOLUME /var/lib/registry',
      'EXPOSE 5000',
      'ENV PATH=/bin',
    ];
    await docker(['import', ...changes.flatMap((change) => ['--change', change]), '-', image], archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of the same registry on the same machine, always the same, so that an engine that stays has it once. */
async function imageName(line: RegistryLine): Promise<string> {
  const { mtimeMs, size } = await stat(programOf(line));
  const key = createHash('sha256')
    .update(JSON.stringify([mtimeMs, size, configuration, await readFile(import.meta.filename, 'utf8')]))
    .digest('hex');
  return `registry-prune-test/registry-${line}:${key.slice(0, 12)}`;
}

const label = 'registry-prune-test';

function engineAt(place: { readonly host: string; readonly address: string }, own: PrivateEngine | undefined): Engine {
  const env = { ...inherited(), DOCKER_HOST: place.host };
  const mark = `${label}=${randomBytes(8).toString('hex')}`;
  const docker = (args: readonly string[], input?: string): Promise<string> =>
    printed('docker', args, { env, ...(input !== undefined && { input }) });
  const imported = new Map<RegistryLine, Promise<string>>();
  const crash = (): PrivateEngine => {
    if (!own) throw new Error('Only an engine of its own may be killed: startEngine({ isolated: true }).');
    return own;
  };
  return {
    ...place,
    env,
    docker: (args) => docker(args),
    run: (args) => docker(['run', '--detach', '--label', mark, ...args]),
    importRegistry(line) {
      const once = imported.get(line) ?? makeImage(line, docker);
      imported.set(line, once);
      return once;
    },
    kill9: async () => crash().kill9(),
    start: async () => crash().start(),
    async close() {
      if (own) {
        await own.close();
        return;
      }
      const left = (await docker(['ps', '--all', '--quiet', '--filter', `label=${mark}`])).split('\n').filter(Boolean);
      if (left.length > 0) await docker(['rm', '--force', '--volumes', ...left]);
    },
  };
}

async function makeImage(
  line: RegistryLine,
  docker: (args: readonly string[], input?: string) => Promise<string>,
): Promise<string> {
  const image = await imageName(line);
  const present = await docker(['images', '--quiet', image]);
  if (present === '') await importImage(line, image, docker);
  return image;
}

export type EngineOptions = {
  /** An engine that nobody else uses, and that may be killed. */
  readonly isolated?: boolean;
};

/** Where the test command, or a person, says that an engine is. `ADDRESS` of ours is told after a blank. */
function givenEngine(): { readonly host: string; readonly address: string } | undefined {
  const given = process.env[engineVariable];
  if (given === undefined || given === '') return undefined;
  const [host = '', address = '127.0.0.1'] = given.split(' ');
  return { host, address };
}

/** The engine of this test run where there is one, else one of its own. */
export async function startEngine({ isolated = false }: EngineOptions = {}): Promise<Engine> {
  const given = isolated ? undefined : givenEngine();
  if (given) return engineAt(given, undefined);
  const own = await startPrivateEngine();
  return engineAt({ host: own.host, address: own.address }, own);
}

/** Why there is no engine here, as far as that is known; undefined where there is. */
export function whyNoEngine({ isolated = false }: EngineOptions = {}): string | undefined {
  if (!isolated && givenEngine()) return undefined;
  const refusal = process.env[engineRefusalVariable];
  return refusal === undefined || refusal === '' ? whyNoPrivateEngine() : refusal;
}
