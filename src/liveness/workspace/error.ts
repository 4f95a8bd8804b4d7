/** The files of the workspace can't say for certain what is alive. Nothing may be deleted then. */
export class WorkspaceError extends Error {
  override readonly name = 'WorkspaceError';
  /** What to do, in a sentence. */
  readonly wayOut: string;

  /** `what` names the glob or the file, with its line where there is one. */
  constructor(what: string, wayOut: string, cause?: unknown) {
    super(what, { cause });
    this.wayOut = wayOut;
  }
}
