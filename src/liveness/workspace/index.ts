/** liveness/workspace/: the images of this registry that files of the workspace name. */
export { WorkspaceError } from './error.ts';
export { openWorkspace } from './files.ts';
export type { WorkspaceEntry, WorkspaceFiles } from './files.ts';
export { findReferences } from './find.ts';
export type { FindOptions, FoundReferences } from './find.ts';
export { closeReferences } from './open.ts';
export type { OpenReference } from './open.ts';
