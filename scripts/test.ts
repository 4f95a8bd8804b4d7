// `npm test`, the test command of the README. Says what it does, and ends with one line: N passed, N failed, N skipped.
//
//   1. The checks that read the source: types, lint, format. Beside them the real registries and the tools are found or
//      installed, since a build can take minutes, and a container engine is started.
//   2. jest runs the suites. Words after `npm test --` go to jest; then it is a part of them, without coverage.
//   3. What it ran against and what not, and why.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provision } from './provision/index.ts';
import { runChecks } from './test/checks.ts';
import { runSuites } from './test/suites.ts';
import { add, closingLine, nothing } from './test/tally.ts';
import { engineForRun } from './test/engine.ts';
import { demandRegistries, renderEngine, renderRegistries } from './test/real-registries.ts';

const say = (line: string): void => {
  console.log(line);
};

const jestArguments = process.argv.slice(2);
const requireRegistries = process.env.REQUIRE_REAL_REGISTRIES === '1';
const directory = mkdtempSync(join(tmpdir(), 'registry-prune-test-'));
try {
  const foundFile = join(directory, 'found.json');
  say('1. Types, lint and format; beside them, the real registries that the suites run against.');
  const provisioned = provision(say).then(async (found) => ({ found, engine: await engineForRun() }));
  const [checks, { found, engine }] = await Promise.all([runChecks(say), provisioned]);
  writeFileSync(foundFile, JSON.stringify(found));
  say(`2. The suites${jestArguments.length > 0 ? ` that match: ${jestArguments.join(' ')}` : ', with coverage'}.`);
  const suites = await runSuites({ directory, foundFile, jestArguments, env: engine.env, say }).finally(engine.close);
  say('\n3. Real registries');
  for (const line of renderRegistries(found, suites.started)) say(line);
  say(renderEngine(engine.found));
  const demanded = demandRegistries(found, suites.started, {
    required: requireRegistries,
    all: suites.all,
    engine: engine.found,
  });
  for (const line of demanded.lines) say(line);
  const total = [checks, suites.tally, demanded.tally].reduce(add, nothing);
  say('');
  say(closingLine(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
