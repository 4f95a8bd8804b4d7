/** What went wrong on the registry's host, or on the way to it. */

/**
 * `unreachable`: no connection, or nothing there that runs scripts. `cut`: the connection ended in the middle of a script.
 * `denied`: the host doesn't let the user in. `key`: the key can't be used. `no-client`: a program is missing on this machine.
 * `timeout`: a script took longer than it may. `service`: the host answers, and the registry's service there is not as needed.
 */
export type MachineErrorKind =
  | 'unreachable'
  | 'unknown-host-key'
  | 'changed-host-key'
  | 'denied'
  | 'cut'
  | 'no-client'
  | 'key'
  | 'timeout'
  | 'service';

export type MachineErrorFields = {
  readonly kind: MachineErrorKind;
  /** What happened and where, as a sentence without its full stop. Without secrets; foreign text in it is clean and short. */
  readonly what: string;
  /** What to do about it, as a sentence of its own. It may end with lines to copy. */
  readonly wayOut: string;
  readonly cause?: unknown;
};

/** `message` says what happened and where; `wayOut` what to do about it. Neither holds a secret. */
export class MachineError extends Error {
  readonly kind: MachineErrorKind;
  readonly wayOut: string;

  constructor({ kind, what, wayOut, cause }: MachineErrorFields) {
    super(what, { cause });
    this.name = 'MachineError';
    this.kind = kind;
    this.wayOut = wayOut;
  }
}
