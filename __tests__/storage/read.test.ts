/** What is read of a storage, by every shell at hand, however its files are named. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Instant, RepositoryName, StoredRegistry } from '../../src/model/index.ts';
import { openStorage, StorageError, type StorageShell } from '../../src/storage/index.ts';
import { digestOf, instantOf, repositoryOf, tagOf } from '../arbitraries/names.ts';
import { then, useFiles, type Files } from './files.ts';
import { shells } from './shells.ts';

const newStorage = useFiles();
const now = (): Instant => instantOf(new Date().toISOString());
const [one, two] = [digestOf(1), digestOf(2)];
const thenText = '2023-11-14T22:13:20.000Z';

/** `apps/web: tags a b, manifests 2`, so that expectations can be read. */
function told(stored: StoredRegistry): readonly string[] {
  return [...stored.repositories]
    .map(([name, { tags, revisions }]) => `${name}: ${[...tags.keys()].sort().join(' ')} | ${revisions.size}`)
    .sort();
}

describe.each(shells())('by $name', ({ shell }) => {
  const read = (files: Files, repositories?: readonly RepositoryName[]): Promise<StoredRegistry> =>
    openStorage({ shell, root: files.root }).read({ now, ...(repositories && { repositories }) });

  test('every tag with its digest and push time, every manifest with its time, nested repositories apart', async () => {
    const files = await newStorage();
    await files.revision('apps', one, then + 1);
    await files.tag('apps', 'latest', one, then + 2);
    await files.revision('apps/web', one, then + 3);
    await files.revision('apps/web', two, then + 4);
    await files.tag('apps/web', '1.0', two, then + 5);
    const { repositories } = await read(files);
    const at = (seconds: number): unknown => expect.stringMatching(new RegExp(`^2023-11-14T22:13:2${seconds}`));
    expect(Object.fromEntries(repositories.get(repositoryOf('apps'))?.tags ?? [])).toEqual({
      latest: { digest: one, mtime: then + 2, pushedAt: at(2) },
    });
    expect(Object.fromEntries(repositories.get(repositoryOf('apps/web'))?.revisions ?? [])).toEqual({
      [one]: { mtime: then + 3, at: at(3) },
      [two]: { mtime: then + 4, at: at(4) },
    });
    expect(told({ repositories })).toEqual(['apps/web: 1.0 | 2', 'apps: latest | 1']);
  });

  test('repositories that have nothing, or only layers, are there', async () => {
    const files = await newStorage();
    await files.layer('pushing', one);
    await mkdir(files.path('emptied/_manifests/tags'), { recursive: true });
    await mkdir(files.path('uploading/_uploads/x'), { recursive: true });
    expect(told(await read(files))).toEqual(['emptied:  | 0', 'pushing:  | 0']);
  });

  test('a tag or a part of a name may be called as a folder of the registry is', async () => {
    const files = await newStorage();
    for (const tag of ['_layers', '_uploads', '_manifests', 'index', 'current', 'link', 'tags'])
      await files.tag('index/link', tag, one);
    await files.revision('index/link', one);
    await files.tag('tags', 'index', one);
    expect(told(await read(files))).toEqual([
      'index/link: _layers _manifests _uploads current index link tags | 1',
      'tags: index | 0',
    ]);
  });

  test('a name that no registry writes is skipped, and what it says is not believed', async () => {
    const files = await newStorage();
    await files.tag('apps/web', 'good', one);
    await files.tag('apps/web', 'bad tag', two);
    // A line break in a name, and after it a line as this program reads them.
    const forged = `x\n1700000000 ./apps/web/_manifests/tags/forged/current/link\n./apps/web/_manifests/tags/forged/current/link:${two}\n@error x`;
    await files.tag('apps/web', forged, two);
    await files.revision(`apps/${forged}`, two);
    await files.tag('Apps/Web', 'upper', one);
    await files.write('apps/web/_manifests/revisions/sha256/short/link', 'sha256:short');
    await files.write('apps/web/_manifests/revisions/md5/d41d8cd98f00b204e9800998ecf8427e/link', 'md5:d41d');
    expect(told(await read(files))).toEqual(['apps/web: good | 0']);
  });

  test('a link that is empty, has several lines or names no digest leaves its tag out', async () => {
    const files = await newStorage();
    const link = (tag: string, text: string): Promise<void> =>
      files.write(`apps/web/_manifests/tags/${tag}/current/link`, text);
    await link('empty', '');
    await link('two-lines', `${one}\n${two}`);
    await link('none', 'latest');
    await link('line-feed', `${one}\n`);
    expect(told(await read(files))).toEqual(['apps/web: line-feed | 0']);
  });

  test('a time before 2000 or in the future is none', async () => {
    const files = await newStorage();
    const soon = Math.floor(Date.now() / 1000) + 3600;
    await files.tag('apps/web', 'epoch', one, 0);
    await files.tag('apps/web', 'nineties', one, 900_000_000);
    await files.tag('apps/web', 'soon', one, soon);
    await files.revision('apps/web', one, -5);
    const web = (await read(files)).repositories.get(repositoryOf('apps/web'));
    expect(Object.fromEntries(web?.tags ?? [])).toEqual({
      epoch: { digest: one, mtime: 0 },
      nineties: { digest: one, mtime: 900_000_000 },
      soon: { digest: one, mtime: soon },
    });
    expect(web?.revisions.get(one)).toEqual({ mtime: -5 });
  });

  test('what is pushed in this very second was pushed, and not later than now', async () => {
    const files = await newStorage();
    await files.tag('apps/web', 'new', one, Date.now() / 1000);
    const pushedAt = (await read(files)).repositories.get(repositoryOf('apps/web'))?.tags.get(tagOf('new'))?.pushedAt;
    expect(pushedAt).toBeDefined();
    expect(String(pushedAt) <= now()).toBe(true);
  });

  test.each([3600, -3600])("times are on our clock, where the host's is %i seconds away from it", async (seconds) => {
    const files = await newStorage();
    await files.tag('apps/web', 'latest', one);
    const stored = await openStorage({ shell, root: files.root }).read({
      now: () => instantOf(new Date(Date.now() - seconds * 1000).toISOString()),
    });
    const tag = stored.repositories.get(repositoryOf('apps/web'))?.tags.get(tagOf('latest'));
    expect(tag?.mtime).toBe(then);
    const shifted = Date.parse(tag?.pushedAt ?? '') / 1000 - (then - seconds);
    // Never earlier than it was; later by what the line took to come.
    expect(shifted).toBeGreaterThanOrEqual(0);
    expect(shifted).toBeLessThan(60);
  });

  test('some repositories alone, those among them that are not there left out', async () => {
    const files = await newStorage();
    for (const name of ['a', 'a/b', 'c']) await files.tag(name, 'latest', one);
    expect(told(await read(files, [repositoryOf('a'), repositoryOf('gone')]))).toEqual(['a: latest | 0']);
    expect(told(await read(files, [repositoryOf('gone')]))).toEqual([]);
    expect(told(await read(files, []))).toEqual([]);
  });

  test('a link of the file system is not followed', async () => {
    const files = await newStorage();
    await files.tag('apps/web', 'latest', one);
    await symlink(files.path('apps/web'), files.path('alias'));
    expect(told(await read(files))).toEqual(['apps/web: latest | 0']);
  });

  test('a storage that is not there says so', async () => {
    const root = join((await newStorage()).root, 'elsewhere');
    const reading = openStorage({ shell, root }).read({ now });
    await expect(reading).rejects.toThrow(/can't be read at .*elsewhere\/docker\/registry\/v2\/repositories/);
    await expect(reading).rejects.toMatchObject({ kind: 'unread', wayOut: expect.stringContaining('rootdirectory') });
  });

  test('what it takes on the disk', async () => {
    const files = await newStorage();
    const storage = openStorage({ shell, root: files.root });
    const before = await storage.bytes();
    await files.write('../blobs/sha256/aa/data', 'x'.repeat(3_000_000));
    expect((await storage.bytes()) - before).toBeGreaterThanOrEqual(3_000_000);
    const elsewhere = openStorage({ shell, root: join(files.root, 'elsewhere') });
    await expect(elsewhere.bytes()).rejects.toThrow(StorageError);
  });
});

describe('a shell that is not as it should be', () => {
  const saying = (stdout: readonly string[], stderr = '', status = 0): StorageShell => ({
    run: (_, onLine) => {
      stdout.forEach((line) => onLine?.(line));
      return Promise.resolve({ status, stdout: '', stderr });
    },
  });
  const clock = `@clock ${Math.floor(Date.now() / 1000)}`;
  const read = (shell: StorageShell): Promise<StoredRegistry> => openStorage({ shell, root: '/r' }).read({ now });

  test('what goes away meanwhile is no error', async () => {
    const gone = "@error find: './a/_manifests/tags/x': No such file or directory";
    expect((await read(saying([clock, gone, clock, '@end']))).repositories.size).toBe(0);
  });

  test.each([
    [
      'what may not be read',
      saying([clock, "@error find: './a': Permission denied", clock, '@end']),
      'Permission denied',
    ],
    ['a process that was killed', saying([clock, '@error find ended with 137', clock, '@end']), 'find ended with 137'],
    ['an end that is missing', saying([clock, `1700000000 ./a/_manifests/tags/x/current/link`]), 'it was cut'],
    ['words that are none', saying([], 'sh: \u001b[31mno\u001b[0m such\nthing', 127), 'sh:  [31mno [0m such thing'],
  ])('%s: nothing is believed', async (_, shell, why) => {
    await expect(read(shell)).rejects.toThrow(why);
    await expect(read(shell)).rejects.toThrow(StorageError);
  });

  test('times are those of a clock that was read twice: the reading that came more quickly counts', async () => {
    const clocks = ['2026-11-22T01:00:09.000Z', '2026-11-22T01:00:10.500Z'].map(instantOf);
    const host = Date.parse('2026-11-22T01:00:00Z') / 1000;
    const lines = [
      `@clock ${host}`,
      `${then} ./a/_manifests/revisions/sha256/${one.slice(7)}/link`,
      `@clock ${host + 10}`,
      '@end',
    ];
    const { repositories } = await openStorage({ shell: saying(lines), root: '/r' }).read({
      now: () => clocks.shift() ?? now(),
    });
    expect(repositories.get(repositoryOf('a'))?.revisions.get(one)?.at).toBe(thenText.replace('20.000', '20.500'));
  });
});
