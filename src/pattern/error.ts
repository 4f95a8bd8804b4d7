/** Bad pattern text, or a pattern that cannot be relied on. `config/` adds the input's name or the file's line. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  /** The offending pattern, as written. */
  readonly text: string;
  /** Sentences that show a correct pattern. */
  readonly wayOut: string;

  /** `problem` continues the quoted pattern: `has a { that is never closed`. */
  constructor(text: string, problem: string, wayOut: string) {
    super(`"${text}" ${problem}`);
    this.text = text;
    this.wayOut = wayOut;
  }
}
