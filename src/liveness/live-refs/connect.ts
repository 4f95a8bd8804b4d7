/** A list of refs in GitHub's place: the same questions, the same comparison, and no request. */
import type { Problem } from '../../model/index.ts';
import type { Ask } from '../../policy/index.ts';
import { answer, askOf, distinct, letsGo } from '../github/answers.ts';
import { livingNames } from '../github/branches.ts';
import type { GitHub } from '../github/github.ts';
import type { PullRequestState } from '../github/pull-requests.ts';
import { sameRepository } from '../github/repository.ts';
import { howToMake, LiveRefsError } from './error.ts';
import type { LiveRefs } from './parse.ts';

export type LiveRefsOptions = {
  readonly refs: LiveRefs;
  /** Its path, as errors and warnings name it. */
  readonly file: string;
  readonly warn: (problem: Problem) => void;
};

/**
 * A pull request whose ref is listed lives. One that isn't is closed, if a later one is listed: else it may be newer than the list,
 * or of another repository, and is 'not-found'. Where the list has none at all nothing is claimed of any, so that all are kept.
 * Rejects with LiveRefsError where two repositories are asked for: the list is of one.
 */
export function connectLiveRefs({ refs, file, warn }: LiveRefsOptions): GitHub {
  const { pullRequests } = refs;
  const living = livingNames([...refs.branches, ...refs.tags]);
  const newest = [...pullRequests].reduce((most, number) => Math.max(most, number), 0);
  const stateOf = (number: number): PullRequestState => {
    if (pullRequests.has(number)) return { state: 'open' };
    return { state: number < newest ? 'closed' : 'not-found' };
  };
  let isWarned = false;
  const states = (numbers: readonly number[]): ReadonlyMap<number, PullRequestState> => {
    if (pullRequests.size > 0) return new Map(numbers.map((number) => [number, stateOf(number)]));
    if (!isWarned) warn(withoutPullRequests(file));
    isWarned = true;
    return new Map();
  };
  const ask = async (asks: readonly Ask[]): ReturnType<GitHub['claim']> => {
    const [first] = asks;
    const other = asks.find(({ repo }) => !sameRepository(repo, first?.repo ?? ''));
    if (first !== undefined && other !== undefined)
      throw new LiveRefsError(
        `${file} lists the refs of one repository, and the rules ask for ${first.repo} and ${other.repo}.`,
        'Run once for each, with a policy of its rules and the list of its refs.',
      );
    return answer(distinct(asks), {
      pullRequests: (_, numbers) => Promise.resolve(states(numbers)),
      livingNames: () => Promise.resolve(living),
    });
  };
  return { claim: ask, confirm: (claims) => ask(claims.filter(letsGo).map(askOf)) };
}

function withoutPullRequests(file: string): Problem {
  return {
    at: file,
    what: 'it lists no pull request and no merge request at all, so every {pr} tag is kept',
    wayOut: howToMake,
  };
}
