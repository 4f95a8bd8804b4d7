// What a real registry is started with: its configuration in its own words.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a test may ask of a real registry. */
export type StartOptions = {
  /** `enabled` without a word: most suites delete something. */
  readonly deletes?: 'enabled' | 'disabled' | 'read-only';
  readonly htpasswd?: { readonly username: string; readonly password: string };
  /** What `startTokenServer` hands out as `settings`. */
  readonly token?: TokenSettings;
  /** A storage directory to serve; left in place by close(). Without it a temporary one, removed by close(). */
  readonly root?: string;
};

/** distribution's `auth.token`. */
export type TokenSettings = {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Path of the PEM file with the certificate that signs the tokens. */
  readonly rootcertbundle: string;
};

/** Where the registry finds its storage and its settings, as it sees them itself: in a container they are elsewhere. */
export type Places = { readonly address: string; readonly root: string; readonly settings: string };

/** Something to start: `arguments` of the program, `env` beside the little that it always has. */
export type Launch = { readonly arguments: readonly string[]; readonly env: Readonly<Record<string, string>> };

/**
 * A password whose bcrypt hash is known, so that no test needs a program to make one. Another password needs `htpasswd`
 * (Debian: apache2-utils).
 */
export const knownPassword = 'correct horse battery staple';
const knownHash = '$2b$05$registryprunetestsaltuPx2DJysykXcA43LUPqQMX3wlXuK1OnS';

function htpasswdLine(account: { readonly username: string; readonly password: string }): string {
  if (account.password === knownPassword) return `${account.username}:${knownHash}\n`;
  const made = spawnSync('htpasswd', ['-nbB', account.username, account.password], { encoding: 'utf8' });
  if (made.status !== 0)
    throw new Error('A registry reads bcrypt alone: use knownPassword, or install htpasswd (Debian: apache2-utils).');
  return `${made.stdout.trim()}\n`;
}

/** Writes distribution's configuration; 2.8, 3.1 and GitLab's fork read the same one. */
export function distributionLaunch(directory: string, places: Places, options: StartOptions): Launch {
  const deletes = options.deletes ?? 'enabled';
  mkdirSync(directory, { recursive: true });
  if (options.htpasswd) writeFileSync(join(directory, 'htpasswd'), htpasswdLine(options.htpasswd));
  if (options.token) copyFileSync(options.token.rootcertbundle, join(directory, 'token-certificate.pem'));
  const auth = {
    ...(options.htpasswd && {
      htpasswd: { realm: 'registry-prune tests', path: join(places.settings, 'htpasswd') },
    }),
    ...(options.token && {
      token: { ...options.token, rootcertbundle: join(places.settings, 'token-certificate.pem') },
    }),
  };
  const configuration = {
    version: '0.1',
    log: { level: 'info' },
    storage: {
      filesystem: { rootdirectory: places.root },
      delete: { enabled: deletes !== 'disabled' },
      // As in the configuration that both images come with.
      cache: { blobdescriptor: 'inmemory' },
    },
    http: { addr: places.address, secret: 'registry-prune tests' },
    ...(Object.keys(auth).length > 0 && { auth }),
  };
  // JSON is YAML, too.
  writeFileSync(join(directory, 'config.yml'), JSON.stringify(configuration, undefined, 2));
  return {
    arguments: ['serve', join(places.settings, 'config.yml')],
    env: {
      // 3.x reports traces to a collector on this machine unless told not to.
      OTEL_TRACES_EXPORTER: 'none',
      // The form that works in 2.8 and 3.x. READONLY=true panics at the start, READONLY_ENABLED can be ignored.
      ...(deletes === 'read-only' && { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' }),
    },
  };
}

/** zot's configuration: what its documentation shows, with collection off so that nothing goes by itself. */
export function zotLaunch(directory: string, places: Places, options: StartOptions): Launch {
  mkdirSync(directory, { recursive: true });
  if (options.htpasswd) writeFileSync(join(directory, 'htpasswd'), htpasswdLine(options.htpasswd));
  const separator = places.address.lastIndexOf(':');
  const configuration = {
    distSpecVersion: '1.1.0',
    storage: { rootDirectory: places.root, gc: false, dedupe: false },
    http: {
      address: places.address.slice(0, separator),
      port: places.address.slice(separator + 1),
      ...(options.htpasswd && { auth: { htpasswd: { path: join(places.settings, 'htpasswd') } } }),
    },
    log: { level: 'info' },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(configuration, undefined, 2));
  return { arguments: ['serve', join(places.settings, 'config.json')], env: {} };
}

/** olareg takes flags. */
export function olaregLaunch(places: Places, options: StartOptions): Launch {
  const separator = places.address.lastIndexOf(':');
  return {
    arguments: [
      'serve',
      `--addr=${places.address.slice(0, separator)}`,
      `--port=${places.address.slice(separator + 1)}`,
      `--dir=${places.root}`,
      `--api-delete=${String((options.deletes ?? 'enabled') === 'enabled')}`,
    ],
    env: {},
  };
}
