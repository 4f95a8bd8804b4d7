/**
 * How a script travels to a shell and how its output is told from everything else (pure).
 *
 * 1. `greeting` goes to the shell first. It answers with a mark on both streams: what came before is the login's noise, or
 *    ssh's own words, and where no mark comes there is no POSIX shell. The script isn't sent before.
 * 2. `wrapped` is one compound command. A shell reads that to its end before it runs any of it: a connection that is cut
 *    while the script travels runs nothing, and no command of the script can eat the rest of it.
 * 3. Behind the script comes the end mark with its status. Only that says how the script ended: ssh's own 255 is no
 *    status of a script, and a process that the script left in the background doesn't keep us waiting.
 *
 * The marks are put together by the shell, so that a program that only echoes its input never says them.
 */

export type Marks = { readonly first: string; readonly second: string };

// Where programs of engines and clusters are, on hosts whose SSH sessions don't look there: behind what the login has.
const morePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin:/opt/homebrew/bin';

/** The first line for the shell. From there on, messages are in English and sorting is by bytes (`LC_ALL=C`). */
export function greeting({ first, second }: Marks): string {
  const say = `printf '%s%s:ready\\n' ${first} ${second}`;
  return `PATH=\${PATH:+$PATH:}${morePath} LC_ALL=C; export PATH LC_ALL; ${say}; ${say} >&2\n`;
}

/** The script with its end mark behind it. `:` because nothing at all is no command. */
export function wrapped(script: string, { first, second }: Marks): string {
  return `(\n:\n${script}\n) </dev/null\nprintf '\\n%s%s:end:%s\\n' ${first} ${second} "$?"; printf '\\n%s%s:end:\\n' ${first} ${second} >&2; exit\n`;
}

/** One stream of a shell that was greeted. Feed it text as it comes. */
export type ScriptOutput = {
  take(chunk: string): void;
  /**
   * Where the lines go, without their line breaks. `whole`: as they are; else one of more than 64 Ki characters is cut
   * there and ends in `…`, so that it never passes for whole.
   */
  to(onLine: (line: string) => void, options: { readonly whole: boolean }): void;
  /** The greeting was answered. */
  readonly ready: boolean;
  /** What came before the answer; its end where it was much. */
  readonly noise: string;
  /** What the end mark says: a status on standard output, nothing on standard error. Undefined: it hasn't come. */
  readonly end: string | undefined;
  /** Whether the output so far ends in a line break. */
  readonly endsInBreak: boolean;
  /** Gives out what no line break has ended, of a stream that is over without an end mark. */
  flush(): void;
};

// Far above what a login prints; ssh's own messages are in there, too.
const noiseLimit = 64 * 1024;
// A line of a collector names every tag of a repository. What reads lines needs their beginning.
const lineLimit = 64 * 1024;

export function scriptOutput({ first, second }: Marks): ScriptOutput {
  const readyMark = `${first}${second}:ready\n`;
  const endMark = `${first}${second}:end:`;
  let onLine: (line: string) => void = () => undefined;
  let whole = false;
  let noise = '';
  let ready = false;
  let end: string | undefined;
  let line = '';
  let isCut = false;
  // The end mark begins on a new line, whether the output's last line was ended or not: an empty line is held back until
  // it is known that no mark follows.
  let emptyHeld = false;
  let isOpen = false;

  const takeLine = (): void => {
    const text = isCut ? `${line}…` : line;
    line = '';
    isCut = false;
    if (text.startsWith(endMark)) end = text.slice(endMark.length);
    // Where a login sends standard error the way of standard output, the second answer comes here.
    else if (`${text}\n` !== readyMark) {
      if (emptyHeld) onLine('');
      emptyHeld = text === '';
      if (!emptyHeld) onLine(text);
    }
  };
  const grow = (text: string): void => {
    const room = whole ? text.length : Math.max(0, lineLimit - line.length);
    if (text.length > room) isCut = true;
    line += text.slice(0, room);
  };
  const takeText = (text: string): void => {
    let from = 0;
    while (end === undefined) {
      const lineBreak = text.indexOf('\n', from);
      grow(text.slice(from, lineBreak === -1 ? undefined : lineBreak));
      if (lineBreak === -1) return;
      takeLine();
      from = lineBreak + 1;
    }
  };

  return {
    take(chunk) {
      if (ready) {
        takeText(chunk);
        return;
      }
      noise += chunk;
      const at = noise.indexOf(readyMark);
      if (at === -1) {
        noise = noise.slice(-noiseLimit);
        return;
      }
      ready = true;
      const rest = noise.slice(at + readyMark.length);
      noise = noise.slice(0, at);
      takeText(rest);
    },
    to(taker, options) {
      onLine = taker;
      whole = options.whole;
    },
    get ready() {
      return ready;
    },
    get noise() {
      return noise;
    },
    get end() {
      return end;
    },
    get endsInBreak() {
      return end === undefined ? !isOpen : emptyHeld;
    },
    flush() {
      if (end !== undefined) return;
      // Half an end mark is none: its status may be half a number.
      const isMark = line.startsWith(endMark) || endMark.startsWith(line);
      isOpen = line !== '' && !isMark;
      if (isOpen) takeLine();
      else if (emptyHeld) onLine('');
    },
  };
}
