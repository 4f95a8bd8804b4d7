// A file of a package into the cache, with an `npm` of our own: what is believed, and what stands there afterwards.

import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fetchFile } from '../../scripts/provision/fetch-file.ts';
import { fetchedFile, toolsDirectory } from '../../scripts/provision/find.ts';

const before = { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
const quiet = (): void => undefined;
let directory = '';
let wanted = {
  name: 'a chart',
  required: true,
  package: 'chart',
  version: '1.2.3',
  integrity: '',
  file: 'dist/chart.js',
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-prune-fetch-'));
  await mkdir(join(directory, 'bin'));
  await mkdir(join(directory, 'package/dist'), { recursive: true });
  await writeFile(join(directory, 'package/dist/chart.js'), 'draw()');
  await writeFile(join(directory, 'package/README.md'), 'read me');
  execFileSync('tar', ['-czf', join(directory, 'chart.tgz'), '-C', directory, 'package']);
  const digest = createHash('sha512')
    .update(await readFile(join(directory, 'chart.tgz')))
    .digest('base64');
  wanted = { ...wanted, integrity: `sha512-${digest}` };
  process.env.PATH = `${join(directory, 'bin')}:${before.PATH ?? ''}`;
  process.env.XDG_CACHE_HOME = join(directory, 'cache');
  await useNpm(`[ "$1 $2" = "pack chart@1.2.3" ] || exit 1\ncp ${join(directory, 'chart.tgz')} "$5/chart-1.2.3.tgz"`);
});

afterEach(async () => {
  process.env.PATH = before.PATH;
  if (before.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before.XDG_CACHE_HOME;
  await rm(directory, { recursive: true, force: true });
});

async function useNpm(script: string): Promise<void> {
  await writeFile(join(directory, 'bin', 'npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, 'bin', 'npm'), 0o755);
}

test('the file ends up in a folder of its version, and nothing else is kept', async () => {
  expect(await fetchFile(wanted, quiet)).toBeUndefined();
  expect(fetchedFile(wanted)).toBe(join(directory, 'cache/registry-prune/tools/chart-1.2.3/chart.js'));
  expect(await readFile(fetchedFile(wanted), 'utf8')).toBe('draw()');
  expect(await readdir(toolsDirectory())).toEqual(['chart-1.2.3']);
});

test('two at once leave one whole file', async () => {
  expect(await Promise.all([fetchFile(wanted, quiet), fetchFile(wanted, quiet)])).toEqual([undefined, undefined]);
  expect(await readFile(fetchedFile(wanted), 'utf8')).toBe('draw()');
  expect(await readdir(toolsDirectory())).toEqual(['chart-1.2.3']);
});

test('an archive with another digest is not unpacked', async () => {
  expect(await fetchFile({ ...wanted, integrity: 'sha512-AAAA' }, quiet)).toBe(
    `npm pack chart@1.2.3: the archive has the digest ${wanted.integrity}`,
  );
  expect(await readdir(toolsDirectory())).toEqual([]);
});

test("npm's refusal is told in one line, and leaves nothing behind", async () => {
  await useNpm('echo "npm error 404 Not Found" >&2; exit 1');
  expect(await fetchFile(wanted, quiet)).toBe('npm pack chart@1.2.3: npm error 404 Not Found');
  await useNpm('exit 0');
  expect(await fetchFile(wanted, quiet)).toBe('npm pack chart@1.2.3: it wrote no archive');
  expect(await fetchFile({ ...wanted, file: 'dist/none.js' }, quiet)).toContain('npm pack');
  expect(await readdir(toolsDirectory())).toEqual([]);
});
