/** The policy: the file that `policy` names, or the one rule that the inputs make. */
import { inputsRule, makeKeepTags } from '../policy/index.ts';
import type { Policy } from '../policy/index.ts';
import { inputDefinitions, inputsByName } from './inputs.ts';
import { parseItems, parseKeepTags } from './patterns.ts';
import { readPolicyFile } from './policy-file.ts';
import type { Reader } from './read.ts';
import { readRule, valueOf } from './rule.ts';
import type { RuleContext, RuleSource } from './rule.ts';

type PartName = Extract<(typeof inputDefinitions)[number], { readonly ofRule: true }>['name'];
type Names = PartName | 'policy';

const parts = inputDefinitions.filter((input) => 'ofRule' in input);

/** Whether rules are given at all, in whichever form. */
export function hasPolicy({ text }: Reader<Names>): boolean {
  return [...parts.map(({ name }) => name), 'policy' as const].some((name) => text(name) !== undefined);
}

/** `undefined` where anything is wrong with it, and that was reported. */
export function readPolicy(
  reader: Reader<Names>,
  readFile: (path: string) => string,
  context: RuleContext,
): Policy | undefined {
  const file = reader.text('policy');
  if (file === undefined) return readInputs(reader, context);
  for (const { name, example } of parts)
    if (reader.text(name) !== undefined)
      reader.report({
        input: name,
        what: 'It was given beside policy, which says it all. Move it into the policy, or leave policy out.',
        example,
      });
  return readPolicyFile(file, { readFile, context, report: reader.report });
}

function readInputs(reader: Reader<Names>, context: RuleContext): Policy | undefined {
  const keepTags = reader.read('keep-tags', (text) => parseItems(text, parseKeepTags));
  const rule = readRule(sourceOf(reader), context);
  const kept = keepTags.kind === 'absent' ? makeKeepTags([]) : valueOf(keepTags);
  return rule === undefined || kept === undefined
    ? undefined
    : { keepTags: kept, rules: [rule], dateSource: 'created' };
}

function sourceOf({ read, report }: Reader<Names>): RuleSource {
  return {
    name: inputsRule,
    // github-repository is an input for all rules, and keep-last-live a matter of a policy.
    text: (part, parse) => (part === 'keep-last' || part === 'older-than' ? read(part, parse) : { kind: 'absent' }),
    list: (part, parse) => read(part, (text) => parseItems(text, parse)),
    lacks: (input, what) => {
      report({ input, what, example: inputsByName[input].example });
    },
    refuse: (what) => {
      report({ input: 'keep-last', what, example: inputsByName['keep-last'].example });
    },
  };
}
