/** The text of a policy → Policy: the keys at its top, and its rules one by one. */
import { inputsRule, makeKeepTags } from '../policy/index.ts';
import type { Policy, Rule } from '../policy/index.ts';
import { parsed, quote, refused } from './error.ts';
import type { Parsed, Place } from './error.ts';
import { parseKeepTags } from './patterns.ts';
import { policyKeys, ruleKeys } from './policy-keys.ts';
import { readMap } from './policy-reader.ts';
import type { MapReader, PolicyProblem } from './policy-reader.ts';
import { readRule, valueOf } from './rule.ts';
import type { RuleContext, RuleSource } from './rule.ts';
import { parseYaml } from './yaml.ts';
import type { YamlMap, YamlValue } from './yaml.ts';

/** A name stands in a line of the log for each tag. */
const longestName = 100;

/** There is a policy exactly where there is no problem. Never throws, whatever the text. */
export function parsePolicy(
  text: string,
  context: RuleContext,
): { readonly policy: Policy | undefined; readonly problems: readonly PolicyProblem[] } {
  const { value, problems: broken } = parseYaml(text);
  const problems: PolicyProblem[] = broken.map((problem) => ({ ...problem, about: 'policy' }));
  const policy = value?.kind === 'map' ? readPolicy(value, context, problems) : undefined;
  if (value?.kind !== 'map' && problems.length === 0)
    problems.push({
      place: value?.place ?? { line: 1, column: 1 },
      what:
        value === undefined
          ? 'The policy is empty.'
          : `A policy is a map with the keys version and rules, and this is a ${value.kind}.`,
      about: 'policy',
    });
  return { policy: problems.length === 0 ? policy : undefined, problems };
}

function readPolicy(map: YamlMap, context: RuleContext, problems: PolicyProblem[]): Policy {
  const reader = readMap(map, policyKeys, {
    problems,
    others: ruleKeys,
    othersStand: 'it is a key of a rule, and those stand below rules',
  });
  reader.text('version', parseVersion);
  const keepTags = valueOf(reader.list('keep-tags', parseKeepTags)) ?? makeKeepTags([]);
  return { keepTags, rules: readRules(reader, context, problems), dateSource: 'created' };
}

function parseVersion(text: string): Parsed<1> {
  return text === '1' ? parsed(1) : refused(`${quote(text)} is no format that this version reads. Write version: 1.`);
}

function readRules(reader: MapReader, context: RuleContext, problems: PolicyProblem[]): readonly Rule[] {
  const value = reader.value('rules');
  if (value === undefined) return [];
  if (value.kind !== 'list' || value.items.length === 0) {
    reader.report('rules', 'rules takes a list of rules, one at least. Each begins with "- ".');
    return [];
  }
  const taken = new Map<string, Place>([]);
  return value.items.flatMap((item, index) => {
    if (item.kind === 'map') return readOne(item, { context, problems, taken, number: index + 1 }) ?? [];
    problems.push({
      place: item.place,
      what: `A rule is a map of keys, and this is ${shownKind(item)}.`,
      about: 'rules',
    });
    return [];
  });
}

function shownKind(value: YamlValue): string {
  return value.kind === 'text' ? quote(value.text) : `a ${value.kind}`;
}

type RuleOptions = {
  readonly context: RuleContext;
  readonly problems: PolicyProblem[];
  /** The names of the rules above, and where those are. */
  readonly taken: Map<string, Place>;
  /** From 1. */
  readonly number: number;
};

function readOne(map: YamlMap, { context, problems, taken, number }: RuleOptions): Rule | undefined {
  const reader = readMap(map, ruleKeys, {
    problems,
    others: policyKeys,
    othersStand: 'it is about all rules, and stands above them, at the top of the policy',
  });
  const name = valueOf(reader.text('name', parseName)) ?? `rule ${number}`;
  const namesake = taken.get(name);
  if (namesake !== undefined)
    reader.report('name', `${quote(name)} is the name of the rule on line ${namesake.line}, too. Give each its own.`);
  taken.set(name, map.place);
  const source: RuleSource = {
    name,
    text: reader.text,
    list: reader.list,
    lacks: (input, what) => {
      reader.report('tags', what, input);
    },
    refuse: (what) => {
      // Without the one it can't be of use, or without any condition.
      reader.report(reader.value('keep-last-live') === undefined ? 'keep-last' : 'keep-last-live', what);
    },
  };
  return readRule(source, context);
}

function parseName(text: string): Parsed<string> {
  const name = text.trim();
  if (name === inputsRule)
    return refused(`${quote(name)} is the name of the rule that the inputs make. Give another one.`);
  return /\p{C}|\p{Zl}|\p{Zp}/u.test(name) || name.length > longestName
    ? refused(`${quote(text)} is no name: it takes one line of at most ${longestName} characters.`)
    : parsed(name);
}
