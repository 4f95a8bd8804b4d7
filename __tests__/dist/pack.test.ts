/** What `npm pack` makes, and that it runs by `npx` in an empty folder, with nothing but Node and npm and without a network. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';

// npm takes seconds for each of its starts, on a busy machine more.
jest.setTimeout(240_000);

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const tarball = 'registry-prune.tgz';
/** What nobody who works here would want in there. */
const traps = ['.env', '.npmrc.bak', 'id_ed25519', 'registry-prune-20261122013000-1.journal.jsonl', 'coverage/lcov.info'];

let folder: string;
/** The tree, in a copy: packing rewrites package.json for a moment, and other suites read it. */
let tree: string;
/** Where somebody has the tarball and nothing else. */
let empty: string;
let unpacked: string;
let before: ReadonlyMap<string, string>;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-prune-pack-'));
  [tree, empty, unpacked] = [join(folder, 'tree'), join(folder, 'empty'), join(folder, 'unpacked')];
  const left = new Set(['.git', 'node_modules', 'coverage'].map((name) => join(root, name)));
  await cp(root, tree, { recursive: true, filter: (path) => !left.has(path) });
  for (const trap of traps) {
    await mkdir(join(tree, trap, '..'), { recursive: true });
    await writeFile(join(tree, trap), 'open-sesame\n');
  }
  env = await nothingButNode(join(folder, 'bin'));
  await Promise.all([empty, unpacked].map((each) => mkdir(each)));
  before = await filesOf(tree);
  await npm(tree, 'pack', '--pack-destination', folder);
  const [packed = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await cp(join(folder, packed), join(empty, tarball));
  await execute('tar', ['-xzf', join(empty, tarball), '-C', unpacked]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An environment whose PATH has Node, the machine's own npm, a shell for it, and no more. */
async function nothingButNode(bin: string): Promise<Readonly<Record<string, string>>> {
  await mkdir(bin);
  const places = (process.env.PATH ?? '').split(delimiter).filter((each) => !each.includes('node_modules'));
  for (const name of ['npm', 'sh']) await symlink(await firstOf(places, name), join(bin, name));
  // The machine's own may be older than what the command line needs.
  await symlink(process.execPath, join(bin, 'node'));
  const home = join(folder, 'home');
  await mkdir(home);
  // An address where nobody is: what it would have to download can't come.
  return { PATH: bin, HOME: home, TMPDIR: folder, npm_config_registry: 'http://127.0.0.1:9', npm_config_offline: 'true' };
}

async function firstOf(places: readonly string[], name: string): Promise<string> {
  for (const place of places) {
    const path = join(place, name);
    const found = await access(path, constants.X_OK).then(() => realpath(path), () => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`There is no ${name} on PATH.`);
}

type Ended = { readonly out: string; readonly err: string };

async function npm(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const options = { cwd, env, encoding: 'utf8' } as const;
  const { stdout, stderr } = await execute(join(folder, 'bin', 'npm'), args, options).catch((error: unknown) => {
    // What npm said is what one wants to read of a failure.
    const { stdout: out, stderr: err } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`npm ${args.join(' ')}\n${out}\n${err}`, { cause: error });
  });
  return { out: stdout, err: stderr };
}

/** By their path, with what is in them. */
async function filesOf(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const named = files.map(async (path) => [relative(directory, path).replaceAll(sep, '/'), await readFile(path, 'latin1')] as const);
  return new Map(await Promise.all(named));
}

describe('the tarball', () => {
  const doors = ['apply', 'gc', 'restore'].flatMap((door) => [`${door}/action.yml`, `${door}/action-types.yml`]);

  test('has the command line, the doors, what they say of themselves, and nothing else', async () => {
    const dist = [...before.keys()].filter((path) => path.startsWith('dist/'));
    expect(dist).toEqual(expect.arrayContaining(['dist/index.js', 'dist/cli/index.js', 'dist/cli/package.json']));
    const packed = await filesOf(join(unpacked, 'package'));
    expect([...packed.keys()].sort()).toEqual(
      [...dist, ...doors, 'LICENSE', 'README.md', 'action.yml', 'package.json', 'policy.schema.json'].sort(),
    );
    for (const [path, text] of packed) {
      expect(text).not.toContain('open-sesame');
      if (path !== 'package.json') expect(text === before.get(path)).toBe(true);
    }
  });

  test('wants nothing installed beside it, and starts nothing when it is', async () => {
    const text = await readFile(join(unpacked, 'package', 'package.json'), 'utf8');
    const said = JSON.parse(text) as Record<string, unknown>;
    expect(said).toMatchObject({ name: 'registry-prune', type: 'module', bin: { 'registry-prune': 'dist/cli/index.js' } });
    for (const key of ['private', 'scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'bundleDependencies'])
      expect(said).not.toHaveProperty(key);
  });

  test('leaves the tree as it was', async () => {
    const after = await filesOf(tree);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    expect([...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)).toEqual([]);
  });
});

describe('npx, in an empty folder', () => {
  let registry: SandboxRegistry;
  beforeEach(async () => {
    registry = await startSandboxRegistry({ profile: 'distribution-3.1' });
    for (const number of [1, 2])
      await pushImage(registry, { repository: 'apps/web', tags: [`build-${number}`], created: '2026-01-01T00:00:00Z' });
    registry.forgetRequests();
  });
  afterEach(() => registry.close());
  /** As README has it: `npx ./registry-prune-0.1.0.tgz …`. */
  const npx = (...args: readonly string[]): Promise<Ended> => npm(empty, 'exec', '--yes', '--', `./${tarball}`, ...args);

  test('says its version', async () => {
    const { version } = JSON.parse(before.get('package.json') ?? '') as { readonly version: string };
    expect(await npx('--version')).toMatchObject({ out: `registry-prune ${version}\n` });
  });

  test('plans, writes the plan where it was asked to, and changes nothing', async () => {
    const rule = ['--repositories', 'apps/web', '--tags', 'build-{number}', '--keep-last', '1'];
    const { out } = await npx('plan', registry.url, ...rule, '--out', 'plan.json');
    expect(out).toMatch(/^ {2}delete +build-1 /m);
    expect(JSON.parse(await readFile(join(empty, 'plan.json'), 'utf8'))).toMatchObject({
      format: 'registry-prune.plan',
      repositories: [{ repository: 'apps/web', tags: [{ tag: 'build-1' }] }],
    });
    expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
    expect((await readdir(empty)).sort()).toEqual(['plan.json', tarball]);
  });
});
