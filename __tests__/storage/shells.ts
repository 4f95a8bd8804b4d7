/** Shells on this machine that see a storage's files: what a host, or a container, would run. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from '@jest/globals';
import type { StorageShell } from '../../src/storage/index.ts';

export type NamedShell = { readonly name: string; readonly shell: StorageShell };

/** The shells that are here: the machine's own, busybox with nothing but its own tools, bash. */
export function shells(): readonly NamedShell[] {
  const found: NamedShell[] = [{ name: 'sh', shell: shellOf('/bin/sh', ['-s'], process.env.PATH ?? '') }];
  if (spawnSync('bash', ['-c', ':']).status === 0)
    found.push({ name: 'bash', shell: shellOf('bash', ['-s'], process.env.PATH ?? '') });
  const busybox = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
  if (busybox !== '') found.push({ name: 'busybox', shell: shellOf(busybox, ['sh', '-s'], appletsOf(busybox)) });
  return found;
}

/** A folder in which every tool of busybox stands under its own name, and nothing else. */
function appletsOf(busybox: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'registry-prune-busybox-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  mkdirSync(folder, { recursive: true });
  for (const applet of spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n'))
    symlinkSync(busybox, join(folder, applet));
  return folder;
}

export function shellOf(program: string, args: readonly string[], path: string): StorageShell {
  return {
    run(script, onLine) {
      return new Promise((resolve, reject) => {
        const child = spawn(program, args, { env: { PATH: path }, stdio: ['pipe', 'pipe', 'pipe'] });
        let stdout = '';
        let stderr = '';
        const lines = onLine === undefined ? undefined : createInterface({ input: child.stdout });
        const read = lines === undefined ? Promise.resolve() : new Promise<void>((done) => lines.once('close', done));
        if (onLine === undefined) child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        else lines?.on('line', onLine);
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        child.once('error', reject);
        // A script that ends early leaves the rest of itself unread.
        child.stdin.on('error', () => undefined);
        child.once('close', (code) => {
          read.then(() => {
            resolve({ status: code ?? 128, stdout, stderr });
          }, reject);
        });
        child.stdin.end(script);
      });
    },
  };
}
