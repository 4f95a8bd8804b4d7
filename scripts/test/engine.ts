// The container engine that all suites of one run of the test command share.

import {
  engineRefusalVariable,
  engineVariable,
  startPrivateEngine,
  whyNoPrivateEngine,
  type PrivateEngine,
} from '../provision/engine.ts';
import type { EngineFound } from './real-registries.ts';

export type RunEngine = {
  readonly found: EngineFound;
  /** Tells the suites where it is, or why there is none. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends it, if it was started here. */
  readonly close: () => Promise<void>;
};

/**
 * The engine that a person names in REGISTRY_PRUNE_ENGINE, else one that is started now. Never throws: where there is
 * none, it says why. One that was started here ends with this process, however that ends.
 */
export async function engineForRun(): Promise<RunEngine> {
  const nothingToClose = (): Promise<void> => Promise.resolve();
  const given = process.env[engineVariable];
  if (given !== undefined && given !== '')
    return { found: { kind: 'here', host: given }, env: {}, close: nothingToClose };
  const started = await tryToStart();
  if (typeof started === 'string')
    return {
      found: { kind: 'missing', why: started },
      env: { [engineRefusalVariable]: started },
      close: nothingToClose,
    };
  return {
    found: { kind: 'here', host: started.host, version: started.version },
    env: { [engineVariable]: `${started.host} ${started.address}` },
    close: () => started.close(),
  };
}

async function tryToStart(): Promise<PrivateEngine | string> {
  const why = whyNoPrivateEngine();
  if (why !== undefined) return why;
  try {
    return await startPrivateEngine();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
