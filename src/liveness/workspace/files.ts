/** The files of the workspace, as far as this room needs a file system. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** `outside`: a link that leads out of the workspace. `nowhere`: one without an end. `other`: a pipe, a device. */
export type WorkspaceEntry = {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'outside' | 'nowhere' | 'other';
  /** Of a link to a directory: that directory's own path. It tells a circle from a long way. */
  readonly leadsTo?: string;
};

/** Paths are relative to the workspace and have `/` between their parts; '' is the workspace itself. */
export type WorkspaceFiles = {
  list(directory: string): Promise<readonly WorkspaceEntry[]>;
  /** Rejects where there is more than `most` bytes of it, with `code` 'EFBIG'. */
  read(path: string, most: number): Promise<Uint8Array>;
};

/** The files under a directory of this machine. */
export function openWorkspace(root: string): WorkspaceFiles {
  const at = (path: string): string => (path === '' ? root : join(root, path));
  return {
    async list(directory) {
      const base = await realpath(root);
      const entries = await readdir(at(directory), { withFileTypes: true });
      return Promise.all(
        entries.map(async (entry): Promise<WorkspaceEntry> => {
          if (entry.isFile()) return { name: entry.name, kind: 'file' };
          if (entry.isDirectory()) return { name: entry.name, kind: 'directory' };
          if (!entry.isSymbolicLink()) return { name: entry.name, kind: 'other' };
          return { name: entry.name, ...(await follow(base, join(at(directory), entry.name))) };
        }),
      );
    },
    async read(path, most) {
      const { size } = await stat(at(path));
      const bytes = size > most ? undefined : await readFile(at(path));
      if (bytes === undefined || bytes.length > most)
        throw Object.assign(new Error(`larger than ${most} bytes`), { code: 'EFBIG' });
      return bytes;
    },
  };
}

async function follow(base: string, link: string): Promise<Omit<WorkspaceEntry, 'name'>> {
  let target: string;
  try {
    target = await realpath(link);
  } catch {
    return { kind: 'nowhere' };
  }
  if (target !== base && !target.startsWith(base + sep)) return { kind: 'outside' };
  const found = await stat(target);
  if (found.isFile()) return { kind: 'file' };
  const leadsTo = target === base ? '' : target.slice(base.length + 1).replaceAll(sep, '/');
  return found.isDirectory() ? { kind: 'directory', leadsTo } : { kind: 'other' };
}
