// Suites that need a real Docker engine.

import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { startEngine, whyNoEngine, type Engine, type EngineOptions } from './docker-engine.ts';

export { startEngine, whyNoEngine, type Engine, type RegistryLine } from './docker-engine.ts';

/**
 * A suite that needs an engine, which is there while its tests and hooks run. Where it can't be started the suite shows
 * as one skipped test that says why.
 */
export function describeEngine(title: string, body: (engine: () => Engine) => void, options: EngineOptions = {}): void {
  const why = whyNoEngine(options);
  describe(title, () => {
    if (why !== undefined) {
      test.skip(`no Docker engine: ${why}`, () => undefined);
      return;
    }
    let engine: Engine | undefined;
    beforeAll(async () => {
      engine = await startEngine(options);
    });
    body(() => {
      if (!engine) throw new Error('The engine is there only while tests and hooks run.');
      return engine;
    });
    // Hooks run in the order in which they are written: those of the suite still find the engine.
    afterAll(async () => {
      await engine?.close();
    });
  });
}
