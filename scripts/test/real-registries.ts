// What the test command says of real registries in its last lines.

import { wantedRegistries } from '../provision/wanted.ts';
import type { Found, Runnable } from '../provision/find.ts';
import { nothing, type Tally } from './tally.ts';

const placeOf = (runnable: Runnable): string =>
  runnable.kind === 'program' ? runnable.path : `container of ${runnable.image}`;

/** The container engine that the suites use: where it is from, or why there is none. */
export type EngineFound =
  | { readonly kind: 'here'; readonly host: string; readonly version?: string }
  | { readonly kind: 'missing'; readonly why: string };

/** One line about the engine. */
export function renderEngine(engine: EngineFound): string {
  if (engine.kind === 'missing') return `   not run      Docker engine: ${engine.why}`;
  const whose = engine.version === undefined ? engine.host : `${engine.version}, started for this run`;
  return `   ran against  Docker engine (${whose})`;
}

/** One line for each registry and tool: what it ran against, and what not and why. */
export function renderRegistries(found: Found, started: ReadonlySet<string>): readonly string[] {
  return [
    ...found.registries.map(({ name, version, run }) => {
      const product = name.replace(/ [\d.]+$/, '');
      return started.has(name)
        ? `   ran against  ${product} ${version} (${placeOf(run)})`
        : `   not run      ${product} ${version} (${placeOf(run)}): no suite of this run started it`;
    }),
    ...found.tools.map(({ name, version, path }) => `   with         ${name} ${version} (${path})`),
    ...found.missing.map(({ name, why }) => `   not run      ${name}: ${why}`),
  ];
}

/**
 * Under REQUIRE_REAL_REGISTRIES=1 each required registry and tool counts as a test of its own: it fails where it is
 * missing, and a registry also where a whole run didn't start it.
 */
export function demandRegistries(
  found: Found,
  started: ReadonlySet<string>,
  options: { readonly required: boolean; readonly all: boolean; readonly engine: EngineFound },
): { readonly tally: Tally; readonly lines: readonly string[] } {
  if (!options.required) return { tally: nothing, lines: [] };
  const missing = found.missing.filter((one) => one.required).map((one) => one.name);
  const required = wantedRegistries.filter((one) => one.required).map((one) => one.name);
  const idle = options.all
    ? found.registries.map((one) => one.name).filter((name) => required.includes(name) && !started.has(name))
    : [];
  const failures = [
    ...missing.map((name) => `   FAILED       ${name} is required (REQUIRE_REAL_REGISTRIES=1) and missing`),
    ...idle.map((name) => `   FAILED       ${name} is required (REQUIRE_REAL_REGISTRIES=1) and no suite started it`),
  ];
  if (options.engine.kind === 'missing')
    failures.push('   FAILED       a Docker engine is required (REQUIRE_REAL_REGISTRIES=1) and missing');
  return { tally: { ...nothing, failed: failures.length }, lines: failures };
}
