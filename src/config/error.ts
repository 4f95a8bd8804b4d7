/** What is wrong with the inputs, in words that can be shown as they are. */

/** Where in a text: both from 1, the column in UTF-16 units as editors count. */
export type Place = { readonly line: number; readonly column: number };

export type InputProblem = {
  /** The input's name. */
  readonly input: string;
  /** What is wrong and what to do: sentences that quote the offending text where there is one. */
  readonly what: string;
  /** Correct lines, as they would stand in `with:`, or in the file. */
  readonly example: string;
  /** Where, if it is in a file that an input names; `file` is the input's name for text in the input itself. */
  readonly at?: Place & {
    readonly file: string;
    /** `file` is a path as given, and not the name of an input. */
    readonly isPath?: true;
  };
};

/** Everything that is wrong with the inputs at once. `message`: a paragraph for each, ready to be shown. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(problems.map(renderProblem).join('\n\n'));
    this.problems = problems;
  }
}

function renderProblem({ input, what, example, at }: InputProblem): string {
  const where = at === undefined ? input : `${at.file}:${at.line}:${at.column}`;
  return [`${where}: ${what} For example:`, ...example.split('\n').map((line) => `    ${line}`)].join('\n');
}

/** What a parser of one text answers. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | Refused;

/** `text`: the item of a list that is to blame, if it is one. */
export type Refused = { readonly ok: false; readonly what: string; readonly text?: string };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(what: string, text?: string): Refused {
  return { ok: false, what, ...(text !== undefined && { text }) };
}

/** Text from outside inside a sentence: one line, in double quotes, shortened where it is very long. */
export function quote(text: string): string {
  const most = 200;
  const line = text.replace(/\s+/g, ' ');
  return `"${line.length > most ? `${line.slice(0, most)}…` : line}"`;
}

/** Not `instanceof Error`: an error of `node:fs` is of another realm where a test runner has its own globals. */
export function messageOf(error: unknown): string {
  return String(error).replace(/^Error: /, '');
}
