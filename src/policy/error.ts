/** A rule that can't be right. `config/` adds the input's name or the file's line. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  /** What is wrong, quoting the offending text. */
  readonly what: string;
  /** What to write instead: a sentence that shows something correct. */
  readonly wayOut: string;

  constructor(what: string, wayOut: string) {
    super(`${what}: ${wayOut}`);
    this.what = what;
    this.wayOut = wayOut;
  }
}
