// Building into the cache, with a `go` of our own: what matters is what stands there afterwards.

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { builtProgram, toolsDirectory } from '../../scripts/provision/find.ts';
import { buildWithGo } from '../../scripts/provision/install.ts';

const source = { kind: 'go', package: 'example.org/tools/cmd/tool', version: 'v1.2.3' } as const;
const quiet = { say: () => undefined, timeoutMs: 60_000, isBuilt: () => true };
const before = { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
let directory = '';

/** Puts a `go` first on PATH: a shell script with this text. */
async function useGo(script: string): Promise<void> {
  await writeFile(join(directory, 'bin', 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, 'bin', 'go'), 0o755);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-prune-provision-'));
  await mkdir(join(directory, 'bin'));
  process.env.PATH = `${join(directory, 'bin')}:${before.PATH ?? ''}`;
  process.env.XDG_CACHE_HOME = join(directory, 'cache');
});

afterEach(async () => {
  process.env.PATH = before.PATH;
  if (before.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before.XDG_CACHE_HOME;
  await rm(directory, { recursive: true, force: true });
});

test('a build ends up whole in a folder of its version, outside the tree', async () => {
  await useGo('echo "$@" >"$GOBIN/tool"');
  expect(await buildWithGo(source, quiet)).toBeUndefined();
  expect(dirname(builtProgram(source))).toBe(join(directory, 'cache/registry-prune/tools/tool-v1.2.3'));
  expect(await readFile(builtProgram(source), 'utf8')).toBe('install example.org/tools/cmd/tool@v1.2.3\n');
});

test('two builds at once leave one whole program and nothing else', async () => {
  await useGo('echo one >"$GOBIN/tool"');
  expect(await Promise.all([buildWithGo(source, quiet), buildWithGo(source, quiet)])).toEqual([undefined, undefined]);
  expect(await readFile(builtProgram(source), 'utf8')).toBe('one\n');
  expect(await readdir(toolsDirectory())).toEqual(['tool-v1.2.3']);
});

test('a program that does not run on this machine is replaced', async () => {
  await mkdir(dirname(builtProgram(source)), { recursive: true });
  await writeFile(builtProgram(source), 'for another machine');
  await useGo('echo mine >"$GOBIN/tool"');
  expect(await buildWithGo(source, { ...quiet, isBuilt: () => false })).toBeUndefined();
  expect(await readFile(builtProgram(source), 'utf8')).toBe('mine\n');
});

test("a proxy's refusal is told in one line, and leaves nothing behind", async () => {
  await useGo('echo "go: x: reading https://proxy.example/x/@v/list: 403 Forbidden" >&2; echo "  more" >&2; exit 1');
  expect(await buildWithGo(source, quiet)).toBe(
    'go install example.org/tools/cmd/tool@v1.2.3: the module proxy answers 403 Forbidden',
  );
  expect(await readdir(toolsDirectory())).toEqual([]);
});

test('a build that takes too long is given up', async () => {
  await useGo('exec sleep 60');
  expect(await buildWithGo(source, { ...quiet, timeoutMs: 300 })).toContain('took more than');
});

test('a machine without Go is told apart', async () => {
  process.env.PATH = join(directory, 'bin');
  expect(await buildWithGo(source, quiet)).toBe('no Go on this machine');
});
