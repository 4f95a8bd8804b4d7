/** Globs → the files of the workspace that they name. */
import { Minimatch } from 'minimatch';
import type { Problem } from '../../model/index.ts';
import { WorkspaceError } from './error.ts';
import type { WorkspaceEntry, WorkspaceFiles } from './files.ts';

export type FoundFiles = { readonly paths: readonly string[]; readonly problems: readonly Problem[] };

type Glob = { readonly source: string; readonly whole: Minimatch; readonly beginning: Minimatch };

// A checkout of a million files has other trouble; circles of links are cut before.
const mostEntries = 1_000_000;

/**
 * Each once, sorted. `*` doesn't cross `/`, `**` does; `!` in front excludes, in any order; a leading dot matches only
 * where the pattern has it. `.git` is not looked into, links only as far as the workspace goes. Throws WorkspaceError
 * where a glob names no file, or names a link that leads out of the workspace.
 */
export async function findFiles(globs: readonly string[], root: string, files: WorkspaceFiles): Promise<FoundFiles> {
  const isExclude = (glob: string): boolean => glob.startsWith('!') && !glob.startsWith('!(');
  const includes = globs.filter((glob) => !isExclude(glob)).map((glob) => compile(glob, glob, root));
  const excludes = globs.filter(isExclude).map((glob) => compile(glob, glob.slice(1), root, true));
  if (includes.length === 0)
    throw new WorkspaceError(
      `keep-referenced-in names nothing that it doesn't exclude: ${globs.join(', ')}.`,
      'Say which files to read, too: deploy/**/*.yml',
    );
  const walk: Walk = { files, includes, excludes, paths: [], problems: [], directories: [], seen: 0 };
  await walkInto(walk, '', ['']);
  const missing = includes.filter((glob) => !walk.paths.some((path) => glob.whole.match(path)));
  if (missing.length > 0) throw nothingThere(missing, walk.directories);
  return { paths: [...walk.paths].sort(), problems: walk.problems };
}

type Walk = {
  readonly files: WorkspaceFiles;
  readonly includes: readonly Glob[];
  readonly excludes: readonly Glob[];
  readonly paths: string[];
  readonly problems: Problem[];
  /** Directories that a glob names as if they were files. */
  readonly directories: string[];
  seen: number;
};

/** `above`: the directories that we stand in, by their own paths: a link to one of them is a circle. */
async function walkInto(walk: Walk, directory: string, above: readonly string[]): Promise<void> {
  let entries: readonly WorkspaceEntry[];
  try {
    entries = await walk.files.list(directory);
  } catch (cause) {
    throw new WorkspaceError(
      `keep-referenced-in: the directory ${directory === '' ? 'of the workspace' : directory} can't be read (${String(cause)}).`,
      directory === '' ? 'Check the repository out first (actions/checkout).' : `Exclude it: !${directory}/**`,
      cause,
    );
  }
  walk.seen += entries.length;
  if (walk.seen > mostEntries)
    throw new WorkspaceError(
      `keep-referenced-in: more than ${mostEntries} files to look through.`,
      'Begin the globs with the folder that is meant, or exclude what is not: !**/node_modules/**',
    );
  for (const entry of entries) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (walk.excludes.some((glob) => glob.whole.match(path))) continue;
    if (entry.kind === 'directory') await enter(walk, path, entry, above);
    else take(walk, path, entry.kind);
  }
}

async function enter(walk: Walk, path: string, entry: WorkspaceEntry, above: readonly string[]): Promise<void> {
  const own = entry.leadsTo ?? [above.at(-1) ?? '', entry.name].filter((part) => part !== '').join('/');
  if (own.split('/').includes('.git') || (entry.leadsTo !== undefined && above.includes(own))) return;
  if (walk.includes.some((glob) => glob.whole.match(path))) walk.directories.push(path);
  const isExcluded = walk.excludes.some(({ source, whole }) => source.endsWith('/**') && whole.match(`${path}/x/x`));
  if (!isExcluded && walk.includes.some((glob) => glob.beginning.match(path)))
    await walkInto(walk, path, [...above, own]);
}

function take(walk: Walk, path: string, kind: WorkspaceEntry['kind']): void {
  const isNamed = walk.includes.some((glob) => glob.whole.match(path));
  if (kind === 'file' && isNamed) walk.paths.push(path);
  if (kind !== 'outside' && kind !== 'nowhere') return;
  const where = kind === 'outside' ? 'out of the workspace' : 'nowhere';
  if (isNamed)
    throw new WorkspaceError(
      `keep-referenced-in: ${path} is a link that leads ${where}, and what it may name is not known.`,
      `Exclude it: !${path}`,
    );
  if (kind === 'outside' && walk.includes.some((glob) => glob.beginning.match(path)))
    walk.problems.push({
      at: path,
      what: 'is a link that leads out of the workspace; what lies behind it was not read',
      wayOut: `Copy the files into the workspace, or exclude it: !${path}`,
    });
}

function compile(line: string, text: string, root: string, dot = false): Glob {
  const base = `${root.replaceAll('\\', '/').replace(/\/+$/, '')}/`;
  const source = (text.startsWith(base) ? text.slice(base.length) : text).trim().replace(/^(?:\.\/+)+/, '');
  if (source.startsWith('/') || source.split('/').includes('..'))
    throw new WorkspaceError(
      `keep-referenced-in: "${line}" leads out of the workspace.`,
      'Name files below the directory that the workflow runs in: deploy/**/*.yml',
    );
  const options = { dot, nonegate: true, nocomment: true };
  try {
    const whole = new Minimatch(source, options);
    if (source === '' || whole.set.length === 0) throw new Error('no pattern');
    return { source, whole, beginning: new Minimatch(source, { ...options, partial: true }) };
  } catch (cause) {
    throw new WorkspaceError(
      `keep-referenced-in: "${line}" is not a glob that can be read.`,
      'Write it as deploy/**/*.yml',
      cause,
    );
  }
}

function nothingThere(globs: readonly Glob[], directories: readonly string[]): WorkspaceError {
  const names = globs.map((glob) => `"${glob.source}"`).join(', ');
  const directory = directories.find((path) => globs.some((glob) => glob.whole.match(path)));
  return new WorkspaceError(
    `keep-referenced-in: no file matches ${names}, so what is alive there is not known.`,
    directory === undefined
      ? 'Check the repository out before this step, and correct the glob or leave it out.'
      : `${directory} is a directory: write ${directory}/**`,
  );
}
