/** The shapes of the one definition that action.yml, the README's tables and `loadConfig` share. */

/** `list`: one a line. Several words: one of them. */
export type ValueType = 'boolean' | 'integer' | 'list' | readonly [string, ...string[]];

export type InputDefinition = {
  /** kebab-case, as it stands in `with:`. */
  readonly name: string;
  /**
   * Absent for text. For action-types.yml, which tools read that write workflows, and for the command line: there a list may
   * be given several times, and a boolean needs no value.
   */
  readonly type?: ValueType;
  /** Markdown; one paragraph. */
  readonly description: string;
  readonly required?: true | 'without policy';
  /** What `loadConfig` takes where the workflow says nothing; GitHub passes it too, unless the input is `ofRule`. */
  readonly default?: string;
  /**
   * The default is an expression, which only GitHub evaluates and passes. Elsewhere the input has no default, since
   * the text of an expression means nothing.
   */
  readonly expression?: string;
  /**
   * A part of the one rule that the inputs make, refused beside `policy`. action.yml has no default for it: GitHub
   * passes one as if the user had written it, and nothing could tell `tags: *` from silence then.
   */
  readonly ofRule?: true;
  /** Its text must never be shown. */
  readonly secret?: true;
  /** Correct lines, as they would stand in `with:`; this input's own, and others that it needs. */
  readonly example: string;
};

export type OutputDefinition = {
  readonly name: string;
  /** As that of an input. One that may be empty is text. */
  readonly type?: ValueType;
  readonly description: string;
};
