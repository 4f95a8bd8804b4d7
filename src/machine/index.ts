/** machine/: the registry's host, this machine or another one by SSH, and the registry's service on it. */
export { MachineError, type MachineErrorKind } from './errors.ts';
export { findService } from './find-service.ts';
export type { Cache, FoundService, Instance, StoragePlace, Version } from './found-service.ts';
export type { Host, Prepared, Ran, RunOptions } from './host.ts';
export { localHost } from './local.ts';
export { openHost, type OpenOptions } from './open.ts';
export { quote } from './quote.ts';
export { sshHost, type SshOptions } from './ssh.ts';
