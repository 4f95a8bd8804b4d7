/** Which pull requests are open, and which are closed because GitHub says so. */
import pMap from 'p-map';
import { z } from 'zod';
import { parseInstant, type Claim } from '../../model/index.ts';
import type { Api } from './api.ts';
import { listAll, listPages, pageSize } from './list.ts';
import { explainNonsense, type Question } from './question.ts';
import { demandRepository, type GitHubRepository } from './repository.ts';

/** What becomes of a claim about a pull request; the rest of it is who asked. */
export type PullRequestState = Pick<Extract<Claim, { readonly kind: 'pull-request' }>, 'state' | 'closedAt'>;

export type PullRequestStates = ReadonlyMap<number, PullRequestState>;

// GitHub asks clients to go easy on requests at once; eight keep a sweep of hundreds within a minute.
const concurrency = 8;

const pullRequest = z.object({
  number: z.int().positive(),
  state: z.enum(['open', 'closed']),
  closed_at: z.string().nullish(),
});

/**
 * All open ones are listed (forks' are in there), and every other number is asked for: it may be closed, or the number of
 * an issue. Throws GitHubError.
 */
export async function sweepPullRequests(
  api: Api,
  repository: GitHubRepository,
  numbers: readonly number[],
): Promise<PullRequestStates> {
  const question = listQuestion(api, repository, 'open');
  const listed = await listAll(api, question, pullRequest);
  const open = new Set<number>();
  for (const { number, state } of listed) {
    if (state !== 'open') throw explainNonsense(question, question.url, `pull request ${number} in it is not open`);
    open.add(number);
  }
  const found = new Map<number, PullRequestState>();
  for (const number of numbers) if (open.has(number)) found.set(number, { state: 'open' });
  const others = numbers.filter((number) => !open.has(number));
  return new Map([...found, ...(await askPullRequests(api, repository, others))]);
}

/**
 * Each of these by itself; many of them in pages of closed ones, where that takes fewer requests: a registry that was
 * never swept has tags of thousands, and a workflow's token has 1,000 requests an hour. Throws GitHubError.
 */
export async function askPullRequests(
  api: Api,
  repository: GitHubRepository,
  numbers: readonly number[],
): Promise<PullRequestStates> {
  const found = new Map<number, PullRequestState>(
    numbers.length > pageSize ? await findClosed(api, repository, numbers) : [],
  );
  const others = numbers.filter((number) => !found.has(number));
  const answers = await pMap(others, (number) => askPullRequest(api, repository, number), { concurrency });
  // 404 is also the answer to a token that may not see the repository at all.
  if (answers.some((answer) => answer === undefined)) await demandRepository(api, repository);
  others.forEach((number, index) => found.set(number, answers[index] ?? { state: 'not-found' }));
  return found;
}

async function askPullRequest(
  api: Api,
  { name, owner, repo }: GitHubRepository,
  number: number,
): Promise<PullRequestState | undefined> {
  const question: Question = {
    url: new URL(api.octokit.rest.pulls.get.endpoint({ owner, repo, pull_number: number }).url),
    repo: name,
    what: `pull request ${number} of ${name}`,
    permission: 'pull-requests: read',
  };
  const answer = await api.get(question, pullRequest);
  if (answer.kind === 'absent') return undefined;
  if (answer.value.number !== number)
    throw explainNonsense(question, answer.url, `it is about pull request ${answer.value.number}`);
  return stateOf(answer.value);
}

/** Those of the numbers that the list of closed ones has, newest first, as far as it pays to read it. */
async function findClosed(
  api: Api,
  repository: GitHubRepository,
  numbers: readonly number[],
): Promise<PullRequestStates> {
  const wanted = new Set(numbers);
  const oldest = numbers.reduce((least, number) => Math.min(least, number));
  const found = new Map<number, PullRequestState>();
  for await (const page of listPages(api, listQuestion(api, repository, 'closed'), pullRequest)) {
    for (const one of page.items)
      if (wanted.has(one.number) && one.state === 'closed') found.set(one.number, stateOf(one));
    const passed = page.items.some(({ number }) => number < oldest);
    if (passed || found.size === wanted.size || page.totalPages > numbers.length) break;
  }
  return found;
}

function listQuestion(api: Api, { name, owner, repo }: GitHubRepository, state: 'open' | 'closed'): Question {
  const order = { sort: 'created', direction: 'desc' } as const;
  const parameters = { owner, repo, state, ...(state === 'closed' && order), per_page: pageSize };
  return {
    url: new URL(api.octokit.rest.pulls.list.endpoint(parameters).url),
    repo: name,
    what: `the ${state} pull requests of ${name}`,
    permission: 'pull-requests: read',
  };
}

function stateOf({ state, closed_at: closedAt }: z.infer<typeof pullRequest>): PullRequestState {
  const at = state === 'closed' && closedAt != null ? parseInstant(closedAt) : undefined;
  return { state, ...(at !== undefined && { closedAt: at }) };
}
