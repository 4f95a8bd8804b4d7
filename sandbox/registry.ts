/**
 * The sandbox registry: a container registry in this process, on plain node:http, that answers as the real ones do.
 * `__tests__/contract` holds it to the truth: the same suite runs against it and against the real registries.
 * Nothing here comes from the client in `src/`, so that no mistake of the one can hide in the other.
 */
import type { SandboxOptions, SandboxRegistry } from './registry/options.ts';

export type * from './registry/options.ts';
export { digestOf, Store, type StoredManifest } from './registry/store.ts';

/** Listens on 127.0.0.1 until `close`. */
export function startSandboxRegistry(options: SandboxOptions = {}): Promise<SandboxRegistry> {
  return Promise.reject(new Error(`being written (${options.profile ?? 'distribution-3.1'})`));
}
