/** Reading inputs one by one, so that everything that is wrong with them is said at once. */
import type { InputProblem, Parsed } from './error.ts';
import { inputsByName } from './inputs.ts';
import type { InputName } from './inputs.ts';

export type Reader = {
  /**
   * The value of an input, else of its default. `undefined` where there is neither, and where it is wrong or required:
   * then there is a problem as well.
   */
  readonly read: <T>(name: InputName, parse: (text: string) => Parsed<T>) => T | undefined;
  /** The text that was given, right or wrong. */
  readonly text: (name: InputName) => string | undefined;
  readonly report: (input: string, what: string, example: string) => void;
  /** What was found wrong so far. */
  readonly problems: readonly InputProblem[];
};

/** An input whose text is empty or only space is not given: GitHub passes an empty text for those that aren't set. */
export function readerOf(inputs: ReadonlyMap<string, string>): Reader {
  const problems: InputProblem[] = [];
  const text = (name: InputName): string | undefined => {
    const raw = inputs.get(name) ?? '';
    if (raw.trim() === '') return undefined;
    // Spaces may belong to a password; the line break that `echo` put behind a stored one doesn't.
    return name === 'password' ? raw.replace(/^[\r\n]+|[\r\n]+$/g, '') : raw.trim();
  };
  const report = (input: string, what: string, example: string): void => {
    problems.push({ input, what, example });
  };
  return {
    problems,
    text,
    report,
    read(name, parse) {
      const { default: otherwise, required, example } = inputsByName[name];
      const given = text(name) ?? otherwise;
      if (given === undefined) {
        if (required) report(name, 'This input is required, and it was not given.', example);
        return undefined;
      }
      const result = parse(given);
      if (result.ok) return result.value;
      report(name, result.what, example);
      return undefined;
    },
  };
}
