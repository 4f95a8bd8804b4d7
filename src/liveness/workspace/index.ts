/**
 * liveness/workspace/: the images of this registry that files of the workspace name.
 *
 * 1. `walk`: globs → files. 2. `read-text`, for each file: `yaml-forms` takes images in parts out of it and hides them
 * from `scan`, which finds whole names in what is left, comments included. 3. `splits` joins parts, also those that
 * several files give under the same keys.
 *
 * Whatever is in doubt keeps more: a variable is every value that it is given, a name without a tag is every tag, a
 * repository known in part is every one that fits (`closeReferences`). Without a host nothing is this registry's,
 * unless a `registry` near it, or an alias docker.io, says so.
 */
export { WorkspaceError } from './error.ts';
export { openWorkspace } from './files.ts';
export type { WorkspaceEntry, WorkspaceFiles } from './files.ts';
export { findReferences } from './find.ts';
export type { FindOptions, FoundReferences } from './find.ts';
export { closeReferences } from './open.ts';
export type { OpenReference } from './open.ts';
