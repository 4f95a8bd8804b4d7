import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CredentialsError,
  findCredentials,
  secretsOf,
  type FindOptions,
  type FoundCredentials,
  type RunHelper,
} from '../../src/credentials/index.ts';
import { parseOrigin, type Origin } from '../../src/model/index.ts';

const auth = (pair: string): string => Buffer.from(pair).toString('base64');
const ada = { kind: 'basic', username: 'ada', password: 'pass:word' };

let homeDir = '';
beforeEach(async () => {
  homeDir = await mkdtemp(join(tmpdir(), 'registry-prune-home-'));
  await mkdir(join(homeDir, '.docker'));
});
afterEach(async () => {
  await rm(homeDir, { recursive: true });
});

const file = (): string => join(homeDir, '.docker', 'config.json');

function origin(text: string): Origin {
  const parsed = parseOrigin(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

async function find(
  config: unknown,
  options: Partial<Omit<FindOptions, 'origin'>> & { readonly registry?: string } = {},
): Promise<FoundCredentials> {
  if (config !== undefined) await writeFile(file(), typeof config === 'string' ? config : JSON.stringify(config));
  const { registry = 'https://registry.example:5000', ...rest } = options;
  return findCredentials({ origin: origin(registry), env: {}, homeDir, ...rest });
}

async function failure(promise: Promise<unknown>): Promise<{ readonly message: string; readonly wayOut: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CredentialsError) return { message: error.message, wayOut: error.wayOut };
    throw error;
  }
  throw new Error('it went well');
}

describe('inputs', () => {
  test('come first', async () => {
    const found = await find('not even JSON', { username: 'ada', password: 'pass:word' });
    expect(found).toEqual({ credentials: ada, from: 'inputs' });
  });

  test.each([
    [{ username: 'ada' }, 'username is set, and password is not'],
    [{ username: 'ada', password: '' }, 'username is set, and password is not'],
    [{ password: 'x' }, 'password is set, and username is not'],
  ])('%j is half an account', async (inputs, words) => {
    const said = await failure(find(undefined, inputs));
    expect(said.message).toContain(words);
    expect(said.wayOut).toContain('${{ secrets.REGISTRY_');
  });
});

describe('Docker’s configuration', () => {
  test('nothing anywhere is nobody', async () => {
    for (const config of [undefined, {}, { auths: {} }, { auths: null, credHelpers: null, credsStore: '' }])
      expect(await find(config)).toEqual({ credentials: { kind: 'anonymous' }, from: 'anonymous' });
    expect(await find(undefined, { env: { DOCKER_CONFIG: join(homeDir, 'nowhere') } })).toMatchObject({
      from: 'anonymous',
    });
  });

  test.each([
    ['auth, split at the first colon', { auth: auth('ada:pass:word') }, ada],
    ['auth with Docker’s padding', { auth: auth('ada:pass:word\0\0') }, ada],
    ['username and password', { username: 'ada', password: 'pass:word' }, ada],
    [
      'an identity token, beside auth',
      { auth: auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'id' },
      { kind: 'identity-token', token: 'id' },
    ],
    ['a registry token', { registrytoken: 'reg' }, { kind: 'registry-token', token: 'reg' }],
    ['an identity token as a password', { auth: auth('<token>:id') }, { kind: 'identity-token', token: 'id' }],
    ['an empty entry', {}, { kind: 'anonymous' }],
  ])('%s', async (_, entry, credentials) => {
    expect((await find({ auths: { 'registry.example:5000': entry } })).credentials).toEqual(credentials);
  });

  test('says where it was found', async () => {
    const config = { auths: { 'registry.example:5000': { auth: auth('ada:pass:word') } } };
    expect(await find(config)).toEqual({ credentials: ada, from: file() });
    const elsewhere = join(homeDir, 'docker');
    await mkdir(elsewhere);
    await writeFile(
      join(elsewhere, 'config.json'),
      JSON.stringify({ auths: { 'registry.example:5000': { auth: auth('eve:x') } } }),
    );
    expect(await find(undefined, { env: { DOCKER_CONFIG: elsewhere } })).toMatchObject({
      credentials: { username: 'eve' },
      from: join(elsewhere, 'config.json'),
    });
  });

  test.each<readonly [string, string, boolean]>([
    ['https://registry.example', 'registry.example', true],
    ['https://registry.example', 'https://registry.example', true],
    ['https://registry.example', 'http://registry.example/', true],
    ['https://registry.example', 'https://registry.example/v1/', true],
    ['https://registry.example', 'registry.example/v2', true],
    ['https://registry.example', 'REGISTRY.example', true],
    ['https://registry.example', 'registry.example:443', true],
    ['http://registry.example', 'registry.example:443', false],
    ['https://registry.example:5000', 'registry.example', false],
    ['https://registry.example', 'registry.example:5000', false],
    ['https://registry.example', 'registry.example/team', false],
    ['https://registry.example/team', 'registry.example/team', true],
    ['https://registry.example', 'registry.example.evil.test', false],
    ['https://registry.example', 'not a host', false],
    ['https://registry-1.docker.io', 'https://index.docker.io/v1/', true],
    ['https://docker.io', 'index.docker.io', true],
    ['https://docker.example', 'https://index.docker.io/v1/', false],
  ])('%s and the key %s: %s', async (registry, key, expected) => {
    const { credentials } = await find({ auths: { [key]: { auth: auth('ada:pass:word') } } }, { registry });
    expect(credentials.kind === 'basic').toBe(expected);
  });

  test('of several keys, the closest', async () => {
    const entry = (name: string): object => ({ auth: auth(`${name}:x`) });
    const auths = {
      'https://registry.example/v1/': entry('old'),
      'registry.example': entry('new'),
      'registry.example/team': entry('team'),
    };
    expect(await find({ auths }, { registry: 'https://registry.example' })).toMatchObject({
      credentials: { username: 'new' },
    });
    expect(await find({ auths }, { registry: 'https://registry.example/team' })).toMatchObject({
      credentials: { username: 'team' },
    });
  });

  test('DOCKER_AUTH_CONFIG comes before the file, which fills its gaps', async () => {
    const inFile = { auths: { 'registry.example:5000': { auth: auth('file:x') } } };
    const inEnv = { auths: { 'registry.example:5000': { auth: auth('env:x') } }, credsStore: 'ignored' };
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify(inEnv) };
    expect(await find(inFile, { env })).toMatchObject({ credentials: { username: 'env' }, from: 'DOCKER_AUTH_CONFIG' });
    expect(await find(inFile, { env, registry: 'https://other.example' })).toMatchObject({ from: 'anonymous' });
    expect(await find(inFile, { env: { DOCKER_AUTH_CONFIG: '{}' } })).toMatchObject({
      credentials: { username: 'file' },
    });
  });

  test.each<readonly [string, unknown, string]>([
    ['not JSON', '{"auths": {"registry.example:5000": {"auth": "c2VjcmV0"', 'is not JSON'],
    ['no object', '[]', 'is no configuration of Docker'],
    ['a broken part', { auths: [] }, 'is broken at "auths"'],
    [
      'a broken entry',
      { auths: { 'registry.example:5000': { auth: 7 } } },
      '(auths, "registry.example:5000") is broken',
    ],
    [
      'auth without a colon',
      { auths: { 'registry.example:5000': { auth: auth('secret') } } },
      'is not username:password',
    ],
    [
      'a username alone',
      { auths: { 'registry.example:5000': { auth: auth('ada:') } } },
      'a username without a password',
    ],
    [
      'a password alone',
      { auths: { 'registry.example:5000': { password: 'secret' } } },
      'a password without a username',
    ],
  ])('%s is said with the file’s name, and without what it holds', async (_, config, words) => {
    const said = await failure(find(config));
    expect(said.message).toContain(words);
    expect(said.message).toContain(file());
    expect(JSON.stringify(said)).not.toMatch(/secret|c2VjcmV0/);
  });

  test('another registry’s broken entry is no matter of ours', async () => {
    const auths = { 'other.example': { auth: 7 }, 'registry.example:5000': { auth: auth('ada:pass:word') } };
    expect(await find({ auths })).toMatchObject({ credentials: ada });
  });

  test('a file that can’t be read is said', async () => {
    await mkdir(file());
    expect((await failure(find(undefined))).message).toContain(`${file()} can't be read`);
  });
});

describe('credential helpers', () => {
  const asked: string[] = [];
  beforeEach(() => {
    asked.splice(0);
  });

  const helper =
    (answers: Readonly<Record<string, string>>): RunHelper =>
    (name, server) => {
      asked.push(`${name} ${server}`);
      const answer = answers[server];
      if (answer === undefined)
        return Promise.resolve({ ok: false, stdout: 'credentials not found in native keychain\n' });
      return Promise.resolve({ ok: true, stdout: answer });
    };
  const secret = (Username: string, Secret: string): string => JSON.stringify({ ServerURL: 'x', Username, Secret });

  test('the registry’s own, before the store, before auths', async () => {
    const config = {
      auths: { 'registry.example:5000': { auth: auth('file:x') } },
      credHelpers: { 'registry.example:5000': 'cloud' },
      credsStore: 'desktop',
    };
    const runHelper = helper({ 'registry.example:5000': secret('ada', 'pass:word') });
    expect(await find(config, { runHelper })).toEqual({ credentials: ada, from: 'docker-credential-cloud' });
    const withStore = { auths: config.auths, credsStore: config.credsStore };
    expect(await find(withStore, { runHelper })).toEqual({ credentials: ada, from: 'docker-credential-desktop' });
    expect(asked).toEqual(['cloud registry.example:5000', 'desktop registry.example:5000']);
  });

  test('a helper that knows nothing leaves it to auths, and then to nobody', async () => {
    const runHelper = helper({});
    const config = { auths: { 'registry.example:5000': { auth: auth('ada:pass:word') } }, credsStore: 'desktop' };
    expect(await find(config, { runHelper })).toMatchObject({ credentials: ada });
    expect(asked).toEqual(['desktop registry.example:5000', 'desktop https://registry.example:5000']);
    expect(
      await find({ credsStore: 'desktop' }, { runHelper: helper({ 'registry.example:5000': secret('', '') }) }),
    ).toMatchObject({
      from: 'anonymous',
    });
  });

  test('an identity token, and Docker Hub by its old name', async () => {
    const runHelper = helper({ 'https://index.docker.io/v1/': secret('<token>', 'id') });
    const found = await find({ credsStore: 'desktop' }, { runHelper, registry: 'https://registry-1.docker.io' });
    expect(found.credentials).toEqual({ kind: 'identity-token', token: 'id' });
  });

  test.each([
    ['a name that leads elsewhere', '../evil', undefined, 'no name of a program'],
    [
      'an answer that is none',
      'desktop',
      { ok: true, stdout: '{"Secret":"s3cr3t"}' },
      'something else than a username and a secret',
    ],
    ['text', 'desktop', { ok: true, stdout: 's3cr3t' }, 'something else than a username and a secret'],
    ['a failure', 'desktop', { ok: false, stdout: 'keychain is locked, s3cr3t' }, 'failed'],
  ])('%s is said', async (_, credsStore, answer, words) => {
    const runHelper: RunHelper = () => Promise.resolve(answer ?? { ok: true, stdout: '' });
    const said = await failure(find({ credsStore }, { runHelper }));
    expect(said.message).toContain(words);
    expect(JSON.stringify(said)).not.toContain('s3cr3t');
  });

  test('really run: from PATH, without a shell, the host on standard input', async () => {
    const folder = join(homeDir, 'bin');
    await mkdir(folder);
    const program = async (name: string, script: string): Promise<void> => {
      const path = join(folder, `docker-credential-${name}`);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
    };
    await program(
      'good',
      '[ "$1" = get ] || exit 2\nread -r host\nprintf \'{"Username":"%s","Secret":"%s"}\' "$host" "$TOKEN"',
    );
    await program('empty', "cat >/dev/null; echo 'credentials not found in native keychain'; exit 1");
    await program('deaf', "exec <&-; echo 'no'; exit 3");
    const env = { PATH: `${folder}:/usr/bin:/bin`, TOKEN: 't' };
    expect(await find({ credsStore: 'good' }, { env })).toEqual({
      credentials: { kind: 'basic', username: 'registry.example:5000', password: 't' },
      from: 'docker-credential-good',
    });
    expect(await find({ credsStore: 'empty' }, { env })).toMatchObject({ from: 'anonymous' });
    expect((await failure(find({ credsStore: 'deaf' }, { env }))).message).toContain('docker-credential-deaf');
    expect((await failure(find({ credsStore: 'missing' }, { env }))).message).toContain("couldn't be run");
  });
});

describe('what must never be shown', () => {
  test.each([
    [{ kind: 'anonymous' } as const, []],
    [{ kind: 'basic', username: 'ada', password: 'x' } as const, ['x', auth('ada:x')]],
    [{ kind: 'identity-token', token: 't' } as const, ['t']],
    [{ kind: 'registry-token', token: 't' } as const, ['t']],
  ])('%j', (credentials, secrets) => {
    expect(secretsOf(credentials)).toEqual(secrets);
  });
});
