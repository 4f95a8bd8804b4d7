/** Whose storage it is: nothing there is believed before that is proven. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import {
  parseDigest,
  type RepositoryName,
  type StoredRegistry,
  type StoredTag,
  type Tag,
} from '../../src/model/index.ts';
import { proveIdentity, StorageError, type Storage } from '../../src/storage/index.ts';
import { digestOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { client } from '../registry/server.ts';
import { describeDistribution, now, storageShells, useLab, type Lab } from './distribution.ts';

jest.setTimeout(60_000);
const web = repositoryOf('apps/web');
const repositories = [repositoryOf('never/pushed'), web];

describeDistribution('identity', (registry) => {
  const start = useLab();

  describe.each(storageShells())('by $name', ({ shell }) => {
    const prove = ({ registry: asked, storage }: Pick<Lab, 'registry' | 'storage'>, mayWrite = true): Promise<string> =>
      proveIdentity({ registry: asked, storage, repositories, mayWrite, now });
    const fill = async (lab: Lab, ...tags: readonly string[]): Promise<void> => {
      for (const tag of tags) await pushImage(lab.running, { repository: web, tags: [tag] });
    };
    const uploadsOf = ({ running }: Lab): readonly string[] => {
      const folder = join(running.root, 'docker/registry/v2/repositories', web, '_uploads');
      return existsSync(folder) ? readdirSync(folder) : [];
    };

    test('an upload that is opened here appears there, and nothing is left of it', async () => {
      const lab = await start(registry, shell);
      await fill(lab, '1.0');
      expect(await prove(lab)).toBe('upload');
      expect(uploadsOf(lab)).toEqual([]);
      // A repository that is spelled out and isn't there isn't made.
      expect((await lab.storage.read({ now })).repositories.has(repositoryOf('never/pushed'))).toBe(false);
    });

    test("another registry's storage is refused, though it holds the very same", async () => {
      const [here, there] = [await start(registry, shell), await start(registry, shell)];
      for (const lab of [here, there]) await fill(lab, '1.0');
      const mixed = prove({ registry: here.registry, storage: there.storage });
      await expect(mixed).rejects.toThrow(/is not proven to be the registry's: an upload .* doesn't appear there/);
      await expect(mixed).rejects.toMatchObject({ kind: 'unproven', wayOut: expect.stringContaining('ssh-host') });
      expect(uploadsOf(there)).toEqual([]);
    });

    test.each([
      ['on a dry run, which writes nothing', false, {}],
      ['of a read-only registry', true, { deletes: 'read-only' }],
    ] as const)('%s: the links are compared', async (_, mayWrite, setting) => {
      const lab = await start(registry, shell);
      await fill(lab, '1.0', '1.1');
      await lab.running.restart(setting);
      expect(await prove(lab, mayWrite)).toBe('links');
      const asked = new Set(lab.registry.records.map(({ method }) => method));
      expect([...asked].filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual(mayWrite ? ['POST'] : []);
      expect(uploadsOf(lab)).toEqual([]);
    });

    test.each<[string, readonly string[], readonly string[]]>([
      ['a tag is missing there', ['1.0', '1.1'], ['1.0']],
      ['a tag is there that the registry lacks', ['1.0'], ['1.0', '1.1']],
      ['they have no tag in common', ['1.0'], ['2.0']],
      ['the repository is missing there', ['1.0'], []],
    ])('unproven by links, where %s', async (_, here, there) => {
      const [asked, other] = [await start(registry, shell), await start(registry, shell)];
      await fill(asked, ...here);
      await pushImage(other.running, { repository: 'else', tags: ['1.0'] });
      await fill(other, ...there);
      await expect(prove({ registry: asked.registry, storage: other.storage }, false)).rejects.toThrow(
        /isn't the same there as the registry answers/,
      );
    });

    test('unproven by links, where the same tag is another image', async () => {
      const [here, there] = [await start(registry, shell), await start(registry, shell)];
      await fill(here, '1.0');
      await pushImage(there.running, { repository: web, tags: ['1.0'], seed: 'another' });
      await expect(prove({ registry: here.registry, storage: there.storage }, false)).rejects.toThrow(
        "apps/web:1.0 isn't the same there",
      );
    });

    test('a push in between is asked for again', async () => {
      const lab = await start(registry, shell);
      await fill(lab, '1.0');
      let pushed = false;
      const racing: Storage = {
        ...lab.storage,
        async read(options) {
          const stored = await lab.storage.read(options);
          if (!pushed) await pushImage(lab.running, { repository: web, tags: ['1.0'], seed: 'newer' });
          pushed = true;
          return stored;
        },
      };
      expect(await prove({ registry: lab.registry, storage: racing }, false)).toBe('links');
    });

    test('without a tag to compare there is the upload alone', async () => {
      const lab = await start(registry, shell);
      await pushImage(lab.running, { repository: web });
      await expect(prove(lab, false)).rejects.toThrow('there is no tag by which it could be compared');
      expect(await prove(lab)).toBe('upload');
      expect((await lab.storage.read({ now })).repositories.has(repositoryOf('never/pushed'))).toBe(false);
    });

    test('a registry without a repository is not proven', async () => {
      const lab = await start(registry, shell);
      await lab.storage.shell.run(`mkdir -p '${lab.running.root}/docker/registry/v2/repositories'\n`);
      await expect(prove(lab)).rejects.toThrow('there is no tag by which it could be compared');
    });

    test.each([true, false])(
      'where what is named is not there, the catalog has others (may write: %j)',
      async (mayWrite) => {
        const lab = await start(registry, shell);
        await fill(lab, '1.0');
        const named = { ...lab, repositories: [repositoryOf('never/pushed')], mayWrite, now };
        expect(await proveIdentity(named)).toBe(mayWrite ? 'upload' : 'links');
      },
    );
  });
});

describe('an account that may not push', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  const account = { username: 'ci', password: 'a-long-password' };

  async function lab(
    options: SandboxOptions,
    repositories = [web],
  ): Promise<{ sandbox: SandboxRegistry; prove: () => Promise<string> }> {
    const sandbox = await startSandboxRegistry(options);
    const registry = client(sandbox.url, { kind: 'basic', ...account });
    open.push(sandbox, registry);
    const storage: Storage = {
      root: '/storage',
      shell: { run: () => Promise.resolve({ status: 0, stdout: '', stderr: '' }) },
      read: () => Promise.resolve(storedOf(sandbox, repositories)),
      bytes: () => Promise.resolve(0),
    };
    return { sandbox, prove: () => proveIdentity({ registry, storage, repositories, mayWrite: true, now }) };
  }

  function storedOf(sandbox: SandboxRegistry, repositories: readonly RepositoryName[]): StoredRegistry {
    const linksIn = (name: RepositoryName): ReadonlyMap<Tag, StoredTag> =>
      new Map(
        [...sandbox.store.tags(name)].map(([text, target]) => [
          tagOf(text),
          { digest: parseDigest(target) ?? digestOf(0), mtime: 0 },
        ]),
      );
    return {
      repositories: new Map(repositories.map((name) => [name, { tags: linksIn(name), revisions: new Map() }])),
    };
  }

  test.each([
    ['403', { kind: 'basic', ...account, rights: { '*': ['pull'] } } as const],
    ['a token without the right', { kind: 'token', users: [{ ...account, rights: { '*': ['pull'] } }] } as const],
  ])('%s: the links are compared', async (_, auth) => {
    const { sandbox, prove } = await lab({ auth });
    await pushImage(sandbox, { repository: web, tags: ['1.0'] });
    expect(await prove()).toBe('links');
  });

  test('a repository that it may not read says nothing; another one does', async () => {
    const rights = { '*': ['pull'], 'apps/secret': [] } as const;
    const { sandbox, prove } = await lab({ auth: { kind: 'basic', ...account, rights } }, [
      repositoryOf('apps/secret'),
      web,
    ]);
    for (const repository of ['apps/secret', web]) await pushImage(sandbox, { repository, tags: ['1.0'] });
    expect(await prove()).toBe('links');
  });

  test('a tag that is listed with nothing behind it proves nothing, and contradicts nothing', async () => {
    const { sandbox, prove } = await lab({ deletes: 'read-only' });
    sandbox.store.makeGhost(web, 'ghost');
    await expect(prove()).rejects.toThrow('there is no tag by which it could be compared');
    await pushImage(sandbox, { repository: web, tags: ['1.0'] });
    expect(await prove()).toBe('links');
  });

  test('an upload that is called by no UUID is cancelled, and never looked for', async () => {
    const { sandbox, prove } = await lab({});
    await pushImage(sandbox, { repository: web, tags: ['1.0'] });
    sandbox.answer({ method: 'POST', path: /uploads/ }, (real) => ({
      ...real,
      headers: { ...real.headers, 'docker-upload-uuid': '../../../etc' },
    }));
    expect(await prove()).toBe('links');
    expect(sandbox.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  test('a storage without the upload is refused, whatever its tags say', async () => {
    const { sandbox, prove } = await lab({});
    await pushImage(sandbox, { repository: web, tags: ['1.0'] });
    await expect(prove()).rejects.toThrow(StorageError);
  });
});
