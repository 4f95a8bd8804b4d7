/** A shell that was started, here or at the other end of an SSH connection, and its one script. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { MachineError } from './errors.ts';
import type { Ran, RunOptions } from './host.ts';
import { greeting, scriptOutput, wrapped, type Marks, type ScriptOutput } from './script-output.ts';
import { shown } from './text.ts';

/** What a client has left that ended before it should have. */
export type ClientEnd = {
  /** Undefined where a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

export type Client = {
  /** As in errors: `root@registry.example.com`. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the programs that it starts for itself end with it. */
  readonly endsWhole: boolean;
  /** How long a shell may take to answer, the login included. */
  readonly patienceMs: number;
  /** The program can't be started. */
  readonly missing: (cause: Error) => MachineError;
  /** It ended, and no shell had answered. */
  readonly refused: (end: ClientEnd) => MachineError;
  /** It ended in the middle of a script. Undefined: as the shell itself did, such as after an error in its syntax. */
  readonly cut: (end: ClientEnd) => MachineError | undefined;
};

export type Connection = {
  /** Sends the script, and resolves at its end. Once. */
  readonly run: (script: string, options?: RunOptions) => Promise<Ran>;
  /** Ends the client; a script under way is cut. */
  readonly close: () => void;
  /** Resolves when the client has ended, whatever ended it. */
  readonly gone: Promise<void>;
};

// What the host's configuration, storage and containers say in one piece is far below this.
const outputLimit = 32 * 1024 * 1024;
/** What is kept of a script's standard error, in characters: its end, where the reason stands. */
export const stderrLimit = 64 * 1024;
// A client hangs up by itself within moments.
const patienceToEndMs = 2_000;

/**
 * Starts the client, and resolves once a shell answers; where it rejects, the client has ended. `signal` ends it at any
 * time. The client gets a session of its own, as sshd gives one: a terminal's interrupt doesn't reach what a script has
 * started.
 */
export async function connect(client: Client, signal: AbortSignal): Promise<Connection> {
  const marks: Marks = { first: `@${randomBytes(8).toString('hex')}`, second: randomBytes(8).toString('hex') };
  const running = start(client, marks);
  const { stdout, stderr, gone } = running;
  signal.addEventListener('abort', running.end);
  void gone.then(() => {
    signal.removeEventListener('abort', running.end);
  });
  const { promise: answered, resolve, reject } = Promise.withResolvers<undefined>();
  const patience = setTimeout(() => {
    reject(silent(client, stderr.noise + stdout.noise));
  }, client.patienceMs);
  running.watch(() => {
    if (stdout.ready) resolve(undefined);
    else if (running.startError) reject(client.missing(running.startError));
    else if (running.isOver)
      reject(client.refused({ status: running.status, stdout: stdout.noise, stderr: stderr.noise }));
  });
  running.write(greeting(marks));
  try {
    await answered;
  } catch (error) {
    running.end();
    await gone;
    throw error;
  } finally {
    clearTimeout(patience);
  }
  let isUsed = false;
  return {
    run: async (script, options = {}) => {
      if (isUsed) throw new TypeError('A connection runs one script.');
      if (script.includes('\0')) throw new TypeError('A script cannot hold a NUL character.');
      isUsed = true;
      return runScript({ client, running, marks, script, options });
    },
    close: running.end,
    gone,
  };
}

type Running = {
  readonly stdout: ScriptOutput;
  readonly stderr: ScriptOutput;
  readonly isOver: boolean;
  readonly status: number | undefined;
  readonly startError: Error | undefined;
  readonly gone: Promise<void>;
  /** `see` is called whenever something has come, and at the end. What it throws is given to `fail`. */
  readonly watch: (see: () => void, fail?: (error: unknown) => void) => void;
  readonly write: (text: string) => void;
  /** Writes it, and nothing more follows. */
  readonly finish: (text: string) => void;
  /** Lets it end by itself for a moment. */
  readonly release: () => void;
  readonly end: () => void;
};

function start(client: Client, marks: Marks): Running {
  const child = spawn(client.program, client.args, { env: client.env, stdio: 'pipe', detached: true });
  const stdout = scriptOutput(marks);
  const stderr = scriptOutput(marks);
  const { promise: gone, resolve } = Promise.withResolvers<undefined>();
  let startError: Error | undefined;
  let isOver = false;
  let see = (): void => undefined;
  let fail = (error: unknown): void => {
    throw error;
  };
  let lastCall: NodeJS.Timeout | undefined;
  const guarded = (work: () => void): void => {
    try {
      work();
      see();
    } catch (error) {
      fail(error);
    }
  };
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(lastCall);
    resolve(undefined);
    guarded(() => {
      stdout.flush();
      stderr.flush();
    });
  };
  for (const [stream, output] of [
    [child.stdout, stdout],
    [child.stderr, stderr],
  ] as const) {
    // The decoder puts a character together that two chunks share.
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      guarded(() => {
        output.take(chunk);
      });
    });
    stream.on('error', ignore);
  }
  // How it ended tells more than that it no longer reads.
  child.stdin.on('error', ignore);
  child.on('error', (error) => {
    startError = error;
    if (child.pid === undefined) over();
  });
  // Something that the shell left behind may hold its output open for as long as it likes.
  child.on('exit', () => {
    clearTimeout(lastCall);
    lastCall = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, patienceToEndMs);
  });
  child.on('close', over);
  const end = (): void => {
    if (isOver) return;
    signal(child, client.endsWhole, 'SIGTERM');
    child.stdin.destroy();
    clearTimeout(lastCall);
    lastCall = setTimeout(() => {
      signal(child, client.endsWhole, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    }, patienceToEndMs);
  };
  return {
    stdout,
    stderr,
    get isOver() {
      return isOver;
    },
    get status() {
      return child.exitCode ?? undefined;
    },
    get startError() {
      return startError;
    },
    gone,
    watch(seeing, failing = fail) {
      see = seeing;
      fail = failing;
    },
    write(text) {
      child.stdin.write(text);
    },
    finish(text) {
      child.stdin.end(text);
    },
    release() {
      if (isOver || hasExited(child)) return;
      clearTimeout(lastCall);
      lastCall = setTimeout(end, patienceToEndMs);
    },
    end,
  };
}

function signal(child: ChildProcessWithoutNullStreams, whole: boolean, name: NodeJS.Signals): void {
  if (child.pid === undefined || hasExited(child)) return;
  try {
    process.kill(whole ? -child.pid : child.pid, name);
  } catch {
    // It has ended in this moment.
  }
}

function hasExited(child: ChildProcessWithoutNullStreams): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

type Job = {
  readonly client: Client;
  readonly running: Running;
  readonly marks: Marks;
  readonly script: string;
  readonly options: RunOptions;
};

async function runScript({ client, running, marks, script, options }: Job): Promise<Ran> {
  const { onLine, timeoutMs } = options;
  const { stdout, stderr } = running;
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const lines: string[] = [];
  let size = 0;
  const collect = (line: string): void => {
    lines.push(line);
    size += line.length + 1;
    if (size > outputLimit) throw tooMuch(client);
  };
  let errors = '';
  stdout.to(onLine ?? collect, { whole: onLine === undefined });
  stderr.to(
    (line) => {
      errors = `${errors}${line}\n`.slice(-stderrLimit);
    },
    { whole: false },
  );
  const ran = (status: number): Ran => ({
    status,
    stdout: ended(lines.map((line) => `${line}\n`).join(''), stdout),
    stderr: ended(errors, stderr),
  });
  let late: NodeJS.Timeout | undefined;
  const look = (): void => {
    const { end } = stdout;
    if (end !== undefined && (stderr.end !== undefined || running.isOver)) resolve(ran(Number(end)));
    // A login that sends standard error another way never says its end there.
    else if (end !== undefined)
      late ??= setTimeout(() => {
        resolve(ran(Number(end)));
      }, patienceToEndMs);
    else if (running.isOver) {
      const clientEnd = { status: running.status, stdout: '', stderr: errors };
      const error = client.cut(clientEnd);
      if (error) reject(error);
      else resolve(ran(running.status ?? 0));
    }
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          reject(tooLong(client, timeoutMs));
        }, timeoutMs);
  running.watch(look, reject);
  if (running.isOver) look();
  else running.finish(wrapped(script, marks));
  try {
    const result = await promise;
    running.release();
    return result;
  } catch (error) {
    running.end();
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(late);
    // What comes now is of no interest to anybody.
    running.watch(ignore, ignore);
  }
}

function ended(text: string, output: ScriptOutput): string {
  return output.endsInBreak ? text : text.slice(0, -1);
}

function silent({ name, patienceMs }: Client, said: string): MachineError {
  const words = shown(said);
  return new MachineError({
    kind: 'unreachable',
    what: `No shell answered on ${name} within ${patienceMs / 1000} s${words === '' ? '' : `. It said: ${words}`}`,
    wayOut:
      'Log in by hand and start sh there: see what it waits for. The account needs a POSIX shell and no other command.',
  });
}

function tooLong({ name }: Client, timeoutMs: number): MachineError {
  return new MachineError({
    kind: 'timeout',
    what: `A script on ${name} has not ended within ${Math.ceil(timeoutMs / 1000)} s`,
    wayOut: 'Look at what keeps that host busy: it may be still at it. Then run again.',
  });
}

function tooMuch({ name }: Client): MachineError {
  return new MachineError({
    kind: 'cut',
    what: `A script on ${name} wrote more than ${outputLimit / 1024 / 1024} MiB and was cut`,
    wayOut: 'Run again with debug logging, and report this with its log.',
  });
}

function ignore(): void {
  // Nothing to do.
}
