/** What lint refuses, and what it lets pass, on lines that somebody could write. */
import { describe, expect, test } from '@jest/globals';
import { lint } from './lint.ts';

describe('imports go down', () => {
  test.each([
    ['commands/prune.ts', `import { carryOut } from '../execute/index.ts';`],
    ['execute/remove.ts', `import type { Registry } from '../registry/index.ts';`],
    ['plan/build.ts', `import { reach } from '../model/index.ts';`],
    ['plan/build.ts', `import { edges } from './edges.ts';`],
    ['registry/retry/policy.ts', `import { RegistryError } from '../errors.ts';`],
    ['registry/retry/policy.ts', `import { parseDigest } from '../../model/index.ts';`],
    ['index.ts', `import { run } from './commands/run.ts';`],
    ['commands/survey.ts', `import pMap from 'p-map';`],
    ['model/index.ts', `export * from './names.ts';`],
  ])('%s may: %s', async (file, code) => {
    expect(await lint(file, code)).toEqual([]);
  });

  test.each([
    ['model/names.ts', `import { build } from '../plan/index.ts';`],
    ['plan/build.ts', `import type { Registry } from '../registry/index.ts';`],
    ['registry/client.ts', `export { observe } from '../inventory/index.ts';`],
    ['registry/client.ts', `export * from '../inventory/index.ts';`],
    ['inventory/observe.ts', `import { prune } from '../commands/prune.ts';`],
    ['commands/prune.ts', `import '../index.ts';`],
    ['registry/retry/policy.ts', `import { observe } from '../../inventory/index.ts';`],
    ['config/load.ts', `import type { Runtime } from '../runtime/index.ts';`],
  ])('%s may not: %s', async (file, code) => {
    expect(await lint(file, code)).toContainEqual(expect.stringMatching(/^Imports go down: /));
  });
});

describe('a package with a keeper', () => {
  test.each([
    ['registry/transport.ts', 'undici'],
    ['runtime/actions.ts', '@actions/core'],
    ['runtime/terminal.ts', '@clack/prompts'],
    ['runtime/terminal.ts', 'picocolors'],
    ['liveness/github/pull-requests.ts', '@actions/github'],
  ])('is imported by it: %s, %s', async (file, library) => {
    expect(await lint(file, `import * as library from '${library}';`)).toEqual([]);
  });

  test.each([
    ['inventory/observe.ts', 'undici', 'registry'],
    ['inventory/observe.ts', 'undici/types/dispatcher.js', 'registry'],
    ['commands/open.ts', 'undici', 'registry'],
    ['commands/prune.ts', '@actions/core', 'runtime'],
    ['cli/main.ts', '@clack/prompts', 'runtime'],
    ['cli/help.ts', 'picocolors', 'runtime'],
    ['index.ts', '@actions/core', 'runtime'],
    ['liveness/workspace/files.ts', '@actions/github', 'liveness/github'],
    ['liveness/github/pull-requests.ts', '@actions/core', 'runtime'],
  ])('is imported by nobody else: %s, %s', async (file, library, keeper) => {
    expect(await lint(file, `import type * as library from '${library}';`)).toEqual([
      `Only src/${keeper}/ imports ${library.startsWith('undici') ? 'undici' : library} (ARCHITECTURE.md).`,
    ]);
  });
});

describe.each(['model', 'pattern', 'policy', 'plan', 'report'])('%s is pure', (room) => {
  const file = `${room}/story.ts`;

  test.each([
    'export const at = Date.now();',
    'export const at = new Date();',
    'export const roll = Math.random();',
    'export const home = process.env.HOME;',
    'export function f() { return process.argv; }',
    'export const page = fetch("https://registry.example.com");',
    'export const timer = setTimeout(() => 1, 5);',
    'export const timer = setInterval(() => 1, 5);',
    'export const at = performance.now();',
    'export const id = crypto.randomUUID();',
    'console.log("here");',
    `import { readFileSync } from 'node:fs';`,
    `import process from 'node:process';`,
    `import pMap from 'p-map';`,
    `export { createHash } from 'node:crypto';`,
  ])('%s', async (code) => {
    expect((await lint(file, code)).length).toBeGreaterThan(0);
  });

  test.each([
    'export const at = new Date("2026-11-22T01:30:00Z");',
    'export const at = Date.parse("2026-11-22T01:30:00Z");',
    'export const least = Math.min(1, 2);',
    'export function f(process: string): string { return process; }',
    'export function f(fetch: () => number): number { return fetch(); }',
    'export const found = { process: 1 }.process;',
    `import { z } from 'zod';`,
    `import { Minimatch } from 'minimatch';`,
    `import semver from 'semver';`,
  ])('and may: %s', async (code) => {
    expect(await lint(file, code)).toEqual([]);
  });
});

test('a pure room imports no room that is not, whatever its floor', async () => {
  expect(await lint('policy/story.ts', `import type { Config } from '../config/index.ts';`)).toContainEqual(
    'src/policy/ is pure: it must not import src/config/.',
  );
});

test('other rooms know clock, chance and node', async () => {
  const code = `import { readFileSync } from 'node:fs';\nexport const at = [Date.now(), Math.random(), process.pid, readFileSync];`;
  expect(await lint('runtime/story.ts', code)).toEqual([]);
});

describe('everywhere', () => {
  test.each([
    ['a dynamic import splits the bundle', `export const later = import('./other.ts');`, 'dynamic import'],
    ['exports have names', 'export default 1;', 'Named exports'],
    ['nobody writes past the log', 'console.log("here");', 'console'],
  ])('%s', async (_, code, message) => {
    expect(await lint('commands/story.ts', code)).toEqual([expect.stringContaining(message)]);
  });
});
