/** Where the program runs, as the rest of it sees the place: one interface for GitHub, a terminal and the tests. */
import type { FilePlace } from '../model/index.ts';
import type { Interruption } from './interruption.ts';

export type Log = {
  /** One line. A line break in it is shown as `\n`. */
  readonly info: (line: string) => void;
  /** One line that only shows where the run is being debugged. */
  readonly debug: (line: string) => void;
  /** An annotation, of one line or several; `at` is its title, `place` the line of a file that GitHub shows it at. */
  readonly notice: (text: string, at?: string, place?: FilePlace) => void;
  readonly warning: (text: string, at?: string, place?: FilePlace) => void;
  readonly error: (text: string, at?: string, place?: FilePlace) => void;
  /** A heading with lines below it, folded where the place can fold. */
  readonly group: (title: string, lines: readonly string[]) => void;
};

/** A file that is only ever added to, such as the journal. */
export type AppendFile = {
  /**
   * Adds a line and resolves once it is on the disk. Lines are written in the order of the calls. Rejects for this and
   * every later line once one could not be written.
   */
  readonly append: (line: string) => Promise<void>;
  /** Waits for the lines under way. */
  readonly close: () => Promise<void>;
};

/** The files of a run. What is written can be read by this account alone. */
export type Files = {
  /** UTF-8 text; throws as `node:fs` does. */
  readonly readText: (path: string) => string;
  /** `undefined` where there is no such file. Rejects as `node:fs` does, and, unread, for a file of more bytes than that. */
  readonly readBytes: (path: string, atMost: number) => Promise<Buffer | undefined>;
  /**
   * Writes the whole file, in pieces or as text, and the directories that it needs; or, on any error, leaves what was
   * there before.
   */
  readonly writePrivateFile: (path: string, content: string | Iterable<string | Uint8Array>) => Promise<void>;
  /** Opens for adding, and makes the file if there is none. Follows no symbolic link. */
  readonly openAppend: (path: string) => Promise<AppendFile>;
};

/** How a piece of a line looks where somebody sees it, and why: never the only thing that says so. */
export type Look = 'plain' | 'strong' | 'faint' | 'doomed' | 'kept' | 'bar';
export type Span = { readonly text: string; readonly look?: Look };
export type Row = readonly Span[];

/**
 * Why a run fails, where that is more than that it does: `usage`, it was asked for wrongly; `refused`, a guard or the person at the
 * terminal said no before anything was deleted.
 */
export type FailureKind = 'usage' | 'refused';

/** What a long phase has done so far. Cheap: it may be called for each tag. */
export type Counter = {
  /** So many more are to be done than was known. */
  readonly expect: (more: number) => void;
  readonly advance: (by?: number) => void;
  /** The phase is over. */
  readonly end: () => void;
};

/** The phases that are counted. */
export type Phase = 'reading' | 'deleting';

/** What may be said of the work ahead, so that a run over 100,000 tags takes no more memory than it needs. */
export type Heap = {
  /** From now on it mostly waits for others, as at first: memory is looked after beside the work. */
  readonly waiting: () => void;
  /** From now on it waits for nobody and makes much at once: the work stops while memory is looked after. */
  readonly thinking: () => void;
  /** Lets go at once of what nobody needs any more: some 70 ms for 100 MB in use. */
  readonly free: () => void;
};

/** What only somebody at a terminal, or a script there, has. */
export type Desk = {
  /** Asks the person at the terminal; no answer is no. Absent: nobody is asked, and what was asked for is done. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Shows tables, on a terminal in colours. Every text is made harmless as in the log. Absent: the log has lines instead. */
  readonly draw?: (rows: readonly Row[]) => void;
  /** Columns of the terminal. */
  readonly columns?: number;
  /** Where a plan is written to, in place of a name in `tempDir`. */
  readonly planFile?: string;
  /** The path of what `git ls-remote` printed: it is believed in GitHub's place. */
  readonly liveRefs?: string;
};

export type Runtime = Interruption &
  Desk & {
    /** Inputs that are set, by their name in lower case; one without text is not set. Unknown ones are in here as well. */
    readonly inputs: ReadonlyMap<string, string>;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Where the files of a run belong. */
    readonly tempDir: string;
    readonly homeDir: string;
    /** The files of the repository, where a job has checked it out; else the directory that this runs in. */
    readonly workspace: string;
    /** Every method hides the secrets and makes the text harmless to the runner: see `plainText`. */
    readonly log: Log;
    readonly files: Files;
    readonly setOutput: (name: string, value: string) => void;
    /** Markdown; shortened to what GitHub takes. Never rejects: a summary that can't be written is a warning. */
    readonly writeSummary: (markdown: string) => Promise<void>;
    /** From now on the text, and what it looks like in base64 or in a URL, is hidden in log and summary. */
    readonly maskSecret: (secret: string) => void;
    /** The text as log and summary show it, for a file that people pass on. */
    readonly withoutSecrets: (text: string) => string;
    /**
     * The process will exit with 1, on the command line with another code for a `kind`. Shows the message, unless `log.error`
     * showed the very same before.
     */
    readonly fail: (message: string, kind?: FailureKind) => void;
    /** Begins to count a phase. Absent: nobody wants to know. */
    readonly progress?: (phase: Phase) => Counter;
    /** Absent: memory takes care of itself. */
    readonly heap?: Heap;
    readonly now: () => Date;
    readonly sleep: (milliseconds: number) => Promise<void>;
    /** From 0 up to, not including, 1. */
    readonly random: () => number;
    /** The longest that an answer of the registry is waited for, in real time. Absent: as long as each request deserves. */
    readonly patienceMs?: number;
  };
