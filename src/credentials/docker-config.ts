/** What `docker login` leaves: config.json, or the same in DOCKER_AUTH_CONFIG. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import { CredentialsError } from './errors.ts';

const dockerConfig = z.looseObject({
  // Each entry is looked at when it is the registry's: a broken one of another registry is no matter of ours.
  auths: z.record(z.string(), z.unknown()).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

const text = z.string().nullish();
const authEntry = z.looseObject({
  auth: text,
  username: text,
  password: text,
  identitytoken: text,
  registrytoken: text,
});

export type DockerConfig = {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
};

/** Where Docker keeps its configuration: `DOCKER_CONFIG`, a folder, or `.docker` in the home folder. */
export function dockerConfigFile(env: Readonly<Record<string, string | undefined>>, homeDir: string): string {
  const folder = env.DOCKER_CONFIG ?? '';
  return join(folder === '' ? join(homeDir, '.docker') : folder, 'config.json');
}

/** `undefined` where there is no such file. Throws CredentialsError where it can't be read or is broken. */
export async function readDockerConfig(file: string): Promise<DockerConfig | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as { code?: string }).code ?? '')) return undefined;
    throw new CredentialsError(
      `Docker's configuration ${file} can't be read`,
      'Let this user read it, or set username and password.',
      cause,
    );
  }
  return parseDockerConfig(content, file);
}

/** `where`: the file, or the variable, for the error. Its text is never quoted, since it holds secrets. */
export function parseDockerConfig(content: string, where: string): DockerConfig {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw broken(where, 'is not JSON');
  }
  const parsed = dockerConfig.safeParse(value);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') ?? '';
    throw broken(where, at === '' ? 'is no configuration of Docker' : `is broken at ${JSON.stringify(at)}`);
  }
  const { auths, credHelpers, credsStore } = parsed.data;
  const store = credsStore ?? '';
  return { auths: auths ?? {}, credHelpers: credHelpers ?? {}, credsStore: store === '' ? undefined : store };
}

/**
 * The credentials of one entry of `auths`; `undefined` for an empty one, as a credential store leaves it. `where` names
 * the entry in errors.
 */
export function parseAuthEntry(entry: unknown, where: string): Credentials | undefined {
  const parsed = authEntry.safeParse(entry);
  if (!parsed.success) throw broken(where, 'is broken');
  const { auth, username, password, identitytoken, registrytoken } = parsed.data;
  if (isFilled(registrytoken)) return { kind: 'registry-token', token: registrytoken };
  if (isFilled(identitytoken)) return { kind: 'identity-token', token: identitytoken };
  if (isFilled(auth)) {
    // Docker pads it with NUL (config/configfile/file.go, decodeAuth); a password may hold colons, a name may not.
    const decoded = Buffer.from(auth, 'base64').toString('utf8').replaceAll('\0', '');
    const colon = decoded.indexOf(':');
    if (colon === -1) throw broken(where, 'holds an auth that is not username:password in base64');
    return fromPair(decoded.slice(0, colon), decoded.slice(colon + 1), where);
  }
  return isFilled(username) || isFilled(password) ? fromPair(username ?? '', password ?? '', where) : undefined;
}

/** A user and a secret; the user `<token>` says that the secret is an identity token. */
export function fromPair(username: string, secret: string, where: string): Credentials {
  if (username === '' || secret === '')
    throw new CredentialsError(
      `${where} has a ${secret === '' ? 'username without a password' : 'password without a username'}`,
      'Log in again (docker login), or set both username and password.',
    );
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'basic', username, password: secret };
}

function isFilled(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value !== '';
}

function broken(where: string, how: string): CredentialsError {
  return new CredentialsError(
    `Docker's configuration ${where} ${how}`,
    'Repair it, or log in again (docker login); or set username and password, and it is not read.',
  );
}
