/** From what rules ask to what GitHub says, repository by repository. */
import type { Claim, Focus } from '../../model/index.ts';
import { refTexts, type Ask } from '../../policy/index.ts';
import { openApi, type Api } from './api.ts';
import { listLivingNames, type LivingNames } from './branches.ts';
import type { GitHub, GitHubOptions } from './github.ts';
import { askPullRequests, sweepPullRequests, type PullRequestStates } from './pull-requests.ts';
import { parseRepository, sameRepository, type GitHubRepository } from './repository.ts';

/** Opens nothing and throws nothing: the first question does. */
export function connectGitHub(options: GitHubOptions): GitHub {
  let opened: Promise<Api> | undefined;
  const api = (): Promise<Api> => (opened ??= openApi(options));
  return {
    async claim(asks, focus) {
      const wanted = distinct(asks).filter((ask) => isInFocus(ask, focus));
      return answer(wanted, {
        pullRequests: async (repository, numbers) =>
          focus?.kind === 'pull-request' && sameRepository(repository.name, focus.repo)
            ? askPullRequests(await api(), repository, numbers)
            : sweepPullRequests(await api(), repository, numbers),
        livingNames: async (repository) => listLivingNames(await api(), repository),
      });
    },
    async confirm(claims) {
      return answer(distinct(claims.filter(letsGo).map(askOf)), {
        pullRequests: async (repository, numbers) => askPullRequests(await api(), repository, numbers),
        livingNames: async (repository) => listLivingNames(await api(), repository),
      });
    },
  };
}

/** How the questions about one repository are put. */
type Sources = {
  readonly pullRequests: (repository: GitHubRepository, numbers: readonly number[]) => Promise<PullRequestStates>;
  readonly livingNames: (repository: GitHubRepository) => Promise<LivingNames>;
};

async function answer(asks: readonly Ask[], sources: Sources): Promise<readonly Claim[]> {
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

function isInFocus(ask: Ask, focus: Focus | undefined): boolean {
  if (focus === undefined || !sameRepository(ask.repo, focus.repo)) return true;
  if (ask.kind === 'pull-request') return focus.kind !== 'pull-request' || ask.number === focus.number;
  return focus.kind !== 'branch' || refTexts(focus.ref).has(ask.text);
}

function letsGo(claim: Claim): boolean {
  return claim.kind === 'branch' ? claim.liveAs === undefined : claim.state === 'closed';
}

function askOf(claim: Claim): Ask {
  const { kind, repo } = claim;
  return kind === 'branch' ? { kind, repo, text: claim.text } : { kind, repo, number: claim.number };
}

function distinct(asks: readonly Ask[]): readonly Ask[] {
  const found = new Map<string, Ask>();
  for (const ask of asks) {
    const { kind, repo } = ask;
    const one: Ask = kind === 'branch' ? { kind, repo, text: ask.text } : { kind, repo, number: ask.number };
    found.set(JSON.stringify(one), one);
  }
  return [...found.values()];
}
