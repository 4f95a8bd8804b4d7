/** What the event that started the run is about: the rules that ask for such a thing look at nothing else. */
import type { Claim, Focus } from '../model/index.ts';
import type { Reading } from '../pattern/index.ts';
import { refTexts } from './ref-texts.ts';
import type { Rule } from './rule.ts';

/** Whether the run is about what the rule reads in a tag. */
export type InFocus = (rule: Rule, reading: Reading) => boolean;

/** An event of another repository than the rule's, or about another kind of thing, narrows nothing. */
export function inFocus(focus: Focus | undefined): InFocus {
  if (focus === undefined) return () => true;
  const isIt = named(focus);
  return (rule, reading) => !concerns(focus, rule) || isIt(reading);
}

function named(focus: Focus): (reading: Reading) => boolean {
  if (focus.kind === 'pull-request') return ({ pr }) => pr === focus.number;
  const texts: ReadonlySet<string | undefined> = refTexts(focus.ref);
  return ({ branch }) => texts.has(branch);
}

function concerns({ kind, repo }: Focus, rule: Rule): boolean {
  return asksFor(rule, kind) && rule.repo !== undefined && isSameRepo(rule.repo, repo);
}

export function asksFor({ tags }: Rule, kind: Claim['kind']): boolean {
  return kind === 'pull-request' ? tags.conditions.pr : tags.conditions.branch;
}

/** GitHub's names differ in more than their case. */
function isSameRepo(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
