/** The registry's host, as the rest of the program sees it: a place that runs scripts. */

/** What a script left. Text of the host, as UTF-8: foreign, not cleaned. */
export type Ran = {
  /** The script's own exit status; 128 and the signal's number where a signal ended it, as a shell has it. */
  readonly status: number;
  /** Empty where `onLine` took it. */
  readonly stdout: string;
  /** Its end, 64 Ki characters, where it is longer. */
  readonly stderr: string;
};

export type RunOptions = {
  /**
   * Each line of standard output as it comes, without its line break; the last one also where none ends it. One of more
   * than 64 Ki characters is cut and ends in `…`.
   */
  readonly onLine?: (line: string) => void;
  /** From the call to the script's end; the login has a limit of its own as well. Absent: as long as it takes. */
  readonly timeoutMs?: number;
};

/** A connection that is open and waits for its one script. */
export type Prepared = {
  /** As `run` of the host, without a handshake before it. Once only. */
  run(script: string, options?: RunOptions): Promise<Ran>;
  /** Gives the connection up. After `run` it does nothing. */
  close(): void;
};

export type Host = {
  /** As shown: `this machine`, `root@registry.example.com`. */
  readonly name: string;
  /**
   * Runs a POSIX script with `sh -s`. It has arrived whole before any of it runs, in a subshell whose standard input is
   * empty, with `LC_ALL=C` and the system's own folders at the end of `PATH`. Where it ends by itself, with whatever
   * status, this resolves; what it left in the background goes on. Throws MachineError where the host can't be reached,
   * where the connection is cut before the script's end (it may run on, and its end is unknown), and where it takes
   * longer than `timeoutMs`.
   */
  run(script: string, options?: RunOptions): Promise<Ran>;
  /** A connection that is open already, for one script that must not wait for a handshake. Throws as `run` does. */
  prepare(): Promise<Prepared>;
  /** Ends what runs for this host on this machine, and removes the private files. `run` throws afterwards. */
  close(): Promise<void>;
};
