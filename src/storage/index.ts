/** storage/: the registry's own files on its host: what they say beyond the API, and what is done to them offline. */
export { StorageError } from './error.ts';
export { proveIdentity, type Identity } from './identity.ts';
export { mayBeEmpty, renderOffline, type OfflineWork, type Unlink } from './offline-work.ts';
export { openStorage, type Storage } from './open.ts';
export type { StorageShell } from './shell.ts';
export type { StoredRegistry, StoredRepository, StoredRevision, StoredTag } from '../model/index.ts';
