/** Reading inputs one by one, so that everything that is wrong with them is said at once. */
import { doors, inputsOf } from './doors.ts';
import type { Door } from './doors.ts';
import { ConfigError, quote } from './error.ts';
import type { InputProblem, Parsed } from './error.ts';
import { inputsByName } from './inputs.ts';
import type { InputName } from './inputs.ts';
import type { Part } from './rule.ts';
import { nearest } from './suggestion.ts';

/** `Name`: the inputs that can be asked for; a door has others beside them. */
export type Reader<Name extends InputName = InputName> = {
  /**
   * The value of an input, else of its default. `wrong` where it can't be read, and where it is required and missing:
   * then there is a problem as well.
   */
  readonly read: <T>(name: Name, parse: (text: string) => Parsed<T>) => Part<T>;
  /** The text that was given, right or wrong. */
  readonly text: (name: Name) => string | undefined;
  /** The input can be read, but not beside the others. Its own example is shown. */
  readonly refuse: (name: Name, what: string) => void;
  readonly report: (problem: InputProblem) => void;
  /** What was found wrong so far. */
  readonly problems: readonly InputProblem[];
};

/** Spaces may belong to a secret of one line; the line break that `echo` put behind a stored one doesn't. */
const oneLineSecrets: readonly InputName[] = ['password', 'ssh-key-passphrase'];

/** An input whose text is empty or only space is not given: GitHub passes an empty text for those that aren't set. */
export function readerOf<Name extends InputName>(
  { inputs: definitions }: Pick<Door<Name>, 'inputs'>,
  inputs: ReadonlyMap<string, string>,
): Reader<Name> {
  const problems: InputProblem[] = [];
  const text = (name: Name): string | undefined => {
    const raw = inputs.get(name) ?? '';
    if (raw.trim() === '') return undefined;
    if (oneLineSecrets.includes(name)) return raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
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
    refuse(name, what) {
      report({ input: name, what, example: definitions[name].example });
    },
    read(name, parse) {
      const { default: otherwise, required, example } = definitions[name];
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

/** Inputs that the door doesn't have: another door's, or nobody's. */
export function refuseUnknown<Name extends InputName>(
  door: Pick<Door<Name>, 'inputs' | 'uses'>,
  inputs: ReadonlyMap<string, string>,
  report: (problem: InputProblem) => void,
): void {
  const names = Object.keys(door.inputs) as Name[];
  for (const [name, text] of inputs)
    if (text.trim() !== '' && !names.some((known) => known === name)) report(unknownInput(door, name, names));
}

function unknownInput<Name extends InputName>(
  door: Pick<Door<Name>, 'inputs' | 'uses'>,
  name: string,
  names: readonly Name[],
): InputProblem {
  const input = quote(name);
  // The main door, which has most of them, comes first; but for one that some door can't do without.
  const others = (Object.values(doors) as readonly Door[]).flatMap((other) => {
    const elsewhere = inputsOf(other).find((known) => known.name === name);
    return elsewhere === undefined ? [] : { other, elsewhere };
  });
  const found = others.find(({ elsewhere }) => elsewhere.required === true) ?? others[0];
  if (found !== undefined) {
    const { other, elsewhere } = found;
    return {
      input,
      what: `${door.uses} has no such input: it belongs to ${other.uses}. Move it there.`,
      example: [`uses: ${other.uses}`, 'with:', ...elsewhere.example.split('\n').map((line) => `  ${line}`)].join('\n'),
    };
  }
  const meant = nearest(name, names);
  const hint = meant === undefined ? `The inputs are ${names.join(', ')}.` : `Did you mean ${meant}?`;
  const { example } = meant === undefined ? inputsByName.registry : door.inputs[meant];
  return { input, what: `There is no such input. ${hint}`, example };
}

/** Throws what was found wrong: in the order of the definitions, since some inputs are read before others above them. */
export function refuseProblems(problems: readonly InputProblem[]): never {
  const names: readonly string[] = Object.keys(inputsByName);
  const order = (problem: InputProblem): number => {
    const index = names.indexOf(problem.input);
    return index === -1 ? names.length : index;
  };
  throw new ConfigError(problems.toSorted((a, b) => order(a) - order(b)));
}
