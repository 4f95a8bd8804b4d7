// skopeo and crane as other people's eyes: what they pull is what a user would get.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { whatIsHere } from './registries.ts';

/** An account for the registry, where it wants one. */
export type Account = { readonly username: string; readonly password: string };

/** A program that reads registries. References are `127.0.0.1:PORT/name:tag` or `…@sha256:…`, without a scheme. */
export type PullTool = {
  readonly name: 'skopeo' | 'crane';
  readonly version: string;
  /** The manifest's bytes as the registry serves them. Rejects with the tool's own words where it can't. */
  manifest(reference: string, account?: Account): Promise<Uint8Array>;
  /**
   * Pulls everything, every platform of an index included: bytes by their digest (`sha256:…`), manifests and blobs
   * alike. Each was checked by the tool and is hashed again here.
   */
  pull(reference: string, account?: Account): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Copies from one reference to another, every platform included. */
  copy(from: string, to: string, account?: Account): Promise<void>;
};

const execute = promisify(execFile);

/** The reference of an image of a registry under test: `http://127.0.0.1:5000` and `app:1` make `127.0.0.1:5000/app:1`. */
export function referenceOf(url: string, image: string): string {
  return `${new URL(url).host}/${image}`;
}

async function output(path: string, args: readonly string[]): Promise<Uint8Array> {
  const { stdout } = await execute(path, args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-prune-pull-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function byDigest(directory: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
  return new Map(files.map((bytes) => [`sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes]));
}

function skopeo(path: string, version: string): PullTool {
  // The machine's trust policy is about its own images.
  const command = (verb: string, ...args: readonly string[]): Promise<Uint8Array> =>
    output(path, ['--insecure-policy', verb, ...args]);
  const login = (flag: string, account: Account | undefined): readonly string[] =>
    account ? [`--${flag}=${account.username}:${account.password}`] : [`--${flag.replace('creds', 'no-creds')}`];
  return {
    name: 'skopeo',
    version,
    manifest: (reference, account) =>
      command('inspect', '--raw', '--tls-verify=false', ...login('creds', account), `docker://${reference}`),
    pull: (reference, account) =>
      inDirectory(async (directory) => {
        const source = ['--src-tls-verify=false', ...login('src-creds', account), `docker://${reference}`];
        // dir: keeps the bytes; an OCI layout would rewrite Docker's manifests.
        await command('copy', '--all', '--quiet', ...source, `dir:${directory}`);
        return byDigest(directory);
      }),
    async copy(from, to, account) {
      const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
      const accounts = [...login('src-creds', account), ...login('dest-creds', account)];
      await command('copy', '--all', '--quiet', ...insecure, ...accounts, `docker://${from}`, `docker://${to}`);
    },
  };
}

function crane(path: string, version: string): PullTool {
  // crane reads accounts from Docker's configuration alone: each call gets one of its own.
  const command = (account: Account | undefined, ...args: readonly string[]): Promise<Uint8Array> =>
    inDirectory(async (directory) => {
      const env = { ...process.env, DOCKER_CONFIG: directory };
      const registry = args.find((arg) => arg.includes('/') && !arg.startsWith('/'))?.split('/')[0] ?? '';
      if (account) {
        const login = ['auth', 'login', registry, '--username', account.username, '--password', account.password];
        await execute(path, login, { env });
      }
      const options = { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024, env } as const;
      return (await execute(path, ['--insecure', ...args], options)).stdout;
    });
  return {
    name: 'crane',
    version,
    manifest: (reference, account) => command(account, 'manifest', reference),
    pull: (reference, account) =>
      inDirectory(async (directory) => {
        await command(account, 'pull', '--format=oci', reference, join(directory, 'image'));
        return byDigest(directory);
      }),
    async copy(from, to, account) {
      await command(account, 'copy', from, to);
    },
  };
}

/** The pull tools that are on this machine. */
export function pullTools(): readonly PullTool[] {
  return whatIsHere().tools.flatMap(({ name, path, version }) => {
    if (name === 'skopeo') return [skopeo(path, version)];
    return name === 'crane' ? [crane(path, version)] : [];
  });
}
