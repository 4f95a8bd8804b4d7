/** The registry's host, as the rest of the program sees it: a place that runs scripts. */

/** What a script left. Text of the host, as UTF-8: foreign, not cleaned. */
export type Ran = {
  /** The script's own exit status; 128 and the signal's number where a signal ended it, as a shell has it. */
  readonly status: number;
  /** Empty where `onLine` took it. */
  readonly stdout: string;
  /** Its end is left out where it is longer than `stderrLimit` bytes. */
  readonly stderr: string;
};

export type RunOptions = {
  /** Each line of standard output as it comes, without its line break; the last one also where none ends it. */
  readonly onLine?: (line: string) => void;
  /** From the call to the script's end. Absent: as long as it takes. */
  readonly timeoutMs?: number;
};

/** A connection that is open and waits for its one script. */
export type Prepared = {
  /** As `run` of the host, without a handshake before it. Once only. */
  run(script: string): Promise<Ran>;
  /** Gives the connection up. After `run` it does nothing. */
  close(): void;
};

export type Host = {
  /** As shown: `this machine`, `root@registry.example.com`. */
  readonly name: string;
  /**
   * Runs a POSIX script with `sh -s`, which reads it from standard input: a command in it that reads its own standard
   * input must be given one (`</dev/null`), or it eats the script. Where the script ends by itself, with whatever
   * status, this resolves. Throws MachineError where the host can't be reached, where the connection is cut before the
   * script's end (it may run on, and its end is unknown), and where it takes longer than `timeoutMs`.
   */
  run(script: string, options?: RunOptions): Promise<Ran>;
  /** A connection that is open already, for one script that must not wait for a handshake. Throws as `run` does. */
  prepare(): Promise<Prepared>;
  /** Ends what runs for this host on this machine, and removes the private files. `run` throws afterwards. */
  close(): Promise<void>;
};
