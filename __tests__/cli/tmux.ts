/** The command line as a person has it before them: in a terminal of a fixed size, which a real tmux keeps. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { whatIsHere } from '../real/registries.ts';

const execute = promisify(execFile);
const program = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');
const here = whatIsHere();
const tmux = here.tools.find(({ name }) => name === 'tmux')?.path;

/** Why there is no tmux to look through; undefined: there is one. */
export const tmuxMissing: string | undefined =
  tmux === undefined ? `tmux: ${here.missing.find(({ name }) => name === 'tmux')?.why ?? 'not here'}` : undefined;

export type ScreenOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
};

export type Screen = {
  /** Where the program has its temporary files and its home; always a path of the same length. */
  readonly folder: string;
  /** What was typed to start it, as one would type it into a shell. */
  readonly typed: string;
  /** All that is to be seen once this is among it, what has scrolled away included. */
  readonly until: (text: string | RegExp) => Promise<string>;
  /** The same once the program has ended. Its last line is `exit code N`. */
  readonly ended: () => Promise<string>;
  /** Whether the terminal had to break a line in the middle, since it was longer than the terminal is wide. */
  readonly breaksLines: () => Promise<boolean>;
  /** Presses keys, named as tmux names them: `y`, `Enter`, `C-c`. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Long enough for any machine: who waits for what never comes is told what is there instead. */
const patienceMs = 120_000;

/** Starts `registry-prune` with these arguments. To be closed. */
export async function openScreen(
  args: readonly string[],
  { columns = 100, rows = 40, env = {} }: ScreenOptions = {},
): Promise<Screen> {
  if (tmux === undefined) throw new Error(tmuxMissing);
  // Not below TMPDIR, and short: its length decides where lines end.
  const folder = mkdtempSync('/tmp/rp-');
  const command = (...words: readonly string[]): Promise<{ stdout: string }> =>
    // -u: UTF-8, whatever this machine's language is. Without the person's own sessions and settings.
    execute(tmux, ['-u', '-S', join(folder, 'socket'), '-f', '/dev/null', ...words], {
      env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, SHELL: '/bin/sh', ...env },
    });
  const typed = ['registry-prune', ...args].map(shellWord).join(' ');
  const started = [process.execPath, program, ...args].map(shellWord).join(' ');
  // What the program leaves behind on its last line stands in front of the exit code. Then nothing ends before it was seen.
  // Ctrl-C is for the program, and the shell goes on.
  const script = `trap : INT; ${started}; printf 'exit code %s' $?; exec cat`;
  const chain = [
    ['start-server'],
    ['set-option', '-g', 'history-limit', '5000'],
    ['set-option', '-g', 'status', 'off'],
    ['new-session', '-d', '-x', String(columns), '-y', String(rows), script],
  ];
  await command(...chain.flatMap((words, index) => (index === 0 ? words : [';', ...words])));
  const seen = async (...how: readonly string[]): Promise<string> => {
    const { stdout } = await command('capture-pane', '-p', '-S', '-', ...how);
    return `${stdout.trimEnd()}\n`;
  };
  const until: Screen['until'] = async (text) => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const shown = await seen();
      if (typeof text === 'string' ? shown.includes(text) : text.test(shown)) return shown;
      if (Date.now() > deadline) throw new Error(`This was waited for: ${String(text)}\nThis is there:\n${shown}`);
      await sleep(50);
    }
  };
  const ended: Screen['ended'] = () => until(/exit code \d+\n$/);
  return {
    folder,
    typed,
    until,
    ended,
    async breaksLines() {
      const [asShown, joined] = [await seen(), await seen('-J')];
      return asShown.split('\n').length !== joined.trimEnd().split('\n').length + 1;
    },
    async press(...keys) {
      await command('send-keys', ...keys);
    },
    async close() {
      await command('kill-server').catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As a POSIX shell takes it for one word, the way people write it. */
function shellWord(text: string): string {
  return /^[\w%+./:@=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
