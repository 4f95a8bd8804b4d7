/** Which files the globs name, and what is refused. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findReferences, WorkspaceError } from '../../../src/liveness/workspace/index.ts';
import { find, origin } from './workspace.ts';

const image = 'registry.example.com/web:1\n';

describe('globs', () => {
  const contents = Object.fromEntries(
    ['a.yml', 'b.yaml', 'deploy/a.yml', 'deploy/x/b.yml', '.env', '.github/workflows/c.yml', '.git/config'].map(
      (path) => [path, image],
    ),
  );
  test.each<readonly [readonly string[], readonly string[]]>([
    [['*.yml'], ['a.yml']],
    [['./deploy/*.yml'], ['deploy/a.yml']],
    [['/w/deploy/*.yml'], ['deploy/a.yml']],
    [['**/*.yml'], ['a.yml', 'deploy/a.yml', 'deploy/x/b.yml']],
    [['**'], ['a.yml', 'b.yaml', 'deploy/a.yml', 'deploy/x/b.yml']],
    [['**/*.yml', '!deploy/**'], ['a.yml']],
    [
      ['!deploy/x/*', '**/*.{yml,yaml}'],
      ['a.yml', 'b.yaml', 'deploy/a.yml'],
    ],
    [
      ['.env', '.github/**'],
      ['.env', '.github/workflows/c.yml'],
    ],
    [['a.yml', 'a.yml', '*.yml'], ['a.yml']],
    [['!(a).yml', '*.yaml'], []],
  ])('%j', async (globs, expected) => {
    const found = find(contents, { globs });
    if (expected.length === 0) await expect(found).rejects.toThrow(/no file matches "!\(a\)\.yml"/);
    else expect((await found).references.map((reference) => reference.file)).toEqual(expected);
  });

  test.each<readonly [readonly string[], string]>([
    [['nothing/*.yml'], 'no file matches "nothing/*.yml"'],
    [['a.yml', 'nothing', '*.tf'], 'no file matches "nothing", "*.tf"'],
    [['deploy'], 'no file matches "deploy"'],
    [['*.yml', '!*.yml'], 'no file matches "*.yml"'],
    [['.git/config'], 'no file matches ".git/config"'],
    [['!a.yml'], "names nothing that it doesn't exclude: !a.yml"],
    [['../other/*.yml'], '"../other/*.yml" leads out of the workspace'],
    [['/etc/*.yml'], '"/etc/*.yml" leads out of the workspace'],
  ])('%j: %s', async (globs, message) => {
    const failed = find(contents, { globs });
    await expect(failed).rejects.toThrow(WorkspaceError);
    await expect(failed).rejects.toThrow(message);
  });

  test('a folder is told how to be named', async () => {
    await expect(find(contents, { globs: ['deploy'] })).rejects.toMatchObject({
      wayOut: 'deploy is a directory: write deploy/**',
    });
  });

  test('none: nothing is looked at', async () => {
    expect(await find(contents, { globs: [] })).toEqual({ references: [], open: [], problems: [] });
  });
});

describe('files', () => {
  test.each<readonly [string, string | Uint8Array, string]>([
    ['big.txt', 'x'.repeat(5_000_001), 'big.txt is larger than 5000000 bytes'],
    ['latin.txt', new Uint8Array([0x66, 0xfc, 0x72]), 'latin.txt is not text in UTF-8'],
    ['image.png', new Uint8Array([0x89, 0x50, 0]), 'image.png is not text in UTF-8'],
    ['utf16.txt', new Uint8Array([0xff, 0xfe, 0x61, 0]), 'utf16.txt is not text in UTF-8'],
    ['nul.txt', 'a\0b', 'nul.txt is not text in UTF-8'],
    ['broken.yaml', 'image:\n  tag: [1\n', "broken.yaml can't be read as YAML"],
    ['tab.yaml', 'image:\n\ttag: 1\n', "tab.yaml can't be read as YAML"],
    ['bomb.yaml', bomb(), 'make more of it than anybody can have meant'],
    ['deep.yaml', `tag: ${'['.repeat(100_000)}`, "deep.yaml can't be read as YAML"],
    ['keys.yaml', 'repository: a/b\n'.repeat(2000), 'the key repository stands there 2000 times'],
  ])('%s is refused', async (file, content, message) => {
    const failed = find({ [file]: content });
    await expect(failed).rejects.toThrow(WorkspaceError);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ wayOut: expect.stringContaining(`!${file}`) });
  });

  test('a byte order mark and the line ends of other systems change nothing', async () => {
    const found = await find({ 'f.yaml': `\ufeffa: 1\r\nimage: ${image.trim()}\r\n\rb: ${image}` });
    expect(found.references.map(({ line, as }) => `${line} ${as}`)).toEqual([
      '2 registry.example.com/web:1',
      '4 registry.example.com/web:1',
    ]);
  });

  test('what a report shows of a file is one short line, with the text as found', async () => {
    const text = `image: "$REGISTRY/web:${'$X'.repeat(300)}"\nimage: registry.example.com/web:$TAG\n`;
    const found = await find({ 'f.txt': text });
    expect(found.references.map(({ as }) => as.length <= 301 && !/[\0-\u001f]/.test(as))).not.toContain(false);
    expect(found.references.at(-1)?.as).toBe('registry.example.com/web:$TAG');
  });
});

describe('on the disk', () => {
  const root = mkdtempSync(join(tmpdir(), 'workspace-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  const workspace = (name: string): string => {
    const path = join(root, name, 'work');
    mkdirSync(join(path, 'deploy'), { recursive: true });
    writeFileSync(join(path, 'deploy', 'a.yml'), image);
    writeFileSync(join(root, name, 'secret.yml'), image);
    return path;
  };
  const look = async (path: string, ...globs: string[]): Promise<readonly string[]> => {
    const found = await findReferences({ globs, aliases: [], origin, root: path });
    return [...found.references.map(({ file }) => file), ...found.problems.map(({ at }) => `problem: ${at}`)];
  };

  test('links within the workspace are followed, once around', async () => {
    const path = workspace('inside');
    symlinkSync('a.yml', join(path, 'deploy', 'link.yml'));
    symlinkSync('deploy', join(path, 'current'));
    symlinkSync('..', join(path, 'deploy', 'circle'));
    expect(await look(path, '**/*.yml')).toEqual([
      'current/a.yml',
      'current/link.yml',
      'deploy/a.yml',
      'deploy/link.yml',
    ]);
    expect(await look(path, 'current/a.yml')).toEqual(['current/a.yml']);
  });

  test('links out of it, or to nowhere, are an error where they are named, else a problem or nothing', async () => {
    const path = workspace('outside');
    symlinkSync('../secret.yml', join(path, 'out.yml'));
    symlinkSync('nowhere', join(path, 'lost.yml'));
    symlinkSync('..', join(path, 'up'));
    await expect(look(path, '*.yml')).rejects.toThrow('lost.yml is a link that leads nowhere');
    await expect(look(path, 'out.*')).rejects.toThrow('out.yml is a link that leads out of the workspace');
    expect(await look(path, 'deploy/*.yml')).toEqual(['deploy/a.yml']);
    expect(await look(path, '**/*.yml', '!out.yml', '!lost.yml')).toEqual(['deploy/a.yml', 'problem: up']);
    expect(await look(path, '**/*.yml', '!*.yml', '!up')).toEqual(['deploy/a.yml']);
  });

  test('a workspace that is not there is an error that says so', async () => {
    await expect(look(join(root, 'missing'), '**')).rejects.toThrow("the directory of the workspace can't be read");
  });
});

/** Eight levels of eight: 16 million. */
function bomb(): string {
  const levels = Array.from(
    { length: 8 },
    (_, at) =>
      `a${at}: &a${at} [${Array(8)
        .fill(at === 0 ? 'x' : `*a${at - 1}`)
        .join(', ')}]`,
  );
  return `${levels.join('\n')}\ntag: 1\n`;
}
