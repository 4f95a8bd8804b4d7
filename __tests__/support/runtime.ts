/** A place to run in that lies in memory: the interface of src/runtime/, and what it was told. */
import { setTimeout } from 'node:timers/promises';
import type { FilePlace } from '../../src/model/index.ts';
import { Interrupted, plainLines, plainText } from '../../src/runtime/index.ts';
import type { Desk, FailureKind, Files, Runtime } from '../../src/runtime/index.ts';

export type MemoryOptions = {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the clock stands at first; only `sleep` moves it. */
  readonly now?: Date;
  /** The machine's own clock instead, and real sleep: for what happens on a host, which has its own pace. */
  readonly realTime?: true;
  /** Every `random()`. */
  readonly random?: number;
  readonly tempDir?: string;
  readonly homeDir?: string;
  readonly workspace?: string;
  /** Files on disk instead of the ones in memory. */
  readonly files?: Files;
  /** What only the command line has. */
  readonly desk?: Desk & Pick<Runtime, 'progress' | 'heap'>;
};

export type MemoryRuntime = Runtime & {
  /** Everything in the log, as a terminal shows it: `  ` in front of a line of a group, `warning: ` and so on. */
  readonly lines: readonly string[];
  readonly outputs: ReadonlyMap<string, string>;
  /** The job summary, everything that was written to it. */
  summary(): string;
  readonly secrets: readonly string[];
  /** What the run failed with, in order; empty: it didn't. */
  readonly failures: readonly string[];
  /** Where annotations point at a line of a file, in order. */
  readonly places: readonly FilePlace[];
  /** Of what kind each of them is. */
  readonly kinds: readonly (FailureKind | undefined)[];
  /** Milliseconds of each sleep. */
  readonly sleeps: readonly number[];
  /** The files in memory by path, bytes as latin1; a test may put some there. */
  readonly memory: Map<string, string>;
  /** As a first SIGTERM does. */
  interrupt(): void;
  /** As the end of the time after it does. */
  endTime(): void;
};

export function memoryRuntime(options: MemoryOptions = {}): MemoryRuntime {
  const lines: string[] = [];
  const outputs = new Map<string, string>();
  const secrets: string[] = [];
  const failures: string[] = [];
  const places: FilePlace[] = [];
  const kinds: (FailureKind | undefined)[] = [];
  const sleeps: number[] = [];
  const memory = new Map<string, string>();
  const interrupted = new AbortController();
  const outOfTime = new AbortController();
  let summary = '';
  let time = (options.now ?? new Date('2026-11-22T01:30:00Z')).getTime();
  const note = (kind: string, text: string, at: string | undefined, place?: FilePlace): void => {
    if (place !== undefined) places.push(place);
    lines.push(`${kind}: ${at === undefined ? '' : `${plainText(at)}: `}${plainLines(text)}`);
  };
  return {
    ...options.desk,
    lines,
    outputs,
    secrets,
    failures,
    places,
    kinds,
    sleeps,
    memory,
    summary: () => summary,
    inputs: new Map(Object.entries(options.inputs ?? {})),
    env: options.env ?? {},
    tempDir: options.tempDir ?? '/tmp/run',
    homeDir: options.homeDir ?? '/home/runner',
    workspace: options.workspace ?? '/home/runner/work',
    log: {
      info: (line) => void lines.push(plainText(line)),
      debug: (line) => void lines.push(`debug: ${plainText(line)}`),
      notice: (text, at, place) => {
        note('notice', text, at, place);
      },
      warning: (text, at, place) => {
        note('warning', text, at, place);
      },
      error: (text, at, place) => {
        note('error', text, at, place);
      },
      group: (title, inside) => void lines.push(plainText(title), ...inside.map((line) => `  ${plainText(line)}`)),
    },
    files: options.files ?? memoryFiles(memory),
    setOutput: (name, value) => void outputs.set(name, value),
    writeSummary: (markdown) => {
      summary += markdown;
      return Promise.resolve();
    },
    maskSecret: (secret) => void secrets.push(secret),
    withoutSecrets: (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text),
    fail: (message, kind) => {
      failures.push(message);
      kinds.push(kind);
      note('error', message, undefined);
    },
    now: () => (options.realTime ? new Date() : new Date(time)),
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      if (options.realTime) await setTimeout(milliseconds);
      time += milliseconds;
    },
    random: () => options.random ?? 0.5,
    interrupted: interrupted.signal,
    outOfTime: outOfTime.signal,
    interrupt: () => {
      interrupted.abort(new Interrupted('SIGTERM'));
    },
    endTime: () => {
      outOfTime.abort(new Interrupted('SIGTERM', ', and no answer came in time'));
    },
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function memoryFiles(memory: Map<string, string>): Files {
  return {
    readText(path) {
      const text = memory.get(path);
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
    readBytes(path, atMost) {
      const text = memory.get(path);
      if (text !== undefined && text.length > atMost) return Promise.reject(new Error(`It has ${text.length} bytes.`));
      return Promise.resolve(text === undefined ? undefined : Buffer.from(text, 'latin1'));
    },
    writePrivateFile(path, content) {
      const pieces = typeof content === 'string' ? [content] : [...content];
      memory.set(path, pieces.map((piece) => (typeof piece === 'string' ? piece : latin1(piece))).join(''));
      return Promise.resolve();
    },
    openAppend(path) {
      memory.set(path, memory.get(path) ?? '');
      return Promise.resolve({
        append(line) {
          memory.set(path, `${memory.get(path) ?? ''}${line}\n`);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
  };
}
