import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '../../src/runtime/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-prune-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('writing a private file', () => {
  test('only this account reads it, also where another file was there', async () => {
    const path = join(folder, 'plan.json');
    writeFileSync(path, 'before', { mode: 0o644 });
    await nodeFiles.writePrivateFile(path, '{"ü":1}');
    expect(nodeFiles.readText(path)).toBe('{"ü":1}');
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });

  test('a link is replaced, not followed', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'of somebody else');
    symlinkSync(other, join(folder, 'plan.json'));
    await nodeFiles.writePrivateFile(join(folder, 'plan.json'), 'ours');
    expect(readFileSync(other, 'utf8')).toBe('of somebody else');
  });

  test('what fails leaves nothing half-written', async () => {
    mkdirSync(join(folder, 'plan.json', 'inside'), { recursive: true });
    await expect(nodeFiles.writePrivateFile(join(folder, 'plan.json'), 'text')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });

  test('a folder that is not there is made', async () => {
    await nodeFiles.writePrivateFile(join(folder, 'a', 'b', 'plan.json'), 'text');
    expect(nodeFiles.readText(join(folder, 'a', 'b', 'plan.json'))).toBe('text');
  });

  test('pieces become one file, and one that cannot be made leaves what was there', async () => {
    const path = join(folder, 'plan.json');
    const long = 'ü'.repeat(300_000);
    await nodeFiles.writePrivateFile(path, ['a', Buffer.from('b'), 'c', long, 'd']);
    expect(nodeFiles.readText(path)).toBe(`abc${long}d`);
    const broken = function* (): Iterable<string> {
      yield long;
      throw new Error('no more');
    };
    await expect(nodeFiles.writePrivateFile(path, broken())).rejects.toThrow('no more');
    expect(nodeFiles.readText(path)).toBe(`abc${long}d`);
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });

  test('bytes are read back, unless there are more than asked for, or none', async () => {
    const path = join(folder, 'cache');
    await nodeFiles.writePrivateFile(path, [Uint8Array.of(0, 255, 10)]);
    expect(await nodeFiles.readBytes(path, 3)).toEqual(Buffer.from([0, 255, 10]));
    await expect(nodeFiles.readBytes(path, 2)).rejects.toThrow('It has 3 bytes, more than the 2');
    expect(await nodeFiles.readBytes(join(folder, 'none'), 3)).toBeUndefined();
    await expect(nodeFiles.readBytes(folder, 1_000_000)).rejects.toThrow('EISDIR');
  });
});

describe('adding to a file', () => {
  test('lines are there when their promise resolves, in the order of the calls', async () => {
    const path = join(folder, 'journal.jsonl');
    const journal = await nodeFiles.openAppend(path);
    await journal.append('one');
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    const more = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    await Promise.all(
      more.map(async (line) => {
        await journal.append(line);
        expect(readFileSync(path, 'utf8')).toContain(`${line}\n`);
      }),
    );
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe(`one\n${more.join('\n')}\n`);
    expect(modeOf(path)).toBe(0o600);
  });

  test('closing waits for what is under way, and opening again adds', async () => {
    const path = join(folder, 'journal.jsonl');
    const first = await nodeFiles.openAppend(path);
    const lines = [first.append('one'), first.append('two')];
    await first.close();
    await Promise.all(lines);
    const second = await nodeFiles.openAppend(path);
    await second.append('three');
    await second.close();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  test('a line that holds a line break is refused', async () => {
    const journal = await nodeFiles.openAppend(join(folder, 'journal.jsonl'));
    await expect(journal.append('one\ntwo')).rejects.toThrow('line break');
    await journal.append('three');
    await journal.close();
    expect(nodeFiles.readText(join(folder, 'journal.jsonl'))).toBe('three\n');
  });

  // A disk that is always full; Linux has one.
  const onFullDisk = existsSync('/dev/full') ? test : test.skip;
  onFullDisk('after a failed write nothing more is accepted', async () => {
    const journal = await nodeFiles.openAppend('/dev/full');
    const lines = await Promise.allSettled([journal.append('one'), journal.append('two')]);
    expect(lines.map((line) => line.status)).toEqual(['rejected', 'rejected']);
    await expect(journal.append('three')).rejects.toThrow('ENOSPC');
    await journal.close();
  });

  test('a link is not followed', async () => {
    writeFileSync(join(folder, 'other'), '');
    symlinkSync(join(folder, 'other'), join(folder, 'journal.jsonl'));
    await expect(nodeFiles.openAppend(join(folder, 'journal.jsonl'))).rejects.toThrow('ELOOP');
  });
});
