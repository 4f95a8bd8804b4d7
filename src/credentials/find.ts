import type { Origin } from '../model/index.ts';
import type { Credentials } from './credentials.ts';
import {
  dockerConfigFile,
  fromPair,
  parseAuthEntry,
  parseDockerConfig,
  readDockerConfig,
  type DockerConfig,
} from './docker-config.ts';
import { CredentialsError } from './errors.ts';
import { askHelper, helperRunner, type RunHelper } from './helper.ts';
import { findEntry, serverOf } from './hosts.ts';

export type FindOptions = {
  readonly origin: Origin;
  readonly username?: string;
  readonly password?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** Absent: the helper's program is run. */
  readonly runHelper?: RunHelper;
};

export type FoundCredentials = {
  readonly credentials: Credentials;
  /** Where they were found: `inputs`, `DOCKER_AUTH_CONFIG`, the file's path, the helper's name; or `anonymous`. */
  readonly from: string;
};

/**
 * The account for a registry, from the first place that has one: the inputs, `DOCKER_AUTH_CONFIG`, Docker's
 * configuration file (its helper for this registry, its credential store, what stands in it). Throws CredentialsError
 * for half an account, and for a configuration that is broken where it concerns this registry.
 */
export async function findCredentials(options: FindOptions): Promise<FoundCredentials> {
  const { origin, env } = options;
  const username = options.username ?? '';
  const password = options.password ?? '';
  if (username !== '' && password !== '') return { credentials: { kind: 'basic', username, password }, from: 'inputs' };
  if (username !== '' || password !== '') {
    const [given, missing] = username === '' ? ['password', 'username'] : ['username', 'password'];
    throw new CredentialsError(
      `${given} is set, and ${missing} is not`,
      `Set both, as in: ${missing}: \${{ secrets.REGISTRY_${missing.toUpperCase()} }}; or neither, and Docker's configuration is used. A secret that doesn't exist, or that a fork's workflow may not see, is empty.`,
    );
  }

  const inEnvironment = env.DOCKER_AUTH_CONFIG ?? '';
  if (inEnvironment !== '') {
    const config = parseDockerConfig(inEnvironment, 'DOCKER_AUTH_CONFIG');
    const found = inAuths(config, origin, 'DOCKER_AUTH_CONFIG');
    if (found !== undefined) return found;
  }

  const file = dockerConfigFile(env, options.homeDir);
  const config = await readDockerConfig(file);
  const found = config && (await inFile(config, file, options));
  return found ?? { credentials: { kind: 'anonymous' }, from: 'anonymous' };
}

async function inFile(config: DockerConfig, file: string, options: FindOptions): Promise<FoundCredentials | undefined> {
  const { origin } = options;
  const own = findEntry(config.credHelpers, origin);
  const helper = own?.value ?? config.credsStore;
  if (helper !== undefined) {
    const server = serverOf(origin);
    // Stores that were filled by older clients know it with its scheme.
    const servers = [...new Set([own?.key ?? server, server, `https://${server.replace(/^https:\/\//, '')}`])];
    const run = options.runHelper ?? helperRunner(options.env);
    const secret = await askHelper(helper, servers, { file, run });
    const from = `docker-credential-${helper}`;
    if (secret !== undefined) return { credentials: fromPair(secret.username, secret.secret, from), from };
  }
  return inAuths(config, origin, file);
}

function inAuths(config: DockerConfig, origin: Origin, from: string): FoundCredentials | undefined {
  const entry = findEntry(config.auths, origin);
  if (entry === undefined) return undefined;
  const credentials = parseAuthEntry(entry.value, `${from} (auths, ${JSON.stringify(entry.key)})`);
  return credentials && { credentials, from };
}

/** Every form of the secret that must never be shown, for masking. */
export function secretsOf(credentials: Credentials): readonly string[] {
  switch (credentials.kind) {
    case 'anonymous':
      return [];
    case 'basic': {
      const { username, password } = credentials;
      return [password, Buffer.from(`${username}:${password}`, 'utf8').toString('base64')];
    }
    case 'identity-token':
    case 'registry-token':
      return [credentials.token];
  }
}
