/** Files that this account alone can read, written so that a crash leaves a whole file or none. */
import { randomUUID } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AppendFile, Files } from './runtime.ts';

/** Plan and journal name what a private registry holds. */
const privateMode = 0o600;

/** The files of this machine. */
export const nodeFiles: Files = {
  readText: (path) => readFileSync(path, 'utf8'),
  readBytes,
  writePrivateFile,
  openAppend,
};

async function readBytes(path: string, atMost: number): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size > atMost) throw new Error(`It has ${size} bytes, more than the ${atMost} that are read of it.`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function writePrivateFile(path: string, content: string | Iterable<string | Uint8Array>): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(partial, 'wx', privateMode);
    try {
      for (const piece of typeof content === 'string' ? [content] : gathered(content))
        await file.writeFile(piece, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** V8 puts larger texts where only a full collection finds them. */
const enough = 64 * 1024;

/** Small pieces together: each would be a write of its own. */
function* gathered(content: Iterable<string | Uint8Array>): Iterable<string | Uint8Array> {
  let text = '';
  for (const piece of content) {
    if (typeof piece === 'string') text += piece;
    if (typeof piece === 'string' && text.length < enough) continue;
    if (text !== '') yield text;
    text = '';
    if (typeof piece !== 'string') yield piece;
  }
  if (text !== '') yield text;
}

async function openAppend(path: string): Promise<AppendFile> {
  // Without O_NOFOLLOW a link laid in a shared temporary directory would choose what we write to; Windows has none.
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
  const file = await open(path, flags, privateMode);
  // The mode above only counts for a file that `open` made; a device or a pipe is not ours to change.
  if ((await file.stat()).isFile()) await file.chmod(privateMode);
  return appendTo(file);
}

/**
 * Lines that arrive while others are being flushed go to the disk together, so that many deletions under way at once
 * share one flush. After a failed write the file may end in half a line, and a line glued to that would be lost: from
 * then on nothing is accepted.
 */
function appendTo(file: FileHandle): AppendFile {
  let waiting: string[] = [];
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await current;
    const text = waiting.join('');
    waiting = [];
    current = next ?? current;
    next = undefined;
    await file.appendFile(text, 'utf8');
    await file.datasync();
  };
  return {
    append(line) {
      if (line.includes('\n'))
        return Promise.reject(new Error('A line of an append-only file cannot hold a line break.'));
      waiting.push(`${line}\n`);
      next ??= flush();
      return next;
    },
    async close() {
      try {
        await (next ?? current);
      } catch {
        // Whoever asked for the line was told.
      } finally {
        await file.close();
      }
    },
  };
}
