/** What is unlinked and removed while the registry is stopped, and what keeps a repository from it, by every shell at hand. */
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Digest, Instant, RepositoryPlan, StoredRegistry } from '../../src/model/index.ts';
import { mayBeEmpty, openStorage, renderOffline } from '../../src/storage/index.ts';
import { digestOf, instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { then, useFiles, type Files } from './files.ts';
import { shells } from './shells.ts';

const newStorage = useFiles();
const now = (): Instant => instantOf(new Date().toISOString());
const [index, child, kept] = [digestOf(1), digestOf(2), digestOf(3)];
const web = 'apps/web';

describe.each(shells())('by $name', ({ shell }) => {
  const look = (files: Files): Promise<StoredRegistry> => openStorage({ shell, root: files.root }).read({ now });

  /** Runs the work, with what the storage held at the look. Answers its lines. */
  async function work(
    files: Files,
    stored: StoredRegistry,
    due: { readonly unlink?: Readonly<Record<string, readonly Digest[]>>; readonly removeEmpty?: readonly string[] },
  ): Promise<readonly string[]> {
    const unlink = Object.entries(due.unlink ?? {}).map(([name, digests]) => {
      const repository = repositoryOf(name);
      return {
        repository,
        digests,
        expected: stored.repositories.get(repository) ?? { tags: new Map(), revisions: new Map() },
      };
    });
    const removeEmpty = (due.removeEmpty ?? []).map(repositoryOf);
    const { status, stdout, stderr } = await shell.run(renderOffline({ root: files.root, unlink, removeEmpty }));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** A kept image, and an index with a child that no tag names. */
  async function filled(): Promise<Files> {
    const files = await newStorage();
    for (const [place, digest] of [index, child, kept].entries()) await files.revision(web, digest, then + place);
    await files.tag(web, 'latest', kept, then + 10);
    return files;
  }

  const isLinked = (files: Files, digest: Digest, repository = web): boolean =>
    existsSync(files.path(`${repository}/_manifests/revisions/${digest.replace(':', '/')}/link`));
  const gone = [`@unlinked ${web} ${index}`, `@unlinked ${web} ${child}`];
  const unlink = { unlink: { [web]: [index, child] } };

  describe('unlinking', () => {
    test('what was there at the look goes, in its order, and nothing else', async () => {
      const files = await filled();
      expect(await work(files, await look(files), unlink)).toEqual(gone);
      expect([index, child, kept].map((digest) => isLinked(files, digest))).toEqual([false, false, true]);
    });

    test.each<[string, (files: Files) => Promise<void>, string]>([
      ['a new tag', (files) => files.tag(web, 'new', child, then + 10), 'tags/new/current/link'],
      [
        'a tag that was pushed again, to the same image',
        (files) => files.tag(web, 'latest', kept, then + 11),
        'tags/latest/current/link',
      ],
      [
        'a tag that was moved within the same second',
        (files) => files.tag(web, 'latest', child, then + 10),
        'tags/latest/current/link',
      ],
      [
        'a tag whose link was emptied',
        (files) => files.write(`${web}/_manifests/tags/latest/current/link`, '', then + 10),
        'tags/latest/current/link',
      ],
      [
        'a tag whose link has another line',
        (files) => files.write(`${web}/_manifests/tags/latest/current/link`, `${kept}\n${child}`, then + 10),
        'tags/latest/current/link',
      ],
      [
        'a new manifest',
        (files) => files.revision(web, digestOf(9)),
        `revisions/${digestOf(9).replace(':', '/')}/link`,
      ],
      [
        'a manifest that stays, pushed again',
        (files) => files.revision(web, kept, then + 99),
        `revisions/${kept.replace(':', '/')}/link`,
      ],
      [
        'a manifest that was to go, pushed again',
        (files) => files.revision(web, child, then + 99),
        `revisions/${child.replace(':', '/')}/link`,
      ],
    ])('%s spares the whole repository', async (_, change, named) => {
      const files = await filled();
      await files.revision('other', index);
      const stored = await look(files);
      await change(files);
      const lines = await work(files, stored, { unlink: { [web]: [index, child], other: [index] } });
      expect([...lines].sort()).toEqual([
        `@spared ${web} changed: ${named} is new, or was written again`,
        `@unlinked other ${index}`,
      ]);
      expect([index, child].map((digest) => isLinked(files, digest))).toEqual([true, true]);
    });

    test('fewer tags and manifests than at the look are no reason: this run has deleted some', async () => {
      const files = await filled();
      await files.tag(web, 'old', digestOf(4));
      await files.revision(web, digestOf(4));
      const stored = await look(files);
      await rm(files.path(`${web}/_manifests/tags/old`), { recursive: true });
      await rm(files.path(`${web}/_manifests/revisions/${digestOf(4).replace(':', '/')}/link`));
      expect(await work(files, stored, unlink)).toEqual(gone);
    });

    test('what was never seen is not unlinked, nor is what is gone already', async () => {
      const files = await filled();
      const stored = await look(files);
      await files.revision('late', index);
      await rm(files.path(`${web}/_manifests/revisions/${child.replace(':', '/')}`), { recursive: true });
      const lines = await work(files, stored, { unlink: { [web]: [index, child], late: [index], never: [index] } });
      const link = `revisions/${index.replace(':', '/')}/link`;
      expect([...lines].sort()).toEqual([
        `@spared ${web} changed: revisions/${child.replace(':', '/')}/link is gone already`,
        `@spared late changed: ${link} is new, or was written again`,
        `@spared never changed: ${link} is gone already`,
        `@unlinked ${web} ${index}`,
      ]);
      expect(isLinked(files, index, 'late')).toBe(true);
    });

    test('a repository with the same beginning, and one nested in another, are their own', async () => {
      const files = await newStorage();
      for (const name of ['app', 'app/web', 'apps']) await files.revision(name, index);
      const stored = await look(files);
      await files.tag('app/web', 'new', index);
      await files.tag('apps', 'new', index);
      expect(await work(files, stored, { unlink: { app: [index] } })).toEqual([`@unlinked app ${index}`]);
      expect(['app/web', 'apps'].map((name) => isLinked(files, index, name))).toEqual([true, true]);
    });

    test('2,000 manifests of 200 repositories', async () => {
      const files = await newStorage();
      const digests = Array.from({ length: 10 }, (_, place) => digestOf(100 + place));
      const names = Array.from({ length: 200 }, (_, place) => `team-${place % 7}/service-${place}`);
      for (const name of names) for (const digest of digests) await files.revision(name, digest);
      const lines = await work(files, await look(files), {
        unlink: Object.fromEntries(names.map((name) => [name, digests])),
      });
      expect(lines.filter((line) => line.startsWith('@unlinked '))).toHaveLength(2000);
      expect([...(await look(files)).repositories.values()].filter(({ revisions }) => revisions.size > 0)).toEqual([]);
    });

    test('where the storage is not, nothing is done and it fails', async () => {
      const files = await filled();
      const expected = { tags: new Map(), revisions: new Map([[index, { mtime: then }]]) };
      const script = renderOffline({
        root: `${files.root}/elsewhere`,
        unlink: [{ repository: repositoryOf(web), digests: [index], expected }],
        removeEmpty: [repositoryOf(web)],
      });
      expect(await shell.run(script)).toMatchObject({ status: 1, stdout: '' });
    });
  });

  describe('empty repositories', () => {
    const remove = { removeEmpty: [web] };
    const emptied = async (): Promise<Files> => {
      const files = await newStorage();
      await files.layer(web, index);
      await mkdir(files.path(`${web}/_manifests/tags`), { recursive: true });
      await mkdir(files.path(`${web}/_manifests/revisions/${index.replace(':', '/')}`), { recursive: true });
      return files;
    };

    test('leave the catalog, and so do the folders above that are empty then', async () => {
      const files = await emptied();
      expect(await work(files, await look(files), remove)).toEqual([`@removed ${web}`]);
      expect(existsSync(files.path('apps'))).toBe(false);
      expect(existsSync(files.path('.'))).toBe(true);
    });

    test('what is nested below is not touched', async () => {
      const files = await newStorage();
      await files.layer('apps', index);
      await files.revision(web, kept);
      await files.tag(web, 'latest', kept);
      await files.layer('apps/web/cache', index);
      expect(await work(files, await look(files), { removeEmpty: ['apps', 'apps/web/cache'] })).toEqual([
        '@removed apps',
        '@removed apps/web/cache',
      ]);
      expect(existsSync(files.path('apps/_layers'))).toBe(false);
      expect(existsSync(files.path('apps/web/cache'))).toBe(false);
      expect([...(await look(files)).repositories.keys()]).toEqual([web]);
    });

    test('go with the last of their manifests, in one piece of work', async () => {
      const files = await newStorage();
      await files.revision(web, index);
      const stored = await look(files);
      expect(await work(files, stored, { unlink: { [web]: [index] }, ...remove })).toEqual([
        `@unlinked ${web} ${index}`,
        `@removed ${web}`,
      ]);
    });

    test.each<[string, (files: Files) => Promise<void>]>([
      ['a tag', (files) => files.tag(web, 'latest', kept)],
      ['a manifest', (files) => files.revision(web, kept)],
      ['a file that is none of the registry', (files) => files.write(`${web}/_manifests/note`, '')],
      ['an upload of today', (files) => files.write(`${web}/_uploads/1/data`, '', Date.now() / 1000 - 3600)],
      ['a link of the file system', (files) => symlink('/nowhere', files.path(`${web}/_uploads`))],
    ])('%s keeps a repository', async (_, change) => {
      const files = await emptied();
      await change(files);
      expect(await work(files, await look(files), remove)).toEqual([]);
      expect(existsSync(files.path(`${web}/_layers`))).toBe(true);
    });

    test('an upload of last week does not', async () => {
      const files = await emptied();
      const lastWeek = Date.now() / 1000 - 8 * 86_400;
      await files.write(`${web}/_uploads/1/data`, '', lastWeek);
      // Its folder is as old.
      await shell.run(`touch -d @${Math.floor(lastWeek)} '${files.path(web).replaceAll("'", "'\\''")}/_uploads/1'\n`);
      expect(await work(files, await look(files), remove)).toEqual([`@removed ${web}`]);
    });

    test('a repository whose first image is being pushed today stays', async () => {
      const files = await newStorage();
      await files.layer(web, index, Date.now() / 1000 - 60);
      expect(await work(files, await look(files), remove)).toEqual([]);
      await files.layer('old', index);
      expect(await work(files, await look(files), { removeEmpty: ['old', web] })).toEqual(['@removed old']);
    });

    test('folders that are a link of the file system are left alone, with what is behind them', async () => {
      const files = await newStorage();
      await files.tag('elsewhere', 'latest', kept);
      await mkdir(files.path(web), { recursive: true });
      await symlink(files.path('elsewhere/_manifests'), files.path(`${web}/_manifests`));
      expect(await work(files, await look(files), remove)).toEqual([]);
      expect((await look(files)).repositories.get(repositoryOf('elsewhere'))?.tags.size).toBe(1);
    });

    test('one that is not there is passed over', async () => {
      const files = await emptied();
      expect(await work(files, await look(files), { removeEmpty: ['never', web] })).toEqual([`@removed ${web}`]);
    });
  });
});

describe('which repositories may be empty afterwards', () => {
  const at = { mtime: then };
  const stored: StoredRegistry = {
    repositories: new Map([
      [repositoryOf('bare'), { tags: new Map(), revisions: new Map() }],
      [
        repositoryOf('all-goes'),
        { tags: new Map([[tagOf('a'), { digest: index, ...at }]]), revisions: new Map([[index, at]]) },
      ],
      [
        repositoryOf('tag-stays'),
        { tags: new Map([[tagOf('b'), { digest: index, ...at }]]), revisions: new Map([[index, at]]) },
      ],
      [repositoryOf('manifest-stays'), { tags: new Map(), revisions: new Map([[kept, at]]) }],
    ]),
  };
  const plan = (name: string): RepositoryPlan => ({
    repository: repositoryOf(name),
    observedAt: now(),
    tagsSeen: 1,
    tags: [{ tag: tagOf('a'), digest: index, because: [{ kind: 'no-rule' }], rule: undefined }],
    manifests: [{ digest: index, mediaType: '', size: 0, role: 'tagged' }],
    stays: [],
    frees: { bytes: 0, atLeast: false },
  });

  test('those whose tags and manifests are all planned, or that have none', () => {
    const plans = ['all-goes', 'tag-stays', 'manifest-stays'].map(plan);
    expect(mayBeEmpty(stored, plans)).toEqual(['bare', 'all-goes']);
    expect(mayBeEmpty(stored, [])).toEqual(['bare']);
  });
});
