/** A registry that doesn't let this account in, or doesn't delete: said before anything was written. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage, tag, type Pushed, type Target } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { runStep, type Step } from './step.ts';

// A process each; on a busy machine one takes seconds.
jest.setTimeout(60_000);

const repository = 'apps/web';
const given = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
const username = 'robot';
const password = 'a/password+that is no word';
const account = { username, password };
const basic = Buffer.from(`${username}:${password}`).toString('base64');

let registry: SandboxRegistry;
afterEach(() => registry.close());

/** Three builds; the oldest shares its image with a tag that stays, so that its tag alone may go. */
async function start(options: SandboxOptions): Promise<void> {
  registry = await startSandboxRegistry(options);
  const push = async (target: Target, number: number): Promise<Pushed> =>
    pushImage(target, { repository, tags: [`build-${number}`], created: `2026-01-0${number}T00:00:00Z` });
  // What refuses pushes, too, would refuse the test's.
  const writable = options.deletes === 'read-only' || options.pullThroughCache === true;
  const source = writable ? await startSandboxRegistry({ profile: options.profile ?? 'distribution-3.1' }) : registry;
  const first = await push(source, 1);
  await tag(source, first, 'stable');
  for (const number of [2, 3]) await push(source, number);
  if (source === registry) return;
  for (const [, bytes] of source.store.blobs) registry.store.putBlob(repository, bytes);
  for (const [digest, { mediaType, bytes }] of source.store.manifests(repository)) {
    const tags = [...source.store.tags(repository)].filter(([, target]) => target === digest).map(([name]) => name);
    registry.store.putManifest(repository, mediaType, bytes, ...tags);
  }
  await source.close();
}

const state = (): unknown => ({
  tags: [...registry.store.tags(repository)].sort(),
  manifests: [...registry.store.manifests(repository).keys()].sort(),
  blobs: [...registry.store.blobs.keys()].sort(),
});

/** The password in every form in which it travels, and the tokens that were given for it. */
const secretsSeen = (): readonly string[] => [
  password,
  encodeURIComponent(password),
  basic,
  ...registry.requests.flatMap(({ headers }) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1] ?? []),
];

/** Runs it with the account, with everything in the log that there is, and finds the registry as it was. */
async function refusedStep(changes: Readonly<Record<string, string>> = {}): Promise<Step> {
  const before = state();
  const step = await runStep(
    { ...given, ...account, registry: registry.url, ...changes },
    { secrets: secretsSeen, env: { RUNNER_DEBUG: '1' } },
  );
  expect(step.code).toBe(1);
  expect(step.leaks).toEqual([]);
  expect(state()).toEqual(before);
  return step;
}

const methods = (): readonly string[] => [...new Set(registry.requests.map(({ method }) => method))].sort();
const all = ['pull', 'push', 'delete'] as const;

describe.each([
  ['Basic', { kind: 'basic', ...account }],
  ['tokens', { kind: 'token', users: [account] }],
] as const)('%s', (_, auth) => {
  test('a wrong password', async () => {
    await start({ auth });
    const step = await refusedStep({ password: 'another one' });
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toContain("The registry doesn't accept this username and password");
    expect(step.errors[0]).toContain('Check username and password');
    expect(step.log).not.toContain('another one');
    expect(methods()).not.toContain('DELETE');
  });

  test('the right password without the right to delete', async () => {
    const rights = { '*': ['pull', 'push'] as const };
    await start({ auth: auth.kind === 'basic' ? { ...auth, rights } : { ...auth, users: [{ ...account, rights }] } });
    const step = await refusedStep();
    const said = step.errors.join('\n');
    expect(said).toContain('This account has no right to delete here');
    expect(said).toContain('Give the account the right to pull, push and delete in this repository');
    expect(said).not.toContain("doesn't accept");
    expect(methods()).not.toContain('PUT');
    expect(JSON.parse(step.outputs.get('deleted-tags') ?? '')).toEqual([]);
  });

  test('the right in one repository and not in another: the one is done, the other untouched', async () => {
    const rights = { '*': all, [repository]: ['pull', 'push'] as const };
    await start({ auth: auth.kind === 'basic' ? { ...auth, rights } : { ...auth, users: [{ ...account, rights }] } });
    for (const number of [1, 2])
      await pushImage(registry, { repository: 'apps/api', tags: [`build-${number}`], seed: `api ${number}` });
    const before = [...registry.store.tags(repository)];
    const step = await runStep(
      { ...given, ...account, registry: registry.url, repositories: 'apps/api, apps/web' },
      { secrets: secretsSeen },
    );
    expect(step.code).toBe(1);
    expect(step.leaks).toEqual([]);
    expect([...registry.store.tags('apps/api').keys()]).toEqual(['build-2']);
    expect([...registry.store.tags(repository)]).toEqual(before);
    expect(JSON.parse(step.outputs.get('deleted-tags') ?? '')).toEqual(['apps/api:build-1']);
    expect(step.errors.join('\n')).toContain('apps/web');
  });

  test('what docker login left does as well, and is no more seen than an input', async () => {
    await start({ auth });
    const host = new URL(registry.url).host;
    const step = await runStep(
      { ...given, registry: registry.url },
      {
        secrets: secretsSeen,
        env: { RUNNER_DEBUG: '1' },
        home: { '.docker/config.json': JSON.stringify({ auths: { [host]: { auth: basic } } }) },
      },
    );
    expect(step).toMatchObject({ code: 0, errors: [], leaks: [] });
    expect([...registry.store.tags(repository).keys()].sort()).toEqual(['build-3', 'stable']);
    expect(step.log).toContain('config.json');
  });
});

describe.each(['distribution-2.8', 'distribution-3.1'] as const)('%s', (profile) => {
  test('deletes disabled', async () => {
    await start({ profile, deletes: 'disabled' });
    const step = await refusedStep();
    expect(step.errors.join('\n')).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true');
    expect(methods()).not.toContain('PUT');
  });

  test('read-only', async () => {
    await start({ profile, deletes: 'read-only' });
    const step = await refusedStep();
    expect(step.errors.join('\n')).toContain('The registry is in read-only mode');
    expect(step.errors.join('\n')).toContain('REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":false}');
    expect(methods()).not.toContain('PUT');
  });

  test('a pull-through cache', async () => {
    await start({ profile, pullThroughCache: true });
    const step = await refusedStep();
    expect(step.errors.join('\n')).toContain('If it is a pull-through cache, it never deletes');
    expect(methods()).not.toContain('PUT');
  });
});

describe('a registry that says too much', () => {
  beforeEach(() => start({ auth: { kind: 'basic', ...account } }));

  test('neither shows the password nor speaks to the runner', async () => {
    const said = `no, ${username}, ${password} (${basic})\n::error::forged\n##[group]forged\r::set-output name=x::y`;
    const body = JSON.stringify({ errors: [{ code: '\n::warning::FORGED', message: said }] });
    registry.answer({ method: 'DELETE', path: /./ }, { status: 403, body });
    const step = await refusedStep();
    expect(step.log).not.toMatch(/^\s*(?:::(?:error|warning)::forged|::set-output|##\[)/im);
    expect(step.errors).not.toContain('forged');
    expect(step.outputs.has('x')).toBe(false);
  });
});
