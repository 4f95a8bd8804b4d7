/** The shapes of the one definition that action.yml, the README's tables and `loadConfig` share. */

export type InputDefinition = {
  /** kebab-case, as it stands in `with:`. */
  readonly name: string;
  /** Markdown; one paragraph. */
  readonly description: string;
  readonly required?: true;
  /** What GitHub passes, and `loadConfig` takes, where the workflow says nothing. */
  readonly default?: string;
  /** Its text must never be shown. */
  readonly secret?: true;
  /** Correct lines, as they would stand in `with:`; this input's own, and others that it needs. */
  readonly example: string;
};

export type OutputDefinition = { readonly name: string; readonly description: string };
