// A test runner for Stryker: the suites of policy/ and plan/ in this very process, on the parts that jest is made of (jest-circus
// and expect). Stryker's own jest-runner starts jest anew for each of some 3,000 mutants, at a second each on top of the tests;
// here only the two rooms and their suites are loaded anew, so that what a mutant does on import counts, too.
//
// Node strips the types itself. The first test that fails is the last one, tables come before properties, and these have
// the same cases each time, without a search for smaller ones.

import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import * as circus from 'jest-circus';
import fc from 'fast-check';

/** Where Stryker's switches in the mutated code look for the mutant that is on, and note which of them were passed. */
const switches = (globalThis.__stryker__ ??= {});
const globals = new URL('globals.mjs', import.meta.url).href;
const loadedAnew = /\/(?:src|__tests__)\/(?:policy|plan)\/[^/]+\.ts$/;

let generation = 0;
const stripped = new Map();

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
    const found = next(specifier, context);
    return loadedAnew.test(found.url) ? { ...found, url: `${found.url}?${generation}` } : found;
  },
  load(url, context, next) {
    const [file] = url.split('?');
    if (!file.endsWith('.ts')) return next(url, context);
    const source = stripped.get(file) ?? stripTypeScriptTypes(readFileSync(fileURLToPath(file), 'utf8'));
    stripped.set(file, source);
    return { format: 'module', source, shortCircuit: true };
  },
});

/** The suites below a folder, in the order in which they run. */
function suitesIn(root) {
  const files = ['policy', 'plan'].flatMap((room) =>
    readdirSync(join(root, '__tests__', room)).map((name) => join(root, '__tests__', room, name)),
  );
  const isOfProperties = (file) => Number(/\bproperties\.test\.ts$/.test(file));
  return files.filter((file) => file.endsWith('.test.ts')).sort((a, b) => isOfProperties(a) - isOfProperties(b));
}

function nameOf(test, parent) {
  const names = [test];
  for (let block = parent; block.parent; block = block.parent) names.unshift(block.name);
  return names.join(' ');
}

class CircusRunner {
  /** Which suites have a test of that name. */
  suitesOf = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    fc.configureGlobal({ seed: 1, endOnFailure: true });
    // jest notes for each test where it stands, which nobody asks for here.
    Error.stackTraceLimit = 0;
    await this.loadSuites(suitesIn(process.cwd()));
  }

  async dryRun() {
    const result = await this.run({ suites: this.suites(), isWanted: () => true, isLast: () => false });
    return { ...result, mutantCoverage: switches.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit }) {
    const wanted = testFilter && new Set(testFilter);
    Object.assign(switches, { activeMutant: activeMutant.id, hitCount: hitLimit && 0, hitLimit });
    const result = await this.run({
      suites: this.suites(testFilter),
      isWanted: (name) => wanted?.has(name) ?? true,
      isLast: (test) => !disableBail && test.errors.length > 0,
    });
    return toMutantRunResult(determineHitLimitReached(switches.hitCount, hitLimit) ?? result, disableBail);
  }

  suites(names) {
    const wanted = names && new Set(names.flatMap((name) => this.suitesOf.get(name) ?? []));
    return suitesIn(process.cwd()).filter((suite) => wanted?.has(suite) ?? true);
  }

  async loadSuites(suites) {
    generation += 1;
    circus.resetState();
    for (const suite of suites) {
      const note = (event, { currentDescribeBlock }) => {
        if (event.name !== 'add_test') return;
        const name = nameOf(event.testName, currentDescribeBlock);
        this.suitesOf.set(name, [...new Set(this.suitesOf.get(name)).add(suite)]);
      };
      circus.addEventHandler(note);
      await import(pathToFileURL(suite).href).finally(() => circus.removeEventHandler(note));
    }
  }

  async run({ suites, isWanted, isLast }) {
    let isOver = false;
    const follow = (event) => {
      if (event.name === 'test_start') {
        const name = nameOf(event.test.name, event.test.parent);
        if (isOver || !isWanted(name)) event.test.mode = 'skip';
        switches.currentTestId = name;
      } else if (event.name === 'test_done') {
        switches.currentTestId = undefined;
        isOver ||= isLast(event.test);
      }
    };
    try {
      await this.loadSuites(suites);
      circus.addEventHandler(follow);
      return { status: DryRunStatus.Complete, tests: (await circus.run()).testResults.map(resultOf) };
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: error instanceof Error ? error.stack : String(error) };
    } finally {
      circus.removeEventHandler(follow);
    }
  }
}

function resultOf({ testPath, status, errors, duration }) {
  const name = testPath.slice(1).join(' ');
  const common = { id: name, name, timeSpentMs: duration ?? 0 };
  if (errors.length > 0) return { ...common, status: TestStatus.Failed, failureMessage: errors.join('\n') };
  return { ...common, status: status === 'skip' ? TestStatus.Skipped : TestStatus.Success };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'circus', CircusRunner)];
