/** Claims out of what is known of each repository, whoever said it. */
import type { Claim } from '../../model/index.ts';
import type { Ask } from '../../policy/index.ts';
import type { LivingNames } from './branches.ts';
import type { PullRequestStates } from './pull-requests.ts';
import { parseRepository, type GitHubRepository } from './repository.ts';

/** How the questions about one repository are put. */
export type Sources = {
  readonly pullRequests: (repository: GitHubRepository, numbers: readonly number[]) => Promise<PullRequestStates>;
  readonly livingNames: (repository: GitHubRepository) => Promise<LivingNames>;
};

/** One claim for each ask whose source knows something. */
export async function answer(asks: readonly Ask[], sources: Sources): Promise<readonly Claim[]> {
  const states = new Map<string, PullRequestStates>();
  const living = new Map<string, LivingNames>();
  for (const [key, { repository, numbers, branches }] of byRepository(asks)) {
    if (numbers.size > 0) states.set(key, await sources.pullRequests(repository, [...numbers]));
    if (branches) living.set(key, await sources.livingNames(repository));
  }
  return asks.flatMap((ask): readonly Claim[] => {
    const key = ask.repo.toLowerCase();
    if (ask.kind === 'branch') {
      const names = living.get(key);
      if (names === undefined) return [];
      const liveAs = names.get(ask.text);
      return [{ ...ask, ...(liveAs !== undefined && { liveAs }) }];
    }
    const state = states.get(key)?.get(ask.number);
    return state === undefined ? [] : [{ ...ask, ...state, by: 'api' }];
  });
}

type Asked = { readonly repository: GitHubRepository; readonly numbers: Set<number>; branches: boolean };

function byRepository(asks: readonly Ask[]): ReadonlyMap<string, Asked> {
  const found = new Map<string, Asked>();
  for (const ask of asks) {
    const key = ask.repo.toLowerCase();
    const asked = found.get(key) ?? { repository: parseRepository(ask.repo), numbers: new Set(), branches: false };
    found.set(key, asked);
    if (ask.kind === 'branch') asked.branches = true;
    // A number that JavaScript can't hold exactly is nobody's: unasked, it has no claim, and its tag stays.
    else if (Number.isSafeInteger(ask.number)) asked.numbers.add(ask.number);
  }
  return found;
}

/** Whether something goes for it. */
export function letsGo(claim: Claim): boolean {
  return claim.kind === 'branch' ? claim.liveAs === undefined : claim.state === 'closed';
}

/** The question that it answers. */
export function askOf(claim: Claim): Ask {
  const { kind, repo } = claim;
  return kind === 'branch' ? { kind, repo, text: claim.text } : { kind, repo, number: claim.number };
}

/** Each once, and nothing but what is asked. */
export function distinct(asks: readonly Ask[]): readonly Ask[] {
  const found = new Map<string, Ask>();
  for (const ask of asks) {
    const { kind, repo } = ask;
    const one: Ask = kind === 'branch' ? { kind, repo, text: ask.text } : { kind, repo, number: ask.number };
    found.set(JSON.stringify(one), one);
  }
  return [...found.values()];
}
