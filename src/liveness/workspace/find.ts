/** From globs to references. */
import type { Origin, Problem, Reference } from '../../model/index.ts';
import type { WorkspaceFiles } from './files.ts';
import type { OpenReference } from './open.ts';

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

/** Throws WorkspaceError. */
export function findReferences(options: FindOptions): Promise<FoundReferences> {
  return Promise.reject(new Error(`not yet: ${options.root}`));
}
