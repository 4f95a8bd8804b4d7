// Suites over every real registry, in which one that isn't there shows as skipped and never as passed.

import { describe, test } from '@jest/globals';
import { realRegistries, whatIsHere, type RealRegistry, type Setting } from './registries.ts';

/**
 * Runs `body` once for each real registry that is here and can be started with all of `needs`. One that the suites count
 * on and that isn't here becomes a skipped test that says why; the test command's closing lines name the others.
 */
export function describeReal(
  title: string,
  body: (registry: RealRegistry) => void,
  needs: readonly Setting[] = [],
): void {
  for (const registry of realRegistries()) {
    const lacks = needs.filter((setting) => !registry.settings.includes(setting));
    describe(`${title} on ${registry.name}`, () => {
      if (lacks.length === 0) body(registry);
      else test.skip(`it can't be started with ${lacks.join(', ')}`, () => undefined);
    });
  }
  for (const missing of whatIsHere().missing.filter((one) => one.what === 'registry' && one.required))
    describe(`${title} on ${missing.name}`, () => {
      test.skip(missing.why, () => undefined);
    });
}
