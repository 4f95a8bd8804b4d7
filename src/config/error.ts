/** What is wrong with the inputs, in words that can be shown as they are. */

export type InputProblem = {
  /** The input's name. */
  readonly input: string;
  /** What is wrong and what to do: sentences that quote the offending text where there is one. */
  readonly what: string;
  /** Correct lines, as they would stand in `with:`. */
  readonly example: string;
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

function renderProblem({ input, what, example }: InputProblem): string {
  return [`${input}: ${what} For example:`, ...example.split('\n').map((line) => `    ${line}`)].join('\n');
}

/** What a parser of one input answers. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly what: string };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(what: string): { readonly ok: false; readonly what: string } {
  return { ok: false, what };
}

/** Text from outside inside a sentence: one line, in double quotes, shortened where it is very long. */
export function quote(text: string): string {
  const most = 200;
  const line = text.replace(/\s+/g, ' ');
  return `"${line.length > most ? `${line.slice(0, most)}…` : line}"`;
}
