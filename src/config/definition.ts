/** The shapes of the one definition that action.yml, the README's tables and `loadConfig` share. */

export type InputDefinition = {
  /** kebab-case, as it stands in `with:`. */
  readonly name: string;
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
  /** What the command line makes of it: a list may be given several times, and a switch needs no value. */
  readonly form?: 'list' | 'switch';
  /** Correct lines, as they would stand in `with:`; this input's own, and others that it needs. */
  readonly example: string;
};

export type OutputDefinition = { readonly name: string; readonly description: string };
