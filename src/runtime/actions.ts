/** The place itself: a step of a GitHub workflow, or a terminal when the program is started by hand. */
import * as core from '@actions/core';
import { homedir, tmpdir } from 'node:os';
import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { FilePlace } from '../model/index.ts';
import { nodeFiles } from './files.ts';
import { inputsOf } from './inputs.ts';
import {
  Interrupted,
  interruptionLimits,
  listenForSignals,
  type Interruption,
  type InterruptionLimits,
} from './interruption.ts';
import { plainLines, plainText } from './plain-text.ts';
import type { Log, Runtime } from './runtime.ts';
import { formsOf, hide } from './secrets.ts';
import { fitSummary } from './summary.ts';

/**
 * Reads the environment once. Off GitHub it prints plain lines and no workflow commands. From now on the process hears
 * SIGINT and SIGTERM, and has `limits` to end after the first of them.
 */
export function actionsRuntime(limits: InterruptionLimits = interruptionLimits): Runtime {
  const env = process.env;
  const onGitHub = env.GITHUB_ACTIONS === 'true';
  const secrets = new Set<string>();
  // Asked for with every line and every name of a report, and changed a few times in a run.
  let sorted: readonly string[] = [];
  const byLength = (): readonly string[] => {
    if (sorted.length < secrets.size) sorted = [...secrets].sort((a, b) => b.length - a.length);
    return sorted;
  };
  const line = (text: string): string => plainText(hide(text, byLength()));
  const lines = (text: string): string => plainLines(hide(text, byLength()));
  const log = onGitHub ? stepLog(line, lines) : terminalLog(line, lines);
  const shownErrors = new Set<string>();
  const fail = (message: string): void => {
    process.exitCode = core.ExitCode.Failure;
    if (shownErrors.has(message)) return;
    shownErrors.add(message);
    log.error(message);
  };
  return {
    ...interruption({ log, fail, isSaid: () => shownErrors.size > 0, limits }),
    inputs: inputsOf(env),
    env,
    tempDir: isSet(env.RUNNER_TEMP) ? env.RUNNER_TEMP : tmpdir(),
    homeDir: homedir(),
    workspace: isSet(env.GITHUB_WORKSPACE) ? env.GITHUB_WORKSPACE : process.cwd(),
    log: {
      ...log,
      error: (text, at, place) => {
        shownErrors.add(text);
        log.error(text, at, place);
      },
    },
    files: nodeFiles,
    setOutput(name, value) {
      // Without that file @actions/core prints the value as a command of old that runners no longer take.
      if (isSet(env.GITHUB_OUTPUT)) core.setOutput(name, value);
      else log.debug(`${name}=${value}`);
    },
    async writeSummary(markdown) {
      const path = env.GITHUB_STEP_SUMMARY;
      if (!isSet(path)) return;
      try {
        const text = fitSummary(hide(markdown, byLength()), statSync(path).size);
        await core.summary.addRaw(text, true).write();
      } catch (error) {
        log.warning(`The job summary could not be written to ${path}: ${String(error)}`);
      }
    },
    maskSecret(secret) {
      for (const form of formsOf(secret)) {
        // In a terminal the command itself would show what it is to hide.
        if (onGitHub && !secrets.has(form)) core.setSecret(form);
        secrets.add(form);
      }
    },
    withoutSecrets: (text) => hide(text, byLength()),
    fail,
    now: () => new Date(),
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
    random: Math.random,
  };
}

const stopping =
  'the run is ended. Nothing more is begun, what is being deleted at this moment is finished, and the report is written.';

/** `isSaid`: whether it is known by now what the run failed with. */
function interruption(run: {
  readonly log: Log;
  readonly fail: Runtime['fail'];
  readonly isSaid: () => boolean;
  readonly limits: InterruptionLimits;
}): Interruption {
  const { log, fail, isSaid, limits } = run;
  let by = '';
  return listenForSignals({
    limits,
    on: (signal, heard) => {
      process.on(signal, heard);
    },
    after: (ms, then) => {
      setTimeout(then, ms).unref();
    },
    heard: (signal, times) => {
      // Also for a run that has said by now that all went well.
      process.exitCode = core.ExitCode.Failure;
      if (times === 1) by = signal;
      log.warning(times === 1 ? `${signal}: ${stopping}` : `${signal}: the run is ending already.`);
    },
    leave: () => {
      const { message, wayOut } = new Interrupted(by, ' and is cut off: it did not end in time');
      if (!isSaid()) fail(`${message}. Whatever it deleted is in the journal file.\n${wayOut}`);
      process.exit();
    },
  });
}

type Shown = (text: string) => string;

function stepLog(line: Shown, lines: Shown): Log {
  const properties = (at: string | undefined, place: FilePlace | undefined): core.AnnotationProperties => ({
    ...(at !== undefined && { title: line(at) }),
    ...(place !== undefined && { file: line(place.file), startLine: place.line }),
  });
  return {
    info: (text) => {
      core.info(line(text));
    },
    // GitHub would drop them otherwise, after each was written: one for every request.
    debug: (text) => {
      if (core.isDebug()) core.debug(line(text));
    },
    notice: (text, at, place) => {
      core.notice(lines(text), properties(at, place));
    },
    warning: (text, at, place) => {
      core.warning(lines(text), properties(at, place));
    },
    error: (text, at, place) => {
      core.error(lines(text), properties(at, place));
    },
    group: (title, inside) => {
      core.startGroup(line(title));
      for (const text of inside) core.info(line(text));
      core.endGroup();
    },
  };
}

function terminalLog(line: Shown, lines: Shown): Log {
  const note = (kind: string, text: string, at: string | undefined): void => {
    process.stderr.write(`${kind}: ${at === undefined ? '' : `${line(at)}: `}${lines(text)}\n`);
  };
  return {
    info: (text) => {
      process.stdout.write(`${line(text)}\n`);
    },
    debug: (text) => {
      if (core.isDebug()) process.stdout.write(`${line(text)}\n`);
    },
    notice: (text, at) => {
      note('notice', text, at);
    },
    warning: (text, at) => {
      note('warning', text, at);
    },
    error: (text, at) => {
      note('error', text, at);
    },
    group: (title, inside) => {
      process.stdout.write([title, ...inside.map((text) => `  ${text}`)].map((text) => `${line(text)}\n`).join(''));
    },
  };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
