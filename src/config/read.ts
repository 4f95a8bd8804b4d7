/** Reading inputs one by one, so that everything that is wrong with them is said at once. */
import type { InputProblem, Parsed } from './error.ts';
import { inputsByName } from './inputs.ts';
import type { InputName } from './inputs.ts';
import type { Part } from './rule.ts';

export type Reader = {
  /**
   * The value of an input, else of its default. `wrong` where it can't be read, and where it is required and missing:
   * then there is a problem as well.
   */
  readonly read: <T>(name: InputName, parse: (text: string) => Parsed<T>) => Part<T>;
  /** The text that was given, right or wrong. */
  readonly text: (name: InputName) => string | undefined;
  readonly report: (problem: InputProblem) => void;
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
    if (name === 'password') return raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
    // In YAML the space in front of the first line means something, and places are counted from it.
    return name === 'policy' ? raw : raw.trim();
  };
  const report = (problem: InputProblem): void => {
    problems.push(problem);
  };
  return {
    problems,
    text,
    report,
    read(name, parse) {
      const { default: otherwise, required, example } = inputsByName[name];
      const given = text(name) ?? otherwise;
      if (given === undefined) {
        if (required === undefined) return { kind: 'absent' };
        report({ input: name, what: 'This input is required, and it was not given.', example });
        return { kind: 'wrong' };
      }
      const result = parse(given);
      if (result.ok) return { kind: 'read', value: result.value };
      report({ input: name, what: result.what, example });
      return { kind: 'wrong' };
    },
  };
}
