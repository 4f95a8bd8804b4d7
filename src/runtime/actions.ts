/** The place itself: a step of a GitHub workflow, or a terminal when the program is started by hand. */
import * as core from '@actions/core';
import { homedir, tmpdir } from 'node:os';
import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { FilePlace } from '../model/index.ts';
import { nodeFiles } from './files.ts';
import { nodeHeap } from './heap.ts';
import { inputsOf } from './inputs.ts';
import { interruptionLimits, type InterruptionLimits } from './interruption.ts';
import { plainLines, plainText } from './plain-text.ts';
import { countProgress, renderProgress, seldom } from './progress.ts';
import type { Log, Runtime } from './runtime.ts';
import { keepSecrets } from './secrets.ts';
import { hearSignals } from './signals.ts';
import { fitSummary } from './summary.ts';

/**
 * Reads the environment once. Off GitHub it prints plain lines and no workflow commands. From now on the process hears
 * SIGINT and SIGTERM, and has `limits` to end after the first of them.
 */
export function actionsRuntime(limits: InterruptionLimits = interruptionLimits): Runtime {
  const env = process.env;
  const onGitHub = env.GITHUB_ACTIONS === 'true';
  const secrets = keepSecrets();
  const line = (text: string): string => plainText(secrets.hideIn(text));
  const lines = (text: string): string => plainLines(secrets.hideIn(text));
  const log = onGitHub ? stepLog(line, lines) : terminalLog(line, lines);
  const shownErrors = new Set<string>();
  const fail = (message: string): void => {
    process.exitCode = core.ExitCode.Failure;
    if (shownErrors.has(message)) return;
    shownErrors.add(message);
    log.error(message);
  };
  return {
    ...hearSignals({ log, fail, isSaid: () => shownErrors.size > 0, limits }),
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
        const text = fitSummary(secrets.hideIn(markdown), statSync(path).size);
        await core.summary.addRaw(text, true).write();
      } catch (error) {
        log.warning(`The job summary could not be written to ${path}: ${String(error)}`);
      }
    },
    maskSecret(secret) {
      // In a terminal the command itself would show what it is to hide.
      secrets.keep(secret, onGitHub ? core.setSecret : undefined);
    },
    withoutSecrets: secrets.hideIn,
    fail,
    heap: nodeHeap,
    now: () => new Date(),
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
    random: Math.random,
    progress: countProgress({
      now: Date.now,
      everyMs: seldom,
      show: (tally, nowMs) => {
        log.info(renderProgress(tally, nowMs));
      },
    }),
  };
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
