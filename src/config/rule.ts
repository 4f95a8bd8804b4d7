/** One rule from its parts as text: the inputs' and each of a policy are read here, so that they are one language. */
import { parseRepositoryPatterns } from '../pattern/index.ts';
import type { RepositoryPatterns, TagPatterns } from '../pattern/index.ts';
import { makeRule } from '../policy/index.ts';
import type { Rule } from '../policy/index.ts';
import { parsed, quote } from './error.ts';
import type { Parsed } from './error.ts';
import { parseGitHubRepository } from './github.ts';
import { attempt, parseOlderThan, parseRepositories, parseTags } from './patterns.ts';
import { parseCount } from './scalars.ts';

/** The parts of a rule, as inputs and policy name them. */
export type ListPart = 'repositories' | 'tags';
export type TextPart = 'github-repository' | 'keep-last' | 'keep-last-live' | 'older-than';

/** `absent`: nothing is written. `wrong`: what is written can't be read, or it must be written; that was reported. */
export type Part<T> =
  { readonly kind: 'absent' } | { readonly kind: 'wrong' } | { readonly kind: 'read'; readonly value: T };

/** Where the parts of a rule are written. */
export type RuleSource = {
  readonly name: string;
  readonly text: <T>(part: TextPart, parse: (text: string) => Parsed<T>) => Part<T>;
  readonly list: <T>(part: ListPart, parse: (items: readonly string[]) => Parsed<T>) => Part<T>;
  /** An input is missing that the tags ask for. */
  readonly lacks: (input: 'github-repository' | 'github-token', what: string) => void;
  /** The parts are well, but together they make no rule. */
  readonly refuse: (what: string) => void;
};

/** What a rule takes from the inputs around it. */
export type RuleContext = {
  /** The registry's host and port. */
  readonly host: string | undefined;
  readonly githubRepository: Part<string>;
  readonly githubToken: Part<string>;
  /** A list of refs stands in for GitHub, which is asked nothing. */
  readonly liveRefs?: boolean | undefined;
};

/** `undefined` for a rule that can't be made; why was reported. */
export function readRule(source: RuleSource, context: RuleContext): Rule | undefined {
  const repositories = source.list('repositories', (items) => parseRepositories(items, context.host));
  const ownRepository = source.text('github-repository', parseGitHubRepository);
  const tags = source.list('tags', parseTags);
  const keepLast = source.text('keep-last', parseCount);
  const keepLastLive = source.text('keep-last-live', parseCount);
  const olderThan = source.text('older-than', parseOlderThan);
  const asksGitHub = tags.kind === 'read' && (tags.value.conditions.pr || tags.value.conditions.branch);
  const githubRepository = asksGitHub && ownRepository.kind === 'absent' ? context.githubRepository : ownRepository;
  if (asksGitHub) reportMissing(source, tags.value, { ...context, githubRepository });
  // What was written but not understood has its own error. Nothing is concluded from it, least of all that the rule has
  // no condition; only the repositories say nothing of that.
  const others = [tags, keepLast, keepLastLive, olderThan];
  if (tags.kind !== 'read' || others.some((part) => part.kind === 'wrong')) return undefined;
  const rule = attempt(() =>
    parsed(
      makeRule({
        name: source.name,
        repositories: valueOf(repositories) ?? everyRepository(),
        tags: tags.value,
        keepLast: valueOf(keepLast),
        keepLastLive: valueOf(keepLastLive),
        olderThanSeconds: valueOf(olderThan),
        repo: valueOf(githubRepository),
      }),
    ),
  );
  if (!rule.ok) source.refuse(rule.what);
  return rule.ok && repositories.kind === 'read' ? rule.value : undefined;
}

/** The value that was read, if one was. */
export function valueOf<T>(part: Part<T>): T | undefined {
  return part.kind === 'read' ? part.value : undefined;
}

function reportMissing(source: RuleSource, tags: TagPatterns, context: Omit<RuleContext, 'host'>): void {
  const asked = tags.conditions.pr ? 'pull requests' : 'branches';
  const why = `${quote(tags.source.join(', '))} asks what became of ${asked}`;
  if (context.githubRepository.kind === 'absent')
    source.lacks('github-repository', `${why}, and github-repository doesn't say in which repository on GitHub.`);
  if (context.githubToken.kind === 'absent' && context.liveRefs !== true)
    source.lacks('github-token', `${why}, and there is no github-token to ask GitHub with.`);
}

function everyRepository(): RepositoryPatterns {
  return parseRepositoryPatterns(['**']);
}
