import type { Registry, RegistryOptions } from './registry.ts';

/** Opens nothing yet: the first request does. */
export function connect(options: RegistryOptions): Registry {
  throw new Error(`not built yet: ${options.origin}`);
}
