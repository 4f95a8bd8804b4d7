/** From globs to references. */
import { isUtf8 } from 'node:buffer';
import pMap from 'p-map';
import { parseRepositoryName } from '../../model/index.ts';
import type { Origin, Problem, Reference } from '../../model/index.ts';
import { WorkspaceError } from './error.ts';
import { openWorkspace } from './files.ts';
import type { WorkspaceFiles } from './files.ts';
import type { OpenReference } from './open.ts';
import { readText } from './read-text.ts';
import type { TextReading } from './read-text.ts';
import { makeRegistryNames } from './registry-names.ts';
import { joinSplits } from './splits.ts';
import type { FileSighting } from './splits.ts';
import { joinValues, parseAssignments } from './variables.ts';
import type { Values } from './variables.ts';
import { findFiles } from './walk.ts';

export type FindOptions = {
  /** Files of the workspace, relative to `root`; `!` excludes. None: nothing is looked at. */
  readonly globs: readonly string[];
  /** Other names of the registry: a host, a host and port, either with a path, with or without a scheme. */
  readonly aliases: readonly string[];
  readonly origin: Origin;
  /** The workspace's directory, absolute. */
  readonly root: string;
  /** The file system; the default is this machine's, under `root`. */
  readonly files?: WorkspaceFiles;
};

export type FoundReferences = {
  /** Sorted by file and line, each once. */
  readonly references: readonly Reference[];
  /** Of which the repository is not certain: `closeReferences` says what they mean among those that there are. */
  readonly open: readonly OpenReference[];
  /** What could not be followed; it names no image for certain. */
  readonly problems: readonly Problem[];
};

// Manifests are written by people; what is larger is data. It also bounds what any text can cost.
const mostBytes = 5_000_000;
const atOnce = 16;
const none: Values = new Map();

/**
 * Throws WorkspaceError where a glob matches no file, a file can't be read, is no UTF-8 text or above 5 MB, and where
 * YAML that may hold an image in parts can't be parsed.
 */
export async function findReferences(options: FindOptions): Promise<FoundReferences> {
  const { globs, aliases, origin, root, files = openWorkspace(root) } = options;
  const registry = makeRegistryNames(origin, aliases);
  if (globs.length === 0) return { references: [], open: [], problems: [] };
  const { paths, problems } = await findFiles(globs, root, files);
  const beside = await readValueFiles(paths, files);
  const dotEnvs = new Map<string, Promise<Values>>();
  const readOne = async (file: string): Promise<TextReading> => {
    const text = await readFile(file, files);
    const folder = folderOf(file);
    const needsDotEnv = text.includes('services') && text.includes('$');
    if (needsDotEnv && !dotEnvs.has(folder)) dotEnvs.set(folder, readDotEnv(folder, files));
    const dotEnv = needsDotEnv ? await dotEnvs.get(folder) : undefined;
    return readText({ file, text, beside: beside.get(folder) ?? none, dotEnv: dotEnv ?? none }, registry);
  };
  const readings = await pMap(paths, readOne, { concurrency: atOnce });
  const sightings = [
    ...readings.flatMap(({ file, sightings: own }) => own.map((each) => ({ file, ...each }))),
    ...joinSplits(readings, registry),
  ];
  return { ...sort(sightings), problems: [...problems, ...readings.flatMap((reading) => reading.problems)] };
}

/** Files of values that the globs name, by their folder: for the files beside them. */
async function readValueFiles(paths: readonly string[], files: WorkspaceFiles): Promise<ReadonlyMap<string, Values>> {
  const found = new Map<string, Values>();
  for (const path of paths) {
    const isTerraform = path.endsWith('.tfvars');
    if (!isTerraform && !/(?:^|\/)\.env(?:\.[^/]*)?$|\.env$/.test(path)) continue;
    const values = parseAssignments(await readFile(path, files));
    const named = isTerraform ? new Map([...values].map(([name, texts]) => [`var.${name}`, texts])) : values;
    const folder = folderOf(path);
    found.set(folder, joinValues(found.get(folder) ?? none, named));
  }
  return found;
}

/** Compose reads it without being told to, so it counts whether a glob names it or not. */
async function readDotEnv(folder: string, files: WorkspaceFiles): Promise<Values> {
  const entries = await files.list(folder);
  if (!entries.some((entry) => entry.name === '.env' && entry.kind === 'file')) return none;
  return parseAssignments(await readFile(folder === '' ? '.env' : `${folder}/.env`, files));
}

async function readFile(file: string, files: WorkspaceFiles): Promise<string> {
  const refuse = (what: string, cause?: unknown): WorkspaceError =>
    new WorkspaceError(
      `keep-referenced-in: ${file} ${what}.`,
      `Exclude it if nothing in it is in use: !${file}`,
      cause,
    );
  let bytes: Uint8Array;
  try {
    bytes = await files.read(file, mostBytes);
  } catch (cause) {
    const isLarge = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'EFBIG';
    throw refuse(isLarge ? `is larger than ${mostBytes} bytes` : `can't be read (${String(cause)})`, cause);
  }
  if (!isUtf8(bytes) || bytes.includes(0)) throw refuse('is not text in UTF-8');
  // U+0001 is a mark of our own while variables are resolved.
  return new TextDecoder().decode(bytes).replaceAll('\u0001', ' ').replace(/\r\n?/g, '\n');
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
}

function sort(sightings: readonly FileSighting[]): Pick<FoundReferences, 'references' | 'open'> {
  const references = new Map<string, Reference>();
  const open = new Map<string, OpenReference>();
  for (const { file, line, as, image } of sightings)
    for (const names of image.names) {
      const key = [file, line, image.parts.join('\0'), textOf(names)].join('\n');
      const repository = image.parts.length === 1 ? parseRepositoryName(image.parts[0] ?? '') : undefined;
      if (repository !== undefined && !references.has(key)) references.set(key, { repository, file, line, as, names });
      if (image.parts.length > 1 && !open.has(key)) open.set(key, { parts: image.parts, file, line, as, names });
    }
  const inOrder = <T extends Pick<Reference, 'file' | 'line'>>(found: ReadonlyMap<string, T>): readonly T[] =>
    [...found]
      .sort(([a, x], [b, y]) => compare(x.file, y.file) || x.line - y.line || compare(a, b))
      .map(([, each]) => each);
  return { references: inOrder(references), open: inOrder(open) };
}

function textOf(names: Reference['names']): string {
  return names.kind === 'tag' ? names.tag : names.kind === 'digest' ? names.digest : '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
