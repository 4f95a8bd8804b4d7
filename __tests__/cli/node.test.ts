/** Which versions of Node the command line runs in. */
import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minVersion, satisfies } from 'semver';
import { complaintAboutNode, leastNode } from '../../src/cli/node.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test.each(['18.20.8', '20.20.2', '22.18.0', '21.7.3'])('%s is too old', (version) => {
  expect(complaintAboutNode(version)).toContain(`needs Node ${leastNode} or newer, and this is ${version}. `);
});

test.each(['22.19.0', '22.22.1', '23.0.0', '24.0.0', '26.1.0', process.versions.node])('%s will do', (version) => {
  expect(complaintAboutNode(version)).toBeUndefined();
});

test('it is what undici asks for, and what README and the packed package.json say', () => {
  const { engines } = JSON.parse(read('node_modules/undici/package.json')) as { engines: { node: string } };
  expect(minVersion(engines.node)?.version).toBe(`${leastNode}.0`);
  expect(satisfies(`${leastNode}.0`, engines.node)).toBe(true);
  expect(read('scripts/pack.mjs')).toContain(`node: '>=${leastNode}'`);
  expect(read('README.md')).toContain(`Node ${leastNode} or newer is all that it needs`);
});

test('an older one is told so, and nothing else is loaded', () => {
  // What an older Node lacks, and what it says of itself.
  const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
    delete require('node:zlib').createZstdDecompress; delete Promise.withResolvers;`;
  const preload = `--import=data:text/javascript,import{createRequire}from'node:module';const require=createRequire('file:///x.js');${encodeURIComponent(old)}`;
  const args = [preload, join(root, 'src/cli.ts'), '--version'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^error: registry-prune needs Node .*, and this is 20\.20\.2\. .*node:24\.\n$/);
});
