/**
 * A terminal, a pipe, the log of some CI: where the command line runs. What is asked for goes to stdout, what is wrong to stderr,
 * and colours and bars go only where somebody sees them.
 */
import { confirm as ask } from '@clack/prompts';
import { homedir, tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { isatty } from 'node:tty';
import picocolors from 'picocolors';
import { foldText } from '../model/index.ts';
import { nodeFiles } from './files.ts';
import { nodeHeap } from './heap.ts';
import { interruptionLimits, type InterruptionLimits } from './interruption.ts';
import { plainLines, plainText } from './plain-text.ts';
import { countProgress, renderBar, renderProgress, seldom } from './progress.ts';
import type { Desk, FailureKind, Log, Look, Runtime } from './runtime.ts';
import { keepSecrets } from './secrets.ts';
import { hearSignals } from './signals.ts';

/** What the process ends with; README and `--help` say so, too. */
export const exitCodes: Readonly<Record<'done' | 'failed' | FailureKind, number>> = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
};

export type Stream = 'stdout' | 'stderr';

/** The two streams as they are: whether somebody sees them, and what may be written to them. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether somebody can be asked. */
  readonly isAttended: boolean;
  /** Whether somebody sees what is written to stdout. */
  readonly isSeen: boolean;
  /** Text as it is: only what this program made, and no foreign text. */
  readonly print: (stream: Stream, text: string) => void;
  readonly paint: (stream: Stream, look: Look | 'warning' | 'error', text: string) => string;
  /** Columns of stdout, where somebody sees it. */
  readonly columns?: number;
  /** The text in lines that are no longer than those of a stream that somebody sees. */
  readonly fit: (stream: Stream, text: string) => string;
  /** All of stdin as text. */
  readonly readStdin: () => Promise<string>;
};

/** A reader that went away, as `head` does, is no reason to stop in the middle of deletions: nothing more is shown. */
export function openTerminal(): Terminal {
  const { env } = process;
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  const painters = { stdout: painter(env, process.stdout.isTTY), stderr: painter(env, process.stderr.isTTY) };
  return {
    env,
    isAttended: isatty(0) && process.stderr.isTTY,
    isSeen: process.stdout.isTTY,
    print(stream, text) {
      process[stream].write(text);
    },
    paint: (stream, look, text) => painters[stream](look, text),
    ...(process.stdout.isTTY && { columns: process.stdout.columns }),
    fit: (stream, text) => (process[stream].isTTY ? foldText(text, process[stream].columns) : text),
    readStdin: () => text(process.stdin),
  };
}

type Painter = (look: Look | 'warning' | 'error', text: string) => string;

/** https://no-color.org and https://force-color.org: an empty value counts for nothing. */
function painter(env: Terminal['env'], isTTY: boolean): Painter {
  const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
  const isWanted = isSet(env.FORCE_COLOR) ? env.FORCE_COLOR !== '0' : isTTY && env.TERM !== 'dumb';
  const colors = picocolors.createColors(isWanted && !isSet(env.NO_COLOR));
  const looks: Readonly<Record<Parameters<Painter>[0], (text: string) => string>> = {
    plain: (text) => text,
    strong: colors.bold,
    faint: colors.dim,
    doomed: (text) => colors.red(colors.strikethrough(text)),
    kept: colors.green,
    bar: colors.cyan,
    warning: colors.yellow,
    error: colors.red,
  };
  return (look, text) => looks[look](text);
}

export type TerminalOptions = Pick<Desk, 'planFile' | 'liveRefs'> & {
  readonly inputs: ReadonlyMap<string, string>;
  /** Where what is said goes: to stderr where stdout belongs to a table or a document. What is wrong goes there always. */
  readonly logTo: Stream;
  /** Whether tables are drawn on stdout, or kept to themselves since a document says it all; else the log has lines. */
  readonly tables: 'drawn' | 'kept' | 'none';
  /** The person at the terminal is asked before anything is deleted. */
  readonly asks: boolean;
  /** Each output of the run. */
  readonly onOutput: (name: string, value: string) => void;
  readonly limits?: InterruptionLimits;
};

/** `said`: every error that was shown, without secrets. */
export type TerminalRuntime = Runtime & { readonly said: () => readonly string[] };

/** From now on the process hears SIGINT and SIGTERM. */
export function terminalRuntime(terminal: Terminal, options: TerminalOptions): TerminalRuntime {
  const { env } = terminal;
  const { inputs, logTo: out, tables, asks, onOutput, planFile, liveRefs, limits = interruptionLimits } = options;
  const secrets = keepSecrets();
  const line = (text: string): string => plainText(secrets.hideIn(text));
  const lines = (text: string): string => plainLines(secrets.hideIn(text));
  let bar = '';
  const clearBar = (): void => {
    if (bar !== '') terminal.print('stderr', eraseLine);
    bar = '';
  };
  const write = (stream: Stream, text: string): void => {
    clearBar();
    terminal.print(stream, text);
  };
  const note = (kind: 'notice' | 'warning' | 'error', text: string, at: string | undefined): void => {
    const shown = terminal.paint('stderr', kind === 'notice' ? 'strong' : kind, `${kind}:`);
    const said = terminal.fit('stderr', `${kind}: ${at === undefined ? '' : `${line(at)}: `}${lines(text)}`);
    write('stderr', `${shown}${said.slice(kind.length + 1)}\n`);
  };
  const log: Log = {
    info: (text) => {
      write(out, `${terminal.fit(out, line(text))}\n`);
    },
    debug: (text) => {
      if (env.RUNNER_DEBUG === '1') write('stderr', `${line(text)}\n`);
    },
    notice: (text, at) => {
      note('notice', text, at);
    },
    warning: (text, at) => {
      note('warning', text, at);
    },
    error: (text, at) => {
      shownErrors.add(text);
      note('error', text, at);
    },
    group: (title, inside) => {
      const shown = inside.map((text) => `${terminal.fit(out, `  ${line(text)}`)}\n`);
      write(out, [`${terminal.paint(out, 'strong', line(title))}\n`, ...shown].join(''));
    },
  };
  const shownErrors = new Set<string>();
  const shownFiles = new Map<string, string>();
  const fail: Runtime['fail'] = (message, kind) => {
    // The first reason decides: what comes after it follows from it.
    process.exitCode ??= kind === undefined ? exitCodes.failed : exitCodes[kind];
    if (!shownErrors.has(message)) log.error(message);
  };
  const signals = hearSignals({ log, fail, isSaid: () => shownErrors.size > 0, limits });
  return {
    ...signals,
    said: () => [...shownErrors].map(secrets.hideIn),
    inputs,
    env,
    tempDir: tmpdir(),
    homeDir: homedir(),
    workspace: process.cwd(),
    log,
    files: nodeFiles,
    setOutput(name, value) {
      onOutput(name, value);
      if (!name.endsWith('-file') || value === '' || shownFiles.get(name) === value) return;
      // Some are told before there is anything in them, and again at the end.
      shownFiles.set(name, value);
      log.info(`${name}: ${value}`);
    },
    writeSummary: () => Promise.resolve(),
    maskSecret: (secret) => {
      secrets.keep(secret);
    },
    withoutSecrets: secrets.hideIn,
    fail,
    heap: nodeHeap,
    now: () => new Date(),
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
    random: Math.random,
    progress: process.stderr.isTTY
      ? countProgress({
          now: Date.now,
          everyMs: () => barEveryMs,
          show: (tally, nowMs) => {
            const shown = renderBar(tally, nowMs, process.stderr.columns);
            terminal.print('stderr', `${eraseLine}${terminal.paint('stderr', 'bar', shown)}`);
            bar = shown;
          },
          end: clearBar,
          repeat: (show) => {
            const timer = setInterval(show, barEveryMs).unref();
            return () => {
              clearInterval(timer);
            };
          },
        })
      : countProgress({
          now: Date.now,
          everyMs: seldom,
          show: (tally, nowMs) => {
            write('stderr', `${renderProgress(tally, nowMs)}\n`);
          },
        }),
    ...(tables === 'kept' && { draw: () => undefined }),
    ...(tables === 'drawn' && {
      ...(process.stdout.isTTY && { columns: process.stdout.columns }),
      draw: (rows) => {
        const shown = rows.map((row) =>
          row.map((span) => terminal.paint('stdout', span.look ?? 'plain', line(span.text))),
        );
        write('stdout', shown.map((row) => `${row.join('').trimEnd()}\n`).join(''));
      },
    }),
    ...(asks && {
      confirm: async (question) => {
        clearBar();
        const answer = await ask({
          message: line(question),
          initialValue: false,
          input: process.stdin,
          output: process.stderr,
          signal: signals.interrupted,
        });
        // Anything but a plain yes, Ctrl-C among them, is no.
        return answer === true;
      },
    }),
    ...(planFile !== undefined && { planFile }),
    ...(liveRefs !== undefined && { liveRefs }),
  };
}

/** Often enough that a bar seems to move, seldom enough that a terminal far away keeps up. */
const barEveryMs = 100;

/** To the first column, and the line is empty. */
const eraseLine = '\r\u001b[2K';
