/** What was asked for wrongly, in the words of the command line (pure). */
import { inputDefinitions, type ConfigError, type InputDefinition, type InputProblem } from '../config/index.ts';
import { isOnByDefault, variableOf } from './options.ts';

/** Known before anything is done; the process exits with 2. The message is all that is to be said. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const inputs: readonly InputDefinition[] = inputDefinitions;

/** The same problems as in a workflow, with options in place of lines of YAML. */
export function explainConfig({ problems }: ConfigError): string {
  return problems.map(explain).join('\n\n');
}

function explain({ input, what, example, at }: InputProblem): string {
  const definition = inputs.find(({ name }) => name === input);
  const where = at === undefined ? (definition === undefined ? input : shownAs(definition)) : placeOf(at);
  const lines = at === undefined ? example.split('\n').map(optionFor) : example.split('\n');
  if (input === 'github-token') lines.push('--live-refs refs.txt, where GitHub is not: git ls-remote URL > refs.txt');
  return [`${where}: ${what} For example:`, ...lines.map((line) => `    ${line}`)].join('\n');
}

function placeOf({ file, line, column }: NonNullable<InputProblem['at']>): string {
  return `${file}:${line}:${column}`;
}

function shownAs({ name, secret }: InputDefinition): string {
  return secret === true ? variableOf(name) : `--${name}`;
}

/** `keep-last: 10` as `--keep-last 10`; a line that is none of an input stays as it is. */
function optionFor(line: string): string {
  const [, name = '', value = ''] = /^([a-z-]+): (.*)$/.exec(line) ?? [];
  const definition = inputs.find((input) => input.name === name);
  if (definition === undefined) return line;
  if (definition.secret === true) return `${variableOf(name)}=… in the environment`;
  if (definition.type === 'boolean') return isOnByDefault(definition) ? `--no-${name}` : `--${name}`;
  // An expression, which only GitHub evaluates.
  return `--${name} ${value.includes('${{') ? 'VALUE' : shellWord(value)}`;
}

/** As a POSIX shell takes it for one word, the way people write it. */
function shellWord(text: string): string {
  return /^[\w%+./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
