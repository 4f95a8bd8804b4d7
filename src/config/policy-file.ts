/** `policy`: several rules as YAML, in a file or in the input itself. */
import type { Policy } from '../policy/index.ts';
import { messageOf, parsed, quote, refused } from './error.ts';
import type { InputProblem, Parsed } from './error.ts';
import { inputsByName } from './inputs.ts';
import { parsePolicy } from './policy.ts';
import { policyKeys, ruleKeys } from './policy-keys.ts';
import type { PolicyProblem } from './policy-reader.ts';
import type { RuleContext } from './rule.ts';

/** Whoever has more of them gave another file, or begins at the top anyhow. */
const mostProblems = 25;

const wholeExample = [
  'version: 1',
  'rules:',
  '  - repositories: apps/**',
  '    tags: v{version}',
  '    keep-last: 20',
].join('\n');

const examples: ReadonlyMap<string, string> = new Map([
  ...[...policyKeys, ...ruleKeys].map(({ name, example }) => [name, example] as const),
  ['github-token', inputsByName['github-token'].example],
]);

export type PolicyOptions = {
  readonly readFile: (path: string) => string;
  readonly context: RuleContext;
  readonly report: (problem: InputProblem) => void;
};

/**
 * The policy that `input` is, or that is in the file that it names; `undefined` where anything is wrong with it, and
 * all of that is reported. Text is what has several lines or a key with a value; everything else is a path.
 */
export function readPolicyFile(input: string, { readFile, context, report }: PolicyOptions): Policy | undefined {
  const isText = /\n|: /.test(input.trim());
  const file = isText ? 'policy' : input.trim();
  const text = isText ? parsed(input) : readText(file, readFile);
  if (!text.ok) {
    report({ input: 'policy', what: text.what, example: inputsByName.policy.example });
    return undefined;
  }
  const { policy, problems } = parsePolicy(text.value, context);
  for (const { place, what, about } of shown(problems))
    report({
      input: about === 'github-token' ? about : 'policy',
      what,
      example: examples.get(about) ?? wholeExample,
      at: { file, ...place, ...(!isText && { isPath: true }) },
    });
  return policy;
}

function readText(path: string, readFile: (path: string) => string): Parsed<string> {
  try {
    return parsed(readFile(path));
  } catch (error) {
    return refused(
      `The file ${quote(path)} can't be read (${messageOf(error)}). Give the path of a file of the workspace, which actions/checkout puts there, or the YAML text itself.`,
    );
  }
}

/** In the order of the text; that there is no token is said once, whichever rules need it. */
function shown(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  const sorted = problems.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const token = sorted.find(({ about }) => about === 'github-token');
  const distinct = sorted.filter((problem) => problem.about !== 'github-token' || problem === token);
  const [next, ...others] = distinct.slice(mostProblems);
  const rest = next && { ...next, what: `${others.length + 1} more problems stand from here on.` };
  return [...distinct.slice(0, mostProblems), ...(rest === undefined ? [] : [rest])];
}
