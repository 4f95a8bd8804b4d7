/** Bad pattern text. `config/` adds the input's name or the file's line, and shows the way out. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  /** The offending text, as written. */
  readonly text: string;
  /** What to write instead: a sentence that shows a correct pattern. */
  readonly wayOut: string;

  /** `what` is a clause about the pattern, quoting it: `"{pr" has an opening { without a closing }`. */
  constructor(text: string, what: string, wayOut: string) {
    super(what);
    this.text = text;
    this.wayOut = wayOut;
  }
}
